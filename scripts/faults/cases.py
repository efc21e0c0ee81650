"""What the kinds of faults share: a numbered case that draws from its own generator, its scene and its result."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scripts.faults.jobs import End, Job
from scripts.faults.warm import WarmStarter

KINDS = (
    "kills", "flips", "disk", "configs", "directories", "hostile", "calls", "sources", "environments", "moments",
)  # fmt: skip
PROMPTLY = 30.0
LONGEST_JOB = 240.0
MESSAGE = "parallel-nls: "


class CampaignError(Exception):
    """The campaign itself cannot go on; the message says why."""


@dataclass(frozen=True)
class Case:
    """One case: what it draws depends on the seed, its kind and its number alone."""

    kind: str
    number: int
    seed: int

    @property
    def name(self) -> str:
        """As after ``--only``."""
        return f"{self.kind}:{self.number}"

    def generator(self) -> np.random.Generator:
        """The generator of this case, always from its beginning."""
        return np.random.default_rng([self.seed, KINDS.index(self.kind), self.number])


@dataclass
class Result:
    """What became of a case.

    Attributes
    ----------
    name : str
        That of the case.
    fault : str
        The row of the table in which it counts.
    failures : list of str
        What was lost, or went otherwise than promised.
    seconds : float or None
        From the fault until every process of the job had ended, the longest.
    story : list of str
        What was done, in order.
    """

    name: str
    fault: str
    failures: list[str] = field(default_factory=list)
    seconds: float | None = None
    story: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Add a line to the story."""
        self.story.append(text)

    def expect(self, condition: object, failure: str) -> bool:
        """Note a failure unless the condition holds; whether it does."""
        if not condition:
            self.failures.append(failure)
        return bool(condition)

    def record(self) -> dict[str, Any]:
        """All of it, for a JSON file."""
        return asdict(self)


class Scene:
    """One case while it goes on: its folder, its run directory, its jobs.

    Parameters
    ----------
    folder : Path
        The folder of this case alone.
    result : Result
        Where its story goes.
    starter : WarmStarter, optional
        Starts jobs of one rank.
    """

    def __init__(self, folder: Path, result: Result, starter: WarmStarter | None = None) -> None:
        self.folder, self.result, self.starter = folder, result, starter
        self.run = folder / "RUN"
        self._jobs = 0

    def start(self, ranks: int, arguments: Sequence[object]) -> Job:
        """Start parallel-nls on so many ranks; the run directory is RUN."""
        self._jobs += 1
        given = [str(argument) for argument in arguments]
        job = Job(ranks, given, self.folder, f"job{self._jobs}", starter=self.starter)
        self.result.tell(job.command)
        return job

    def finish(self, job: Job, codes: Sequence[int] = (0,), limit: float = LONGEST_JOB) -> End:
        """Wait for a job that ends by itself, with one of these exit codes."""
        end = job.wait(limit)
        self.result.tell(f"{job.label}: exit code {end.code} after {end.seconds:.1f} s")
        if self.result.expect(end.gone, f"{job.label} hangs: not over within {limit:g} s"):
            wanted = " or ".join(map(str, codes))
            self.result.expect(end.code in codes, f"{job.label} ended with exit code {end.code}, not {wanted}")
        self.result.expect("Traceback" not in job.text, f"{job.label} printed a traceback")
        return end

    def gone(self, job: Job) -> End:
        """Wait for the end of a job to which something was done; it must come promptly on all ranks."""
        end = job.wait(PROMPTLY)
        self.result.seconds = max(self.result.seconds or 0.0, end.seconds)
        self.result.tell(f"{job.label}: all processes gone after {end.seconds:.2f} s, exit code {end.code}")
        self.result.expect(end.gone, f"{job.label} not gone on all ranks {PROMPTLY:g} s after the fault")
        return end

    def clear(self) -> None:
        """Remove the run directory."""
        shutil.rmtree(self.run, ignore_errors=True)

    def keep_what_failed(self) -> None:
        """Copy the run directory of a case that failed from a disk that is about to go."""
        if self.result.failures:
            shutil.copytree(self.run, self.folder / "RUN")

    def refused(self, job: Job, code: int, *words: str) -> None:
        """Wait for a job that ends with this code and exactly one message, in which these words are."""
        self.finish(job, (code,))
        text = job.messages.read_text(encoding="utf-8", errors="replace")
        if not self.result.expect(text.count(MESSAGE) == 1, f"{job.label}: not exactly one message: {text[:1000]!r}"):
            return
        message = next(line for line in text.splitlines() if MESSAGE in line)
        self.result.tell(message)
        for word in words:
            self.result.expect(word in message, f"{job.label}: the message does not say {word!r}: {message!r}")
