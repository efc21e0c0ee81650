"""How the groups of a job end together by a signal: at once, but for those that have a member to store.

A group that is still evaluating initial data, compiling or taking a first sample has nothing to lose, and hears no
message either. One that steps stores its member first. So each says by a file whether it has something at stake, and
whoever is to end the job waits until nobody has.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable

from mpi4py import MPI

from parallel_nls.running.signals import interrupt_if_received, noting_signals, received_signal
from parallel_nls.studies.sweep.job_folder import JobFolder

SECONDS_BETWEEN_LOOKS = 0.05
GRACE = 0.3
"""Seconds in which all groups have come together, once none has anything at stake, unless one cannot hear of it."""


class GroupShare:
    """A rank among the groups of its job.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks of the job.
    job : JobFolder
        Of the job.
    ranks : int
        Of a group.
    say : callable
        Writes a line to the output; called on rank 0.

    Notes
    -----
    *Communication*: local but for `wait_for_all`.
    """

    def __init__(self, comm: MPI.Intracomm, job: JobFolder, ranks: int, say: Callable[[str], None]) -> None:
        self.comm, self.job, self._say = comm, job, say
        self.group, place = divmod(comm.rank, ranks)
        self._marks = place == 0

    def tell(self, name: str) -> None:
        """Tell of a signal at once, on rank 0."""
        if self.comm.rank == 0:
            self._say(f"{name} was received: each group leaves after its step")

    def mark(self, at_stake: bool) -> None:
        """Let the other groups know whether this one has something to store."""
        if self._marks:
            self.job.mark(self.group, at_stake)

    def wait(self) -> None:
        """Ask the other groups to leave, and wait until none of them has anything to store."""
        self.job.ask_to_leave()
        while self.job.others_at_stake(self.group):
            clock.sleep(SECONDS_BETWEEN_LOOKS)

    def wait_for_all(self) -> None:
        """Wait for the other groups, without a core; after a signal, which is noted, only for those that hear of it.

        Raises
        ------
        Interrupted
            In a program that ends by signals, if one has come, and another group neither comes nor has anything to
            store.

        Notes
        -----
        *Communication*: collective over all ranks of the job.
        """
        everyone, free = self.comm.Ibarrier(), None
        with noting_signals():
            while not everyone.Test():
                if received_signal():
                    free = self._free_since(free)
                    if clock.monotonic() - free > GRACE:
                        interrupt_if_received()
                clock.sleep(SECONDS_BETWEEN_LOOKS)

    def _free_since(self, before: float | None) -> float:
        """Since when no other group has had anything to store; those that had are asked to leave."""
        if before is None:
            self.job.ask_to_leave()
        return clock.monotonic() if before is None or self.job.others_at_stake(self.group) else before
