"""Figures of sup|u| where no blow-up time is known: the estimated collapse of general data, and solitary waves."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.curves import TimeAxis, color_of, grey, legend_above, marker_of
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.profiles.power_state import power_state
from parallel_nls.results.collapse import collapse_of, collapse_power, estimate_collapse
from parallel_nls.results.digits import with_doubt
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from parallel_nls.config.sections.equation import EquationSection


_LINE = "Below, a power of what is above: where it falls to zero on a line, that becomes infinite, if the line goes on."
_HEIGHT = r"$Q$: ground state, $\omega$: least frequency of the waves."
_POINTS = "The largest modulus at the points, which is less where a peak lies between them."
_LARGEST_DENOMINATOR = 100


def plot_collapse(run: Run, sheet: Sheet) -> Figure | None:
    """Draw what grows in a collapse, and the power of it that falls to 0 on a line; nothing for exact data."""
    law = run.config.equation.collapse_law
    if run.config.initial.is_exact or law is None or law.column not in run.columns:
        return None
    power = collapse_power(law, run.columns)
    times, peaks = run.columns["time"].values, run.columns[law.column].values
    inverse = np.full_like(peaks, np.nan)
    np.divide(1.0, peaks**power, out=inverse, where=peaks > 0)
    known = collapse_of(run.config, run.columns)
    estimate = None if known is None else estimate_collapse(times, peaks, power)
    marker = marker_of(times)
    with sheet.figure(COLUMN_WIDTH, 3.6, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot(times, peaks, color=color_of(1), marker=marker)
        upper.set_ylabel(rf"${law.symbol}$")
        lower.plot(times, inverse, color=color_of(1), marker=marker)
        lower.set_ylabel(f"${_inverse(law.symbol, power)}$")
        lower.set_ylim(0, 1.05 * float(np.nanmax(inverse, initial=0.0)) or 1.0)
        ends = times
        if known is not None and estimate is not None:
            time, line, rows = estimate
            reach = np.array([times[0], time])
            doubted = with_doubt(time, known.doubt).replace(" ± ", r"\pm ")
            label = f"line through the last {rows} rows, zero at $t={doubted}$"
            lower.plot(reach, np.polyval(line, reach - times[-1]), "--", color=grey(), linewidth=0.9, label=label)
            ends = np.append(times, time)
            legend_above(lower, 1)
        TimeAxis(None).set_up(lower, ends)
        sheet.explain(figure, _LINE)
        return sheet.finish(figure)


def plot_peak(run: Run, sheet: Sheet) -> Figure | None:
    """Draw sup|u| against t: of solitary waves beside Q(0)/ω^{2/p} of the tallest, else where nothing collapses."""
    initial, equation = run.config.initial, run.config.equation
    waves = initial.is_exact and initial.blowup_time is None
    if not (waves or equation.collapse_law is None) or "sup_norm" not in run.columns:
        return None
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    with sheet.figure(COLUMN_WIDTH, 2.5, run.config.title) as figure:
        axes = figure.subplots()
        alone = _draw_height(axes, equation, initial.smallest_scale(0.0)) if waves else None
        axes.plot(times, peaks, color=color_of(1), marker=marker_of(times), label="computed")
        axes.set_ylabel(r"$\sup|u|$")
        if alone is not None:
            low, high = axes.get_ylim()
            axes.set_ylim(min(low, 0.98 * alone), max(high, 1.02 * alone))
            legend_above(axes, 2)
        TimeAxis(None).set_up(axes, times)
        sheet.explain(figure, _POINTS if alone is None else f"{_HEIGHT} {_POINTS}")
        return sheet.finish(figure)


def _inverse(symbol: str, power: float) -> str:
    """The formula of symbol^−power; of a square, of what is squared."""
    base, squared, rest = symbol.rpartition("^2")
    if squared and not rest:
        return f"{base}^{{-{_fraction(2 * power)}}}"
    inner = symbol if symbol.startswith(r"\|") else f"({symbol})"
    return f"{inner}^{{-{_fraction(power)}}}"


def _fraction(number: float) -> str:
    """A number as a fraction of small whole numbers, where it is one."""
    found = Fraction(number).limit_denominator(_LARGEST_DENOMINATOR)
    return str(found) if abs(float(found) - number) < 1e-12 else f"{number:.4g}"


def _draw_height(axes: Axes, equation: EquationSection, frequency: float | None) -> float | None:
    """Draw a line at the height of a solitary wave alone, and return the height."""
    state = power_state(equation.dimension, equation.focusing_power)
    if frequency is None or state is None:
        return None
    height: float = state.peak / frequency ** (2 / state.power)
    power = "" if state.power == 2 else f"^{{{_fraction(2 / state.power)}}}"
    label = rf"$Q(0)/\omega{power}={height:.5g}$"
    axes.axhline(height, color=grey(), linewidth=0.9, linestyle="--", label=label)
    return height
