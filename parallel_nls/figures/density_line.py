"""|u|² of some stored fields of a line: curves over x, and a window on the highest peak in its own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.chosen import shown_fields
from parallel_nls.figures.curves import TimeAxis, digits_of, grey
from parallel_nls.figures.line_data import SMOOTH, Curve, common_window, read_curve, smooth_curve
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.figures.window import Focus, name_scale, state_of, tallest_peak
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.power_state import PowerState
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CURVES = 4
WINDOW = 6.0  # half width of the window, in scales
LINEAR_RATIO = 12.0  # of the highest to the lowest peak, up to which they share a linear axis
_SEEN, _SEEN_LOG = 1e-3, 1e-4  # of a peak, down to which |u|² is shown
_LIGHT, _DARK = 0.82, 0.1  # colours of the first and the last time, on the colour map
_FINE = 400  # points of the exact profile
_NEAR = 5  # points around the highest one, between which the peak lies

Found = list[tuple[StoredField, Curve]]


def plot_line_density(run: Run, sheet: Sheet) -> Figure | None:
    """Draw |u|² over x at up to four times, with a window where peaks focus; nothing without stored fields.

    Notes
    -----
    *Communication*: local.
    """
    found = [(stored, read_curve(stored)) for stored in shown_fields(run, CURVES, sheet.times)]
    found = [(stored, curve) for stored, curve in found if curve.finite]
    if not found:
        return None
    state = state_of(run)
    with sheet.figure(PAGE_WIDTH, 2.9, run.config.title) as figure:
        if state is None:
            left = figure.subplots()
        else:
            left, right = figure.subplots(1, 2, width_ratios=(1.75, 1))
            _draw_window(right, run, found, state)
        _draw_curves(left, run, found)
        handles = [line for axes in figure.axes for line in axes.get_legend_handles_labels()[0]]
        sheet.explain(figure, "" if state is None else _meaning(run), handles)
        return sheet.finish(figure)


def _meaning(run: Run) -> str:
    """What the letters of the window are."""
    place = (
        "the center of the tallest bubble" if run.config.initial.blowup_time is not None else "where $|u|$ is largest"
    )
    return rf"Right: around $\alpha$, {place}, in units of its scale $\lambda$; $Q$: ground state."


def _colors(count: int) -> Any:
    from matplotlib import colormaps, rcParams

    shades = np.linspace(_LIGHT, _DARK, count) if count > 1 else np.array([_DARK])
    return colormaps.get_cmap(rcParams["image.cmap"])(shades)


def _draw_curves(axes: Axes, run: Run, found: Found) -> None:
    """Draw the part of the line where there is something, on an axis that shows all peaks."""
    peaks = [curve.peak[1] for _, curve in found]
    logarithmic = max(peaks) > LINEAR_RATIO * min(peaks)
    bottoms = [_SEEN_LOG * min(peaks) if logarithmic else _SEEN * peak for peak in peaks]
    window, line = common_window([curve for _, curve in found], bottoms)
    finest = next(stored.axes()[0] for stored, curve in found if curve.points == line)
    low, high = (float(end) for end in finest.at(np.array([window.start, window.stop - 1])))
    digits = digits_of(stored.time for stored, _ in found)
    for (stored, _), color in zip(found, _colors(len(found)), strict=True):
        if window.stop - window.start < SMOOTH:
            places, values = smooth_curve(stored, low, high)
        else:
            curve = read_curve(stored, window, line=line)
            places, values = stored.axes()[0].at(curve.indices), curve.values
        axes.plot(places, values, color=color, linewidth=1.0, label=_time_text(run, stored, digits))
    axes.set_xlim(low, high)
    axes.set(xlabel="$x$", ylabel=r"$|u|^2$")
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(bottoms[0], 3 * max(peaks))
    else:
        axes.set_ylim(0, 1.07 * max(peaks))


def _time_text(run: Run, stored: StoredField, digits: int) -> str:
    blowup_time = TimeAxis.of(run.config).blowup_time
    return f"$t={stored.time:.{digits}g}$" if blowup_time is None else f"$T-t={blowup_time - stored.time:.4g}$"


def _focus(run: Run, stored: StoredField, curve: Curve, state: PowerState) -> Focus:
    """The tallest bubble of the configuration, or else the largest |u| with the scale that its height has."""
    known = tallest_peak(run, stored.time)
    if known is not None and run.config.initial.blowup_time is not None:
        return known
    index, axis = curve.peak[0], stored.axes()[0]
    places, values = smooth_curve(stored, *axis.at(np.array([index - _NEAR, index + _NEAR])).tolist())
    highest = int(np.argmax(values))
    return Focus((float(places[highest]),), state.scale(float(np.sqrt(values[highest]))))


def _draw_window(axes: Axes, run: Run, found: Found, state: PowerState) -> None:
    """Draw |u|² around the highest peak in its own variables; ground states do not change in these."""
    exponent = 4 / state.power
    for (stored, whole), color in zip(found, _colors(len(found)), strict=True):
        focus = _focus(run, stored, whole, state)
        places, values = _around(stored, focus)
        axes.plot(places, focus.scale**exponent * values, color=color, linewidth=1.0)
    if run.config.equation.has_ground_states:
        fine = np.linspace(-WINDOW, WINDOW, _FINE + 1)
        exact = state.value(fine) ** 2
        axes.plot(fine, exact, "--", color=grey(), linewidth=0.9, dashes=(4, 4), label="$Q^2$")
    axes.set_xlim(-WINDOW, WINDOW)
    axes.set_ylim(bottom=0)
    axes.set_title(name_scale(run, state), fontsize="small", y=1.0, pad=4)
    factor = r"\lambda" if exponent == 1 else rf"\lambda^{{{exponent:.3g}}}"
    axes.set(xlabel=r"$(x-\alpha)/\lambda$", ylabel=rf"${factor}|u|^2$")


def _around(stored: StoredField, focus: Focus) -> tuple[RealArray, RealArray]:
    """(x − α)/λ and |u|² in the window."""
    (center,), reach = focus.center, WINDOW * focus.scale
    places, values = smooth_curve(stored, center - reach, center + reach)
    return (places - center) / focus.scale, values
