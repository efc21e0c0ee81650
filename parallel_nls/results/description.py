"""A run in words, what it solves and how it went: what `parallel-nls info` shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.catalogue import CONSERVED, DIGITS
from parallel_nls.config import Configuration, counted
from parallel_nls.diagnostics.differences import ROWS
from parallel_nls.errors import DONE, RESUMABLE, as_typed
from parallel_nls.output.checkpoint_store import steps_of, stored_checkpoints
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.drifts import drift_kind
from parallel_nls.results.fields import StoredField
from parallel_nls.results.files import Column
from parallel_nls.results.refined_law import law_doubts
from parallel_nls.results.rounding import known_rounding, without_rounding
from parallel_nls.results.run_state import state_of_paths
from parallel_nls.schedules import shown_time

Lines = Iterator[tuple[str, str]]
_HEAD = 10
_LISTED = 8  # fields, up to which all times are told
_TABLE = 2  # dimensions, beyond which each row is a table
_ACROSS = 3  # numbers on one line, with all digits
_DIGITS, _FEW_DIGITS = 8, 4
_MEGA = 10**6
_SEVEN = "seven"  # as sources of quantities call `ROWS`
_DRAWN = (".png", ".pdf", ".svg")  # figures


def describe(
    root: Path,
    config: Configuration,
    columns: Mapping[str, Column],
    fields: Sequence[StoredField],
    summary: Mapping[str, Any] | None,
    troubles: Sequence[str] = (),
    changed: str | None = None,
) -> str:
    """Text about a run.

    Parameters
    ----------
    root : Path
        The run directory.
    config : Configuration
        Its configuration.
    columns : mapping
        Its series.
    fields : sequence of StoredField
        Its snapshots.
    summary : mapping or None
        None if the run has not ended by itself.
    troubles : sequence of str, optional
        What is wrong with stored fields.
    changed : str, optional
        What the configuration says and the run was not computed with.

    Returns
    -------
    str
        Lines of text.

    Notes
    -----
    *Communication*: local.
    """
    title = config.title or root.resolve().name
    parts = [
        problem(config, columns),
        course(root, config, columns, summary),
        _last_row(columns, config, dict(summary.get("scales", {})) if summary else {}),
        contents(root, columns, fields, config.equation.time_symbol),
        warnings_of(root, troubles),
        [] if changed is None else [("warning", changed)],
    ]
    text = [title, "─" * len(title)]
    for part in parts:
        lines = list(part)
        text += [f"{head:<{_HEAD}}  {line}".rstrip() for head, line in lines]
        text += [""] if lines else []
    return "\n".join(text[:-1])


def course(
    root: Path, config: Configuration, columns: Mapping[str, Column], summary: Mapping[str, Any] | None
) -> Lines:
    """Yield how far the run came, what it cost and how well it conserved."""
    symbol = config.equation.time_symbol
    if summary is None:
        times, done = columns["time"].values, columns["step"].values
        total = f" of {config.frames.count}" if config.time.step is not None else ""
        reached = f"{symbol} = {shown_time(times[-1])}, step {done[-1]}{total}" if len(times) else "no row yet"
        state = state_of_paths(RunPaths(root), symbol)
        killed = state.kind == "killed"
        told = state.unended.removeprefix("ended ") if killed else f"no: {state.unended}"
        yield "ended", f"{told}; last row: {reached}"
        if state.kind != "running":
            again = f"go on with: parallel-nls resume {as_typed(root)}"
            yield "", again if killed else f"if it was killed, {again}"
        return
    code = int(summary["exit_code"])
    where = f"at {symbol} = {shown_time(summary['end_time'])}: {summary['end_reason']}"
    if code == RESUMABLE:
        yield "ended", f"not yet: stored {where}"
        yield "", f"go on with: parallel-nls resume {as_typed(root)}"
    else:
        yield "ended", f"{'done' if code == DONE else f'stopped early (exit code {code})'} {where}"
    seconds, steps = float(summary["wall_seconds"]), int(summary["steps"])
    compiling = float(summary.get("compiling_seconds", 0.0))  # no step to come takes such time
    each = f", {1000 * max(seconds - compiling, 0.0) / steps:.1f} ms a step" if steps else ""
    peaks = summary["peak_memory_bytes"]
    ranks = counted(len(peaks), "rank")
    jobs = f", in {summary['jobs']} jobs" if summary.get("jobs", 1) > 1 else ""
    yield "steps", f"{steps} ({summary['pairs']} transform pairs) in {seconds:.1f} s on {ranks}{each}{jobs}"
    if compiling >= 0.1:
        yield "compiling", f"{compiling:.1f} s of these, which no step counts"
    yield "memory", f"at most {max(peaks) / _MEGA:.0f} MB a rank"
    if summary.get("error_estimate") is not None:
        yield "error", f"{summary['error_estimate']:.1e} by the estimates of the steps (relative, L²)"
    drift = summary.get("drift", {})
    scales = summary.get("scales", {})
    texts = [
        f"{name} {value:.1e} ({drift_kind(name, columns[name], scales) if name in columns else CONSERVED[name]})"
        for name, value in drift.items()
        if value is not None
    ]
    if texts:
        yield "drift", ", ".join(texts)
    if config.equation.level > 1:
        yield "", "kept by every closure: neither validates one; closure_error and admissibility tell"
    yield from law_doubts(columns)
    if "certificate" in summary:
        yield "collapse", f"certificate: {summary['certificate']['statement']}"
        found = collapse_of(config, columns)
        if found is not None:
            known = f"by the last rows at T = {with_doubt(found.time, found.doubt)}"
            yield "", f"{known} on this grid; what another says: parallel-nls collapse"


def _last_row(columns: Mapping[str, Column], config: Configuration, scales: Mapping[str, float]) -> Lines:
    """Yield the last value of every quantity."""
    times = columns["time"].values
    if not len(times):
        return
    yield "last row", f"{config.equation.time_symbol} = {shown_time(times[-1], 10)}"
    shown = {name: column for name, column in columns.items() if name not in ("time", "step")}
    if len(times) < ROWS and any(f"{_SEVEN}-row" in column.attributes.get("source", "") for column in shown.values()):
        yield "", f"{counted(len(times), 'row')} so far: what is differentiated in time takes {_SEVEN}, and is nan"
    rounding = {name: known_rounding(name, columns, scales, config) for name in shown}
    numbers = {
        name: _numbers(column.values[-1], rounding[name], DIGITS.get(name, _DIGITS)) for name, column in shown.items()
    }
    widths = (
        max(map(len, shown), default=0),
        max((len(line) for name, lines in numbers.items() if not _is_table(shown[name]) for line in lines), default=0),
    )
    for name, column in shown.items():
        lines, heads = numbers[name], [name]
        if _is_table(column):
            lines, heads = ["", *lines], [name, *(f"  bubble {k}" for k in range(1, len(lines) + 1))]
        for line, head, tail in zip_longest(lines, heads, [column.attributes.get("formula", "")], fillvalue=""):
            yield "", f"{head:<{widths[0]}} {line:<{widths[1]}}  {tail}"


def _is_table(column: Column) -> bool:
    """Whether a row holds several numbers for each bubble."""
    return bool(column.values.ndim > _TABLE)


def _numbers(value: NDArray[Any], rounding: float, digits: int) -> list[str]:
    """One row of a quantity in lines: of tables one line for each bubble, with fewer digits where there are many.

    None of them is known to be rounding.
    """
    values = np.atleast_1d(value)
    rows = list(values)
    if values.ndim == 1:
        rows = [values[first : first + _ACROSS] for first in range(0, len(values), _ACROSS)]
    elif values.shape[-1] > _ACROSS:
        digits = _FEW_DIGITS
    return [" ".join(without_rounding(float(number), digits, rounding) for number in row) for row in rows]


def contents(root: Path, columns: Mapping[str, Column], fields: Sequence[StoredField], symbol: str) -> Lines:
    """Yield the files and what is in them."""
    yield "files", str(root)
    yield "", f"series.h5      {counted(len(columns['time'].values), 'row')} of {len(columns) - 2} quantities"
    times = ", ".join(shown_time(stored.time) for stored in fields)
    if len(fields) > _LISTED:
        times = f"{shown_time(fields[0].time)} … {shown_time(fields[-1].time)}"
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) / _MEGA
    yield "", f"fields/        {counted(len(fields), 'field')}" + (f" at {symbol} = {times}" if times else "")
    figures = len({path.stem for path in (root / "figures").glob("*.*") if path.suffix in _DRAWN})
    shown = counted(figures, "figure") if figures else f"none yet; draw them with: parallel-nls plot {as_typed(root)}"
    yield "", f"figures/       {shown}"
    stored = stored_checkpoints(RunPaths(root))
    steps = ", ".join(str(steps_of(path)) for path in reversed(stored))
    yield "", f"checkpoints/   {counted(len(stored), 'state')}" + (f" after steps {steps}" if stored else "")
    yield "", f"{size:.1f} MB in all"


def warnings_of(root: Path, troubles: Sequence[str]) -> Lines:
    """Yield what is wrong with stored fields, and what helps."""
    for trouble in troubles:
        yield "warning", trouble
    if troubles:
        again = f"parallel-nls run {as_typed(root / 'config.toml')} --output NEW"
        yield "", f"put a field back from a copy, or compute all again: {again}"


def problem(config: Configuration, columns: Mapping[str, Column]) -> Lines:
    """Yield heads and texts of lines that say what is solved, and on which grids."""
    equation = config.equation
    yield "equation", equation.describe()
    yield "grid", config.grid.describe()
    yield from (("", line) for line in _refinements(config, columns))
    first, *others = config.initial.describe(equation.dimension)
    yield "initial", first
    yield from (("", line) for line in (*others, *config.initial.describe_changes()))
    yield "time", _time_text(config)


def _refinements(config: Configuration, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield from which row on a run has been on which finer grid; rows from before it refined know of none."""
    last, symbol = [float(n) for n in config.grid.points], config.equation.time_symbol
    rows = columns["grid_points"].values.tolist() if "grid_points" in columns else []
    for row, points in enumerate(rows):
        if points[0] > last[0]:
            last, time = points, columns["time"].values[row]
            finer = " × ".join(f"{n:.0f}" for n in points)
            yield f"refined to {finer} points, in rows from {symbol} = {shown_time(time)} on"


def _time_text(config: Configuration) -> str:
    time = config.time
    if time.step is not None:
        size = f"step {time.step:g}"
    else:
        size = f"tolerance {time.tolerance:g}, frames of {abs(config.frames.frame):g}"
    span = f"{shown_time(time.start)} to {shown_time(time.stop)}"
    return f"{config.equation.time_symbol} = {span}, {size}, scheme {time.scheme}"
