"""Which member a group takes next; nobody is asked but the file system.

A group takes the first member that is neither finished nor taken. Within the job its claim keeps the other groups away,
also from members that failed; the lock of the member's directory keeps other jobs away. What a killed job had taken is
free at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.errors import LockedError, StorageError, UserError
from parallel_nls.output.durable_files import refused_as_error
from parallel_nls.output.run_lock import RunLock
from parallel_nls.studies.sweep.folder import SweepPaths, clear, is_begun, is_finished
from parallel_nls.studies.sweep.job_folder import JobFolder
from parallel_nls.studies.sweep.plan import SweepPlan


@dataclass(frozen=True)
class Claim:
    """A member that a group has, whether it goes on from a checkpoint, and what the file system refuses of it."""

    number: int
    begun: bool
    refusal: str | None = None


class Claims:
    """Takes members for a group, on its rank 0.

    Parameters
    ----------
    plan, paths
        The sweep and its directory.
    job : JobFolder
        Of this job.

    Attributes
    ----------
    lock : RunLock or None
        Of the member taken last.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, plan: SweepPlan, paths: SweepPaths, job: JobFolder) -> None:
        self.plan, self.paths, self.job = plan, paths, job
        self.lock: RunLock | None = None
        self._open = list(range(len(plan.members)))
        self._place = 0
        self._taken = False

    def next(self) -> Claim | None:
        """Take a member; None if all are finished or taken.

        Those that other jobs have are looked at again after the last one, since a job may be killed.

        Raises
        ------
        StorageError
            If the file system refuses the folder of the job; what it refuses of a member's own is in the claim.
        """
        while self._place < len(self._open):
            number = self._open[self._place]
            try:
                claim = self._take(number)
            except LockedError:
                self._place += 1
                continue
            del self._open[self._place]
            if claim is not None:
                self._taken = True
                return claim
        again, self._place, self._taken = self._taken, 0, False
        return self.next() if again else None

    def _take(self, number: int) -> Claim | None:
        """Take a member; None if there is no more to be done for it here."""
        run = self.paths.member(number)
        if is_finished(run) or not self.job.claim(number):
            return None
        self.lock = RunLock(run.lock)
        try:
            with refused_as_error(run.root):
                run.root.mkdir(exist_ok=True)
            self.lock.take()
        except LockedError:
            self.job.give_back(number)
            raise
        except UserError:  # its directory cannot be written, as the run will say
            return Claim(number, is_begun(run))
        except StorageError as error:  # whoever attempts it finds out whether that is so of all
            return Claim(number, begun=False, refusal=str(error))
        if is_finished(run):  # by another job, since it was looked at
            self.lock.release()
            return None
        begun = is_begun(run)
        try:
            with refused_as_error(run.root):
                if not begun:
                    clear(run)
        except StorageError as error:
            return Claim(number, begun, str(error))
        return Claim(number, begun)
