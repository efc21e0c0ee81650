"""Frames of a plane: |u|² in the box with circles around the fitted bubbles, and one bubble in its own variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.bubble_style import Abscissa, Fitted, followed_bubble
from parallel_nls.figures.density import common_view, extent_of
from parallel_nls.figures.images import (
    LARGEST_VIEW,
    add_colorbar,
    block_maxima,
    draw_image,
    floor_color,
    floored,
    ink,
    log_density,
    style_image,
)
from parallel_nls.figures.moments import Moment, moments_of
from parallel_nls.figures.window import WINDOW, Focus, draw_window, read_window
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DECADES = 6.0
WIDE = 3.0  # radius of the faint circle, in scales
_FINE = 201  # points on each side of a window on fitted bubbles

Extent = tuple[float, float, float, float]


class PlaneScene:
    """Frames of a plane.

    Parameters
    ----------
    run : Run
        An opened run with a decomposition.
    fields : sequence of StoredField
        Of it; those that are not finite are left out.
    most : int
        Frames at most.

    Attributes
    ----------
    fields : list of StoredField
        Those that are shown.
    moments : list of Moment
        The frames.

    Notes
    -----
    *Communication*: local.
    """

    height = 3.3
    marks = r" Circles: $\lambda$ and $3\lambda$; right: where $Q^2$ is $1$ and $10^{-2}$."

    def __init__(self, run: Run, fields: Sequence[StoredField], most: int) -> None:
        images = [log_density(block_maxima(stored)) for stored in fields]
        good = [bool(np.isfinite(image).all()) for image in images]
        self.run, self._abscissa = run, Abscissa.of(run)
        self.fields = [stored for stored, fine in zip(fields, good, strict=True) if fine]
        self.moments = moments_of(run, self.fields, most) if self.fields else []
        self._images = [image for image, fine in zip(images, good, strict=True) if fine]
        self._bubble = followed_bubble(run)

    def set_up(self, figure: Figure) -> list[Any]:
        """Draw what stands still. *Communication*: local."""
        self._left, self._right = figure.subplots(1, 2)
        top = max(float(image.max()) for image in self._images)
        self._box = self._draw_box(self._left, top)
        self._window = draw_window(self._right, self.fields[0], self._focus(0) or Focus((0.0, 0.0), 1.0))
        self._right.set_ylabel(r"$(y-\alpha_y)/\lambda$", labelpad=1)
        add_colorbar(self._left, self._box, r"$|u|^2$", width=0.03)
        add_colorbar(self._right, self._window, r"$\lambda^2|u|^2$", width=0.03)
        self._marks = [self._add_marks(k) for k in range(self.run.columns["scale"].values.shape[1])]
        return []

    def show(self, frame: int) -> None:
        """Draw one moment and its bubbles. *Communication*: local."""
        moment = self.moments[frame]
        image, extent = self._whole(moment)
        self._box.set_data(floored(image, self._box.norm.vmin))
        self._box.set_extent(extent)
        fitted = Fitted.at(self.run, moment.time)
        for bubble, (inner, outer, number) in enumerate(self._marks):
            for artist in (inner, outer, number):
                artist.set_visible(bubble in fitted.known)
            if bubble in fitted.known:
                center, scale = fitted.center[bubble], fitted.scale[bubble]
                inner.set(center=tuple(center), radius=scale)
                outer.set(center=tuple(center), radius=WIDE * scale)
                number.set_position(center + 1.08 * WIDE * scale * np.sqrt(0.5))
        self._left.set_title(self._abscissa.title(moment.time) + moment.label, y=1.0, pad=5)
        self._show_window(frame)

    def _whole(self, moment: Moment) -> tuple[RealArray, Extent]:
        """Log₁₀|u|², or what stands for it, and the ends of its axes."""
        if moment.stored is not None:
            return self._images[self.fields.index(moment.stored)], extent_of(moment.stored)
        left, right, low, high = extent_of(self.fields[0])
        x, y = (
            first + (last - first) * (np.arange(LARGEST_VIEW) + 0.5) / LARGEST_VIEW
            for first, last in ((left, right), (low, high))
        )
        return log_density(moment.density(x[:, None], y)), (left, right, low, high)

    def _show_window(self, frame: int) -> None:
        focus = self._focus(frame)
        found = None if focus is None else self._around(self.moments[frame], focus)
        if focus is None or found is None:
            self._window.set_data(np.full((1, 1), self._window.norm.vmin))
            self._right.set_title(f"bubble {self._bubble + 1}: no fit", y=1.0, pad=5)
            return
        image, extent = found
        self._window.set_data(floored(log_density(image), self._window.norm.vmin))
        self._window.set_extent(extent)
        self._right.set_title(rf"bubble {self._bubble + 1}: $\lambda={focus.scale:#.4g}$", y=1.0, pad=5)

    def _around(self, moment: Moment, focus: Focus) -> tuple[RealArray, Extent] | None:
        """λ²|u|², or what stands for it, in the window."""
        if moment.stored is not None:
            return read_window(moment.stored, focus)
        places, edge = np.linspace(-WINDOW, WINDOW, _FINE), WINDOW * (1 + 1 / (_FINE - 1))
        x, y = (center + focus.scale * places for center in focus.center)
        return moment.density(x[:, None], y) * focus.scale**2, (-edge, edge, -edge, edge)

    def _focus(self, frame: int) -> Focus | None:
        """Where the fit has the bubble of the window."""
        fitted = Fitted.at(self.run, self.moments[frame].time)
        if self._bubble not in fitted.known:
            return None
        return Focus(tuple(fitted.center[self._bubble].tolist()), float(fitted.scale[self._bubble]))

    def _draw_box(self, axes: Axes, top: float) -> Any:
        coordinates = [stored.coordinates() for stored in self.fields]
        style_image(axes)
        axes.set_facecolor(floor_color())
        drawn = draw_image(axes, self._images[0], extent_of(self.fields[0]), top - DECADES, top)
        view = common_view(self.run, coordinates, self._images)
        axes.set(xlim=view[0], ylim=view[1])
        axes.set_xlabel("$x$", labelpad=1)
        axes.set_ylabel("$y$", labelpad=1)
        return drawn

    def _add_marks(self, bubble: int) -> tuple[Any, Any, Any]:
        """Circles of radius λ and 3λ and the number of one bubble, not yet in their place."""
        from matplotlib.patches import Circle

        inner = Circle((0, 0), 1.0, fill=False, edgecolor="black", linewidth=1.0)
        outer = Circle((0, 0), WIDE, fill=False, edgecolor=ink(), linewidth=0.8, linestyle="--", alpha=0.8)
        number = self._left.text(0, 0, str(bubble + 1), color=ink(), fontsize="small", clip_on=True)
        return self._left.add_patch(inner), self._left.add_patch(outer), number
