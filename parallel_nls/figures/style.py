"""How all figures look: typography, sizes, lines; and saving them."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

COLUMN_WIDTH, PAGE_WIDTH = 3.4, 7.0  # inches, as in most journals
DPI = 300
_COMPRESSION = 4  # of PNG files, as small without the channel of opacity as at level 6 with it, in half the time
_LETTERS_PER_INCH, _TITLE_LINES, _LINE_HEIGHT = 15, 3, 0.17

_SETTINGS: dict[str, Any] = {
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.0,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.constrained_layout.use": True,
    "savefig.dpi": DPI,
}


@contextmanager
def new_figure(width: float, height: float, title: str = "") -> Iterator[Figure]:
    """A figure in the common style that belongs to no window system: nothing in it but the title of the run, on top.

    Parameters
    ----------
    width, height : float
        In inches, without the title.
    title : str
        Plain text, broken into lines and cut where it is too long.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = dict(mpl.rcParamsDefault)
    lines = textwrap.wrap(title, int(width * _LETTERS_PER_INCH), max_lines=_TITLE_LINES, placeholder=" …")
    with mpl.rc_context(settings | _SETTINGS):
        figure = Figure(figsize=(width, height + _LINE_HEIGHT * len(lines)))
        FigureCanvasAgg(figure)
        if lines:
            figure.suptitle("\n".join(lines), fontsize=10, parse_math=False)
        yield figure


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside it, which takes its place at the end: whatever ends this, there is the old one or the new one.

    *Communication*: local.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        yield fresh
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG without anything that depends on the machine or the clock."""
    from PIL.PngImagePlugin import PngInfo

    figure.set_dpi(_SETTINGS["savefig.dpi"])
    pixels, origin = render(figure), PngInfo()
    origin.add_text("Software", "parallel_nls")
    with whole_file(path) as file:
        pixels.save(file, "PNG", dpi=(figure.dpi, figure.dpi), pnginfo=origin, compress_level=_COMPRESSION)
    return path


def render(figure: Figure) -> Image:
    """Lay a figure out unless that is done, draw it once, and return its pixels, which are opaque.

    Matplotlib's own ``savefig`` goes through all of a figure a second time, to find its layout.
    """
    from PIL import Image

    with warnings.catch_warnings():
        # Titles may have letters that no font at hand has.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        canvas: Any = figure.canvas
        canvas.draw()
        figure.set_layout_engine("none")  # from now on every panel stays where it is
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
