"""The examination: all checks in turn, on any number of ranks, also where MPI does not start."""

from __future__ import annotations

import contextlib
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from parallel_nls.doctor import folder, launching, libraries, machine, mpi, packages, sharing, storage
from parallel_nls.doctor.checks import Check, Failure, Seen, Situation, attempt, gather_facts
from parallel_nls.doctor.findings import Finding, Report, problem
from parallel_nls.running.signals import removing

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

CHECKS = (
    *packages.CHECKS,
    *mpi.CHECKS,
    *libraries.CHECKS,
    *launching.CHECKS,
    *machine.CHECKS,
    *sharing.CHECKS,
    *folder.CHECKS,
    *storage.CHECKS,
)


SECONDS_FOR_THE_FIRST = 15.0


def examine(
    start: Callable[[], Intracomm], where: Path, checks: Sequence[Check] = CHECKS, *, first: bool = True
) -> Report:
    """Examine the installation, the machine, and a folder for output.

    Parameters
    ----------
    start : callable
        Starts MPI and returns all ranks; where it raises, the checks that need MPI are left out.
    where : Path
        The folder; a small one is made in it and removed again.
    checks : sequence of Check
        Made in this order.
    first : bool
        Whether the launcher calls this process its first. Where processes know nothing of each other, only that one
        is examined, and the others give it time: the exit code of any of them may end them all.

    Returns
    -------
    Report
        The same on every rank.

    Notes
    -----
    *Communication*: collective over the ranks that ``start`` returns.
    """
    situation = Situation(where)
    early = {check: attempt(partial(check.look, situation)) for check in checks if check.before_mpi}
    started = attempt(start)
    if isinstance(started, Failure):
        situation.trouble = started.text.removeprefix("RuntimeError: ")
        _keep_mpi_off()
    else:
        situation.comm = started
    if situation.size == 1 and not first:
        return _left_to_the_first(situation)
    with _scratch(situation):
        for check in checks:
            if situation.comm is not None or not check.needs_mpi:
                fact = early[check] if check in early else attempt(partial(check.look, situation))
                situation.findings += _judged(check, situation, fact)
    return Report(tuple(situation.findings))


def _left_to_the_first(situation: Situation) -> Report:
    """Report of a process that another one speaks for; if that one hangs, this one says why it could not join."""
    time.sleep(SECONDS_FOR_THE_FIRST)
    found = situation.trouble or "MPI knows of this process alone"
    sys.stderr.write(f"parallel-nls: on {platform.node()}: {found}\n")
    return Report((problem(found, "see the report of the first process", "MPI"),))


def _keep_mpi_off() -> None:
    """Keep h5py from trying again to start MPI."""
    with contextlib.suppress(ImportError):
        import mpi4py

        mpi4py.rc.initialize = False
        mpi4py.rc.finalize = False


@contextlib.contextmanager
def _scratch(situation: Situation) -> Iterator[None]:
    """Hold a folder for trial files; where it cannot be made, the check of the folder says why."""
    made = attempt(lambda: Path(mkdtemp(prefix=".doctor-", dir=situation.folder))) if situation.rank == 0 else None
    shared = situation.shared(made)
    situation.scratch = shared if isinstance(shared, Path) else None
    with removing(made) if isinstance(made, Path) else contextlib.nullcontext():
        yield


def _judged(check: Check, situation: Situation, fact: Any) -> list[Finding]:
    """Findings from the facts of all ranks, the same on every rank."""
    everyone = gather_facts(situation, check.title, fact)
    findings = [] if everyone is None else _findings(check, situation, everyone)
    return situation.shared([replace(finding, title=finding.title or check.title) for finding in findings])


def _findings(check: Check, situation: Situation, everyone: Sequence[Seen]) -> list[Finding]:
    """Judgement of rank 0; a failure of any rank, or of the judgement itself, takes its place."""
    failed = [seen for seen in everyone if isinstance(seen.fact, Failure)]
    if failed:
        first = failed[0]
        where = f" on rank {first.rank} ({first.host})" if situation.size > 1 else ""
        return [_failed(first.fact, where)]
    judged = attempt(lambda: list(check.judge(situation, everyone)))
    return [_failed(judged, "")] if isinstance(judged, Failure) else judged


def _failed(failure: Failure, where: str) -> Finding:
    return problem(
        f"the check failed{where}: {failure.text}",
        "mend what the message names, for instance by scripts/setup; if it names nothing of yours, report it",
    )
