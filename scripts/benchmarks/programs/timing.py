"""Timing of a step inside a program under test."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable

from mpi4py import MPI

from parallel_nls import Gaussian
from parallel_nls.contracts import Domain
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.placing import place

# A yardstick in C plans for a while before its first step; until then the scheduler may keep two ranks on one core.
WARM_UP_SECONDS = 1.0


def warm_up(step: Callable[[], object], comm: MPI.Intracomm) -> None:
    """Take steps for a second; rank 0's clock decides, since all ranks must take as many."""
    begin = MPI.Wtime()
    while comm.bcast(MPI.Wtime() - begin < WARM_UP_SECONDS):
        step()


def seconds_of(step: Callable[[], object], comm: MPI.Intracomm) -> float:
    """Seconds from when all ranks begin until all have ended."""
    comm.Barrier()
    start = MPI.Wtime()
    step()
    comm.Barrier()
    return MPI.Wtime() - start


def median_milliseconds(step: Callable[[], object], comm: MPI.Intracomm, repetitions: int) -> float:
    """Median time of a step after the warm-up."""
    warm_up(step, comm)
    return 1e3 * statistics.median(seconds_of(step, comm) for _ in range(repetitions))


def strang_step(domain: Domain, initial: Gaussian, step: float) -> Callable[[], None]:
    """A function that takes one step of the splitting with one FFT pair."""
    integrator = SplitStep(NLS(domain), composition("strang"))
    place(initial, domain, 0.0, integrator.idle)
    state = integrator.start()
    return lambda: integrator.advance(state, step)


def print_step_time(make_step: Callable[[int, MPI.Intracomm], Callable[[], None]]) -> None:
    """Print the median time of a step as one line of JSON; points and repetitions are the arguments of the program."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    comm = MPI.COMM_WORLD
    milliseconds = median_milliseconds(make_step(points, comm), comm, repetitions)
    if comm.rank == 0:
        print(json.dumps({"ms_per_step": milliseconds}))
