"""Figures that say how far a run can be trusted: conserved quantities, the virial identity, spectral tail, steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.diagnostics.identities import CANCELLED
from parallel_nls.figures.curves import TimeAxis, finish_log, grey, legend_above, plot_positive
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import AXES
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.drifts import OF_TERMS, drifts_of
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LETTERS = {"mass": "M", "energy": "E", "momentum": "P", "trace": r"\mathrm{Tr}\,\gamma^{(k)}"}
"""What quantities are called in formulas."""


_DRIFTS = "Index 0: at the start."
_CANCELLED = " $S$: the moduli of the terms of $E$, which cancel."
_VIRIAL = " Virial residual: of the identity for $V''$, $V$ the variance, relative to its terms."
_OUTER = "Spectral tail: the largest {tail} over the outer tenth of wavenumbers"
_RELATIVE = "; both relative to the largest of all."
_TAILS = {
    "radius": _OUTER.format(tail=r"$\hat\gamma^{(1)}(k,k)^{1/2}$")
    + "; edge: the last $\\gamma^{(1)}(r,r)^{1/2}$"
    + _RELATIVE,
    "plane": _OUTER.format(tail=r"$|\hat\varphi_j|$") + r"; edge: $\rho^{1/2}$ there" + _RELATIVE,
    "line": "Spectral tail: the largest of the last tenth of the coefficients, relative to the largest of all.",
}
_LEAST_EDGE = 1e-16
"""Of the largest |u|; far below rounding there is nothing to compare with the tail."""


def plot_conservation(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the drifts of what is conserved and the virial residual; nothing if there is none."""
    columns, drifts = run.columns, drifts_of(run.columns, run.scales)
    curves = {_drift_label(name, drift.kind): drift.sizes for name, drift in drifts.items()}
    if "virial_residual" in columns:
        curves["virial residual"] = _virial_residuals(run)
    if not any(np.any(curve > 0) for curve in curves.values()):
        return None
    time_axis, times = TimeAxis.of(run.config), columns["time"].values
    with sheet.figure(COLUMN_WIDTH, 2.9, run.config.title) as figure:
        axes = figure.subplots()
        for style, (label, curve) in enumerate(curves.items()):
            plot_positive(axes, time_axis.values(times), curve, style, label=label)
        finish_log(axes)
        legend_above(axes, 2)
        virial = "virial residual" in curves
        axes.set_ylabel("drift, residual" if virial else "drift")
        time_axis.set_up(axes, times)
        cancelled = any(drift.kind == OF_TERMS for drift in drifts.values())
        sheet.explain(figure, _DRIFTS + (_CANCELLED if cancelled else "") + (_VIRIAL if virial else ""))
        return sheet.finish(figure)


def _drift_label(name: str, kind: str) -> str:
    """Name and formula of a drift."""
    letter = LETTERS.get(name, "q")
    change = f"{letter}/{letter}_0-1" if kind == "relative" else f"{letter}-{letter}_0"
    return f"{name}, $10^3|{change}|/S$" if kind == OF_TERMS else f"{name}, $|{change}|$"


def _virial_residuals(run: Run) -> RealArray:
    """Relative to 16E, but at least to a thousandth of its terms at the start."""
    found: RealArray = np.abs(run.columns["virial_residual"].values)
    floor = CANCELLED * run.scales.get("energy", 0.0)
    if not (run.config.equation.is_critical and floor > 0 and "energy" in run.columns):
        return found
    return np.asarray(found * np.minimum(np.abs(run.columns["energy"].values) / floor, 1.0))


def plot_resolution(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the spectral tail of each axis with its limit, and |u| at the edge of the box; nothing without the tail."""
    if "spectral_tail" not in run.columns:
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    tails, limit = run.columns["spectral_tail"].values, run.config.limits.spectral_tail
    tails = tails.reshape(len(times), -1)
    names = ["spectral tail"] if tails.shape[1] == 1 else [f"tail along ${axis}$" for axis in AXES]
    with sheet.figure(COLUMN_WIDTH, 2.6, run.config.title) as figure:
        axes = figure.subplots()
        for axis in range(tails.shape[1]):
            plot_positive(axes, time_axis.values(times), tails[:, axis], axis, label=names[axis])
        if "edge" in run.columns:
            edge = run.columns["edge"].values
            plot_positive(axes, time_axis.values(times), edge, tails.shape[1], label="edge")
        if np.isfinite(limit):
            axes.axhline(limit, color=grey(), linewidth=0.9, label="limit of the tail")
        finish_log(axes)
        axes.set_ylim(bottom=max(axes.get_ylim()[0], _LEAST_EDGE))
        legend_above(axes, 2)
        axes.set_ylabel("spectral tail, edge" if "edge" in run.columns else "spectral tail")
        time_axis.set_up(axes, times)
        sheet.explain(figure, _tail_text(run))
        return sheet.finish(figure)


def _tail_text(run: Run) -> str:
    """What the tail and the edge are of, and relative to."""
    letter = run.config.equation.unknown
    usual = _OUTER.format(tail=rf"$|\hat{{{letter}}}|$") + f"; edge: $|{letter}|$ at the edge of the box" + _RELATIVE
    return _TAILS.get(run.config.system, usual)


def plot_steps(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the step size and the accumulated error estimate; nothing for fixed steps."""
    columns = run.columns
    if not {"step_size", "error_estimate"} <= set(columns):
        return None
    time_axis, times = TimeAxis.of(run.config), columns["time"].values
    places = time_axis.values(times)
    with sheet.figure(COLUMN_WIDTH, 3.6, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        plot_positive(upper, places, np.abs(columns["step_size"].values), 0)
        upper.set_ylabel("step size")
        plot_positive(lower, places, columns["error_estimate"].values, 1, linestyle="-", label="estimate, accumulated")
        bound = tolerated(run)
        if bound is not None:
            rate = (
                r"\int(\omega+1/\lambda^2)\mathrm{d}t" if run.config.equation.own_rate else r"\int\mathrm{d}t/\lambda^2"
            )
            label = rf"tolerance $\cdot{rate}${_unit_of_steps(run)}"
            plot_positive(lower, places, bound, color=grey(), linestyle="--", marker="", linewidth=0.9, label=label)
        lower.set_ylabel(r"relative $L^2$ error")
        for axes in (upper, lower):
            finish_log(axes)
        legend_above(lower, 1 if bound is not None and _unit_of_steps(run) else 2)
        time_axis.set_up(lower, times)
        sheet.explain(figure, "Error: the sum of the estimates of all steps so far.")
        return sheet.finish(figure)


def _unit_of_steps(run: Run) -> str:
    """What λ is for steps where it is no scale of a ground state: its height is that of the critical power."""
    equation = run.config.equation
    if equation.focusing_power in (None, equation.critical_power):
        return ""
    height, power = ground_state(equation.dimension).peak, equation.focusing_power or 0.0
    return rf", $\lambda=({height:.4g}/\sup|u|)^{{{power / 2:g}}}$"


def tolerated(run: Run) -> RealArray | None:
    """The tolerance times ∫dt/λ² from the start, in a trap ∫(ω + 1/λ²)dt, as of `log_rate`; None without one."""
    tolerance, equation = run.config.time.tolerance, run.config.equation
    power = equation.focusing_power
    if tolerance is None or power is None or "sup_norm" not in run.columns:
        return None
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    rate = equation.own_rate + (peaks / ground_state(equation.dimension).peak) ** power
    # The geometric mean of neighbouring rows is exact for the law of bubbles, λ proportional to T − t.
    pieces = np.sqrt(rate[1:] * rate[:-1]) * np.abs(np.diff(times))
    return tolerance * np.concatenate([[0.0], np.cumsum(pieces)])
