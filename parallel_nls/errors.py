"""Errors that a user can cause or mend, and the exit codes of the command line."""

from __future__ import annotations

import errno
import os
import re
import shlex
from pathlib import Path

DONE = 0
DEFECT = 1
BAD_INPUT = 2
STOPPED = 3
STORAGE = 74
"""The file system refused: what BSD's sysexits calls an input/output error."""
RESUMABLE = 75
"""Stored and left early, to be resumed: what BSD's sysexits calls a temporary failure."""
INTERRUPTED = 130

_NO_PLACE = {
    errno.EACCES, errno.EEXIST, errno.EINVAL, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT,
    errno.ENOTDIR, errno.EPERM,
}  # fmt: skip


class UserError(Exception):
    """Bad input: one clear message that names the value and the remedy.

    The command line prints it once, on rank 0, and leaves with exit code 2. It is raised with the same
    text on every rank, so that no rank waits for another.
    """


class ArgumentError(UserError, ValueError):
    """A wrong argument of the Python interface; the program's own callers may take it for a ValueError."""


class UnknownNameError(UserError, KeyError):
    """A name that there is not, where objects are asked for one; to those who ask by ``get`` or ``in`` a KeyError."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would quote it


class LockedError(UserError):
    """Another job has the run directory."""


class StorageError(Exception):
    """The file system refuses a file of a run: full, read-only, over a quota, not answering.

    Raised with the same text on every rank. The command line prints it once, on rank 0, and leaves with exit code 74;
    what was stored before stays good.
    """


class UnreadableError(StorageError):
    """The disk does not give back what was stored (EIO), as from a sector that has gone bad: an older file may do."""


class LibraryError(StorageError):
    """A library cannot be loaded by this process: others may have loaded it, so that whoever fails says so itself."""


class LostDirectoryError(StorageError):
    """The run directory is no longer that of this job: somebody moved it, removed it, or began another run there."""


class Interrupted(BaseException):
    """A signal asks this process to end, and nothing is at stake; no `Exception`, so that nobody takes it for one.

    Attributes
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def refusal(what: Path | str, error: Exception) -> StorageError:
    """What a library raises where the file system refuses a file, as an error that tells the file and the reason.

    *Communication*: local.
    """
    kind = UnreadableError if error_number(error) == errno.EIO else StorageError
    return kind(f"{what}: the file system refuses it ({_reason(error)})")


def unwritable(what: str, error: OSError, remedy: str, elsewhere: bool = True) -> UserError | StorageError:
    """What a place is refused with that a user has named: bad input where no file can be there, else as `refusal`.

    Parameters
    ----------
    what : str
        The place.
    error : OSError
        What the file system says.
    remedy : str
        What the user can do.
    elsewhere : bool, optional
        Whether that helps against a full or read-only disk too; False where the caller tells how to go on.

    Notes
    -----
    *Communication*: local.
    """
    if error.errno in _NO_PLACE:
        return UserError(f"{what} cannot be written ({error.strerror}); {remedy}")
    refused = refusal(what, error)
    return type(refused)(f"{refused}; {remedy}") if elsewhere else refused


def as_typed(path: Path | str) -> str:
    """A path as one types it in a shell: in quotes where it has spaces or what else a shell minds.

    *Communication*: local.
    """
    return shlex.quote(str(path))


def error_number(error: Exception) -> int | None:
    """The number of an error of the file system, which HDF5 has in its text alone; None: unknown.

    *Communication*: local.
    """
    number = getattr(error, "errno", None)
    if number is None and (found := re.search(r"errno = (\d+)", str(error))):
        number = int(found[1])
    return number


def _reason(error: Exception) -> str:
    """What the file system says, in its own words where its number is known, else the last line of HDF5's."""
    number, text = error_number(error), str(error)
    if number:
        return os.strerror(number)
    return text.splitlines()[-1] if text else type(error).__name__
