"""A group of ranks that runs one member of a sweep after the other."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable
from math import inf
from pathlib import Path

from mpi4py import MPI

from parallel_nls.config import counted
from parallel_nls.errors import RESUMABLE, StorageError, UserError
from parallel_nls.numerics.compile_clock import working_clock
from parallel_nls.output.durable_files import reserve
from parallel_nls.parallel.consensus import from_root
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.progress import duration
from parallel_nls.running.run import resume, run
from parallel_nls.running.signals import received_signal
from parallel_nls.running.stop_requests import StopRequests
from parallel_nls.studies.sweep.claims import Claim, Claims
from parallel_nls.studies.sweep.folder import SweepPaths
from parallel_nls.studies.sweep.job_folder import JobFolder
from parallel_nls.studies.sweep.plan import SweepPlan
from parallel_nls.studies.sweep.table import ending


class Group:
    """Ranks that share a member.

    Parameters
    ----------
    comm : MPI.Comm
        The ranks of the group.
    plan : SweepPlan
        The sweep.
    job : JobFolder
        Of the job, with its other groups.
    say : callable
        Writes a line to the output; called on rank 0.
    groups, members : int
        How many groups there are in the job, and members that were not finished at its start, for the time that is
        left.

    Notes
    -----
    *Communication*: `work` is collective over the group. Nothing that it does waits for another group.
    """

    def __init__(
        self,
        comm: MPI.Intracomm,
        plan: SweepPlan,
        job: JobFolder,
        say: Callable[[str], None],
        groups: int,
        members: int,
    ) -> None:
        self.comm, self.plan, self.job = comm, plan, job
        self.paths = SweepPaths(Path(plan.sweep.output))
        self.groups, self.open = groups, members
        self.claims = Claims(plan, self.paths, job)
        self._say = say
        self._begin, self._ended = working_clock(), 0

    @property
    def _stop_files(self) -> tuple[Path, Path]:
        return self.paths.stop, self.job.stop

    def work(self) -> str | None:
        """Take members until there are none, or this job must leave.

        Returns
        -------
        str or None
            What the file system refuses to all members, the same on every rank: then the other groups leave as well.
        """
        stop_requests = StopRequests(self.comm, self._stop_files, self.plan.wall_limit, inf)
        try:
            while (reason := stop_requests.look(0.0).reason) is None:
                claim = from_root(self.comm, self.claims.next)
                if claim is None or self._attempt(claim) == RESUMABLE:
                    break
        except StorageError as error:
            self.job.ask_to_leave()
            return str(error)
        if reason is not None:
            self._tell(f"no further member is begun: {reason}")
        if self.comm.allreduce(received_signal(), MPI.MAX):
            self.job.ask_to_leave()
        return None

    def _attempt(self, claim: Claim) -> int | None:
        """Run a member to its end, whatever that is; returns its exit code, None if it failed."""
        number = claim.number
        label = self.plan.label(number)
        self._tell(f"{label}: {'goes on' if claim.begun else 'begins'} on {counted(self.comm.size, 'rank')}")
        try:
            code = self._run(claim).exit_code
        except (UserError, StorageError) as error:
            if from_root(self.comm, lambda: self._is_full(number)):
                raise StorageError(str(error)) from None
            self._fail(number, str(error))
            return None
        except Exception as error:
            # Of several ranks the others would wait for ever; the job ends.
            if self.comm.size > 1:
                raise
            self._log_traceback(number)
            self._fail(number, f"{type(error).__name__}: {error}")
            return None
        finally:
            if self.claims.lock is not None:
                self.claims.lock.release()
        self._ended += 1
        left = "" if code == RESUMABLE else self._time_left()
        self._tell(f"{label}: {ending(self.paths.member(number))}{left}")
        return code

    def _run(self, claim: Claim) -> RunOutcome:
        root, lock = self.paths.member(claim.number).root, self.claims.lock
        if claim.refusal is not None:
            raise StorageError(claim.refusal)
        if claim.begun:
            return resume(self.comm, root, stop_files=self._stop_files, lock=lock, quiet=True)
        config = from_root(self.comm, lambda: self.plan.configuration(claim.number))
        return run(config, self.comm, root, stop_files=self._stop_files, lock=lock, quiet=True)

    def _tell(self, text: str) -> None:
        if self.comm.rank == 0:
            self._say(text)

    def _fail(self, number: int, why: str) -> None:
        """Note and say that a member failed; the next one is not concerned."""
        if self.comm.rank == 0:
            self.job.note_failure(number, why)
            with contextlib.suppress(OSError):  # what has begun stays
                self.paths.member(number).root.rmdir()
        self._tell(f"{self.plan.label(number)}: failed: {why}")

    def _log_traceback(self, number: int) -> None:
        """Write the traceback of what is being handled to the log of the member, or where there is none, to stderr."""
        log, text = self.paths.member(number).log, traceback.format_exc()
        if log.exists():
            with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
                file.write(text)
        else:
            sys.stderr.write(text)

    def _is_full(self, number: int) -> bool:
        """Whether the file system refuses room as large as the member's fields to anybody, as a full disk does."""
        probe = self.job.path / f"probe_{number}"
        try:
            with probe.open("wb") as file:
                file.truncate(self.plan.rank_bytes[number] * self.comm.size)
            reserve(probe)
        except OSError:
            return True
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        return False

    def _time_left(self) -> str:
        """How long the sweep will take, if the other members take as long as those of this group so far."""
        try:
            left = self.open - self.job.claimed()
        except OSError:  # the next claim will tell
            return ""
        seconds = (working_clock() - self._begin) / self._ended * left / self.groups
        return f"; {left} to go, about {duration(seconds)}" if left > 0 else ""
