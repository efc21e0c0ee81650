"""Images of |u|² on logarithmic colours: ticks, colour bars, and fields made small enough to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

VALUES_AT_ONCE = 2**20  # read from a file, whatever its size
_BELOW = 0.5  # of the last colour, in decades
LARGEST_VIEW = 512  # points an axis of a whole field; a panel has fewer pixels


def log_density(density: RealArray) -> RealArray:
    """log₁₀|u|², finite where |u|² = 0."""
    image: RealArray = np.log10(np.maximum(density, 1e-300))
    return image


def block_maxima(stored: StoredField, largest: int = LARGEST_VIEW) -> RealArray:
    """|u|² of the whole box by maxima over blocks of points.

    Parameters
    ----------
    stored : StoredField
        The snapshot; read a band of rows at a time.
    largest : int
        The result has no more points an axis.

    Returns
    -------
    ndarray
        One number a block; of fields no larger than that the field itself.

    Notes
    -----
    *Communication*: local.
    """
    shape = tuple(len(axis) for axis in stored.coordinates())
    rows, columns = (np.arange(0, n, -(-n // largest)) for n in shape)
    image = np.empty((len(rows), len(columns)))
    at_once = max(1, VALUES_AT_ONCE * len(rows) // (shape[0] * shape[1]))
    for first in range(0, len(rows), at_once):
        starts = rows[first : first + at_once]
        following = rows[first + at_once] if first + at_once < len(rows) else shape[0]
        band = stored.density(slice(int(starts[0]), int(following)))
        band = np.maximum.reduceat(band, starts - starts[0], axis=0)
        image[first : first + at_once] = np.maximum.reduceat(band, columns, axis=1)
    return image


def style_image(axes: Axes) -> None:
    """Few, faint ticks, alike on both axes, and no grid."""
    from matplotlib.ticker import MaxNLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=3))
    axes.grid(visible=False)
    axes.tick_params(length=2.5, color="0.8")


def draw_image(axes: Axes, image: RealArray, extent: Sequence[float], low: float, high: float) -> Any:
    """Draw an image of log₁₀|u|² over x and y with colours from ``low`` to ``high``, smooth between its points."""
    ends = (extent[0], extent[1], extent[2], extent[3])
    smooth: Any = {"origin": "lower", "interpolation": "bicubic"}
    return axes.imshow(floored(image, low), extent=ends, vmin=low, vmax=high, **smooth)


def floored(image: RealArray, low: float) -> RealArray:
    """What `draw_image` draws of an image: far below the last colour a value would bend the colours beside it."""
    return np.asarray(np.maximum(image, low - _BELOW).T)


def add_colorbar(axes: Axes, image: Any, label: str, width: float = 0.06) -> None:
    """A colour bar beside a panel, as tall as it, labelled by powers of ten; pointed: there is less than its least."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    bar = axes.figure.colorbar(image, cax=axes.inset_axes((1 + width, 0.0, width, 1.0)), extend="min")
    bar.ax.yaxis.set_major_locator(MultipleLocator(2 if image.norm.vmax - image.norm.vmin > 6 else 1))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"$10^{{{value:.0f}}}$"))
    bar.ax.grid(visible=False)
    bar.set_label(label, labelpad=2)


def floor_color() -> Any:
    """The colour of the smallest values, also of what is beyond an image."""
    from matplotlib import colormaps, rcParams

    return colormaps.get_cmap(rcParams["image.cmap"])(0.0)


def ink() -> str:
    """White on dark colours of the smallest values, black on light ones."""
    return "white" if sum(floor_color()[:3]) < 1.5 else "black"


def write_on(axes: Axes, place: tuple[float, float], text: str, **options: Any) -> None:
    """Letters that can be read on any colour."""
    outline([axes.text(*place, text, color=ink(), fontsize="small", **options)])


def outline(artists: Sequence[Artist]) -> None:
    """Give letters or lines in the colour `ink` an edge, with which they are seen on any colour."""
    from matplotlib.patheffects import withStroke

    edge = "0.25" if ink() == "white" else "0.75"
    for artist in artists:
        artist.set_path_effects([withStroke(linewidth=1.0, foreground=edge)])
