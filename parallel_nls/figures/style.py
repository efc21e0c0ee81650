"""Making figures in the common style, and saving them."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.looks import house_style
from parallel_nls.output.durable_files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

COLUMN_WIDTH, PAGE_WIDTH = 3.4, 7.0  # inches, as in most journals
_COMPRESSION = 4  # of PNG files, as small without the channel of opacity as at level 6 with it, in half the time
_LETTERS_PER_INCH, _TITLE_LINES, _LINE_HEIGHT = 15, 3, 0.17
_ORIGIN: dict[str, dict[str, Any]] = {
    "pdf": {"Creator": "parallel_nls", "Producer": None, "CreationDate": None},
    "svg": {"Creator": "parallel_nls", "Date": None},
}
"""What vector files say of themselves: no clock, no version."""


@contextmanager
def new_figure(
    width: float, height: float, title: str = "", settings: Mapping[str, Any] | None = None
) -> Iterator[Figure]:
    """A figure in the common style that belongs to no window system: nothing in it but the title of the run, on top.

    Parameters
    ----------
    width, height : float
        In inches, without the title.
    title : str
        Plain text, broken into lines and cut where it is too long.
    settings : mapping, optional
        Of matplotlib, on top of the common style; a figure.figsize among them takes the place of width and height.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    changes = dict(settings or {})
    width, height = changes.get("figure.figsize", (width, height))
    everything: dict[Any, Any] = dict(mpl.rcParamsDefault) | house_style() | changes
    lines = textwrap.wrap(title, int(width * _LETTERS_PER_INCH), max_lines=_TITLE_LINES, placeholder=" …")
    with mpl.rc_context(everything):
        figure = Figure(figsize=(width, height + _LINE_HEIGHT * len(lines)))
        FigureCanvasAgg(figure)
        if lines:
            figure.suptitle("\n".join(lines), parse_math=False)
        yield figure


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG, PDF or SVG without anything that depends on the machine or the clock."""
    from matplotlib import rcParams

    figure.set_dpi(rcParams["savefig.dpi"])
    file_format = path.suffix.removeprefix(".")
    if file_format != "png":
        with _letters_may_miss(), whole_file(path) as file:
            figure.savefig(file, format=file_format, metadata=_ORIGIN[file_format])
        return path
    from PIL.PngImagePlugin import PngInfo

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

    with _letters_may_miss():
        canvas: Any = figure.canvas
        canvas.draw()
        figure.set_layout_engine("none")  # from now on every panel stays where it is
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


@contextmanager
def _letters_may_miss() -> Iterator[None]:
    """Titles may have letters that no font at hand has."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield
