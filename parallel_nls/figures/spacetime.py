"""|u|² of a line over time and space, from all stored fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.curves import TimeAxis
from parallel_nls.figures.images import add_colorbar, log_density
from parallel_nls.figures.line_data import choose_fields, common_window, read_curve
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_FIELDS = 8
MOST_FIELDS = 600  # columns of the image
MOST_VALUES = 2**28  # read in all, whatever the size of the line
LARGEST_COLUMN = 1200
DECADES = 4.0  # of colours
_SEEN = 1e-3  # of the highest peak of a field, down to which it decides on the window


def plot_spacetime(run: Run, sheet: Sheet) -> Figure | None:
    """Draw |u|² over t and x for a line of which at least eight fields are stored. *Communication*: local.

    Colours between the points and times are interpolated, on the scales of the axes and of the colours.
    """
    if run.config.equation.dimension > 1 or len(run.fields) < LEAST_FIELDS:
        return None
    columns = [(stored, read_curve(stored, None, LARGEST_COLUMN)) for stored in _choose(run)]
    columns = [(stored, curve) for stored, curve in columns if curve.finite]
    if len(columns) < LEAST_FIELDS:
        return None
    top = max(curve.peak[1] for _, curve in columns)
    window, line = common_window([curve for _, curve in columns], [_SEEN * curve.peak[1] for _, curve in columns])
    time_axis, fields = TimeAxis.of(run.config), [stored for stored, _ in columns]
    times = np.array([stored.time for stored in fields])
    with sheet.figure(0.75 * PAGE_WIDTH, 2.9, run.config.title) as figure:
        axes = figure.subplots()
        time_axis.set_up(axes, times)
        places = time_axis.values(times)
        limits = {"vmin": np.log10(top) - DECADES, "vmax": np.log10(top)}
        ends = []
        for part in _parts([curve.points for _, curve in columns]):
            rows, image = _image(fields[part], window, line)
            own = places[part.start : part.start + len(image)]
            mesh = axes.pcolormesh(own, rows, image.T, shading="gouraud", rasterized=True, **limits)
            ends += [rows[0], rows[-1]]
        axes.set_xlim(time_axis.ends(times))
        axes.set_ylim(min(ends), max(ends))
        axes.set_ylabel("$x$")
        axes.grid(visible=False)
        axes.tick_params(color="0.8")
        add_colorbar(axes, mesh, r"$|u|^2$", width=0.03)
        return sheet.finish(figure)


def _image(fields: Sequence[StoredField], window: slice, line: int) -> tuple[RealArray, RealArray]:
    """Coordinates in the window on the grid of the first field, and log₁₀|u|² there, a row a field.

    The last field may lie on another grid: it is what the picture goes on with.
    """
    axis = fields[0].axes()[0]
    every = line // axis.points
    curves = [read_curve(stored, window, LARGEST_COLUMN, line) for stored in fields]
    count = len(curves[0].values)
    first, last = window.start // every, -(-window.stop // every) - 1
    rows = axis.low + axis.spacing * np.linspace(first, last, count)
    same = [log_density(curve.values) for curve in curves if curve.points == axis.points]
    for stored, curve in zip(fields, curves, strict=True):
        if curve.points != axis.points:
            same.append(np.interp(rows, stored.axes()[0].at(curve.indices), log_density(curve.values)))
    return rows, np.stack(same)


def _parts(points: Sequence[int]) -> Iterator[slice]:
    """Yield which of the fields follow each other on one grid, each with the first one of the next grid."""
    starts = [0, *(k for k in range(1, len(points)) if points[k] != points[k - 1])]
    for start, following in zip(starts, [*starts[1:], len(points)], strict=True):
        yield slice(start, min(following + 1, len(points)))


def _choose(run: Run) -> list[StoredField]:
    """All stored fields, or as many as can be shown and read, the first and the last among them."""
    points = max(run.fields[place].axes()[0].points for place in (0, -1))
    return choose_fields(run.fields, min(MOST_FIELDS, max(LEAST_FIELDS, MOST_VALUES // points)))
