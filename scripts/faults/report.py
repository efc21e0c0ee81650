"""The table at the end, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.faults.cases import Result

FORMAT_VERSION = "1.0"


def rows(results: Iterable[Result]) -> list[dict[str, Any]]:
    """One row for each fault: its kind, cases, survivors, worst seconds until the end of a job, names of the lost."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for result in results:
        kind = result.name.partition(":")[0]
        head = {"kind": kind, "fault": result.fault}
        row = found.setdefault(
            (kind, result.fault), head | {"cases": 0, "survived": 0, "worst_seconds": None, "failed": []}
        )
        row["cases"] += 1
        row["survived"] += not result.failures
        if result.seconds is not None:
            row["worst_seconds"] = max(row["worst_seconds"] or 0.0, round(result.seconds, 2))
        if result.failures:
            row["failed"].append(result.name)
    return list(found.values())


def print_report(console: Console, results: Sequence[Result], again: str) -> None:
    """Print what was lost, then the table; ``again`` is the command that repeats a case but for its name."""
    for result in results:
        if result.failures:
            console.print(
                f"\n{result.name}, {result.fault}; again: {again} {result.name}", markup=False, soft_wrap=True
            )
            for failure in result.failures:
                console.print(f"  {failure}", markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("kind")
    table.add_column("fault")
    for title in ("cases", "survived", "worst end, s"):
        table.add_column(title, justify="right")
    table.add_column("failed")
    for row in rows(results):
        worst = "" if row["worst_seconds"] is None else f"{row['worst_seconds']:.2f}"
        table.add_row(
            row["kind"], row["fault"], str(row["cases"]), str(row["survived"]), worst, " ".join(row["failed"])
        )
    console.print()
    console.print(table)


def write_report(path: Path, results: Sequence[Result], seed: int, seconds: float, processor: float) -> None:
    """Store the table, what it took on the clock and of a core, and the stories of the cases that failed."""
    document = {
        "format_version": FORMAT_VERSION,
        "seed": seed,
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
        "cases": len(results),
        "failed": sum(bool(result.failures) for result in results),
        "table": rows(results),
        "ends": {result.name: round(result.seconds, 2) for result in results if result.seconds is not None},
        "failures": [result.record() for result in results if result.failures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
