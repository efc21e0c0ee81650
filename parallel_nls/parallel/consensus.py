"""One verdict for all ranks: what rank 0 alone can find out, every rank learns, errors included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from mpi4py import MPI

from parallel_nls.errors import StorageError, UserError, refusal
from parallel_nls.parallel.waiting import lowest_objection, telling_if_long

Result = TypeVar("Result")


def from_root(comm: MPI.Intracomm, work: Callable[[], Result], doing: str = "") -> Result:
    """Run ``work`` on rank 0 and return its result on every rank.

    Parameters
    ----------
    comm : MPI.Comm
        Ranks that share the result.
    work : callable
        Called on rank 0 only; what it returns is broadcast (pickled).
    doing : str, optional
        What runs code of a user: if it takes long, a line on the standard error says what is waited for.

    Raises
    ------
    UserError, StorageError
        On every rank, with the same text, if ``work`` raised one; a StorageError also where the file system refused a
        file.

    Notes
    -----
    *Communication*: collective, one broadcast. Any other exception is a defect of rank 0 and ends the job.
    """
    result: Result | None = None
    error: UserError | StorageError | None = None
    if comm.rank == 0:
        try:
            with telling_if_long(comm.rank, doing):
                result = work()
        except (UserError, StorageError) as problem:
            error = type(problem)(str(problem))
        except OSError as problem:
            if problem.filename is None:
                raise
            error = refusal(problem.filename, problem)
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


def on_all_ranks(comm: MPI.Intracomm, work: Callable[[], None], doing: str = "") -> None:
    """Let every rank do its part; what any of them objects, all raise.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that must agree.
    work : callable
        Called on every rank.
    doing : str, optional
        What runs code of a user: ranks that do not come back from it are named on the standard error.

    Raises
    ------
    UserError
        With the text of the lowest rank whose ``work`` raised one.

    Notes
    -----
    *Communication*: collective, one message after the work, two with ``doing``.
    """
    if doing:

        def act() -> tuple[None, None]:
            """Do it; there is nothing to compare."""
            work()
            return None, None

        found_by_all(comm, act, doing)
        return
    objection: str | None = None
    try:
        work()
    except UserError as error:
        objection = str(error)
    common_verdict(comm, objection)


def found_by_all(
    comm: MPI.Intracomm,
    work: Callable[[], tuple[Result, object]],
    doing: str,
    compare: Callable[[Sequence[Any]], str | None] | None = None,
) -> Result:
    """Let every rank find something by code of a user, and refuse what is not the same on all of them.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that must agree.
    work : callable
        Called on every rank: what it returns, and as much of it as is to be compared, a little that can be pickled.
    doing : str
        As of `on_all_ranks`.
    compare : callable, optional
        What there is to object to what the ranks have found, by rank; asked on rank 0 alone.

    Raises
    ------
    UserError
        With the text of the lowest rank whose ``work`` raised one, else with that of ``compare``.

    Notes
    -----
    *Communication*: collective, two messages after the work, which carry what is compared.
    """
    objection: str | None = None
    results, alike = list[Result](), None
    try:
        with telling_if_long(comm.rank, doing):
            result, alike = work()
            results.append(result)
    except UserError as error:
        objection = str(error)
    objection = lowest_objection(comm, objection, doing, alike, compare)
    if objection is not None:
        raise UserError(objection)
    return results[0]
