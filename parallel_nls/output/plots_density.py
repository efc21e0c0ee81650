"""|u|² of four stored fields: the whole box, and a window of a few scales λ(t) around one bubble.

The window is drawn in the variables of the bubble, y = (x − α)/λ and λ²|u|², in which a pseudo-conformal bubble does
not change: λ²|u|² = Q²(|y|).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.config import BubblesInitial
from parallel_nls.output.plots_style import PAGE_WIDTH, Floats, TimeAxis, new_figure, save
from parallel_nls.output.reader import Run
from parallel_nls.output.reader_files import StoredField
from parallel_nls.profiles.ground_state import ground_state

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS = 4
WINDOW = 5.0  # half width of the window, in scales
LARGEST_VIEW = 512  # points an axis of the whole view; a panel has fewer pixels
DECADES = 8.0, 5.0  # of the colours: whole box, window
_COLORS = "magma"


@dataclass(frozen=True)
class Focus:
    """Where the window is: center α and scale λ; ``exact`` if they are those of an exact bubble."""

    center: tuple[float, float]
    scale: float
    exact: bool


def choose_fields(fields: Sequence[StoredField]) -> list[StoredField]:
    """The first, the last and two in between, or fewer if there are no four."""
    picks = np.unique(np.linspace(0, len(fields) - 1, PANELS).round().astype(int))
    return [fields[pick] for pick in picks]


def find_focus(run: Run, stored: StoredField) -> Focus | None:
    """The tallest bubble of the configuration, or else the largest |u| with λ = Q(0)/sup|u|."""
    initial = run.config.initial
    if isinstance(initial, BubblesInitial):
        bubble = min(initial.bubbles, key=lambda b: b.frequency)
        scale = bubble.frequency * (initial.blowup_time - stored.time)
        return Focus((bubble.center[0], bubble.center[1]), scale, exact=True)
    if "sup_norm" not in run.columns or not len(run.columns["time"].values):
        return None
    row = int(np.argmin(np.abs(run.columns["time"].values - stored.time)))
    peak, place = run.columns["sup_norm"].values[row], run.columns["sup_position"].values[row]
    if not (np.isfinite(peak) and peak > 0):
        return None
    return Focus((float(place[0]), float(place[1])), ground_state(2).peak / float(peak), exact=False)


def block_maxima(stored: StoredField, largest: int = LARGEST_VIEW) -> Floats:
    """|u|² of the whole box by maxima over blocks of points, at most ``largest`` an axis; read a band at a time."""
    shape = tuple(len(axis) for axis in stored.coordinates())
    starts = [np.arange(0, n, -(-n // largest)) for n in shape]
    image = np.empty((len(starts[0]), len(starts[1])))
    for row, start in enumerate(starts[0]):
        stop = starts[0][row + 1] if row + 1 < len(starts[0]) else shape[0]
        band = stored.density(slice(int(start), int(stop)))
        image[row] = np.maximum.reduceat(band.max(axis=0), starts[1])
    return image


def plot_density(run: Run, path: Path) -> Path | None:
    """Draw |u|² at four times, with windows; nothing without stored fields."""
    chosen = choose_fields(run.fields) if run.fields else []
    if not chosen:
        return None
    width = max(PAGE_WIDTH * (len(chosen) + 0.35) / (PANELS + 0.35), 0.45 * PAGE_WIDTH)
    with new_figure(width, 3.75) as figure:
        axes = figure.subplots(2, len(chosen), squeeze=False)
        whole = [np.log10(np.maximum(block_maxima(stored), 1e-300)) for stored in chosen]
        top = max(float(image.max()) for image in whole)
        for column, stored in enumerate(chosen):
            focus = find_focus(run, stored)
            shown = _draw_box(axes[0, column], run, stored, whole[column], top)
            _draw_title(axes[0, column], run, stored)
            drawn = _draw_window(axes[1, column], stored, focus)
            if focus is not None:
                _mark(axes[0, column], focus)
        for row in (0, 1):
            for axis in axes[row, 1:]:
                axis.tick_params(labelleft=False)
        axes[0, 0].set_ylabel("$x_2$", labelpad=1)
        axes[1, 0].set_ylabel(r"$(x_2-\alpha_2)/\lambda$", labelpad=1)
        _colorbar(figure, axes[0], shown, r"$|u|^2$")
        if drawn is not None:
            _colorbar(figure, axes[1], drawn, r"$\lambda^2|u|^2$")
        return save(figure, path)


def _draw_title(axes: Axes, run: Run, stored: StoredField) -> None:
    blowup_time = TimeAxis.of(run.config).blowup_time
    remaining = "" if blowup_time is None else f",  $T-t={blowup_time - stored.time:.4g}$"
    axes.set_title(f"$t={stored.time:.4g}${remaining}", pad=4)


def _style_image(axes: Axes) -> None:
    axes.grid(visible=False)
    axes.tick_params(length=2.5, color="0.8")


def _draw_box(axes: Axes, run: Run, stored: StoredField, image: Floats, top: float) -> Any:
    (x, y), (dx, dy) = stored.coordinates(), run.config.grid.spacing
    extent = (x[0] - dx / 2, x[-1] + dx / 2, y[0] - dy / 2, y[-1] + dy / 2)
    _style_image(axes)
    axes.set_xlabel("$x_1$", labelpad=1)
    return axes.imshow(image.T, origin="lower", extent=extent, cmap=_COLORS, vmin=np.ceil(top) - DECADES[0], vmax=top)


def _mark(axes: Axes, focus: Focus) -> None:
    """Outline the window in the whole view."""
    from matplotlib.patches import Rectangle

    half = WINDOW * focus.scale
    corner = focus.center[0] - half, focus.center[1] - half
    axes.add_patch(Rectangle(corner, 2 * half, 2 * half, fill=False, edgecolor="white", linewidth=0.6))


def _draw_window(axes: Axes, stored: StoredField, focus: Focus | None) -> Any:
    """Draw the window at full resolution, with circles where the exact bubble has whole powers of ten."""
    if focus is None:
        axes.set_axis_off()
        return None
    half = WINDOW * focus.scale
    scaled, pieces = [], []
    for points, center in zip(stored.coordinates(), focus.center, strict=True):
        near = np.flatnonzero(np.abs(points - center) <= half + (points[1] - points[0]))
        pieces.append(slice(int(near[0]), int(near[-1]) + 1))
        scaled.append((points[pieces[-1]] - center) / focus.scale)
    density = stored.density(*pieces) * focus.scale**2
    top = 2 * np.log10(ground_state(2).peak)
    steps = [axis[1] - axis[0] for axis in scaled]
    extent = [
        end for axis, step in zip(scaled, steps, strict=True) for end in (axis[0] - step / 2, axis[-1] + step / 2)
    ]
    _style_image(axes)
    drawn = axes.imshow(
        np.log10(np.maximum(density, 1e-300)).T,
        origin="lower",
        extent=tuple(extent),
        cmap=_COLORS,
        vmin=np.ceil(top) - DECADES[1],
        vmax=top,
        interpolation="bicubic",
    )
    axes.set(xlim=(-WINDOW, WINDOW), ylim=(-WINDOW, WINDOW))
    axes.set_xlabel(r"$(x_1-\alpha_1)/\lambda$", labelpad=1)
    _draw_circles(axes)
    return drawn


def _draw_circles(axes: Axes) -> None:
    radii = np.linspace(0, WINDOW, 2001)
    profile = ground_state(2).value(radii) ** 2
    angles = np.linspace(0, 2 * np.pi, 181)
    for level in (1.0, 1e-2):
        radius = float(np.interp(-level, -profile, radii))
        axes.plot(radius * np.cos(angles), radius * np.sin(angles), "--", color="white", linewidth=0.7, alpha=0.9)


def _colorbar(figure: Any, row: Any, image: Any, label: str) -> None:
    """A colour bar beside a row of panels, labelled by powers of ten."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    bar = figure.colorbar(image, ax=list(row), pad=0.01, aspect=18)
    bar.ax.yaxis.set_major_locator(MultipleLocator(2 if image.norm.vmax - image.norm.vmin > 6 else 1))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"$10^{{{value:.0f}}}$"))
    bar.set_label(label, labelpad=2)
    bar.outline.set_linewidth(0.4)
