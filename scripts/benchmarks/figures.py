"""Figures of results: every sample a point, the median a bar, the standard deviation an error bar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.benchmarks.samples import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distinguishable by people with any colour vision (Okabe and Ito); the yardstick is grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
YARDSTICK_COLOUR = "#8A8A8A"
LEGEND_COLUMNS = 4
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "figure.dpi": 110,
    "savefig.bbox": "tight",
}


def colours_of(cases: Sequence[Record]) -> dict[str, str]:
    """One colour for each program, the same in all cases."""
    names = dict.fromkeys(program for one in cases for program in one["programs"])
    yardsticks = {one["yardstick"] for one in cases}
    plain = iter(COLOURS * (1 + len(names) // len(COLOURS)))
    return {name: YARDSTICK_COLOUR if name in yardsticks else next(plain) for name in names}


def _strip(axes: Axes, height: float, stats: Record, scale: float, colour: str, label: str | None) -> None:
    """One program of one case: points, median, standard deviation."""
    values = [value / scale for value in stats["values"]]
    axes.plot(values, [height] * len(values), "o", color=colour, alpha=0.45, markersize=5, markeredgewidth=0)
    axes.errorbar(
        stats["median"] / scale,
        height,
        xerr=stats["std"] / scale,
        fmt="|",
        color=colour,
        markersize=13,
        markeredgewidth=2.2,
        capsize=3,
        label=label,
    )


def draw_cases(cases: Sequence[Record], path: Path, title: str, xlabel: str, limit: float | None = None) -> None:
    """Draw all cases below each other; where there is a yardstick, in units of its median.

    Parameters
    ----------
    cases : sequence
        Results of `samples.case`.
    path : Path
        The new PNG file.
    title, xlabel : str
        Texts.
    limit : float, optional
        A limit for all cases, in the units of the axis; those of single cases are drawn anyway.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        rows = sum(len(one["programs"]) + 1 for one in cases)
        figure = Figure(figsize=(7.6, 1.3 + 0.27 * rows))
        axes = figure.add_subplot()
        _fill(axes, cases)
        if limit is not None:
            axes.axvline(limit, linestyle=":", color="black", linewidth=1.2)
        axes.set_xlabel(xlabel)
        if axes.dataLim.x0 >= 0:  # a difference of times may be less by chance
            axes.set_xlim(left=0)
        names = len(axes.get_legend_handles_labels()[1])
        axes.set_title(title, loc="left", pad=12 + 15 * -(-names // LEGEND_COLUMNS), fontsize=11)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=LEGEND_COLUMNS, frameon=False, fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)


def _fill(axes: Axes, cases: Sequence[Record]) -> None:
    colours, named = colours_of(cases), set[str]()
    height, ticks = 0.0, []
    for one in cases:
        top = height
        scale = one["programs"][one["yardstick"]]["median"] if one["ratios"] else 1.0
        for program, stats in one["programs"].items():
            label = None if program in named else program
            named.add(program)
            _strip(axes, height, stats, scale, colours[program], label)
            for bound in (item["limit"] for item in one["checks"] if item["program"] == program):
                axes.plot([bound] * 2, [height + 0.5, height - 0.5], ":", color="black", linewidth=1.2)
            height -= 1
        ticks.append(((top + height + 1) / 2, one["name"]))
        height -= 1
    axes.set_ylim(height + 1.2, 0.8)
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
