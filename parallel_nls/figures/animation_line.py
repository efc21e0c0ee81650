"""Frames of a line: |u|² with the fitted bubbles |U_k|², and one bubble in its own variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.bubble_style import Abscissa, Fitted, followed_bubble, style_of
from parallel_nls.figures.line_data import common_window, read_curve
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DECADES = 6.0
WINDOW = 6.0  # half width of the window on one bubble, in scales
REACH = 10.0  # of the fitted profiles, in scales
MOST_POINTS = 2000
_FIELD: dict[str, Any] = {"color": "0.75", "linewidth": 3.0}  # broad, under the profiles
_HEADROOM = 2.0
_FINE = 401  # points of a profile


class LineScene:
    """Frames of a line.

    Parameters
    ----------
    run : Run
        An opened run with a decomposition.
    fields : sequence of StoredField
        Of it; those that are not finite are left out.

    Attributes
    ----------
    fields : list of StoredField
        A frame each.

    Notes
    -----
    *Communication*: local.
    """

    height = 2.9

    def __init__(self, run: Run, fields: Sequence[StoredField]) -> None:
        found = [(stored, read_curve(stored, None, MOST_POINTS)) for stored in fields]
        found = [(stored, curve) for stored, curve in found if curve.finite]
        self.run, self._abscissa = run, Abscissa.of(run)
        self.fields = [stored for stored, _ in found]
        self._curves = [curve for _, curve in found]
        self._bubble = followed_bubble(run)

    def set_up(self, figure: Figure) -> None:
        """Draw what stands still. *Communication*: local."""
        self._left, self._right = figure.subplots(1, 2, width_ratios=(1.75, 1))
        top = max(curve.peak[1] for curve in self._curves)
        bottom = top * 10.0**-DECADES
        self._window, self._line = common_window(self._curves, [bottom] * len(self._curves))
        finest = next(k for k, curve in enumerate(self._curves) if curve.points == self._line)
        low, high = self.fields[finest].axes()[0].at(np.array([self._window.start, self._window.stop - 1]))
        self._left.set_yscale("log")
        self._left.set(xlim=(low, high), ylim=(bottom, _HEADROOM * top), xlabel="$x$", ylabel=r"$|u|^2$")
        (self._field,) = self._left.plot([], [], **_FIELD, label="$|u|^2$")
        count = self.run.columns["scale"].values.shape[1]
        self._profiles = [
            self._left.plot([], [], linewidth=1.1, label=f"$|U_{{{k + 1}}}|^2$", **style_of(k))[0] for k in range(count)
        ]
        self._set_up_window()
        figure.legend(*self._left.get_legend_handles_labels(), loc="outside lower center", ncols=min(count + 1, 7))

    def _set_up_window(self) -> None:
        axes, places = self._right, np.linspace(-WINDOW, WINDOW, _FINE)
        exact = ground_state(1).value(np.abs(places)) ** 2
        (self._own,) = axes.plot([], [], **_FIELD)
        axes.plot(places, exact, linewidth=1.1, label="$Q^2$, $p=4$", **style_of(self._bubble))
        axes.set(xlim=(-WINDOW, WINDOW), ylim=(0, 1.25 * float(exact.max())))
        axes.set(xlabel=r"$(x-\alpha)/\lambda$", ylabel=r"$\lambda|u|^2$")
        axes.legend(loc="upper right", handlelength=2.0)

    def show(self, frame: int) -> None:
        """Draw one field and its bubbles. *Communication*: local."""
        stored = self.fields[frame]
        curve = read_curve(stored, self._window, MOST_POINTS, self._line)
        self._field.set_data(stored.axes()[0].at(curve.indices), curve.values)
        fitted, y = Fitted.at(self.run, stored.time), np.linspace(-REACH, REACH, _FINE)
        profile = ground_state(1).value(np.abs(y)) ** 2
        for bubble, line in enumerate(self._profiles):
            line.set_visible(bubble in fitted.known)
            scale = fitted.scale[bubble]
            line.set_data(fitted.center[bubble, 0] + scale * y, profile / scale)
        self._left.set_title(self._abscissa.title(stored.time), y=1.0, pad=5)
        self._show_window(stored, fitted)

    def _show_window(self, stored: StoredField, fitted: Fitted) -> None:
        name, axis = f"bubble {self._bubble + 1}", stored.axes()[0]
        if self._bubble not in fitted.known:
            self._own.set_data([], [])
            self._right.set_title(f"{name}: no fit", y=1.0, pad=5)
            return
        center, scale = float(fitted.center[self._bubble, 0]), float(fitted.scale[self._bubble])
        reach = WINDOW * scale + axis.spacing
        first, last = np.floor((center + np.array([-reach, reach]) - axis.low) / axis.spacing).astype(int)
        piece = slice(max(0, int(first)), min(axis.points, int(last) + 2))
        if piece.start < piece.stop:
            curve = read_curve(stored, piece, MOST_POINTS)
            self._own.set_data((axis.at(curve.indices) - center) / scale, scale * curve.values)
        self._right.set_title(rf"{name}: $\lambda={scale:#.4g}$", y=1.0, pad=5)
