"""Time one step (one FFT pair) of the engine, on data like that of bench_step.c; see scripts/bench.

Usage: mpirun -n 2 python scripts/bench_engine.py 2048 10
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable

import numpy as np
from mpi4py import MPI

# The yardstick plans for a while before its first step; until then the scheduler may keep two ranks on one core.
WARM_UP_SECONDS = 1.0
BOX = 40.0
STEP = 1e-4


def make_step(points: int, comm: MPI.Intracomm) -> Callable[[], None]:
    """A function that takes one step of the splitting with one FFT pair, from a Gaussian."""
    from parallel_nls.equations.nls import CubicNLS
    from parallel_nls.integrators.compositions import composition
    from parallel_nls.integrators.split_step import SplitStep
    from parallel_nls.profiles.gaussian import Gaussian
    from parallel_nls.profiles.placing import place
    from parallel_nls.spectral.domain import FourierDomain

    domain = FourierDomain(comm, (points, points), (BOX, BOX))
    integrator = SplitStep(CubicNLS(domain), composition("strang"))
    place(Gaussian(2.0, 1.0, (0.0, 0.0), 0.0), domain, 0.0, integrator.idle)
    state = integrator.start()
    return lambda: integrator.advance(state, STEP)


def warm_up(step: Callable[[], None], comm: MPI.Intracomm) -> None:
    """Take steps for a second; rank 0's clock decides, since all ranks must take as many."""
    begin = MPI.Wtime()
    while comm.bcast(MPI.Wtime() - begin < WARM_UP_SECONDS):
        step()


def main() -> None:
    """Print the median time of a step as one line of JSON."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    comm = MPI.COMM_WORLD
    step = make_step(points, comm)
    warm_up(step, comm)
    seconds = np.empty(repetitions)
    for repetition in range(len(seconds)):
        comm.Barrier()
        start = MPI.Wtime()
        step()
        comm.Barrier()
        seconds[repetition] = MPI.Wtime() - start
    if comm.rank == 0:
        median = 1e3 * statistics.median(seconds.tolist())
        print(json.dumps({"points": points, "ranks": comm.size, "ms_per_step": median}))


if __name__ == "__main__":
    main()
