"""Figures of studies: panels of curves beside the laws that they are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.curves import (
    curve_style,
    finish_log,
    grey,
    legend_above,
    plot_positive,
    show_range,
    use_plain_ticks,
)
from parallel_nls.figures.style import COLUMN_WIDTH, PAGE_WIDTH, new_figure, save
from parallel_nls.numerics.arrays import RealArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Curve", "Panel", "plot_panels"]

_HEIGHT = 3.1
_LINE = 0.17  # of a legend, in inches
_LEGEND_COLUMNS = 2


@dataclass(frozen=True)
class Curve:
    """Values over places.

    Attributes
    ----------
    label : str
        In the legend; may hold formulas between dollar signs. "" keeps it out.
    places, values : sequence of float
        As many of one as of the other.
    law : bool
        Whether it is what theory says: a grey line without markers.
    shown : bool
        Whether a law decides with what is measured how far the ordinate reaches.
    points : bool
        Whether each value was measured by a run of its own: markers, joined by a thin line.
    """

    label: str
    places: Sequence[float] | RealArray
    values: Sequence[float] | RealArray
    law: bool = False
    shown: bool = False
    points: bool = False


@dataclass(frozen=True)
class Panel:
    """Curves with common axes.

    Attributes
    ----------
    abscissa, ordinate : str
        What is on the axes.
    curves : tuple of Curve
        Measured ones first.
    log_abscissa, log_ordinate : bool
        Whether an axis is logarithmic.
    """

    abscissa: str
    ordinate: str
    curves: tuple[Curve, ...]
    log_abscissa: bool = False
    log_ordinate: bool = True


def plot_panels(panels: Sequence[Panel], title: str, path: Path) -> Path:
    """Draw panels side by side.

    Raises
    ------
    OSError
        If the file system refuses.

    Notes
    -----
    *Communication*: local.
    """
    width = COLUMN_WIDTH if len(panels) == 1 else PAGE_WIDTH
    lines = max(math.ceil(sum(bool(c.label) for c in panel.curves) / _LEGEND_COLUMNS) for panel in panels)
    with new_figure(width, _HEIGHT + _LINE * lines, title) as figure:
        for axes, panel in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
            _draw(axes, panel)
        return save(figure, path)


def _draw(axes: Axes, panel: Panel) -> None:
    """Draw one panel."""
    number = 0
    for curve in panel.curves:
        places, values = np.asarray(curve.places, dtype=float), np.asarray(curve.values, dtype=float)
        style: dict[str, Any] = {"label": curve.label or None}
        if curve.law:
            style |= {"color": grey(), "linewidth": 0.9, "linestyle": "--", "marker": ""}
        else:
            style |= curve_style(number)
            number += 1
        if curve.points:
            style |= {"marker": "o", "linewidth": 0.6}
        if panel.log_ordinate:
            plot_positive(axes, places, values, **style)
        else:
            axes.plot(places, values, **style)
    if panel.log_abscissa:
        axes.set_xscale("log")
        use_plain_ticks(axes.xaxis, *axes.get_xlim())
    if panel.log_ordinate:
        measured = [np.asarray(curve.values, dtype=float) for curve in panel.curves if not curve.law or curve.shown]
        show_range(axes, np.concatenate(measured))
        finish_log(axes)
    axes.set_xlabel(panel.abscissa)
    axes.set_ylabel(panel.ordinate)
    legend_above(axes, _LEGEND_COLUMNS)
