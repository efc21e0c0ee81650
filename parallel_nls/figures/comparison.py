"""Series of several runs over each other, and below them what they differ by from the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.figures.curves import DASHES, color_count, color_of, finish_log, marker_of, plot_positive
from parallel_nls.figures.style import COLUMN_WIDTH, new_figure, save
from parallel_nls.numerics.arrays import RealArray

__all__ = ["Overlay", "plot_overlays"]

_LEVEL = 1e-2  # of the size of values, the least that an ordinate spans
_COLUMNS = 4  # components side by side, at most
_HEIGHT, _LINE = 4.0, 0.17  # inches: of both panels, and of a line of the legend
_WIDTH = 2.6  # of each of several columns
_LEGEND = 24  # runs with a line in the legend, at most

Series = tuple[RealArray, RealArray]


@dataclass(frozen=True)
class Overlay:
    """One number of several runs.

    Attributes
    ----------
    name, symbol : str
        Of the number, and of time.
    labels : sequence of str
        Of the runs; plain text.
    curves : sequence of pair of ndarray
        Times and values of each run.
    differences : sequence of pair of ndarray
        Times and moduli of the differences from the first run, of each but that.
    """

    name: str
    symbol: str
    labels: Sequence[str]
    curves: Sequence[Series]
    differences: Sequence[Series]


def plot_overlays(overlays: Sequence[Overlay], path: Path) -> Path:
    """Draw the components of one quantity side by side: all runs, and below what they differ by.

    Parameters
    ----------
    overlays : sequence of Overlay
        Of the same runs; the first four are drawn.
    path : Path
        A PNG file, which is replaced.

    Raises
    ------
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local.
    """
    shown = overlays[:_COLUMNS]
    labels = shown[0].labels
    width = COLUMN_WIDTH * 1.4 if len(shown) == 1 else _WIDTH * len(shown)
    with new_figure(width, _HEIGHT + _LINE * min(len(labels), _LEGEND)) as figure:
        axes = figure.subplots(2, len(shown), sharex="col", squeeze=False)
        for column, overlay in enumerate(shown):
            _draw(axes[:, column], overlay)
        handles = axes[0, 0].get_lines()[: len(labels)]
        named = list(zip(handles, labels, strict=True))[:_LEGEND]
        figure.legend(
            [handle for handle, _ in named], [plain(label) for _, label in named], loc="outside upper left", ncols=1
        )
        return save(figure, path)


def plain(text: str) -> str:
    """Text in which dollar signs are no formulas. *Communication*: local."""
    return text.replace("$", r"\$")


def _style(number: int, count: int) -> dict[str, Any]:
    """Colour and dashes of a run, of many from one scale of colours."""
    colors = color_count()
    if count <= colors * len(DASHES):
        return {"color": color_of(number), "linestyle": DASHES[(number + number // colors) % len(DASHES)]}
    import matplotlib as mpl

    return {"color": mpl.colormaps["viridis"](number / (count - 1)), "linestyle": "-"}


def _level(low: float, high: float) -> tuple[float, float] | None:
    """Limits a hundredth of the values apart where these differ by less: what is conserved is level, or None."""
    middle, span = (low + high) / 2, _LEVEL * max(abs(low), abs(high))
    return (middle - span / 2, middle + span / 2) if high - low < span else None


def _draw(axes: Any, overlay: Overlay) -> None:
    """Draw one column."""
    upper, lower = axes
    count = len(overlay.curves)
    for number, (times, values) in enumerate(overlay.curves):
        upper.plot(times, values, marker=marker_of(values), **_style(number, count))
    finite = np.concatenate([values[np.isfinite(values)] for _, values in overlay.curves])
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        finish_log(upper)
    elif finite.size:
        level = _level(float(finite.min()), float(finite.max()))
        if level is not None:
            upper.set_ylim(*level)
    drawn = [
        plot_positive(lower, times, values, **_style(number, count), label=None)
        for number, (times, values) in enumerate(overlay.differences, 1)
    ]
    if any(drawn):
        finish_log(lower)
    else:
        compared = any(len(times) for times, _ in overlay.differences)
        told = "no difference" if compared else "no time in common"
        lower.text(0.5, 0.5, told, transform=lower.transAxes, ha="center", va="center")
        lower.set_yticks([])
    upper.set_title(plain(overlay.name))
    lower.set_ylabel("|difference from the first|")
    lower.set_xlabel(f"${overlay.symbol}$")
