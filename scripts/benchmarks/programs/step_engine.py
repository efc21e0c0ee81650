"""Time one step (one FFT pair) of the engine, on data like that of step_fftw.c.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.step_engine 2048 10
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from mpi4py import MPI

from scripts.benchmarks.programs.timing import median_milliseconds

BOX = 40.0
STEP = 1e-4


def make_step(points: int, comm: MPI.Intracomm) -> Callable[[], None]:
    """A function that takes one step of the splitting with one FFT pair, from a Gaussian."""
    from parallel_nls.equations.nls import NLS
    from parallel_nls.integrators.compositions import composition
    from parallel_nls.integrators.split_step import SplitStep
    from parallel_nls.profiles.gaussian import Gaussian
    from parallel_nls.profiles.placing import place
    from parallel_nls.spectral.domain import FourierDomain

    domain = FourierDomain(comm, (points, points), (BOX, BOX))
    integrator = SplitStep(NLS(domain), composition("strang"))
    place(Gaussian(2.0, 1.0, (0.0, 0.0), 0.0), domain, 0.0, integrator.idle)
    state = integrator.start()
    return lambda: integrator.advance(state, STEP)


def main() -> None:
    """Print the median time of a step as one line of JSON."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    comm = MPI.COMM_WORLD
    milliseconds = median_milliseconds(make_step(points, comm), comm, repetitions)
    if comm.rank == 0:
        print(json.dumps({"ms_per_step": milliseconds}))


if __name__ == "__main__":
    main()
