"""One job a run directory: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import socket
from pathlib import Path
from typing import IO

from parallel_nls.errors import LockedError, LostDirectoryError, UserError, as_typed, unwritable

_HELD = {errno.EAGAIN, errno.EACCES}
_HOLDER = re.compile(r"process (\d+) on (\S+?)(?:, job .*)?")
_LONGEST = 200  # characters that a lock says of its holder
_JOB_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")


class RunLock:
    """The lock of a run directory, held by rank 0 for all.

    Parameters
    ----------
    path : Path
        The lock's file; it is there while the lock is held, and after a crash, when it means nothing.

    Attributes
    ----------
    granted : bool
        False once the file system has turned out to have no locks.

    Notes
    -----
    *Communication*: local; only rank 0 takes it, so that what it raises must be made common.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self.granted = True

    def take(self) -> bool:
        """Take the lock, unless it is held already.

        Returns
        -------
        bool
            False where the file system has no locks: then nothing keeps another job away.

        Raises
        ------
        LockedError
            If another job holds it, with what is known of that job.
        UserError, StorageError
            If the folder cannot be written: bad input, or the file system refuses.
        """
        while self._file is None:
            try:
                file = _opened(self._path)
            except OSError as error:
                if error.errno == errno.ELOOP:
                    raise UserError(f"{self._path} is a link, which a lock never is; remove it") from None
                raise unwritable(
                    f"run directory {str(self._path.parent)!r}", error, "make it writable", elsewhere=False
                ) from None
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in _HELD:
                    raise self._refusal(file) from None
                file.close()
                self.granted = False
                return False
            if not self._is_there(file):
                # The holder before has just released it, and removed the file that was opened here.
                file.close()
                continue
            self._file = file
            with contextlib.suppress(OSError):  # who holds it is of use to the reader of a message only
                file.truncate(0)
                file.write(_this_job())
                file.flush()
        return True

    def _is_there(self, file: IO[str]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _refusal(self, file: IO[str]) -> LockedError:
        with file:
            file.seek(0)
            holder = file.read(_LONGEST).strip() or "unknown"
        return _at_work(self._path.parent, holder)

    @property
    def is_held(self) -> bool:
        """Whether this process has it."""
        return self._file is not None

    def is_lost(self) -> bool:
        """Whether the file that is held is no longer the one of this path: the directory is another's by now.

        A job that was suspended while its run directory was removed and begun anew must not write there any more.
        """
        try:
            return self._file is not None and not self._is_there(self._file)
        except OSError:  # a disk that does not answer: the next write will tell
            return False

    def require(self) -> None:
        """Refuse to go on in a directory that is another's.

        Raises
        ------
        LostDirectoryError
            If the lock is lost.
        """
        if self.is_lost():
            raise LostDirectoryError(
                f"run directory {str(self._path.parent)!r} was moved, removed or begun anew by somebody else; this job "
                "has left it as it is"
            )

    def release(self) -> None:
        """Give the lock back, and remove its file if it is still ours; on other ranks than 0 nothing happens."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full or read-only disk
                if not self.is_lost():
                    self._path.unlink(missing_ok=True)
                self._file.close()
            self._file = None


def _opened(path: Path) -> IO[str]:
    """The file of a lock, made where it is missing; never that to which a link leads."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o666), "a+", encoding="utf-8")


def _this_job() -> str:
    job = next((f", job {os.environ[name]}" for name in _JOB_VARIABLES if name in os.environ), "")
    return f"process {os.getpid()} on {socket.gethostname()}{job}\n"


def _at_work(root: Path, holder: str) -> LockedError:
    return LockedError(
        f"another job is running in {str(root)!r} ({holder}); wait for its end, or stop it by "
        f"touch {as_typed(root / 'stop')}"
    )


def how_to_remove(root: Path) -> str:
    """What a message says of a directory that is in the way: that it may go, and who may work there from elsewhere.

    Parameters
    ----------
    root : Path
        Of a run or of a sweep, or what holds some.

    Raises
    ------
    LockedError
        If a job of this machine works there, so that it must not be removed.

    Notes
    -----
    *Communication*: local.
    """
    unknown = ""
    for pattern in (".lock", ".jobs/job-*/.lock", "*/.lock"):
        for lock in root.glob(pattern):
            held, holder = holder_of(lock)
            if held:
                raise _at_work(root if ".jobs" in lock.parts else lock.parent, holder)
            unknown = unknown or (holder or "the job that took it" if held is None else "")
    return f"remove it, once {unknown} has ended" if unknown else "remove it first"


def holder_of(path: Path) -> tuple[bool | None, str]:
    """Who holds the lock of a run directory, looked at without touching it, as one who only reads must.

    Parameters
    ----------
    path : Path
        The lock's file.

    Returns
    -------
    tuple of bool or None, and str
        Whether a job holds it, None if its process is on another machine; and what the file says of that job.

    Notes
    -----
    *Communication*: local.
    """
    try:
        written = path.stat().st_mtime
        said = path.read_text(encoding="utf-8", errors="replace")[:_LONGEST].strip()
    except FileNotFoundError:
        return False, ""
    except OSError:
        return None, ""
    found = _HOLDER.fullmatch(said)
    if found is None or found[2] != socket.gethostname():
        return None, said
    import psutil

    try:
        has_it = _has_open(int(found[1]), path)
        if has_it is not None:
            return has_it, said
        # A process that is younger than what the lock says of it is another one of the same number.
        return bool(psutil.Process(int(found[1])).create_time() <= written + 1), said
    except psutil.Error:
        return False, said


def _has_open(process: int, path: Path) -> bool | None:
    """Whether a process of this machine has a file open; None: it is another user's, or this system does not tell.

    A copy of a run directory holds a copy of its lock; and clocks may be set, ages of processes with them.
    """
    try:
        wanted, handles = path.stat(), list(Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return None
    for handle in handles:
        with contextlib.suppress(OSError):  # closed meanwhile
            if os.path.samestat(handle.stat(), wanted):
                return True
    return False
