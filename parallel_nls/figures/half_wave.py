"""Figures of the half-wave equation: the bubble over its ground state, and its parameters beside their law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.chosen import shown_fields
from parallel_nls.figures.curves import (
    TimeAxis,
    color_of,
    curve_style,
    digits_of,
    finish_log,
    grey,
    legend_above,
    plot_positive,
    use_plain_ticks,
)
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH, PAGE_WIDTH
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.minimal_mass import law_of
from parallel_nls.results.reader import Run
from parallel_nls.spectral.rational import RationalAxis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FEW_DECADES = 100.0  # of T − t, in which plain numbers tell more than powers of ten
_REACH = 8.0  # of y = x/λ
_CURVES = 6
_SMOOTH = 1201  # points of a curve on the whole line


_SCALE = r"$\lambda=\|u\|_2^2/\|D^{1/2}u\|_2^2$, $D=|\partial_x|$, $Q$: ground state."
_PROFILE = (
    r"$u=\lambda^{-1/2}(Q_P+\varepsilon)(x/\lambda)e^{i\gamma}$, $Q_P$: profile, $Q$: ground state, $D=|\partial_x|$."
    r" Mod: the largest of $|\lambda_s/\lambda+b|$, $|b_s+b^2/2|$, $|\gamma_s-1|$."
)
_LAW = (
    r"$\lambda$, $b$, $\gamma$: scale, speed of collapse and phase of the bubble, $E$: energy, $A_0^2=e_1/E$,"
    r" $\kappa=c_4/(6A_0^4)+c_\lambda/6$, $\delta M$: excess mass, $D=|\partial_x|$. Dots: computed, lines: the law."
    r" $T$ is that of the law through $\lambda$ of the last row, whose distance is left out."
)


def plot_bubble(run: Run, sheet: Sheet) -> Figure | None:
    """Draw |u| in x, and λ^½|u| in y = x/λ over Q, at stored times; nothing without fields or λ."""
    if not run.fields or "half_derivative" not in run.columns:
        return None
    state = ground_state()
    times, masses = run.columns["time"].values, run.columns["mass"].values
    scales = masses / run.columns["half_derivative"].values
    shown = shown_fields(run, _CURVES, sheet.times)
    reach = _REACH * float(scales.max())
    with sheet.figure(PAGE_WIDTH, 2.9, run.config.title) as figure:
        left, right = figure.subplots(1, 2)
        digits = digits_of(stored.time for stored in shown)
        for number, stored in enumerate(shown):
            scale = float(scales[np.argmin(np.abs(times - stored.time))])
            style = curve_style(number)
            x, u = _smooth(stored, reach)
            left.semilogy(x, u, label=f"$t={stored.time:.{digits}g}$", **style)
            x, u = _smooth(stored, _REACH * scale)
            right.plot(x / scale, np.sqrt(scale) * u, **style)
        y = np.linspace(-_REACH, _REACH, 400)
        right.plot(y, state.axis.evaluate(state.coefficients, y), "--", color=grey(), linewidth=0.9, label="$Q$")
        left.set_xlim(-reach, reach)
        left.set_ylim(bottom=1e-3)
        left.set_xlabel("$x$")
        left.set_ylabel("$|u|$")
        left.legend(loc="upper right")
        right.set_xlabel(r"$x/\lambda$")
        right.set_ylabel(r"$\lambda^{1/2}|u|$")
        right.legend(loc="upper right")
        sheet.explain(figure, _SCALE)
        return sheet.finish(figure)


def _smooth(stored: StoredField, reach: float) -> tuple[RealArray, RealArray]:
    """Places up to ±reach and |u| there: on the whole line of its series of basis functions, in a box as stored."""
    nodes, u = stored.nodes(), stored.values()
    if nodes is None:
        x = stored.coordinates()[0]
        near = np.abs(x) <= reach
        return x[near], np.abs(u[near])
    half = nodes[len(nodes) // 2 :]
    axis = RationalAxis(len(half), float(half[0] / np.tan(np.pi / (4 * len(half)))))
    even, odd = axis.split(u)
    # Evenly spaced in the angle of the basis, and so finest where the wave is narrowest.
    angle = np.linspace(-1.0, 1.0, _SMOOTH) * np.arctan(reach / axis.scale)
    x = axis.scale * np.tan(angle)
    return x, np.abs(axis.evaluate(even, x) + axis.evaluate(odd, x, "odd"))


def plot_profile_parameters(run: Run, sheet: Sheet) -> Figure | None:
    """Draw λ, b, and the size of the remainder; nothing without the family half-wave."""
    columns = run.columns
    if "b" not in columns or not np.isfinite(columns["b"].values).any():
        return None
    times = columns["time"].values
    with sheet.figure(COLUMN_WIDTH, 3.9, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot(times, columns["scale"].values, color=color_of(0), label=r"$\lambda$")
        upper.plot(times, columns["b"].values, color=color_of(1), linestyle="--", label="$b$")
        if np.nanmin(columns["b"].values) >= 0:
            upper.set_ylim(bottom=0.0)
        upper.set_ylabel(r"$\lambda$, $b$")
        legend_above(upper, 2)
        ratio = columns["scale"].values * columns["half_derivative"].values / ground_state().mass
        plot_positive(lower, times, np.abs(ratio - 1), 0, label=r"$|\lambda\|D^{1/2}u\|^2/\|Q\|^2-1|$")
        plot_positive(lower, times, columns["remainder_l2"].values, 1, label=r"$\|\varepsilon\|_2$")
        plot_positive(lower, times, columns["modulation_defect"].values, 2, label=r"$\mathrm{Mod}$")
        finish_log(lower)
        lower.set_ylabel("deviation")
        legend_above(lower, 2)
        TimeAxis(None).set_up(lower, times)
        sheet.explain(figure, _PROFILE)
        return sheet.finish(figure)


def plot_law(run: Run, sheet: Sheet) -> Figure | None:
    """Draw λ, b, γ and ‖D^½u‖ against T − t beside the law, and how far they are from it; nothing without a law."""
    law, columns = law_of(run), run.columns
    if law is None or "law_time" not in columns or not np.isfinite(columns["law_time"].values[-1]):
        return None
    energy = float(columns["energy"].values[-1])
    tau = columns["law_time"].values[-1] - columns["time"].values
    scale, b, gamma, half, excess = (
        columns[name].values for name in ("scale", "b", "phase", "half_derivative", "excess_mass")
    )
    expected = np.array([law.scale_at(float(t), energy) for t in tau])
    energies = np.array([law.energy(*row) for row in zip(b, scale, excess, strict=True)])
    deviation = scale / expected
    deviation[-1] = np.nan  # 1 by the choice of T
    a2, speed = law.e1 / energy, np.sqrt(half) * tau
    curves = (
        (scale, expected, r"$\lambda$", r"$\tau^2(1-\kappa\tau^2)/(4A_0^2)$"),
        (b, tau / (2 * a2), "$b$", r"$\tau/(2A_0^2)$"),
        (gamma - gamma[0], 4 * a2 * (1 / tau - 1 / tau[0]), r"$\gamma-\gamma_0$", r"$4A_0^2(1/\tau-1/\tau_0)$"),
        (speed, np.full_like(tau, law.speed(energy)), r"$\|D^{1/2}u\|\tau$", r"$2A_0\|Q\|$"),
    )
    distances = (
        (deviation, r"$\lambda$"),
        (energies / energy, r"$E(b,\lambda,\delta M)$"),
        (speed / law.speed(energy), r"$\|D^{1/2}u\|\tau$"),
    )
    with sheet.figure(PAGE_WIDTH, 3.4, run.config.title) as figure:
        left, right = figure.subplots(1, 2)
        for number, (values, formula, label, rule) in enumerate(curves):
            shown = (values > 0) & (formula > 0)
            left.loglog(tau[shown], values[shown], marker=".", linestyle="none", color=color_of(number), label=label)
            left.loglog(tau[shown], formula[shown], color=color_of(number), linewidth=0.9, label=rule)
        for number, (values, label) in enumerate(distances):
            plot_positive(right, tau, np.abs(values - 1), number, label=label)
        finish_log(right)
        right.set_ylabel("relative distance from the law")
        for axes in (left, right):
            axes.set_xscale("log")
            axes.invert_xaxis()
            if tau.min() > 0 and tau.max() / tau.min() < _FEW_DECADES:
                use_plain_ticks(axes.xaxis, *sorted(axes.get_xlim()))
            axes.set_xlabel(r"$\tau=T-t$")
        legend_above(left, 2)
        legend_above(right, 3)
        sheet.explain(figure, _LAW)
        return sheet.finish(figure)
