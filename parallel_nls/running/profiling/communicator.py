"""A communicator that times its collective calls: first until all ranks are there, then the messages themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from mpi4py import MPI

from parallel_nls.running.profiling.clock import Clock, Part

EXCHANGE, WAITING = "exchange", "waiting"
COLLECTIVE = (
    "Allgather", "Allgatherv", "Allreduce", "Alltoall", "Alltoallv", "Alltoallw", "Bcast", "Gather", "Gatherv",
    "allgather", "allreduce", "alltoall", "bcast", "gather", "reduce", "scatter",
)  # fmt: skip


class TimedComm(MPI.Intracomm):
    """The same communicator, whose blocking collective calls are charged to a clock, and those of its parts.

    Notes
    -----
    *Communication*: as of the communicator, with a barrier ahead of every call.
    """

    clock: Clock

    @classmethod
    def of(cls, comm: MPI.Intracomm, clock: Clock) -> TimedComm:
        """The communicator, timed. *Communication*: local."""
        timed = cls(comm)
        timed.clock = clock
        return timed

    def Split(self, color: int = 0, key: int = 0) -> MPI.Intracomm:
        """As of the communicator; the part is timed too."""
        return self._timed(super().Split(color, key))

    def _timed(self, part: MPI.Comm) -> MPI.Intracomm:
        if part == MPI.COMM_NULL:
            return cast(MPI.Intracomm, part)
        return TimedComm.of(cast(MPI.Intracomm, part), self.clock)


def _timed_call(name: str) -> Callable[..., Any]:
    plain = getattr(MPI.Intracomm, name)

    def call(self: TimedComm, *arguments: Any, **options: Any) -> Any:
        """Wait for the others, then exchange."""
        clock, group = self.clock, self.clock.present.group
        if self.size > 1:
            clock.begin(Part(group, WAITING))
            self.Barrier()
            clock.end()
        clock.begin(Part(group, EXCHANGE))
        try:
            return plain(self, *arguments, **options)
        finally:
            clock.end()

    return call


for _name in COLLECTIVE:
    setattr(TimedComm, _name, _timed_call(_name))
