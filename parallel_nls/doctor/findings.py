"""What is found: an outcome, what it rests on, and for anything not in order what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from parallel_nls.config import counted
from parallel_nls.errors import BAD_INPUT, DONE


class Verdict(StrEnum):
    """In order; will run, but worse than it could; will not run, or not rightly."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    outcome : Verdict
        How it is.
    found : str
        What was found.
    remedy : str
        What to do; empty where all is in order.
    title : str
        What it is about; by default that of the check.
    """

    outcome: Verdict
    found: str
    remedy: str = ""
    title: str = ""

    @property
    def severity(self) -> int:
        """0, 1, 2 in the order of the outcomes."""
        return list(Verdict).index(self.outcome)


def ok(found: str, title: str = "") -> Finding:
    """Finding that is in order."""
    return Finding(Verdict.OK, found, title=title)


def warning(found: str, remedy: str, title: str = "") -> Finding:
    """Finding with which runs go on, but slower or with less safety."""
    return Finding(Verdict.WARNING, found, remedy, title)


def problem(found: str, remedy: str, title: str = "") -> Finding:
    """Finding with which runs fail or go wrong."""
    return Finding(Verdict.PROBLEM, found, remedy, title)


@dataclass(frozen=True)
class Report:
    """All findings, the same on every rank."""

    findings: tuple[Finding, ...]

    def count(self, outcome: Verdict) -> int:
        """How many findings have this outcome."""
        return sum(finding.outcome is outcome for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """2 with any problem, else 0."""
        return BAD_INPUT if self.count(Verdict.PROBLEM) else DONE

    @property
    def summary(self) -> str:
        """Such as "2 warnings, no problem"."""
        counts = {outcome: self.count(outcome) for outcome in (Verdict.WARNING, Verdict.PROBLEM)}
        return ", ".join(counted(n, outcome) if n else f"no {outcome}" for outcome, n in counts.items())
