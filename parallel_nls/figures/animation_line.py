"""Frames of a line: |u|² with the fitted bubbles |U_k|², and one bubble in its own variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.bubble_style import Abscissa, Fitted, followed_bubble, style_of
from parallel_nls.figures.curves import between
from parallel_nls.figures.line_data import common_window, read_curve, smooth_curve
from parallel_nls.figures.moments import Moment, moments_of
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DECADES = 6.0
WINDOW = 6.0  # half width of the window on one bubble, in scales
REACH = 10.0  # of the fitted profiles, in scales
MOST_POINTS = 2000
_WIDTH = 3.0  # of the field, under the profiles
_HEADROOM = 2.0
_FINE = 401  # points of a profile
_SEEN = 1e-4  # of the highest peak of a field, down to which it decides on the window


class LineScene:
    """Frames of a line.

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

    height = 3.1
    marks = ""

    def __init__(self, run: Run, fields: Sequence[StoredField], most: int) -> None:
        found = [(stored, read_curve(stored, None, MOST_POINTS)) for stored in fields]
        found = [(stored, curve) for stored, curve in found if curve.finite]
        self.run, self._abscissa = run, Abscissa.of(run)
        self.fields = [stored for stored, _ in found]
        self.moments = moments_of(run, self.fields, most) if found else []
        self._curves = [curve for _, curve in found]
        self._bubble = followed_bubble(run)

    def set_up(self, figure: Figure) -> list[Any]:
        """Draw what stands still, and return what a legend shows. *Communication*: local."""
        self._left, self._right = figure.subplots(1, 2, width_ratios=(1.75, 1))
        top = max(curve.peak[1] for curve in self._curves)
        seen = [_SEEN * curve.peak[1] for curve in self._curves]
        self._window, self._line = common_window(self._curves, seen)
        finest = next(k for k, curve in enumerate(self._curves) if curve.points == self._line)
        low, high = self.fields[finest].axes()[0].at(np.array([self._window.start, self._window.stop - 1]))
        self._ends = float(low), float(high)
        self._left.set_yscale("log")
        self._left.set(xlim=(low, high), ylim=(top * 10.0**-DECADES, _HEADROOM * top), xlabel="$x$", ylabel=r"$|u|^2$")
        (self._field,) = self._left.plot([], [], **_field_style(), label="$|u|^2$")
        count = self.run.columns["scale"].values.shape[1]
        self._profiles = [self._left.plot([], [], label=f"$|U_{{{k + 1}}}|^2$", **_thin(k))[0] for k in range(count)]
        self._set_up_window()
        handles: list[Any] = self._left.get_legend_handles_labels()[0]
        return handles

    def _set_up_window(self) -> None:
        axes, places = self._right, np.linspace(-WINDOW, WINDOW, _FINE)
        exact = ground_state(1).value(np.abs(places)) ** 2
        (self._own,) = axes.plot([], [], **_field_style())
        axes.plot(places, exact, label="$Q^2$, $p=4$", **_thin(self._bubble))
        axes.set(xlim=(-WINDOW, WINDOW), ylim=(0, 1.25 * float(exact.max())))
        axes.set(xlabel=r"$(x-\alpha)/\lambda$", ylabel=r"$\lambda|u|^2$")
        axes.legend(loc="upper right", handlelength=2.0)

    def show(self, frame: int) -> None:
        """Draw one moment and its bubbles. *Communication*: local."""
        moment = self.moments[frame]
        self._field.set_data(*self._whole(moment))
        fitted, y = Fitted.at(self.run, moment.time), np.linspace(-REACH, REACH, _FINE)
        profile = ground_state(1).value(np.abs(y)) ** 2
        for bubble, line in enumerate(self._profiles):
            line.set_visible(bubble in fitted.known)
            scale = fitted.scale[bubble]
            line.set_data(fitted.center[bubble, 0] + scale * y, profile / scale)
        self._left.set_title(self._abscissa.title(moment.time) + moment.label, y=1.0, pad=5)
        self._show_window(moment, fitted)

    def _whole(self, moment: Moment) -> tuple[RealArray, RealArray]:
        """X and |u|², or what stands for it."""
        if moment.stored is None:
            x = np.linspace(*self._ends, MOST_POINTS)
            return x, moment.density(x)
        curve = read_curve(moment.stored, self._window, MOST_POINTS, self._line)
        return moment.stored.axes()[0].at(curve.indices), curve.values

    def _show_window(self, moment: Moment, fitted: Fitted) -> None:
        name = f"bubble {self._bubble + 1}"
        if self._bubble not in fitted.known:
            self._own.set_data([], [])
            self._right.set_title(f"{name}: no fit", y=1.0, pad=5)
            return
        center, scale = float(fitted.center[self._bubble, 0]), float(fitted.scale[self._bubble])
        low, high = center - WINDOW * scale, center + WINDOW * scale
        if moment.stored is None:
            places = np.linspace(low, high, _FINE)
            values = moment.density(places)
        else:
            places, values = smooth_curve(moment.stored, low, high)
        self._own.set_data((places - center) / scale, scale * values)
        self._right.set_title(rf"{name}: $\lambda={scale:#.4g}$", y=1.0, pad=5)


def _field_style() -> dict[str, Any]:
    """Broad, under the profiles."""
    return {"color": between(0.25), "linewidth": _WIDTH}


def _thin(bubble: int) -> dict[str, Any]:
    return style_of(bubble) | {"linewidth": 1.1}
