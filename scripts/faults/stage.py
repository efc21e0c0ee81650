"""What all cases start from: each problem's run that nothing happened to, and one that stopped in the middle."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from parallel_nls.errors import RESUMABLE
from scripts.faults.cases import LONGEST_JOB, CampaignError
from scripts.faults.checkpoints import complete
from scripts.faults.disturbed import disturbed, survey
from scripts.faults.jobs import Job
from scripts.faults.problems import PROBLEMS, Problem
from scripts.faults.warm import WarmStarter


@dataclass(frozen=True)
class Prepared:
    """One problem, ready.

    Attributes
    ----------
    problem : Problem
    reference : Path
        Its run directory, made on one rank without interruption.
    stopped : Path
        A run directory that was stopped in the middle, with two checkpoints or more.
    steps : int
        Steps of the whole run.
    seconds : float
        How long the job of the reference took.
    """

    problem: Problem
    reference: Path
    stopped: Path
    steps: int
    seconds: float


def _finished(job: Job, code: int) -> None:
    end = job.wait(LONGEST_JOB)
    if not end.gone or end.code != code:
        raise CampaignError(f"{job.command} ended with exit code {end.code}, not {code}:\n{job.text}")


def _stopped(folder: Path, problem: Problem, calls: int, starter: WarmStarter) -> Path:
    """A run that SIGTERM ended in the middle of its file calls, and so of its steps."""
    run = folder / "stopped"
    job = disturbed(folder, 1, problem.arguments(run), calls // 2, "leave", starter, run)
    _finished(job, RESUMABLE)
    if len(complete(run)) < 2:
        raise CampaignError(f"{job.command} left the checkpoints {complete(run)} only")
    return run


def prepare(folder: Path, problem: Problem, starter: WarmStarter) -> Prepared:
    """Run a problem in full, and again up to the middle.

    Raises
    ------
    CampaignError
        If one of the two does not end as it should.
    """
    folder.mkdir(parents=True)
    reference, begin = folder / "reference", time.monotonic()
    calls = survey(folder, problem.arguments(reference), "count", starter, reference).calls
    seconds, steps = time.monotonic() - begin, max(complete(reference))
    return Prepared(problem, reference, _stopped(folder, problem, len(calls), starter), steps, seconds)


class Stage:
    """The problems, each prepared when it is first asked for.

    Parameters
    ----------
    folder : Path
        Where their runs go.
    starter : WarmStarter
        Starts what runs on one rank.
    """

    def __init__(self, folder: Path, starter: WarmStarter) -> None:
        self.folder, self.starter = folder, starter
        self._lock = threading.Lock()
        self._ready: dict[str, Prepared] = {}

    def prepared(self, problem: Problem) -> Prepared:
        """One problem; of several threads that ask, one prepares and the others wait.

        Raises
        ------
        CampaignError
            If it cannot be prepared.
        """
        with self._lock:
            if problem.name not in self._ready:
                self._ready[problem.name] = prepare(self.folder / problem.folder, problem, self.starter)
            return self._ready[problem.name]

    def draw(self, generator: np.random.Generator, problems: Sequence[Problem] = PROBLEMS) -> Prepared:
        """One of the problems, drawn."""
        return self.prepared(problems[int(generator.integers(len(problems)))])
