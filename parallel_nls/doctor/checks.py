"""What a check is: every rank looks, rank 0 judges what all have seen."""

from __future__ import annotations

import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from parallel_nls.doctor.findings import Finding, Verdict
from parallel_nls.errors import BAD_INPUT

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

Shared = TypeVar("Shared")

PATIENCE = 30.0  # seconds that a rank whose look failed waits for the others, which may wait for a message from it


@dataclass
class Situation:
    """What checks are made of.

    Attributes
    ----------
    comm : MPI.Comm or None
        All ranks; None where MPI does not start.
    trouble : str
        Why MPI does not start.
    folder : Path
        Where output is to go.
    scratch : Path or None
        A folder in it, the same on all ranks, which is removed at the end; None if it cannot be made.
    findings : list of Finding
        Those of the checks so far, the same on every rank.
    """

    folder: Path
    comm: Intracomm | None = None
    trouble: str = ""
    scratch: Path | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def rank(self) -> int:
        """Own rank; 0 without MPI."""
        return 0 if self.comm is None else self.comm.rank

    @property
    def size(self) -> int:
        """All ranks; 1 without MPI."""
        return 1 if self.comm is None else self.comm.size

    def shared(self, value: Shared) -> Shared:
        """What rank 0 has. *Communication*: collective, one broadcast."""
        return value if self.comm is None else self.comm.bcast(value)

    def has_problem(self, titles: Iterable[str]) -> bool:
        """Whether there is a problem under one of these titles. *Communication*: local; the same on every rank."""
        return any(finding.outcome is Verdict.PROBLEM and finding.title in titles for finding in self.findings)


@dataclass(frozen=True)
class Seen:
    """What one rank has seen: a fact, or a `Failure`."""

    rank: int
    host: str
    fact: Any


@dataclass(frozen=True)
class Failure:
    """An exception where none was expected, in words."""

    text: str


Judgement = Callable[[Situation, Sequence[Seen]], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One question.

    Attributes
    ----------
    title : str
        What it is about.
    look : callable
        Called on every rank at the same time; returns a fact that can be pickled. One that sends messages must not
        raise between them.
    judge : callable
        Called on rank 0 with the facts of all ranks; returns findings.
    before_mpi : bool
        Whether it looks before MPI starts: it runs other programs, which some networks forbid later.
    needs_mpi : bool
        Whether it is left out where MPI does not start: it imports what loads MPI, or sends messages.
    """

    title: str
    look: Callable[[Situation], Any]
    judge: Judgement
    before_mpi: bool = False
    needs_mpi: bool = False


def attempt(work: Callable[[], Shared]) -> Shared | Failure:
    """What ``work`` returns, or how it failed. *Communication*: local."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is a finding)
        return Failure(f"{type(error).__name__}: {error}".strip(": "))


def gather_facts(situation: Situation, title: str, fact: Any) -> list[Seen] | None:
    """Facts of all ranks on rank 0, None elsewhere.

    A rank whose look failed while the others wait for its messages ends the job after some time.

    Notes
    -----
    *Communication*: collective.
    """
    own, comm = Seen(situation.rank, platform.node(), fact), situation.comm
    if comm is None:
        return [own]
    request, end = comm.Ibarrier(), time.monotonic() + PATIENCE
    while isinstance(fact, Failure) and not request.Test():
        if time.monotonic() > end:
            _give_up(situation, comm, f"{title}: failed on rank {comm.rank}, the others hang: {fact.text}")
        time.sleep(0.001)
    request.Wait()
    return comm.gather(own)


def _give_up(situation: Situation, comm: Intracomm, message: str) -> None:
    if situation.scratch is not None:
        shutil.rmtree(situation.scratch, ignore_errors=True)
    sys.stderr.write(f"parallel-nls: {message}\n")
    sys.stderr.flush()
    comm.Abort(BAD_INPUT)
