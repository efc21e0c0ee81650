"""A moving picture of |u|² with the bubbles that the decomposition finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from parallel_nls.figures.animation_line import LineScene
from parallel_nls.figures.animation_plane import PlaneScene
from parallel_nls.figures.curves import color_of
from parallel_nls.figures.line_data import choose_fields
from parallel_nls.figures.moments import Moment
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH, render
from parallel_nls.output.durable_files import whole_file
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_FRAMES, MOST_FRAMES = 3, 60
MOST_VALUES = 2**30  # read in all, whatever the size of the fields
DURATION, LAST_DURATION = 100, 1000  # of a frame, in milliseconds
LARGEST_FILE = 5 * 10**6
DPI = 120
_OF_IMAGES, _CURVES, _TINTS, _GREYS = 184, 4, 12, 16  # 256 at most; pillow takes near neighbours of white for it


_MEANING = (
    r"$\alpha$, $\lambda$: center and scale of a bubble $U_k$ of the fit, $Q$: ground state. Where no field is stored,"
    r" the picture is that of the fitted bubbles alone, $|\sum U_k|^2$."
)


class Scene(Protocol):
    """Frames of one figure."""

    height: float
    """Of the figure, in inches."""
    marks: str
    """What else is drawn, in a sentence after a space."""

    @property
    def fields(self) -> Sequence[StoredField]:
        """What is shown."""

    @property
    def moments(self) -> Sequence[Moment]:
        """The frames."""

    def set_up(self, figure: Figure) -> list[Any]:
        """Draw what stands still, and return what a legend shows."""

    def show(self, frame: int) -> None:
        """Draw the rest."""


def plot_animation(run: Run, sheet: Sheet) -> Figure | None:
    """Draw fields and rows between them, at most sixty, as a GIF; nothing without a decomposition and three fields.

    Notes
    -----
    *Communication*: local. Fields are read in bands.
    """
    if "scale" not in run.columns or len(run.fields) < LEAST_FRAMES:
        return None
    points = prod(axis.points for axis in run.fields[0].axes())
    most = max(LEAST_FRAMES, MOST_FRAMES)
    chosen = choose_fields(run.fields, max(LEAST_FRAMES, min(MOST_FRAMES, MOST_VALUES // points)))
    scenes: dict[int, type[LineScene | PlaneScene]] = {1: LineScene, 2: PlaneScene}
    scene: Scene = scenes[run.config.equation.dimension](run, chosen, most)
    if len(scene.fields) < LEAST_FRAMES:
        return None
    with sheet.figure(PAGE_WIDTH, scene.height, run.config.title) as figure:
        sheet.explain(figure, _MEANING + scene.marks, scene.set_up(figure))
        last, every = len(scene.moments) - 1, 1
        scene.show(last)
        if sheet.path is None or sheet.axes is not None:
            return sheet.finish(figure)
        figure.set_dpi(DPI)
        render(figure)  # from now on every panel stays where it is in this frame
        _write(scene, figure, range(last + 1), sheet.path)
        while sheet.path.stat().st_size > LARGEST_FILE and every < last:
            # Rough fields do not compress well: every other frame has to do.
            every *= 2
            _write(scene, figure, range(last % every, last + 1, every), sheet.path)
        return figure


def _write(scene: Scene, figure: Figure, frames: Sequence[int], path: Path) -> None:
    """Write a GIF without anything that depends on the machine or the clock."""
    from PIL import Image

    colors = Image.new("P", (1, 1))
    colors.putpalette(_palette())
    images = []
    for frame in frames:
        scene.show(frame)
        images.append(render(figure).quantize(palette=colors, dither=Image.Dither.NONE))
    durations = [DURATION] * (len(images) - 1) + [LAST_DURATION]
    with whole_file(path) as file:
        images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=durations, loop=0)


def _palette() -> list[int]:
    """The same colours in all frames: those of images, and tints of those of curves, each red, green, blue."""
    from matplotlib import colormaps, rcParams
    from matplotlib.colors import to_rgb

    images = colormaps.get_cmap(rcParams["image.cmap"])(np.linspace(0, 1, _OF_IMAGES))[:, :3]
    shares = np.linspace(0, 1, _TINTS, endpoint=False)[:, None]
    paper = np.array(to_rgb(rcParams["axes.facecolor"]))
    curves = [np.array(to_rgb(color_of(k))) * (1 - shares) + paper * shares for k in range(_CURVES)]
    greys = np.repeat(np.linspace(0, 1, _GREYS), 3).reshape(-1, 3)
    return [int(value) for value in np.rint(255 * np.concatenate([images, *curves, greys])).ravel()]
