"""One stored field by its file: a standing wave of `parallel-nls ground-state`, or a field of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.figures.curves import color_of
from parallel_nls.figures.density import extent_of
from parallel_nls.figures.formats import check_format, writing_into
from parallel_nls.figures.images import VALUES_AT_ONCE, block_maxima, style_image
from parallel_nls.figures.line_data import smooth_curve
from parallel_nls.figures.looks import Style, settings_of
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField, read_stored_field

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_DECADES = 16.0  # below the peak there is rounding
_LINE = 1
_SEEN = 1e-2  # of the peak


def plot_field(
    path: str | Path,
    *,
    cmap: str | Colormap | None = None,
    style: Style | Iterable[Style] = (),
    file_format: str = "png",
    title: str | None = None,
    to: str | Path | None = None,
) -> list[Path]:
    """Draw a stored field as one file, named like it: |u|, |z| or |R|, and how it decays from its peak along the axes.

    Parameters
    ----------
    path : str or Path
        The file: OUT.h5 of ``parallel-nls ground-state``, or one in RUN/fields.
    cmap, style, file_format, title : optional
        As of `plot_run`.
    to : str or Path, optional
        The folder, which is made; by default that of the field.

    Returns
    -------
    list of Path
        The file.

    Raises
    ------
    UserError
        If the file holds no field with a wave u, or the figure cannot be written; if there is no such style, colour map
        or format.

    Notes
    -----
    *Communication*: local.
    """
    path = Path(path)
    if path.suffix != ".h5":
        raise UserError(f"{str(path)!r} is neither a run directory nor the file of a field, which ends in .h5")
    stored = read_stored_field(path)
    if stored.waves() or stored.amplitude() is not None:
        holds = "the waves of a mixture" if stored.waves() else "density matrices"
        raise UserError(f"{path} holds no wave u but {holds}; plot the run that it belongs to")
    check_format(file_format)
    settings = settings_of(style, cmap)
    folder = path.parent if to is None else Path(to)
    drawn = folder / f"{path.stem}.{file_format}"
    with writing_into(folder, f"the figure {drawn.name!r}"):
        folder.mkdir(parents=True, exist_ok=True)
        draw_field(stored, Sheet(drawn, settings=settings, title=title))
    return [drawn]


def draw_field(stored: StoredField, sheet: Sheet) -> Figure:
    """Draw |u| over x or over x and y, and on a logarithmic ordinate along the axes through its peak.

    Notes
    -----
    *Communication*: local.
    """
    sections, modulus = sections_of(stored), f"$|{stored.unknown()}|$"
    with sheet.figure(PAGE_WIDTH, 2.9, "") as figure:
        left, right = figure.subplots(1, 2)
        if len(sections) == _LINE:
            (x,), ((_, _, values),) = stored.coordinates(), sections
            low, high = _ends(x, values)
            places, density = smooth_curve(stored, low, high)
            left.plot(places, np.sqrt(density), color=color_of(0))
            left.set(xlabel="$x$", ylabel=modulus, xlim=(low, high))
        else:
            _draw_plane(left, stored, modulus)
        for number, (name, places, values) in enumerate(sections):
            right.semilogy(
                places, values, color=color_of(number), linestyle=("-", "--")[number], label=f"along ${name}$"
            )
        top = max(float(values.max()) for _, _, values in sections)
        right.set_ylim(max(min(float(values.min()) for _, _, values in sections), top * 10.0**-_DECADES) / 2, 2 * top)
        right.set(xlabel="distance from the peak along an axis", ylabel=modulus)
        handles = right.get_legend_handles_labels()[0] if len(sections) > _LINE else []
        sheet.explain(figure, f"Right: through the highest of its points, {top:.6g}.", handles)
        return sheet.finish(figure)


def _ends(x: RealArray, values: RealArray) -> tuple[float, float]:
    """The part of a line where there is something to see, with as much again on either side."""
    seen = x[values >= _SEEN * values.max()]
    margin = 0.5 * float(seen[-1] - seen[0])
    return max(float(x[0]), float(seen[0]) - margin), min(float(x[-1]), float(seen[-1]) + margin)


def sections_of(stored: StoredField) -> list[tuple[str, RealArray, RealArray]]:
    """Name of each axis, distances from the peak along it, and |u| there; *Communication*: local."""
    coordinates, labels = stored.coordinates(), stored.labels()
    if len(coordinates) == _LINE:
        density = stored.density()
        peak = coordinates[0][int(np.argmax(density))]
        return [(labels[0], coordinates[0] - peak, np.sqrt(density))]
    row, column = _peak(stored)
    x, y = coordinates
    along_x = stored.density(slice(None), slice(column, column + 1))[:, 0]
    along_y = stored.density(slice(row, row + 1))[0]
    return [(labels[0], x - x[row], np.sqrt(along_x)), (labels[1], y - y[column], np.sqrt(along_y))]


def _peak(stored: StoredField) -> tuple[int, int]:
    """Where |u| is largest; read in bands."""
    rows, columns = (axis.points for axis in stored.axes())
    at_once, best, place = max(1, VALUES_AT_ONCE // columns), -1.0, (0, 0)
    for start in range(0, rows, at_once):
        band = stored.density(slice(start, start + at_once))
        row, column = divmod(int(band.argmax()), columns)
        if band[row, column] > best:
            best, place = float(band[row, column]), (start + row, column)
    return place


def _draw_plane(axes: Axes, stored: StoredField, modulus: str) -> None:
    style_image(axes)
    values = np.sqrt(block_maxima(stored)).T
    image: Any = axes.imshow(values, origin="lower", extent=extent_of(stored), interpolation="bicubic")
    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1.03, 0.0, 0.03, 1.0)))
    bar.ax.grid(visible=False)
    bar.set_label(modulus, labelpad=2)
    axes.set(xlabel="$x$", ylabel="$y$")
