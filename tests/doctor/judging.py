"""What the tests of the doctor share: made-up facts of several ranks, and what is judged of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parallel_nls.doctor.checks import Judgement, Seen, Situation
from parallel_nls.doctor.findings import Finding, Verdict


def judged(
    judge: Judgement, *facts: Any, hosts: Sequence[str] = (), situation: Situation | None = None
) -> list[Finding]:
    """Findings from one fact a rank, all ranks on one node unless ``hosts`` says otherwise."""
    names = hosts or ["a"] * len(facts)
    everyone = [Seen(rank, host, fact) for rank, (host, fact) in enumerate(zip(names, facts, strict=True))]
    return list(judge(situation or Situation(Path("out")), everyone))


def only(findings: Sequence[Finding], title: str = "") -> Finding:
    """The one finding, or the one with this title; anything but ok must say what to do."""
    (finding,) = [finding for finding in findings if not title or finding.title == title]
    assert (finding.outcome is Verdict.OK) == (finding.remedy == "")
    return finding
