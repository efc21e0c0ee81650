"""`parallel-nls collapse`: when a solution collapses, and how far other grids agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.reader import Run, open_run

__all__ = ["describe_collapse"]


def describe_collapse(paths: Sequence[str | Path]) -> tuple[str, dict[str, Any]]:
    """The times of runs of the same problem on other grids or with other steps, and their common digits.

    Parameters
    ----------
    paths : sequence of str or Path
        Run directories, the coarsest first: the last one counts, its distance from that before it tells how well. Runs
        that refine their grid are finer by an earlier change (`refine_tail`) or by more points.

    Returns
    -------
    str
        Lines of text.
    dict
        The numbers: `time`, `uncertainty` (None of one run), and of each of `runs` its directory, its points, first and
        last, and `time`, `last` and `height` as of `results.collapse.Collapse`.

    Raises
    ------
    UserError
        If there is no run, or one does not collapse.

    Notes
    -----
    *Communication*: local.
    """
    lines: list[str] = []
    found: list[dict[str, Any]] = []
    for root in paths:
        run = open_run(root)
        one = collapse_of(run.config, run.columns)
        if one is None:
            raise UserError(
                f"run {str(root)!r} does not collapse: nothing of it has doubled, or its equation has no law"
            )
        grids = _points_of(run)
        shown = " to ".join(" × ".join(map(str, points)) for points in dict.fromkeys(grids))
        lines.append(f"{shown} points to t = {one.last:.6g}, height {one.height:.4g}: T = {one.time:.7g}  ({root})")
        first, last = (list(points) for points in grids)
        height = one.height if np.isfinite(one.height) else None  # of a run that broke down: JSON has no NaN
        found.append({"run": str(root), "first_points": first, "last_points": last, **asdict(one), "height": height})
    time = found[-1]["time"]
    doubt = abs(time - found[-2]["time"]) if len(found) > 1 else None
    if doubt is None:
        lines.append(f"collapse at T = {time:.7g}; a run with more points tells how well that is known")
    else:
        lines.append(f"collapse at T = {time:.7g} ± {doubt:.1g}, the distance of the last two")
    return "\n".join(lines), {"time": time, "uncertainty": doubt, "runs": found}


def _points_of(run: Run) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Those of its grid, at first and, where it was refined, at last."""
    first = last = tuple(run.config.grid.points)
    if "grid_points" in run.columns:  # NaN in rows from before it refined
        found = np.fmax(first, run.columns["grid_points"].values[-1])
        last = tuple(int(n) for n in found)
    return first, last
