"""A job's own folder in a sweep: which members it has claimed, and whether it must leave.

The groups of a job exchange no messages: they claim members by making files, which a file system lets only one of them
do, even one without locks. A lock on the folder, which ends with its job, tells other jobs that this one is at work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from parallel_nls.errors import LockedError, UserError
from parallel_nls.output.durable_files import refused_as_error
from parallel_nls.output.run_lock import RunLock
from parallel_nls.studies.sweep.folder import SweepPaths

_LOCK = ".lock"
_STAKE = "stake_"
_BEGUN = "new-"  # begins the name of a folder whose job is about to take the lock
_LONGEST_BEGIN = 60.0  # seconds
_READY = "job-"  # begins the name of a folder whose lock is held


class JobFolder:
    """The folder of this job, as every rank sees it.

    Parameters
    ----------
    path : Path
        From `enter`.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def stop(self) -> Path:
        """A file that ends all groups of this job, and no other job."""
        return self.path / "stop"

    def ask_to_leave(self) -> None:
        """Make the stop file, if the disk takes it."""
        with contextlib.suppress(OSError):
            self.stop.touch()

    def claim(self, number: int) -> bool:
        """Claim a member for this group; False if a group of this job has it, or had it.

        Raises
        ------
        StorageError
            If the file system refuses.
        """
        with refused_as_error(self.path):
            try:
                self._claim(number).touch(exist_ok=False)
            except FileExistsError:
                return False
            return True

    def claimed(self) -> int:
        """How many members the groups of this job have, or had."""
        return sum(1 for _ in self.path.glob("claim_*"))

    def give_back(self, number: int) -> None:
        """Give a claim back: another job has the member."""
        self._claim(number).unlink(missing_ok=True)

    def note_failure(self, number: int, why: str) -> None:
        """Note for the table why a member failed, if the disk takes it."""
        with contextlib.suppress(OSError):
            self._claim(number).write_text(why, encoding="utf-8")

    def failure(self, number: int) -> str:
        """Why a member failed in this job; empty if it did not."""
        try:
            return self._claim(number).read_text(encoding="utf-8")
        except OSError:
            return ""

    def mark(self, group: int, at_stake: bool) -> None:
        """Say by a file, if the disk takes it, whether a group has something to store."""
        with contextlib.suppress(OSError):
            mark = self.path / f"{_STAKE}{group}"
            if at_stake:
                mark.touch()
            else:
                mark.unlink(missing_ok=True)

    def others_at_stake(self, group: int) -> bool:
        """Whether any other group has something to store, as far as the disk tells."""
        try:
            return any(path.name != f"{_STAKE}{group}" for path in self.path.glob(f"{_STAKE}*"))
        except OSError:
            return False

    def _claim(self, number: int) -> Path:
        return self.path / f"claim_{number}"


class Presence:
    """Makes and keeps the folder of this job while it is at work on a sweep; of rank 0.

    Parameters
    ----------
    paths : SweepPaths
        The sweep, in an existing directory.

    Raises
    ------
    OSError
        If the file system refuses.

    Attributes
    ----------
    folder : JobFolder
    has_locks : bool
        Whether the file system has locks; without them no other job must work on the sweep.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, paths: SweepPaths) -> None:
        self.paths = paths
        paths.jobs.mkdir(exist_ok=True)
        # Others see the folder when its lock is held, not before.
        made = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=paths.jobs))
        name = f"{_READY}{socket.gethostname()}-{os.getpid()}-{made.name.removeprefix(_BEGUN)}"
        self._lock = RunLock(made / _LOCK)
        try:
            self._remove_unfinished(made)
            self.has_locks = self._lock.take()
            self.folder = JobFolder(made.rename(paths.jobs / name))
        except BaseException:  # a signal too
            shutil.rmtree(made, ignore_errors=True)
            self._lock.release()
            raise
        self._forget_old_stop()

    def _remove_unfinished(self, made: Path) -> None:
        """Take away folders of jobs that were killed before they were ready; to be so takes a moment, not a minute."""
        for path in self.paths.jobs.glob(f"{_BEGUN}*"):
            with contextlib.suppress(FileNotFoundError):
                if made.stat().st_mtime - path.stat().st_mtime > _LONGEST_BEGIN:
                    shutil.rmtree(path, ignore_errors=True)

    def _others(self) -> Iterator[Path]:
        """Yield folders of other jobs at work, and take away those of jobs that were killed."""
        for path in self.paths.jobs.glob(f"{_READY}*"):
            if path == self.folder.path:
                continue
            lock = RunLock(path / _LOCK)
            try:
                lock.take()
                shutil.rmtree(path, ignore_errors=True)
            except LockedError:
                yield path
            except UserError:  # it has just been taken away
                continue
            finally:
                lock.release()

    def _forget_old_stop(self) -> None:
        """Remove a stop file that is older than every job at work: it was meant for others."""
        with contextlib.suppress(FileNotFoundError):
            made = self.paths.stop.stat().st_mtime
            if all(made < (path / _LOCK).stat().st_mtime for path in self._others()):
                self.paths.stop.unlink()

    def leave(self) -> None:
        """Take the folder away, and the stop file unless other jobs must still see it."""
        with contextlib.suppress(OSError):
            if not list(self._others()):
                self.paths.stop.unlink(missing_ok=True)
        shutil.rmtree(self.folder.path, ignore_errors=True)
        self._lock.release()
