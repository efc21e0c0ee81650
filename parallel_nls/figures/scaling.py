"""What a step takes on more and more ranks, by the model: its parts, and the ideal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from parallel_nls.figures.curves import grey
from parallel_nls.figures.formats import writing_into
from parallel_nls.figures.style import PAGE_WIDTH, new_figure, save
from parallel_nls.planning.performance.costs import PARTS
from parallel_nls.planning.performance.scaling import Scaling

__all__ = ["plot_scaling"]

_LOWEST = 300.0  # of the shortest step: parts below that are not drawn


def plot_scaling(found: Mapping[str, Scaling], path: Path) -> Path:
    """Draw one panel for each scaling.

    Parameters
    ----------
    found : mapping of str to Scaling
        By title.
    path : Path
        The new file.

    Raises
    ------
    UserError
        If it cannot be written.

    Notes
    -----
    *Communication*: local.
    """
    with new_figure(PAGE_WIDTH, 2.8) as figure:
        panels = np.atleast_1d(figure.subplots(1, len(found)))
        for axes, (title, scaling) in zip(panels, found.items(), strict=True):
            ranks = np.array([row.ranks for row in scaling.rows], dtype=float)
            total = np.array([row.step.seconds for row in scaling.rows])
            ideal = total[0] * (np.ones_like(ranks) if scaling.weak else ranks[0] / ranks)
            axes.loglog(ranks, ideal, color=grey(), linestyle="--", linewidth=0.9, label="ideal")
            axes.loglog(ranks, total, color="black", marker="o", label="a step")
            lowest = total.min() / _LOWEST
            for number, part in enumerate(PARTS):
                seconds = np.array([getattr(row.step, part) for row in scaling.rows])
                if seconds.max() > lowest:
                    shown = np.where(seconds > lowest, seconds, np.nan)
                    axes.loglog(ranks, shown, color=f"C{number}", marker=".", linewidth=1.0, label=part)
            axes.set_title(title, parse_math=False)
            axes.set_xlabel("ranks")
            axes.set_ylabel("s a step")
            axes.set_ylim(bottom=lowest)
            axes.set_xticks(ranks, [str(row.ranks) for row in scaling.rows])
            axes.minorticks_off()
            axes.legend(loc="best")
        with writing_into(path.parent, f"the figure {path.name!r}"):
            return save(figure, path)
