"""Shortest times of repeated work, of one rank alone or of all at once, and how busy other programs keep the node."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any, TypeVar

from mpi4py import MPI

from parallel_nls.planning.node import busy_seconds

Found = TypeVar("Found")

BUDGET = 0.12
"""Seconds for which one thing is repeated."""
LARGEST_LOAD = 0.1
"""Cores that other programs may keep busy until times say little."""
_FEWEST = 3
_NAP = 2e-3  # s


def shortest(work: Callable[[], object]) -> float:
    """Return the shortest time of the processor for work that is repeated for a while, after a first time.

    What other programs take of the core does not count. *Communication*: local.
    """
    work()
    found, end = list[float](), time.perf_counter() + BUDGET
    while len(found) < _FEWEST or time.perf_counter() < end:
        begin = time.thread_time()
        work()
        found.append(time.thread_time() - begin)
    return min(found)


def together(comm: MPI.Intracomm, work: Callable[[], object], times: int) -> float:
    """Return the shortest time, of so many, that the slowest rank takes for work of all ranks.

    Notes
    -----
    *Communication*: collective.
    """
    work()
    found = []
    for _ in range(times):
        comm.Barrier()
        begin = time.perf_counter()
        work()
        found.append(comm.allreduce(time.perf_counter() - begin, MPI.MAX))
    return float(min(found))


def alone(comm: MPI.Intracomm, work: Callable[[], Found]) -> Found:
    """Return what rank 0 of a node finds while the others sleep. *Communication*: collective, a broadcast."""
    found: Any = work() if comm.rank == 0 else None
    request = comm.Ibarrier()
    while not request.Test():
        time.sleep(_NAP)
    shared: Found = comm.bcast(found)
    return shared


class Neighbours:
    """Counts what other programs do on the nodes of a communicator from where it is made.

    Parameters
    ----------
    node : MPI.Comm
        The ranks of this node.

    Notes
    -----
    *Communication*: `cores` is collective.
    """

    def __init__(self, node: MPI.Intracomm) -> None:
        self._node = node
        self._start = time.monotonic(), busy_seconds(), self._own()

    def cores(self) -> float:
        """Return the cores that others have kept busy on this node."""
        begin, busy, own = self._start
        ours = self._node.allreduce(self._own() - own)
        found = max(0.0, (busy_seconds() - busy - ours) / max(time.monotonic() - begin, 1e-3))
        return float(self._node.bcast(found))

    @staticmethod
    def _own() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime
