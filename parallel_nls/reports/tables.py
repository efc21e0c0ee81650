"""The tables of a run's page: the last row, drifts, modulation parameters, provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parallel_nls.catalogue import EVERYWHERE, OF_NUMERICS
from parallel_nls.diagnostics.quantity import BUBBLE
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.series_axes import axes_of
from parallel_nls.reports.content import Facts, Table
from parallel_nls.results.components import component_names
from parallel_nls.results.drifts import drifts_of
from parallel_nls.results.files import Column
from parallel_nls.results.reader import Run
from parallel_nls.schedules import shown_time

__all__ = ["drift_table", "last_row_table", "parameter_tables", "provenance_facts"]

_QUANTITIES = {quantity.name: quantity for quantity in EVERYWHERE}
_PARAMETERS = ("modulation", "half-wave")  # families
_MOST = 12  # numbers in a cell


def number(value: float, digits: int = 8) -> str:
    """A number of a table. *Communication*: local."""
    return f"{value:.{digits}g}"


def last_row_table(run: Run) -> Table:
    """The last value of every quantity, with what it is."""
    times = run.columns["time"].values
    rows = []
    for name, column in run.columns.items():
        if name == "time":
            continue
        values = np.atleast_1d(column.values[-1]).ravel()
        names = component_names(name, column)
        lines = tuple(": ".join(filter(None, (head, number(x)))) for head, x in zip(names, values, strict=True))
        if len(values) > _MOST:
            lines = (f"{len(values)} numbers from {number(float(values.min()))} to {number(float(values.max()))}",)
        texts = column.attributes
        rows.append((name, lines, texts.get("long_name", ""), texts.get("formula", "")))
    caption = f"Last row, at {run.config.equation.time_symbol} = {shown_time(times[-1], 10)}"
    return Table(caption, ("quantity", "value", "what", "formula"), tuple(rows))


def drift_table(run: Run) -> Table | None:
    """How far what is conserved has drifted; None if nothing is."""
    rows = []
    for name, drift in drifts_of(run.columns, run.scales).items():
        known, formula = drift.sizes[np.isfinite(drift.sizes)], run.columns[name].attributes.get("formula", "")
        if len(known):
            rows.append((name, f"{known[-1]:.1e}", f"{known.max():.1e}", drift.kind, formula))
    if not rows:
        return None
    heading = ("quantity", "drift at the end", "largest drift", "relative or absolute", "formula")
    return Table("What the equation conserves, and how far it has drifted since the start", heading, tuple(rows))


def parameter_tables(run: Run) -> list[Table]:
    """The last values of the decomposition: a table of the bubbles, and one of the numbers of all; none without it."""
    if not set(_PARAMETERS) & set(run.config.diagnostics.families):
        return []
    each, whole = list[tuple[str, ...]](), list[tuple[str, ...]]()
    count = 0
    for name, column in run.columns.items():
        quantity = _QUANTITIES.get(name)
        if quantity is None or quantity.family not in _PARAMETERS or name in OF_NUMERICS:
            continue
        if quantity.derivation is not None and quantity.dimensions != (BUBBLE,):
            continue
        found = _last_known(column)
        if found is None:
            continue
        values, at = found
        texts = (column.attributes.get("formula", ""), shown_time(run.columns["time"].values[at], 10))
        if BUBBLE.name in (axis.name for axis in axes_of({name: column.values.shape[1:]})[name]):
            count = max(count, len(values))
            each.append((name, texts[0], *(", ".join(map(number, one.ravel().tolist())) for one in values), texts[1]))
        else:
            whole.append((name, texts[0], ", ".join(map(number, np.ravel(values).tolist())), texts[1]))
    symbol = run.config.equation.time_symbol
    tables = []
    if each:
        bubbles = tuple(f"bubble {k}" for k in range(1, count + 1))
        tables.append(
            Table(
                "Parameters of the bubbles, last values",
                ("parameter", "formula", *bubbles, f"at {symbol}"),
                tuple(each),
            )
        )
    if whole:
        caption = "Numbers of the decomposition, last values"
        tables.append(Table(caption, ("number", "formula", "value", f"at {symbol}"), tuple(whole)))
    return tables


def _last_known(column: Column) -> tuple[RealArray, int] | None:
    """The last row that is finite throughout, and which one it is; None without any."""
    values = column.values.astype(np.float64)
    rows = np.flatnonzero(np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    return (values[rows[-1]], int(rows[-1])) if rows.size else None


def provenance_facts(provenance: Mapping[str, Any]) -> Facts:
    """What computed the run, by name."""
    return tuple((name.replace("_", " "), tuple(_texts(value))) for name, value in provenance.items())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield ", ".join(f"{key} {item}" for key, item in value.items())
    elif isinstance(value, list):
        yield ", ".join(map(str, value))
    else:
        yield "–" if value is None else str(value)
