"""Jobs in which something happens at the n-th file call, and lists of the calls of those in which nothing does."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.faults.cases import LONGEST_JOB, CampaignError
from scripts.faults.jobs import Job
from scripts.faults.states import States
from scripts.faults.warm import NTH_CALL, WarmStarter

PROGRAM = (sys.executable, str(Path(__file__).with_name("nth_call.py")))  # jobs run in other folders
REPORT = "calls"


@dataclass(frozen=True)
class FileCall:
    """One call.

    Attributes
    ----------
    event : str
        Of the interpreter, or the function.
    name : str
        Of the file, below the folder whose calls count.
    callers : str
        Places in the package, the outermost first.
    state : str
        What lay there ahead of it; empty if only calls were listed.
    """

    event: str
    name: str
    callers: str
    state: str


@dataclass(frozen=True)
class Survey:
    """All calls of a job to which nothing happened, and the states between them."""

    calls: tuple[FileCall, ...]
    states: States


def disturbed(
    folder: Path,
    ranks: int,
    arguments: Sequence[str],
    number: int,
    how: str,
    starter: WarmStarter | None,
    target: Path | None = None,
) -> Job:
    """Start a job to which something happens at the n-th call below a folder, by default that named RUN."""
    options = [str(target or folder / "RUN"), str(number), how, str(folder / REPORT)]
    if ranks == 1 and starter is not None:
        return Job(1, [NTH_CALL, *options, *arguments], folder, "disturbed", starter=starter)
    return Job(ranks, [*options, *arguments], folder, "disturbed", PROGRAM)


def survey(
    folder: Path, arguments: Sequence[str], how: str, starter: WarmStarter | None, target: Path | None = None
) -> Survey:
    """Carry out a command on one rank, and list its calls.

    Raises
    ------
    CampaignError
        If it does not end well.
    """
    job = disturbed(folder, 1, arguments, 0, how, starter, target)
    end = job.wait(LONGEST_JOB)
    if end.code != 0 or not end.gone:
        raise CampaignError(f"{job.command} ended with exit code {end.code}:\n{job.text}")
    found = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    return Survey(tuple(FileCall(*each) for each in found["calls"]), States(folder / f"{REPORT}.states"))
