"""Time one step (one FFT pair) of the quintic equation on the distributed line.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.line_engine 4194304 10
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from mpi4py import MPI

from scripts.benchmarks.programs.timing import median_milliseconds

SPACING, STEP = 1e-2, 1e-5


def make_step(points: int, comm: MPI.Intracomm) -> Callable[[], None]:
    """A function that takes one step of the splitting with one FFT pair, from a Gaussian."""
    from parallel_nls.equations.nls import NLS
    from parallel_nls.integrators.compositions import composition
    from parallel_nls.integrators.split_step import SplitStep
    from parallel_nls.profiles.gaussian import Gaussian
    from parallel_nls.profiles.placing import place
    from parallel_nls.spectral.line import LineDomain

    domain = LineDomain(comm, (points,), (points * SPACING,))
    integrator = SplitStep(NLS(domain), composition("strang"))
    place(Gaussian(1.5, points * SPACING / 20, (0.0,), 0.0), domain, 0.0, integrator.idle)
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
