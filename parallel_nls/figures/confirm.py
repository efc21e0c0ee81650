"""How many digits refinements leave of each quantity: a line of dots each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parallel_nls.figures.curves import color_of, legend_above
from parallel_nls.figures.style import PAGE_WIDTH, new_figure, save
from parallel_nls.schedules import shown_time

_ROW = 0.17  # inches of a quantity
_FULL = 16.0  # digits, where no change is drawn
_MARKERS = "osD^"
_APART = 0.22  # of a row, by which refinements are set apart


def plot_confirmation(document: Mapping[str, Any], path: Path) -> Path:
    """Draw −log₁₀ of what each refinement changes of each quantity.

    Parameters
    ----------
    document : mapping
        `quantities` by name, each with `changes` and `worst_changes` by refinement, and what its `digits` are; `time`,
        `title`.
    path : Path
        A PNG file, which is replaced at once.

    Returns
    -------
    Path
        The file.

    Notes
    -----
    *Communication*: local.
    """
    quantities = document["quantities"]
    names = [name for name in document["runs"] if any(name in one["changes"] for one in quantities.values())]
    with new_figure(PAGE_WIDTH, 0.9 + _ROW * len(quantities), document["title"]) as figure:
        axes = figure.subplots()
        for place, one in enumerate(quantities.values()):
            axes.plot([0, one["digits"]], [place, place], color="0.85", linewidth=5, solid_capstyle="butt", zorder=1)
        for style, name in enumerate(names):
            offset = _APART * (style - (len(names) - 1) / 2)
            places = [place + offset for place in range(len(quantities))]
            at_end, at_worst = (
                [_digits(one[kind][name]) for one in quantities.values()] for kind in ("changes", "worst_changes")
            )
            color, marker = color_of(style), _MARKERS[style % len(_MARKERS)]
            axes.hlines(places, at_worst, at_end, color=color, linewidth=0.6, zorder=2)
            dots: dict[str, Any] = {"linestyle": "", "marker": marker, "color": color, "zorder": 3}
            axes.plot(at_worst, places, markersize=2.6, markerfacecolor="white", markeredgewidth=0.6, **dots)
            axes.plot(at_end, places, markersize=3.0, label=name, **dots)
        axes.plot([], [], "o", color="0.4", markersize=2.6, markerfacecolor="white", label="the worst of all times")
        axes.plot([], [], color="0.85", linewidth=5, label="digits confirmed")
        axes.set_yticks(range(len(quantities)), list(quantities), parse_math=False)
        axes.set_ylim(len(quantities) - 0.4, -0.6)
        axes.set_xlim(0, _FULL + 0.3)
        axes.set_xticks(range(0, int(_FULL) + 1, 2))
        axes.set_xlabel(
            rf"$-\log_{{10}}$ of the relative change, at ${document['time_symbol']}={shown_time(document['time'])}$"
        )
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        legend_above(axes, len(names) + 2)
        return save(figure, path)


def _digits(change: float | None) -> float:
    """−log₁₀ of a change, within the axis; None: of 0, which has no relative change."""
    if change is None or change >= 1:
        return 0.0
    return _FULL if change == 0 else min(_FULL, -math.log10(change))
