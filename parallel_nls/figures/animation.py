"""A moving picture of |u|² with the bubbles that the decomposition finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from parallel_nls.figures.animation_line import LineScene
from parallel_nls.figures.animation_plane import PlaneScene
from parallel_nls.figures.curves import COLORS as CURVE_COLORS
from parallel_nls.figures.images import COLORS as COLOR_MAP
from parallel_nls.figures.line_data import choose_fields
from parallel_nls.figures.style import PAGE_WIDTH, new_figure, render, whole_file
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_FRAMES, MOST_FRAMES = 3, 60
MOST_VALUES = 2**30  # read in all, whatever the size of the fields
DURATION, LAST_DURATION = 100, 1000  # of a frame, in milliseconds
LARGEST_FILE = 5 * 10**6
DPI = 120
_OF_IMAGES, _TINTS, _GREYS = 184, 12, 16  # colours, 256 at most; pillow takes near neighbours of white for white


class Scene(Protocol):
    """Frames of one figure."""

    height: float
    """Of the figure, in inches."""

    @property
    def fields(self) -> Sequence[StoredField]:
        """What is shown, a frame each."""

    def set_up(self, figure: Figure) -> None:
        """Draw what stands still."""

    def show(self, frame: int) -> None:
        """Draw the rest."""


def plot_animation(run: Run, path: Path) -> Path | None:
    """Draw the stored fields, at most sixty, as a GIF; nothing without a decomposition and three fields.

    Notes
    -----
    *Communication*: local. Fields are read in bands.
    """
    if "scale" not in run.columns or len(run.fields) < LEAST_FRAMES:
        return None
    points = prod(axis.points for axis in run.fields[0].axes())
    chosen = choose_fields(run.fields, max(LEAST_FRAMES, min(MOST_FRAMES, MOST_VALUES // points)))
    scene: Scene = LineScene(run, chosen) if run.config.equation.dimension == 1 else PlaneScene(run, chosen)
    if len(scene.fields) < LEAST_FRAMES:
        return None
    with new_figure(PAGE_WIDTH, scene.height, run.config.title) as figure:
        scene.set_up(figure)
        last, every = len(scene.fields) - 1, 1
        figure.set_dpi(DPI)
        scene.show(last)
        render(figure)  # from now on every panel stays where it is in this frame
        _write(scene, figure, range(last + 1), path)
        while path.stat().st_size > LARGEST_FILE and every < last:
            # Rough fields do not compress well: every other frame has to do.
            every *= 2
            _write(scene, figure, range(last % every, last + 1, every), path)
    return path


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
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    images = colormaps[COLOR_MAP](np.linspace(0, 1, _OF_IMAGES))[:, :3]
    shares = np.linspace(0, 1, _TINTS, endpoint=False)[:, None]
    curves = [np.array(to_rgb(color)) * (1 - shares) + shares for color in CURVE_COLORS]
    greys = np.repeat(np.linspace(0, 1, _GREYS), 3).reshape(-1, 3)
    return [int(value) for value in np.rint(255 * np.concatenate([images, *curves, greys])).ravel()]
