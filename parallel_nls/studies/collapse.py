"""`parallel-nls collapse`: when a solution collapses, and how far other grids agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.results.collapse import collapse_of
from parallel_nls.results.reader import Run, open_run

__all__ = ["describe_collapse"]


def describe_collapse(paths: Sequence[str | Path]) -> str:
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

    Raises
    ------
    UserError
        If there is no run, or one does not collapse.

    Notes
    -----
    *Communication*: local.
    """
    lines, found = [], []
    for root in paths:
        run = open_run(root)
        one = collapse_of(run.config, run.columns)
        if one is None:
            raise UserError(
                f"run {str(root)!r} does not collapse: nothing of it has doubled, or its equation has no law"
            )
        lines.append(
            f"{_points_of(run)} points to t = {one.last:.6g}, height {one.height:.4g}: T = {one.time:.7g}  ({root})"
        )
        found.append(one.time)
    if len(found) == 1:
        lines.append(f"collapse at T = {found[0]:.7g}; a run with more points tells how well that is known")
    else:
        lines.append(
            f"collapse at T = {found[-1]:.7g} ± {abs(found[-1] - found[-2]):.1g}, the distance of the last two"
        )
    return "\n".join(lines)


def _points_of(run: Run) -> str:
    """Those of its grid, of one that was refined from the first to the last."""
    first, last = run.config.grid.points, run.config.grid.points
    if "grid_points" in run.columns:  # NaN in rows from before it refined
        found = np.fmax(first, run.columns["grid_points"].values[-1])
        last = tuple(int(n) for n in found)
    shown = [" × ".join(map(str, points)) for points in dict.fromkeys((tuple(first), last))]
    return " to ".join(shown)
