"""Counting findings, and showing them."""

from __future__ import annotations

import pytest

from parallel_nls.doctor.findings import Finding, Report, ok, problem, warning
from parallel_nls.doctor.report_text import PLAIN_WIDTH, describe

GOOD = ok("2 ranks on 1 node", "processes")
POOR = warning("2 ranks × 2 threads", "export OMP_NUM_THREADS=1", "threads")
BAD = problem("[out] does not exist", "mkdir -p out", "folder")


@pytest.mark.parametrize(
    ("findings", "code", "summary"),
    [
        ([GOOD, GOOD], 0, "no warning, no problem"),
        ([GOOD, POOR], 0, "1 warning, no problem"),
        ([POOR, POOR, BAD], 2, "2 warnings, 1 problem"),
    ],
)
def test_summary(findings: list[Finding], code: int, summary: str) -> None:
    """Warnings do not fail, problems do."""
    report = Report(tuple(findings))
    assert (report.exit_code, report.summary) == (code, summary)


def test_plain_text() -> None:
    """No control characters; outcome, title and finding in columns, the remedy beneath."""
    text = describe(Report((GOOD, POOR, BAD)), on_terminal=False)
    assert text.splitlines() == [
        "ok       processes  2 ranks on 1 node",
        "warning  threads    2 ranks × 2 threads",
        "                    → export OMP_NUM_THREADS=1",
        "problem  folder     [out] does not exist",
        "                    → mkdir -p out",
        "",
        "1 warning, 1 problem",
    ]


def test_long_findings_are_wrapped() -> None:
    """Within their column."""
    text = describe(Report((ok("word " * 60, "title"),)), on_terminal=False)
    lines = text.splitlines()
    assert max(map(len, lines)) <= PLAIN_WIDTH
    assert lines[1].startswith(" " * len("ok  title  ") + "word")


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each outcome."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = describe(Report((GOOD, POOR, BAD)), on_terminal=True)
    assert "\x1b[32mok" in text
    assert "\x1b[33mwarning" in text
    assert "\x1b[1;31mproblem" in text
