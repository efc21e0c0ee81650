"""What a run and its refinements agree on: their series compared at the times that all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.catalogue import OF_NUMERICS
from parallel_nls.config import counted
from parallel_nls.config.stored_json import DamagedError, StoredDocument, read_json
from parallel_nls.errors import DONE, UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import FORMAT_VERSION
from parallel_nls.output.series_axes import axes_of, labels_of
from parallel_nls.results.files import Column
from parallel_nls.results.reader import Run, open_run
from parallel_nls.results.zeros import size_of
from parallel_nls.schedules import shown_time
from parallel_nls.studies.confirmation.digits import Agreement, agree
from parallel_nls.studies.confirmation.peaks import PEAK, missed_part
from parallel_nls.studies.confirmation.plan import BASE, GRID, STEP, Confirmation
from parallel_nls.studies.sweep.folder import SweepPaths

__all__ = ["Result", "compare"]

Document = dict[str, Any]
POINTS = "points"
"""What limits a peak that lies between those of all grids."""
_SAME_TIME = 1e-9  # of the time between two rows
_FINER = 1.5  # times as many steps, below which a tolerance has not made them finer


class _Member(StoredDocument):
    reason: str


class _Table(StoredDocument):
    """What is read of the table of a sweep."""

    members: list[_Member]


@dataclass(frozen=True)
class Result:
    """What the runs agree on.

    Attributes
    ----------
    title : str
        Of the configuration.
    runs : dict
        By name: what it changes, how it ended, and its steps up to the last common row.
    missing : dict
        By name: why a refinement is not compared.
    times : ndarray, (rows,)
        Those that all runs have.
    quantities : tuple of Agreement
        In the order of the series.
    symbol : str
        Of the time of the equation.
    """

    title: str
    runs: Mapping[str, Document]
    missing: Mapping[str, str]
    times: RealArray
    quantities: tuple[Agreement, ...]
    symbol: str = "t"

    @property
    def end(self) -> str:
        """The last of the times, with what it is called."""
        return f"{self.symbol} = {shown_time(self.times[-1])}"

    @property
    def counted(self) -> tuple[Agreement, ...]:
        """The quantities that are not 0 to rounding."""
        return tuple(one for one in self.quantities if not one.is_zero)

    @property
    def worst(self) -> Agreement | None:
        """The quantity of the fewest digits at the end, of several the one that changes most."""
        return min(self.counted, key=lambda one: (one.digits, -sum(one.changes.values())), default=None)

    @property
    def is_confirmed(self) -> bool:
        """Whether finer steps and a finer grid were compared: without one of them no digit is confirmed."""
        return not {STEP, GRID} & set(self.missing)

    def document(self) -> Document:
        """As JSON has it."""
        worst = self.worst
        return {
            "format_version": FORMAT_VERSION,
            "study": "confirm",
            "title": self.title,
            "time": float(self.times[-1]),
            "time_symbol": self.symbol,
            "rows": len(self.times),
            "runs": dict(self.runs),
            "missing": dict(self.missing),
            "verdict": {
                "confirmed": self.is_confirmed,
                "digits": 0 if worst is None else worst.digits,
                "digits_at_all_times": min((one.worst_digits for one in self.counted), default=0),
                "worst": None if worst is None else worst.name,
                "refine": None if worst is None else worst.limited_by,
                "zero": [one.name for one in self.quantities if one.is_zero],
            },
            "quantities": {one.name: one.document() for one in self.quantities},
        }


def compare(study: Confirmation) -> Result:
    """Compare the runs of a study that has come to its end, at the times that all of them have.

    Raises
    ------
    UserError
        If the base or all refinements have no series, as when they failed.

    Notes
    -----
    *Communication*: local.
    """
    paths, runs, missing = SweepPaths(Path(study.plan.sweep.output)), {}, dict(study.left_out)
    for number, name in enumerate(study.runs):
        run = open_run(paths.member(number).root) if paths.member(number).config.is_file() else None
        if run is not None and run.finished and len(run.columns["time"].values):
            runs[name] = run
        else:
            missing[name] = f"failed: {_reason(paths, number)}"
    if STEP in runs and BASE in runs and (why := _as_coarse(runs[BASE], runs[STEP])):
        del runs[STEP]
        missing[STEP] = why
    if BASE in missing or len(runs) == 1:
        told = "; ".join(f"{name}: {why}" for name, why in missing.items())
        raise UserError(f"study confirm: nothing to compare in {str(paths.root)!r}; {told}")
    rows = _common_rows([run.columns["time"].values for run in runs.values()])
    base = runs[BASE]
    return Result(
        title=base.config.title,
        runs={name: _run_document(study, name, run, rows[place][-1]) for place, (name, run) in enumerate(runs.items())},
        missing=missing,
        times=base.columns["time"].values[rows[0]],
        quantities=tuple(_agreements(runs, rows)),
        symbol=base.config.equation.time_symbol,
    )


def _as_coarse(base: Run, finer: Run) -> str:
    """Why steps are not finer than those of the base: a tolerance that rounding cannot keep leaves them as they are."""
    rows = _common_rows([run.columns["time"].values for run in (base, finer)])
    if not rows[0]:
        return ""
    few, many = (int(run.columns["step"].values[chosen[-1]]) for run, chosen in zip((base, finer), rows, strict=True))
    if many >= _FINER * few:
        return ""
    return f"it took {counted(many, 'step')} in place of {few}; take a fixed time.step, or a larger time.tolerance"


def _reason(paths: SweepPaths, number: int) -> str:
    """Why a run failed, by the table of the sweep."""
    try:
        members = read_json(paths.document, _Table).members
        return members[number].reason if number < len(members) else "it is not in the table"
    except (OSError, DamagedError) as error:
        return f"the table {paths.document} {error}"


def _run_document(study: Confirmation, name: str, run: Run, row: int) -> Document:
    """Nothing in it depends on the clock."""
    summary = run.summary
    end = f"{run.config.equation.time_symbol} = {shown_time(summary['end_time'])}"
    reason = "" if summary["exit_code"] == DONE else f": {summary['end_reason']}"
    return {
        "settings": study.settings(name),
        "described": study.described(name),
        "ending": f"to {end} in {counted(summary['steps'], 'step')}{reason}",
        "exit_code": summary["exit_code"],
        "end_time": summary["end_time"],
        "steps": int(run.columns["step"].values[row]),
    }


def _common_rows(times: Sequence[RealArray]) -> list[list[int]]:
    """Rows of each run at the times that all of them have."""
    base, *others = times
    spacing = float(np.abs(np.diff(base)).max()) if len(base) > 1 else 1.0
    nearest = [[int(np.abs(other - time).argmin()) for time in base] for other in others]
    shared = [
        row
        for row, time in enumerate(base)
        if all(
            abs(other[found[row]] - time) <= _SAME_TIME * spacing for other, found in zip(others, nearest, strict=True)
        )
    ]
    return [shared, *([found[row] for row in shared] for found in nearest)]


def _agreements(runs: Mapping[str, Run], rows: Sequence[Sequence[int]]) -> list[Agreement]:
    """Every component of every quantity that all runs have."""
    found = []
    columns = [run.columns for run in runs.values()]
    times, size = columns[0]["time"].values[rows[0]], size_of(columns)
    for name, first in columns[0].items():
        shapes = {one[name].values.shape[1:] if name in one else None for one in columns}
        if name == "time" or name in OF_NUMERICS or len(shapes) > 1:
            continue
        values = [one[name].values[chosen].reshape(len(times), -1) for one, chosen in zip(columns, rows, strict=True)]
        for place, label in enumerate(_labels(name, first)):
            series = {run: one[:, place].astype(float) for run, one in zip(runs, values, strict=True)}
            if name == PEAK:
                series[POINTS] = series[BASE] * (1 + missed_part(runs[BASE].fields, columns[0]))
            one = agree(label, times, series, size)
            if one is not None:
                found.append(one)
    return found


def _labels(name: str, column: Column) -> list[str]:
    """Names of the components of a quantity, as center[1, x]."""
    shape = column.values.shape[1:]
    if int(np.prod(shape)) == 1:
        return [name]
    (axes,) = axes_of({name: shape}).values()
    return [f"{name}[{', '.join(labels)}]" for labels in labels_of(axes)]
