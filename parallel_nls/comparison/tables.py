"""A comparison as text for a terminal, and as files: figures, and CSV for programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from parallel_nls.comparison.differences import Difference
from parallel_nls.comparison.runs_beside import Entry, RunsBeside, left_out
from parallel_nls.config import counted
from parallel_nls.config.toml_text import toml_value
from parallel_nls.errors import unwritable
from parallel_nls.figures.comparison import Overlay, plot_overlays
from parallel_nls.output.durable_files import replace_file
from parallel_nls.results.digits import rounded_up
from parallel_nls.schedules import shown_time

__all__ = ["describe", "write_files"]

_DIGITS = 10  # of a last value
_DOUBTS = {False: "rounding", True: "rounding and interpolation"}
_HEADING = ("quantity", "run", "last value", "at {t}", "− that of run 1", "relative", "at {t}", "largest", "at {t}")


def describe(found: RunsBeside) -> str:
    """The runs, their last values and differences, as lines of text. *Communication*: local."""
    runs = [
        f"{number:>3}  {label}: {run.state.text}, in {run.paths.root}"
        for number, (label, run) in enumerate(zip(found.labels, found.runs, strict=True), 1)
    ]
    varied = [f"     {key}: {', '.join(_value(value) for value in values)}" for key, values in found.varied.items()]
    rows: list[tuple[str, ...]] = [tuple(head.format(t=_symbol(found)) for head in _HEADING)]
    for entry in found.entries:
        rows += [_row(found, entry, run) for run in range(len(found.runs))]
    return "\n".join(
        [
            *runs,
            *[f"     {line}" for line in left_out(found.missing)],
            "differ in" if varied else "     their configurations are the same",
            *varied,
            *[
                f"     files that it names were not compared: no run.json tells their checksums in {root}"
                for root in found.unread
            ],
            *[f"     warning: {run.changed}" for run in found.runs if run.changed is not None],
            "",
            *_aligned(rows),
            "",
            *_remarks(found),
        ]
    )


def _symbol(found: RunsBeside) -> str:
    return found.runs[0].config.equation.time_symbol


def _value(value: object) -> str:
    return "–" if value is None else toml_value(value)


def _row(found: RunsBeside, entry: Entry, run: int) -> tuple[str, ...]:
    """The last value of a number, and what it differs by at the last time that both have, and at most."""
    series, times = entry.series(found.runs[run]), found.times(run)
    last = f"≤ {rounded_up(np.abs(series).max())}" if found.rounding(entry, run) else f"{series[-1]:.{_DIGITS}g}"
    head = (entry.name if run == 0 else "", str(run + 1), last, shown_time(times[-1]))
    if run == 0:
        return (*head, "", "", "", "", "")
    apart = found.difference(entry, run)
    if not len(apart.times):
        return (*head, "–", "–", "", "–", "")
    end, largest, mark = apart.last, apart.largest, " *" if apart.between else ""
    return (
        *head,
        apart.text(end) + mark,
        apart.relative_text(end) if entry.is_relative(found.runs[0]) else "",
        shown_time(apart.times[end]),
        apart.text(largest) + mark,
        shown_time(apart.times[largest]),
    )


def _remarks(found: RunsBeside) -> list[str]:
    """At how many times the runs are compared, and what stands where a digit is not there."""
    apart = {run + 1: found.difference(found.entries[0], run) for run in range(1, len(found.runs))}
    told: dict[str, list[str]] = {}
    for number, one in apart.items():
        told.setdefault(_compared(one, _symbol(found)), []).append(str(number))
    lines = [f"run {', '.join(numbers)} and run 1: {text}" for text, numbers in told.items()]
    return [*lines, f"≤: no digit is beyond {_DOUBTS[any(one.between for one in apart.values())]}"]


def _compared(apart: Difference, symbol: str) -> str:
    """Where two runs are compared."""
    if not len(apart.times):
        return "no time in common"
    span = f"{symbol} = {shown_time(apart.times[0])} to {shown_time(apart.times[-1])}"
    if apart.between:
        return (
            f"no time in common but the start; * interpolated at {counted(len(apart.times), 'time')} of run 1, {span}, "
            "by polynomials through six rows; digits that this may change are left out"
        )
    return f"at {counted(len(apart.times), 'time')} that both have, {span}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def write_files(found: RunsBeside, folder: Path) -> list[Path]:
    """Write what `Comparison.save` writes. *Communication*: local.

    Raises
    ------
    UserError, StorageError
        If the folder cannot be written: bad input, or the file system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        texts = {"runs.csv": _runs_csv(found), "differences.csv": _differences_csv(found)}
        for name, text in texts.items():
            replace_file(folder / name, text.encode())
        figures = [plot_overlays(_overlays(found, name), folder / f"{name}.png") for name in found.quantities]
    except OSError as error:
        raise unwritable(f"folder {str(folder)!r}", error, "give another by --to") from None
    return [folder / name for name in texts] + figures


def _overlays(found: RunsBeside, quantity: str) -> list[Overlay]:
    """What the figure of a quantity shows: a column for each component."""
    symbol = _symbol(found)
    overlays = []
    for entry in (entry for entry in found.entries if entry.quantity == quantity):
        curves = [(found.times(run), entry.series(found.runs[run])) for run in range(len(found.runs))]
        apart = [found.difference(entry, run) for run in range(1, len(found.runs))]
        differences = [(one.times, abs(one.values)) for one in apart]
        overlays.append(Overlay(entry.name, symbol, found.labels, curves, differences))
    return overlays


def _runs_csv(found: RunsBeside) -> str:
    """A line for each run: label, directory, how it ended, and what it has that others have not."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", "label", "directory", "state", *found.varied])
    for place, run in enumerate(found.runs):
        values = ["" if values[place] is None else toml_value(values[place]) for values in found.varied.values()]
        writer.writerow([place + 1, found.labels[place], run.paths.root, run.state.text, *values])
    return text.getvalue()


def _differences_csv(found: RunsBeside) -> str:
    """A line for each number of each run but the first, with all digits and what they may be wrong by."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    kinds = [f"{kind}_{name}" for kind in ("last", "largest") for name in ("time", "difference", "doubt")]
    writer.writerow(["quantity", "component", "run", "last_value", "last_value_time", "times", "interpolated", *kinds])
    for entry in found.entries:
        for run in range(len(found.runs)):
            series, times = entry.series(found.runs[run]), found.times(run)
            head = [entry.quantity, entry.component, run + 1, _known(float(series[-1])), float(times[-1])]
            if run == 0:
                writer.writerow([*head, len(times), "false"])
                continue
            apart = found.difference(entry, run)
            rows = (apart.last, apart.largest) if len(apart.times) else ()
            numbers = [float(one[row]) for row in rows for one in (apart.times, apart.values, apart.doubts)]
            writer.writerow([*head, len(apart.times), str(apart.between).lower(), *numbers])
    return text.getvalue()


def _known(value: float) -> float | str:
    return value if math.isfinite(value) else ""
