"""A verdict of all ranks that names those which do not come back: code of a user may take for ever on one of them."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mpi4py import MPI

__all__ = ["PATIENCE", "lowest_objection", "telling_if_long"]

PATIENCE = 30.0
"""Seconds after which those that are waited for are named."""
_TAG = 20819  # of messages that are received here alone
_SHORTEST, _LONGEST = 1e-4, 1e-2  # seconds between two looks
_NAMED = 5


def lowest_objection(
    comm: MPI.Intracomm,
    objection: str | None,
    doing: str,
    found: object = None,
    compare: Callable[[Sequence[Any]], str | None] | None = None,
) -> str | None:
    """What the lowest rank objects that objects anything; the same on every rank.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks that must agree.
    objection : str or None
        What this rank objects.
    doing : str
        What the ranks come back from, for the line that rank 0 writes to the standard error once it has waited long.
    found : optional
        What this rank has found, a little that can be pickled.
    compare : callable, optional
        What there is to object to all of it, by rank; asked on rank 0, where no rank objects.

    Returns
    -------
    str or None
        The same on every rank.

    Notes
    -----
    *Communication*: collective: a message of each rank to rank 0, which waits for them without a core, and a broadcast.
    """
    if comm.rank != 0:
        comm.send((objection, found), 0, _TAG)
        verdict: str | None = comm.bcast(objection)
        return verdict
    answers, missing = {0: (objection, found)}, list(range(1, comm.size))
    begin, pause, told = time.monotonic(), _SHORTEST, False
    while missing:
        for rank in tuple(missing):
            message = comm.improbe(rank, _TAG)
            if message is not None:
                answers[rank] = message.recv()
                missing.remove(rank)
        if not missing:
            break
        if not told and time.monotonic() - begin > PATIENCE:
            _tell(missing, doing)
            told = True
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)
    in_order = [answers[rank] for rank in range(comm.size)]
    lowest = next((text for text, _ in in_order if text is not None), None)
    if lowest is None and compare is not None:
        lowest = compare([own for _, own in in_order])
    comm.bcast(lowest)
    return lowest


@contextmanager
def telling_if_long(rank: int, doing: str) -> Iterator[None]:
    """Within the context rank 0, for which the others cannot look, says of itself if it takes long.

    *Communication*: local.
    """
    if rank != 0 or not doing:
        yield
        return
    timer = threading.Timer(PATIENCE, _tell, ([0], doing))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _tell(missing: Sequence[int], doing: str) -> None:
    """Write one line to the standard error."""
    names = ", ".join(map(str, missing[:_NAMED])) + (f" and {len(missing) - _NAMED} more" * (len(missing) > _NAMED))
    who = f"rank{'s' * (len(missing) > 1)} {names} ha{'ve' if len(missing) > 1 else 's'}"
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"parallel-nls: {who} not returned from {doing} for {PATIENCE:g} s\n")
        sys.stderr.flush()
