"""Figures of sup|u| where no blow-up time is known: the estimated collapse of general data, and solitary waves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.curves import REFERENCE, VERMILION, TimeAxis, legend_above, marker_of
from parallel_nls.figures.style import COLUMN_WIDTH, new_figure, save
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.power_state import power_state
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parallel_nls.config.sections.equation import EquationSection

FIT_FRACTION = 0.2  # of the rows, the last ones, through which the straight line of the collapse goes
LEAST_GROWTH = 2.0  # of sup|u|, below which no time of collapse is estimated


def estimate_collapse(times: RealArray, peaks: RealArray, power: float) -> tuple[float, RealArray] | None:
    """Where 1/sup|u|^p vanishes on a straight line through its last rows, as if λ² ∝ T − t for u = λ^{-2/p}v(x/λ).

    Parameters
    ----------
    times, peaks : ndarray, (rows,)
        t and sup|u|.
    power : float
        p of the equation.

    Returns
    -------
    tuple or None
        The time, after the last row, and the coefficients of the line about the last row; None if sup|u| did not at
        least double, or does not grow.
    """
    good = np.isfinite(peaks) & (peaks > 0)
    times, peaks = times[good], peaks[good]
    if len(times) < 3 or peaks[-1] < LEAST_GROWTH * peaks[0]:
        return None
    first = max(3, round(FIT_FRACTION * len(times)))
    # Close to the collapse only the very last rows are on a line.
    for last in (max(2, first >> halvings) for halvings in range(first.bit_length())):
        line = np.polyfit(times[-last:] - times[-1], peaks[-last:] ** -power, 1)
        left = -line[1] / line[0] if line[0] else 0.0
        if left * (times[-1] - times[0]) > 0:
            return float(times[-1] + left), line
    return None


def plot_collapse(run: Run, path: Path) -> Path | None:
    """Draw sup|u| and 1/sup|u|^p against t, for general data that may focus; nothing else, or without sup|u|."""
    power = run.config.equation.focusing_power
    if run.config.initial.is_exact or power is None or "sup_norm" not in run.columns:
        return None
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    inverse = np.full_like(peaks, np.nan)
    np.divide(1.0, peaks**power, out=inverse, where=peaks > 0)
    estimate = estimate_collapse(times, peaks, power)
    marker = marker_of(times)
    with new_figure(COLUMN_WIDTH, 3.6, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot(times, peaks, color=VERMILION, marker=marker)
        upper.set_ylabel(r"$\sup|u|$")
        lower.plot(times, inverse, color=VERMILION, marker=marker)
        lower.set_ylabel(rf"$1/\sup|u|^{{{power:g}}}$")
        lower.set_ylim(0, 1.05 * float(np.nanmax(inverse, initial=0.0)) or 1.0)
        ends = times
        if estimate is not None:
            time, line = estimate
            reach = np.array([times[0], time])
            label = f"line through the last rows,\nzero at $t={time:.4g}$"
            lower.plot(reach, np.polyval(line, reach - times[-1]), "--", color=REFERENCE, linewidth=0.9, label=label)
            ends = np.append(times, time)
            lower.legend(loc="upper right")
        TimeAxis(None).set_up(lower, ends)
        return save(figure, path)


def plot_peak(run: Run, path: Path) -> Path | None:
    """Draw sup|u| against t: of solitary waves beside Q(0)/ω^{2/p} of the tallest, else where nothing focuses."""
    initial, equation = run.config.initial, run.config.equation
    waves = initial.is_exact and initial.blowup_time is None
    if not (waves or equation.focusing_power is None) or "sup_norm" not in run.columns:
        return None
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    with new_figure(COLUMN_WIDTH, 2.5, run.config.title) as figure:
        axes = figure.subplots()
        alone = _draw_height(axes, equation, initial.smallest_scale(0.0)) if waves else None
        axes.plot(times, peaks, color=VERMILION, marker=marker_of(times), label="computed")
        axes.set_ylabel(r"$\sup|u|$")
        if alone is not None:
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, 0.98 * alone), max(high, 1.02 * alone))
            legend_above(axes, 2)
        TimeAxis(None).set_up(axes, times)
        return save(figure, path)


def _draw_height(axes: Axes, equation: EquationSection, frequency: float | None) -> float | None:
    """Draw a line at the height of a solitary wave alone, and return the height."""
    state = power_state(equation.dimension, equation.focusing_power)
    if frequency is None or state is None:
        return None
    height: float = state.peak / frequency ** (2 / state.power)
    power = "" if state.power == 2 else f"^{{2/{state.power:g}}}"
    label = rf"$Q(0)/\omega{power}={height:.5g}$"
    axes.axhline(height, color=REFERENCE, linewidth=0.9, linestyle="--", label=label)
    return height
