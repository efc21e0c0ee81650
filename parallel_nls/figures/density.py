"""|u|² of some stored fields: where the wave is in the box, and below it a window on one bubble."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.chosen import shown_fields
from parallel_nls.figures.curves import TimeAxis, digits_of
from parallel_nls.figures.density_line import plot_line_density
from parallel_nls.figures.images import (
    add_colorbar,
    block_maxima,
    draw_image,
    floor_color,
    log_density,
    style_image,
    write_on,
)
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.figures.window import WINDOW, Focus, draw_window, find_focus, mark_window, name_scale, state_of
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS, MOST = 4, 5
"""How many of many stored fields are shown, and up to how many all of them: none is left out for a little more size."""
_ROW, _LABELS, _SPACE = 1.75, 0.2, 0.2  # inches
DECADES = 6.0
_MARK = 0.95 * WINDOW  # scales around a peak; with the margin of the view the frame of its window is inside
SEEN = 4.0  # decades below the peak of a panel, down to which it decides on the view


_DENSITY = r"$\rho=\sum p_j|\varphi_j|^2$: the density $\gamma^{(1)}(x,x)$ of waves $\varphi_j$ of weights $p_j$."


def plot_density(run: Run, sheet: Sheet) -> Figure | None:
    """Draw |u|² at four times, or all five, with windows where Q is known; nothing without fields.

    Notes
    -----
    *Communication*: local.
    """
    if run.config.equation.dimension == 1:
        return plot_line_density(run, sheet)
    most = MOST if len(run.fields) <= MOST else PANELS
    chosen, images = _finite_images(shown_fields(run, most, sheet.times))
    if not chosen:
        return None
    top = max(float(image.max()) for image in images)
    bottom = float(np.ceil(top) - DECADES)
    windows = [found for found in (find_focus(run, stored) for stored in chosen) if found is not None]
    view = common_view(run, [stored.coordinates() for stored in chosen], images, windows)
    width = PAGE_WIDTH * min(1.0, (len(chosen) + 0.6) / (PANELS + 0.6))
    state, exact = state_of(run), run.config.equation.has_ground_states
    rows = 1 if state is None else 2
    height = _ROW * min(1.0, (PANELS + 0.6) / (len(chosen) + 0.6))
    lines = 2 if chosen[0].waves() else 1
    with sheet.figure(
        width, height * rows + lines * _LABELS + (_SPACE if rows == 1 else 0.0), run.config.title
    ) as figure:
        axes = figure.subplots(rows, len(chosen), squeeze=False)
        window, digits = None, digits_of(stored.time for stored in chosen)
        for column, (stored, image) in enumerate(zip(chosen, images, strict=True)):
            upper, *lower = axes[:, column]
            box = _draw_box(upper, stored, image, (bottom, top))
            upper.set(xlim=view[0], ylim=view[1])
            _write_times(upper, run, stored, digits)
            focus = find_focus(run, stored)
            if focus is None:
                for panel in lower:
                    panel.set_axis_off()
                continue
            mark_window(upper, focus)
            window = draw_window(lower[0], stored, focus, exact)
        _finish(axes, box, window, r"$\rho$" if chosen[0].waves() else r"$|u|^2$")
        if chosen[0].waves():
            sheet.explain(figure, _DENSITY)
        if window is not None and state is not None:
            sheet.explain(figure, _meaning(run, name_scale(run, state), exact))
        return sheet.finish(figure)


def _meaning(run: Run, scale: str, exact: bool) -> str:
    """What the letters of the windows are."""
    place = "the center of the tallest wave" if run.config.initial.is_exact else "where $|u|$ is largest"
    scale = scale.replace(", $Q$", "; $Q$: ground state")
    circles = " Dashed: where $Q^2$ is $1$ and $10^{-2}$." if exact else ""
    return rf"Below: the framed part around $\alpha$, {place}, in units of its scale {scale}.{circles}"


def _finite_images(fields: Sequence[StoredField]) -> tuple[list[StoredField], list[RealArray]]:
    """The fields that are finite, and their images; the last one of a run that broke down is not."""
    images = [log_density(block_maxima(stored)) for stored in fields]
    good = [index for index, image in enumerate(images) if np.isfinite(image).all()]
    return [fields[index] for index in good], [images[index] for index in good]


def _finish(axes: Any, box: Any, window: Any, label: str) -> None:
    """Label rows and colours once for all panels."""
    for panel in axes[:, 1:].flat:
        panel.tick_params(labelleft=False)
    axes[0, 0].set_ylabel("$y$", labelpad=2)
    add_colorbar(axes[0, -1], box, label)
    if window is not None:
        axes[1, 0].set_ylabel(r"$(y-\alpha_y)/\lambda$", labelpad=1)
        add_colorbar(axes[1, -1], window, r"$\lambda^2|u|^2$")


def common_view(
    run: Run, coordinates: Sequence[Sequence[RealArray]], images: Sequence[RealArray], windows: Sequence[Focus] = ()
) -> list[tuple[float, float]]:
    """Limits of the part of the box, square where the box allows it, in which there is something in some panel.

    Each image has coordinates of its own; a run may have refined its grid. Windows that are marked are inside.
    """
    ends = []
    for axis in range(2):
        parts = [
            part
            for image, points in zip(images, coordinates, strict=True)
            for part in _coloured(image, points[axis], axis, float(image.max()) - SEEN)
        ]
        parts += [
            (focus.center[axis] - _MARK * focus.scale, focus.center[axis] + _MARK * focus.scale) for focus in windows
        ]
        ends.append((min(low for low, _ in parts), max(high for _, high in parts)))
    half = 1.08 * max(high - low for low, high in ends) / 2
    limits = []
    for (low, high), length in zip(ends, run.config.grid.length, strict=True):
        room = min(half, length / 2)
        middle = float(np.clip((low + high) / 2, room - length / 2, length / 2 - room))
        limits.append((middle - room, middle + room))
    return limits


def _coloured(image: RealArray, points: RealArray, axis: int, bottom: float) -> list[tuple[float, float]]:
    """Where on an axis an image is first and last above a value; nothing if it never is."""
    inside = np.flatnonzero((image > bottom).any(axis=1 - axis)) * (points[-1] - points[0])
    inside = inside / max(image.shape[axis] - 1, 1)
    return [(points[0] + inside[0], points[0] + inside[-1])] if inside.size else []


def extent_of(stored: StoredField) -> tuple[float, float, float, float]:
    """The edges of the image of a whole box: half a point beyond the first and the last one. *Communication*: local."""
    (left, right), (low, high) = (
        (points[0] - 0.5 * (points[1] - points[0]), points[-1] + 0.5 * (points[1] - points[0]))
        for points in stored.coordinates()
    )
    return left, right, low, high


def _write_times(axes: Axes, run: Run, stored: StoredField, digits: int) -> None:
    axes.set_title(f"$t={stored.time:.{digits}g}$", y=1.0, pad=4)
    blowup_time = TimeAxis.of(run.config).blowup_time
    if blowup_time is not None:
        text = f"$T-t={blowup_time - stored.time:.4g}$"
        write_on(axes, (0.04, 0.95), text, va="top", transform=axes.transAxes)


def _draw_box(axes: Axes, stored: StoredField, image: RealArray, colors: tuple[float, float]) -> Any:
    """Draw the image of the whole box."""
    style_image(axes)
    axes.set_facecolor(floor_color())
    axes.set_xlabel("$x$", labelpad=1)
    low, high = colors
    return draw_image(axes, image, extent_of(stored), low, high)
