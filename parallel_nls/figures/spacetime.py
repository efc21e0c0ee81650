"""|u|² of a line over time and space, from all stored fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from parallel_nls.figures.curves import TimeAxis
from parallel_nls.figures.images import COLORS, add_colorbar, log_density
from parallel_nls.figures.line_data import choose_fields, common_window, read_curve
from parallel_nls.figures.style import PAGE_WIDTH, new_figure, save
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

LEAST_FIELDS = 8
MOST_FIELDS = 600  # columns of the image
MOST_VALUES = 2**28  # read in all, whatever the size of the line
LARGEST_COLUMN = 1200
DECADES = 6.0


def plot_spacetime(run: Run, path: Path) -> Path | None:
    """Draw |u|² over t and x for a line of which at least eight fields are stored. *Communication*: local."""
    if run.config.equation.dimension > 1 or len(run.fields) < LEAST_FIELDS:
        return None
    columns = [(stored, read_curve(stored, None, LARGEST_COLUMN)) for stored in _choose(run)]
    columns = [(stored, curve) for stored, curve in columns if curve.finite]
    if len(columns) < LEAST_FIELDS:
        return None
    top = max(curve.peak[1] for _, curve in columns)
    bottoms = [top * 10.0**-DECADES] * len(columns)
    window, line = common_window([curve for _, curve in columns], bottoms)
    time_axis, times = TimeAxis.of(run.config), np.array([stored.time for stored, _ in columns])
    with new_figure(0.75 * PAGE_WIDTH, 2.9, run.config.title) as figure:
        axes = figure.subplots()
        time_axis.set_up(axes, times)
        edges = _edges(time_axis.values(times), axes.get_xscale() == "log")
        limits = {"vmin": np.log10(top) - DECADES, "vmax": np.log10(top)}
        ends = []
        for part in _parts([curve.points for _, curve in columns]):
            stored, axis = [stored for stored, _ in columns[part]], columns[part][0][0].axes()[0]
            image = np.stack([read_curve(one, window, LARGEST_COLUMN, line).values for one in stored])
            every = line // axis.points
            borders = window.start // every - 0.5, -(-window.stop // every) - 0.5
            places = axis.low + axis.spacing * np.linspace(*borders, image.shape[1] + 1)
            own = edges[part.start : part.stop + 1]
            mesh = axes.pcolormesh(own, places, log_density(image).T, cmap=COLORS, rasterized=True, **limits)
            ends += [places[0], places[-1]]
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(min(ends), max(ends))
        axes.set_ylabel("$x$")
        axes.grid(visible=False)
        axes.tick_params(color="0.8")
        add_colorbar(axes, mesh, r"$|u|^2$", width=0.03)
        return save(figure, path)


def _parts(points: Sequence[int]) -> Iterator[slice]:
    """Yield which of the fields follow each other on one grid."""
    starts = [0, *(k for k in range(1, len(points)) if points[k] != points[k - 1]), len(points)]
    yield from map(slice, starts, starts[1:])


def _choose(run: Run) -> list[StoredField]:
    """All stored fields, or as many as can be shown and read, the first and the last among them."""
    points = max(run.fields[place].axes()[0].points for place in (0, -1))
    return choose_fields(run.fields, min(MOST_FIELDS, max(LEAST_FIELDS, MOST_VALUES // points)))


def _edges(places: RealArray, logarithmic: bool) -> RealArray:
    """Borders half way between neighbouring times, on the scale of the axis, and as far beyond the ends."""
    on_scale = np.log(places) if logarithmic else places
    middle = (on_scale[1:] + on_scale[:-1]) / 2
    edges: RealArray = np.concatenate([[2 * on_scale[0] - middle[0]], middle, [2 * on_scale[-1] - middle[-1]]])
    return np.exp(edges) if logarithmic else edges
