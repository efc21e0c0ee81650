"""One verdict for all ranks: what rank 0 alone can find out, every rank learns, errors included."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mpi4py import MPI

from parallel_nls.errors import StorageError, UserError

Result = TypeVar("Result")


def from_root(comm: MPI.Intracomm, work: Callable[[], Result]) -> Result:
    """Run ``work`` on rank 0 and return its result on every rank.

    Parameters
    ----------
    comm : MPI.Comm
        Ranks that share the result.
    work : callable
        Called on rank 0 only; what it returns is broadcast (pickled).

    Raises
    ------
    UserError, StorageError
        On every rank, with the same text, if ``work`` raised one.

    Notes
    -----
    *Communication*: collective, one broadcast. Any other exception is a defect of rank 0 and ends the job.
    """
    result: Result | None = None
    error: UserError | StorageError | None = None
    if comm.rank == 0:
        try:
            result = work()
        except (UserError, StorageError) as problem:
            error = type(problem)(str(problem))
    result, error = comm.bcast((result, error))
    if error is not None:
        raise error
    return result


def common_verdict(comm: MPI.Intracomm, objection: str | None) -> None:
    """Raise what any rank objects on all ranks.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that must agree.
    objection : str or None
        What this rank objects.

    Raises
    ------
    UserError
        With the text of the lowest rank that objects.

    Notes
    -----
    *Communication*: collective, one message.
    """
    objections = [text for text in comm.allgather(objection) if text is not None]
    if objections:
        raise UserError(objections[0])


def on_all_ranks(comm: MPI.Intracomm, work: Callable[[], None]) -> None:
    """Let every rank do its part; what any of them objects, all raise.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that must agree.
    work : callable
        Called on every rank.

    Raises
    ------
    UserError
        With the text of the lowest rank whose ``work`` raised one.

    Notes
    -----
    *Communication*: collective, one message after the work.
    """
    objection: str | None = None
    try:
        work()
    except UserError as error:
        objection = str(error)
    common_verdict(comm, objection)


def ranks_on_node(comm: MPI.Intracomm) -> int:
    """Largest number of ranks of ``comm`` on one node. *Communication*: collective."""
    node = comm.Split_type(MPI.COMM_TYPE_SHARED)
    largest = int(comm.allreduce(node.size, MPI.MAX))
    node.Free()
    return largest
