"""The report as text: a table of outcomes, what was found, and beneath it what to do."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parallel_nls.doctor.findings import Finding, Report, Verdict

STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "bold red"}
PLAIN_WIDTH = 120


def describe(report: Report, *, on_terminal: bool) -> str:
    """Text of a report, with colours and the width of the window only on a terminal. *Communication*: local."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        table.add_row(Text(finding.outcome, STYLES[finding.outcome]), Text(finding.title), _explained(finding))
    console = Console(
        file=io.StringIO(),
        force_terminal=on_terminal,
        no_color=not on_terminal,
        width=None if on_terminal else PLAIN_WIDTH,
    )
    with console.capture() as text:
        console.print(table)
        console.print(Text(f"\n{report.summary}", style="bold"))
    # A table fills its lines with blanks.
    return "\n".join(line.rstrip() for line in text.get().splitlines())


def _explained(finding: Finding) -> Text:
    text = Text(finding.found)
    if finding.remedy:
        text.append(f"\n→ {finding.remedy}", STYLES[finding.outcome])
    return text
