"""The file system's refusals as errors of one kind, and what makes a file new, whole and lasting: all of it local.

Nothing here starts MPI or loads it, so that those who only look at runs and draw may use it on a login node.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from parallel_nls.errors import LostDirectoryError, UserError, refusal

# A file system that cannot reserve room says one of these; then writing must show whether there is enough.
_CANNOT_RESERVE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}

_guards: list[Callable[[], None]] = []


@contextmanager
def guarding(require: Callable[[], None]) -> Iterator[None]:
    """Within, look again right ahead of all that cannot be taken back: whose directory it is may change at any time.

    Parameters
    ----------
    require : callable
        Raises LostDirectoryError in a directory that is another's by now.

    Notes
    -----
    *Communication*: local.
    """
    _guards.append(require)
    try:
        yield
    finally:
        _guards.pop()


def require_own() -> None:
    """Raise a LostDirectoryError if that of the innermost `guarding` is another's. *Communication*: local."""
    for require in _guards[-1:]:
        require()


def remove_own(path: Path) -> None:
    """Remove a file, if there is one, from a directory that is still this job's.

    Raises
    ------
    LostDirectoryError
        If it is another's.
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    require_own()
    path.unlink(missing_ok=True)


@contextmanager
def refused_as_error(what: Path) -> Iterator[None]:
    """Context in which errors of the file system, HDF5's among them, become a StorageError. *Communication*: local."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if not isinstance(error, OSError) and type(error) is not RuntimeError:  # h5py raises RuntimeError itself
            raise
        raise refusal(what, error) from error


def make_new(path: Path) -> None:
    """Make an empty file of this name; what had it loses it, and keeps its bytes for those who have it open.

    A link in its place goes, and what it leads to stays as it is.

    Raises
    ------
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    remove_own(path)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666))


def reserve(path: Path, length: int | None = None) -> None:
    """Claim the room of a file, so that a full disk is known before the HDF5 library, which takes it badly, writes.

    Parameters
    ----------
    path : Path
        An existing file.
    length : int, optional
        Bytes; by default as long as it is.

    Raises
    ------
    OSError
        If there is not enough.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        allocate(descriptor, length or os.fstat(descriptor).st_size)
    except OSError as error:
        if error.errno not in _CANNOT_RESERVE:
            raise
    finally:
        os.close(descriptor)


def allocate(descriptor: int, length: int) -> None:
    """Give a file so many bytes by the system call; posix_fallocate of the C library would write where there is none.

    Raises
    ------
    OSError
        If there is not enough room, or the file system cannot tell.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.fallocate(ctypes.c_int(descriptor), 0, ctypes.c_int64(0), ctypes.c_int64(length)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def make_last(path: Path, *, forget: bool = False) -> None:
    """Wait until what this node has written of a file or folder is on the disk.

    Parameters
    ----------
    path : Path
        A file, or a folder whose entries are meant.
    forget : bool
        Whether the node drops its copy in memory, so that the next one who reads sees the disk.

    Notes
    -----
    *Communication*: local; every rank that wrote calls it, since each node keeps its own copy.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        if forget:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def fresh_name(path: Path) -> Path:
    """What a file is called before it takes the place of another. *Communication*: local."""
    return path.with_name(path.name + ".new")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A new file beside it, empty at first, which takes its place at the end: whatever ends this, one of them is there.

    Raises
    ------
    OSError
        If the file system refuses; the old one is kept.

    Notes
    -----
    *Communication*: local; of one rank. Nothing is flushed.
    """
    fresh = fresh_name(path)
    try:
        make_new(fresh)
        yield fresh
        require_own()
        fresh.replace(path)
    except LostDirectoryError:
        raise  # what is there may be another's
    except BaseException:  # a signal too
        fresh.unlink(missing_ok=True)
        raise


def refuse_link(folder: Path) -> None:
    """Refuse a folder of a run directory that lies elsewhere: what is written there would be another's.

    Raises
    ------
    UserError
        If it is a link.

    Notes
    -----
    *Communication*: local.
    """
    if folder.is_symlink():
        raise UserError(
            f"{folder} is a link to elsewhere; put the folder itself there, or make the whole run directory a link"
        )


def replace_file(path: Path, content: bytes) -> None:
    """Put a small file in the place of another at once: after a crash there is the old one or the new one, whole.

    Raises
    ------
    OSError
        If it cannot be written; the old one is kept.

    Notes
    -----
    *Communication*: local; of one rank.
    """
    with whole_file(path) as fresh, fresh.open("r+b") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    make_last(path.parent)
