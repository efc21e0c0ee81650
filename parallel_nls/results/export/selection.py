"""What of a run is exported: which quantities at which rows, and which parts of which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from parallel_nls import __version__
from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.output.meaning import Meaning
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.fields import StoredField
from parallel_nls.results.files import Column
from parallel_nls.schedules import shown_time

__all__ = ["FORMATS", "Selection", "StoredRun", "select"]

SERIES, FIELDS, DENSITY = "series", "fields", "density"
FORMATS = {"netcdf": (SERIES, FIELDS), "vtk": (FIELDS,), "csv": (SERIES,)}
"""What each of the formats takes."""
_ALWAYS = ("time", "step")
_ROUNDING = 1e-12  # of times, which steps add up to, relative to the larger end of an interval


class StoredRun(Protocol):
    """What is asked of a run: `Run`."""

    paths: RunPaths

    @property
    def config(self) -> Configuration:
        """The configuration."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The series by name."""

    @property
    def fields(self) -> Sequence[StoredField]:
        """The stored fields."""


@dataclass(frozen=True)
class Selection:
    """What is exported.

    Attributes
    ----------
    format : str
        One of `FORMATS`.
    texts : dict of str to str
        Of the run: title, source, and what its numbers are measured in.
    columns : dict of str to Column
        Of the series, time and step first; empty without any.
    fields : tuple of StoredField
        Those of the times.
    parts : tuple of str
        Of each of them: density, u_real, u_imag.
    meaning : Meaning
        What u and time are.
    """

    format: str
    texts: dict[str, str]
    columns: dict[str, Column]
    fields: tuple[StoredField, ...]
    parts: tuple[str, ...]
    meaning: Meaning


def select(run: StoredRun, format: str, only: tuple[str, ...], times: tuple[float, float] | None) -> Selection:  # noqa: A002
    """Find what is asked for.

    Parameters
    ----------
    run, format, only, times
        As of `export_run`.

    Raises
    ------
    UserError
        If there is nothing of it, or no such format.

    Notes
    -----
    *Communication*: local.
    """
    if format not in FORMATS:
        raise UserError(f"format {format!r}: is none; there are {', '.join(FORMATS)}")
    takes = FORMATS[format]
    meaning = Meaning.of(run.config.equation)
    columns = _columns_of(run, meaning) if SERIES in takes else {}
    fields = tuple(run.fields) if FIELDS in takes and not (only and set(only) <= _of_series(run)) else ()
    parts = fields[0].parts() if fields else ()
    if only:
        _refuse_unknown(only, format, run)
        columns = _chosen_columns(columns, only)
        parts = tuple(part for part in parts if {FIELDS, part.rpartition("_")[0] or part} & set(only))
    fields = fields if parts else ()
    if times is not None:
        columns, fields = _within(columns, times), tuple(one for one in fields if _inside(one.time, times))
    rows = len(columns["time"].values) if columns else 0
    if not rows and not fields:
        raise UserError(_nothing(run, times))
    texts = {
        "title": run.config.title,
        "source": f"parallel_nls {__version__}",
        "comment": "; ".join(filter(None, ("all quantities are dimensionless", meaning.comment()))),
    }
    return Selection(format, texts, columns if rows else {}, fields, parts, meaning)


def _columns_of(run: StoredRun, meaning: Meaning) -> dict[str, Column]:
    """All of the series; time is called as its equation does, also in runs that were stored before files said so."""
    columns = dict(run.columns)
    time = columns["time"]
    return {**columns, "time": Column(time.values, {**time.attributes, **meaning.texts_of_time()})}


def _of_series(run: StoredRun) -> set[str]:
    """Words that mean the series or a quantity in it: of these alone no fields are read, which may be lost."""
    return {SERIES, *run.columns} - set(_ALWAYS)


def _refuse_unknown(only: Sequence[str], format: str, run: StoredRun) -> None:  # noqa: A002
    """Words that mean nothing, or nothing that the format takes."""
    fields = () if set(only) <= _of_series(run) else run.fields
    meshes = [part.removesuffix("_real") for part in (fields[0].parts() if fields else ())]
    known = {
        SERIES: [SERIES, *(name for name in run.columns if name not in _ALWAYS)],
        FIELDS: [FIELDS, *(mesh for mesh in meshes if not mesh.endswith("_imag"))],
    }
    for word in only:
        homes = [kind for kind, names in known.items() if word in names]
        if not homes:
            there = ", ".join(name for kind in FORMATS[format] for name in known[kind])
            raise UserError(f"only {word!r}: the run has nothing of that name for {format}; there are: {there}")
        if not set(homes) & set(FORMATS[format]):
            able = " or ".join(name for name, takes in FORMATS.items() if homes[0] in takes)
            raise UserError(f"only {word!r}: {format} takes no {homes[0]}; choose the format {able} for it")


def _chosen_columns(columns: dict[str, Column], only: Sequence[str]) -> dict[str, Column]:
    if SERIES in only or not columns:
        return columns
    chosen = [name for name in columns if name in only]
    return {name: columns[name] for name in (*_ALWAYS, *chosen)} if chosen else {}


def _inside(time: NDArray[np.float64] | float, times: tuple[float, float]) -> NDArray[np.bool_]:
    low, high = sorted(times)
    margin = _ROUNDING * max(abs(low), abs(high))
    return np.asarray((low - margin <= time) & (time <= high + margin))


def _within(columns: dict[str, Column], times: tuple[float, float]) -> dict[str, Column]:
    """The rows of an interval of time."""
    if not columns:
        return columns
    rows = _inside(columns["time"].values, times)
    return {name: Column(column.values[rows], column.attributes) for name, column in columns.items()}


def _nothing(run: StoredRun, times: tuple[float, float] | None) -> str:
    where, there = f"run {str(run.paths.root)!r}", run.columns["time"].values
    if times is None or not len(there):
        return f"{where} has nothing to export yet"
    symbol = run.config.equation.time_symbol
    span = f"its rows go from {symbol} = {shown_time(there[0])} to {shown_time(there[-1])}"
    fields = ", ".join(shown_time(one.time) for one in run.fields) or "no time"
    low, high = sorted(times)
    wanted = f"{symbol} = {shown_time(low)} to {shown_time(high)}"
    return f"{where} has nothing from {wanted} that was asked for; {span}, its fields are at {fields}"
