"""`parallel-nls collapse`: when a solution collapses, and how far its rows and other grids tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.config import quoted
from parallel_nls.errors import UserError
from parallel_nls.results.collapse import Collapse, collapse_of, why_none
from parallel_nls.results.digits import rounded_up, with_doubt
from parallel_nls.results.directories import refuse_twice
from parallel_nls.results.labels import all_varied_keys
from parallel_nls.results.reader import Run, open_run
from parallel_nls.results.sources import checksums_of
from parallel_nls.schedules import shown_time

__all__ = ["describe_collapse"]

_OF_COMPUTING = {"title", "grid", "time", "limits", "output", "diagnostics", "modulation", "virial"}
"""Sections in which runs of one problem may differ, but for the keys of its statement."""
_OF_THE_PROBLEM = {"time.start"}


@dataclass(frozen=True)
class _Found:
    """A run, its points at first and at last, and when it collapses."""

    run: Run
    first: tuple[int, ...]
    last: tuple[int, ...]
    collapse: Collapse

    @property
    def root(self) -> str:
        """Its directory."""
        return str(self.run.paths.root)

    def line(self) -> str:
        """What is said of it."""
        one = self.collapse
        shown = " to ".join(" × ".join(map(str, points)) for points in dict.fromkeys((self.first, self.last)))
        time = f"T = {with_doubt(one.time, one.doubt)}"
        return f"{shown} points to t = {shown_time(one.last)}, height {one.height:.4g}: {time}  ({self.root})"

    def document(self) -> dict[str, Any]:
        """Its numbers."""
        height = self.collapse.height if np.isfinite(self.collapse.height) else None  # of one that broke down: no NaN
        points = {"run": self.root, "first_points": list(self.first), "last_points": list(self.last)}
        return points | asdict(self.collapse) | {"height": height}

    def sizes(self) -> dict[str, tuple[float, ...]]:
        """By what it is told: what is the larger the finer it is."""
        time = self.run.config.time
        return {
            "points": tuple(map(float, self.last)),
            "points at the start": tuple(map(float, self.first)),
            "steps": (-(time.step or 0.0), -(time.tolerance or 0.0)),
        }


def describe_collapse(paths: Sequence[str | Path]) -> tuple[str, dict[str, Any]]:
    """The times of runs of the same problem on other grids or with other steps, and how far they tell.

    Parameters
    ----------
    paths : sequence of str or Path
        Run directories, the coarsest first: the last one counts. How far its rows tell is in
        `results.collapse.Collapse`; to that comes its distance from the run before it. Runs that refine their grid are
        finer by an earlier change (`refine_tail`) or by more points.

    Returns
    -------
    str
        Lines of text.
    dict
        The numbers: `time`, `uncertainty`, the sum of its parts `extrapolation` and `distance` (None of one run), and
        of each of `runs` its directory, its points, first and last, and what `results.collapse.Collapse` has.

    Raises
    ------
    UserError
        If there is no run, one tells no time, or they are not different runs of one problem, the coarsest first.

    Notes
    -----
    *Communication*: local.
    """
    runs = [open_run(root) for root in paths]
    refuse_twice(run.paths for run in runs)
    found = [_find(run) for run in runs]
    _refuse_other_problems(runs)
    for before, after in pairwise(found):
        _refuse_order(before, after)
    last = found[-1].collapse
    distance = abs(last.time - found[-2].collapse.time) if len(found) > 1 else None
    doubt = last.doubt + (distance or 0.0)
    lines = [*(one.line() for one in found), *_verdict(last, doubt, distance)]
    numbers = {"time": last.time, "uncertainty": doubt, "extrapolation": last.doubt, "distance": distance}
    return "\n".join(lines), {**numbers, "runs": [one.document() for one in found]}


def _find(run: Run) -> _Found:
    collapse = collapse_of(run.config, run.columns)
    if collapse is None:
        raise UserError(f"run {str(run.paths.root)!r} {why_none(run.config, run.columns)}")
    return _Found(run, *_points_of(run), collapse)


def _verdict(last: Collapse, doubt: float, distance: float | None) -> Iterator[str]:
    told = f"collapse at T = {with_doubt(last.time, doubt)}"
    if distance is None:
        yield f"{told} as far as its rows tell; a run with more points tells how well that is known on its grid"
    else:
        rows, grids = rounded_up(last.doubt), rounded_up(distance)
        yield f"{told}: {rows} as far as the rows of the last tell, {grids} from the one before"
    if not last.is_near:
        yield f"the height has grown {last.growth:.2g}-fold only: T is where it would be if the line went on"


def _refuse_other_problems(runs: Sequence[Run]) -> None:
    """Raise UserError where runs differ in more than in how they are computed, or not at all."""
    sums: list[Mapping[str, str]] = [checksums_of(run.paths) or {} for run in runs]
    for key, values in all_varied_keys([run.config for run in runs], sums).items():
        if key in _OF_THE_PROBLEM or not (key.split(".")[0] in _OF_COMPUTING or "diagnostic_" in key):
            shown = ", ".join("none" if value is None else quoted(value) for value in values)
            raise UserError(f"runs of other problems: {key} is {shown}; give runs that differ in grid or steps alone")
    for before, after in pairwise(runs):
        if _is_same(before, after):
            raise UserError(
                f"run {str(after.paths.root)!r} has the rows of {str(before.paths.root)!r}, and tells nothing new; "
                "give one with more points or finer steps"
            )


def _is_same(before: Run, after: Run) -> bool:
    """Whether all that both measure are the same numbers, as of a copy, but for those that only tell of its steps."""
    law = before.config.equation.collapse_law
    names = ("time", *(() if law is None else (law.column,)))
    return all(np.array_equal(before.columns[name].values, after.columns[name].values) for name in names)


def _refuse_order(before: _Found, after: _Found) -> None:
    """Raise UserError where a run is coarser than that before it, in all that tells."""
    pairs = {name: (size, after.sizes()[name]) for name, size in before.sizes().items() if size != after.sizes()[name]}
    if pairs and all(all(a >= b for a, b in zip(*pair, strict=True)) for pair in pairs.values()):
        told = {pair: name for name, pair in reversed(pairs.items())}  # grids that are not refined are told once
        raise UserError(
            f"run {after.root!r} is coarser than {before.root!r}, by its {' and '.join(reversed(told.values()))}; "
            "give the coarsest first: the last one counts"
        )


def _points_of(run: Run) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Those of its grid, at first and, where it was refined, at last."""
    first = last = tuple(run.config.grid.points)
    if "grid_points" in run.columns:  # NaN in rows from before it refined
        found = np.fmax(first, run.columns["grid_points"].values[-1])
        last = tuple(int(n) for n in found)
    return first, last
