"""Tables of results: one row for each program of each case, as text for the terminal or as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from scripts.benchmarks.samples import Record

Row = tuple[str, ...]
HEADER = ("case", "program", "median", "mean ± std", "min … max", "ratio", "limit")
NUMERIC_FROM = 2  # columns from here on are numbers


def number(value: float) -> str:
    """Three significant digits, without an exponent where that is readable."""
    if value == 0:
        return "0"
    value = float(f"{value:.2e}")  # 0.09999 has the digits of 0.1
    if not 1e-3 <= abs(value) < 1e5:
        return f"{value:.2e}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def verdict(item: Record) -> str:
    """Whether a requirement is met; open where the machine was busy with something else."""
    return {True: "met", False: "MISSED", None: "not judged"}[item["met"]]


def rows_of(case: Record) -> list[Row]:
    """The rows of one case."""
    limits = {item["program"]: item for item in case["checks"]}
    rows: list[Row] = []
    for program, stats in case["programs"].items():
        bound = limits.get(program)
        limit = f"{bound['limit']:g}{'' if bound['met'] else ' ' + verdict(bound)}" if bound else ""
        rows.append(
            (
                case["name"],
                program,
                f"{number(stats['median'])} {case['unit']}".strip(),
                f"{number(stats['mean'])} ± {number(stats['std'])}",
                f"{number(stats['min'])} … {number(stats['max'])}",
                f"{case['ratios'][program]:.3f}" if program in case["ratios"] else "",
                limit,
            )
        )
    return rows


def check_rows(checks: Sequence[Record]) -> list[Row]:
    """One row for each requirement: what, measured, limit, verdict."""
    rows: list[Row] = []
    for item in checks:
        value = "not measured" if item["value"] is None else number(item["value"])
        rows.append((item["name"], value, f"≤ {number(item['limit'])}", verdict(item)))
    return rows


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric_from: int = NUMERIC_FROM) -> str:
    """Columns padded with spaces, numbers to the right."""
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        """One padded line."""
        padded = (
            cell.rjust(width) if i >= numeric_from else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join(line(cells) for cells in (header, *rows))


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric_from: int = NUMERIC_FROM) -> str:
    """A Markdown table, numbers to the right."""
    rules = ["---:" if i >= numeric_from else "---" for i in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rules, *rows))


def tables(record: Record) -> str:
    """All tables of one benchmark for the terminal."""
    parts = []
    rows = [row for one in record["cases"] for row in rows_of(one)]
    if rows:
        parts.append(text_table(HEADER, rows))
    if record.get("checks"):
        parts.append(text_table(("requirement", "measured", "limit", ""), check_rows(record["checks"]), 1))
    return "\n\n".join(parts)
