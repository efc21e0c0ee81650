"""Timing of a step inside a program under test."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from mpi4py import MPI

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
