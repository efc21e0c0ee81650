"""What the file system refuses one rank, as an error of all ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mpi4py import MPI

from parallel_nls.errors import StorageError
from parallel_nls.output.durable_files import make_last, refused_as_error
from parallel_nls.parallel.consensus import from_root

Result = TypeVar("Result")


class Refusals:
    """Collects what the file system refuses this rank, so that the rank goes on with its messages; then all raise.

    Parameters
    ----------
    comm : MPI.Comm
        Ranks that must agree.
    what : Path
        The file in question, for the message.

    Notes
    -----
    *Communication*: `settle` is collective, one message; the rest is local.
    """

    def __init__(self, comm: MPI.Intracomm, what: Path) -> None:
        self.comm, self.what = comm, what
        self.error: StorageError | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Context in which an error of the file system is noted instead of raised."""
        try:
            with refused_as_error(self.what):
                yield
        except StorageError as error:
            self.error = self.error or error

    def settle(self) -> None:
        """Raise on all ranks what the lowest rank was refused that was refused anything: a StorageError."""
        mine = None if self.error is None else (type(self.error), str(self.error))
        found = [refusal for refusal in self.comm.allgather(mine) if refusal is not None]
        if found:
            kind, text = found[0]
            raise kind(text)


def stored_by_root(comm: MPI.Intracomm, what: Path, work: Callable[[], Result]) -> Result:
    """Let rank 0 write or read; what the file system refuses it, all ranks raise.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    what : Path
        The file in question, for the message.
    work : callable
        Called on rank 0 only.

    Returns
    -------
    object
        What ``work`` returned, on every rank.

    Raises
    ------
    StorageError
        On every rank, with the same text.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """

    def guarded() -> Result:
        """Do the work, and name the file if it fails."""
        with refused_as_error(what):
            return work()

    return from_root(comm, guarded)


def flush_all(comm: MPI.Intracomm, paths: Iterable[Path], *, forget: bool = False, missing_ok: bool = False) -> None:
    """Wait until files that all ranks have written are on the disk.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective, one message a file.
    """
    for path in paths:
        refusals = Refusals(comm, path)
        with refusals.noted():
            if path.exists() or not missing_ok:
                make_last(path, forget=forget)
        refusals.settle()
