"""Memory that the ranks of a node share: a small array is shared, and each rank reads what the others have written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.doctor.checks import Check, Seen, Situation
from parallel_nls.doctor.findings import Finding, ok, problem, warning
from parallel_nls.errors import UserError
from parallel_nls.parallel.sharing import SETTING, check_setting, objection_to_sharing


@dataclass(frozen=True)
class Sharing:
    """How ranks would exchange; why not by memory, if they do not; whether this rank read what the others wrote.

    A mistake in the environment makes every run refuse to start.
    """

    exchange: str = "none"
    objection: str = ""
    trouble: str = ""
    same: bool = True
    mistake: str = ""


def look_at_sharing(situation: Situation) -> Sharing:
    """Share an array as a run does.

    Notes
    -----
    *Communication*: collective.
    """
    from parallel_nls.spectral.box import FourierDomain
    from parallel_nls.spectral.pencils import allocate_resident

    comm, mistake = situation.comm, _mistake()
    if comm is None or comm.size == 1:
        return Sharing(mistake=mistake)
    mistakes = [text for text in comm.allgather(mistake) if text]
    if mistakes:
        return Sharing(mistake=mistakes[0])
    objections = [text for text in comm.allgather(objection_to_sharing()) if text]
    if objections:
        return Sharing("messages", objections[0])
    points = max(8, comm.size)
    domain = FourierDomain(comm, (points, points), (1.0, 1.0))
    try:
        field, rows = allocate_resident(domain), domain.shared_rows
        shared, same = None if rows is None else rows.find(field), True
        if rows is not None and shared is not None:
            field[...] = comm.rank + 1
            rows.settle()
            starts = shared.flat[list(shared.offsets.values())]
            same = bool(np.array_equal(starts, np.array(list(shared.offsets)) + 1))
            rows.settle()
        return Sharing("" if rows is None else rows.exchange, trouble="" if rows is None else rows.trouble, same=same)
    finally:
        domain.close()


def _mistake() -> str:
    try:
        check_setting()
    except UserError as error:
        return str(error)
    return ""


def judge_sharing(_situation: Situation, everyone: Sequence[Seen]) -> Iterator[Finding]:
    """It works, or is not wanted. *Communication*: local."""
    here: Sharing = everyone[0].fact
    wrong = [seen for seen in everyone if not seen.fact.same]
    if here.mistake:
        yield problem(here.mistake, f"unset {SETTING}: no run starts with it")
    elif wrong:
        found = f"rank {wrong[0].rank} ({wrong[0].host}) read other numbers than its neighbours wrote"
        yield problem(found, f"export {SETTING}=off: ranks then exchange by messages")
    elif here.trouble:
        remedy = "start all ranks of a node in one container, which sees their processes; else runs are only slower"
        yield warning(f"{here.trouble}: they exchange by messages", remedy)
    elif here.objection:
        yield ok(f"not used: {here.objection}")
    elif here.exchange == "none":
        yield ok("a rank alone needs none")
    else:
        yield ok(f"ranks exchange by {here.exchange}")


CHECKS = (Check("shared memory", look_at_sharing, judge_sharing, needs_mpi=True),)
