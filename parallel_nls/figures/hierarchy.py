"""Figures of what the theorems say of density matrices: V₁ and the time that it certifies; what bounds the gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.curves import TimeAxis, color_of, grey, legend_above, marker_of
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_VIRIAL = r"$V_1=\int|x|^2\gamma^{(1)}$, $V_R$: the same, cut off at $R$."
_END = " No solution lasts longer than $T^*$."


def plot_virial(run: Run, sheet: Sheet) -> Figure | None:
    """Draw V₁ with the parabola V₁(0) + V₁'(0)t + 8Et², T* where it is certified, and V_R; nothing without them."""
    columns = run.columns
    if not {"variance", "variance_rate", "energy"} <= set(columns):
        return None
    times = columns["time"].values
    value, rate, energy = (float(columns[name].values[0]) for name in ("variance", "variance_rate", "energy"))
    certificate = run.summary.get("certificate", {}) if run.finished else {}
    time = float(certificate["virial_time"]) if certificate.get("holds") else math.inf
    end = time if math.isfinite(time) else times[-1]
    reach = np.linspace(times[0], end, 200)
    with sheet.figure(COLUMN_WIDTH, 2.6, run.config.title) as figure:
        axes = figure.subplots()
        axes.plot(times, columns["variance"].values, label="$V_1$", color=color_of(0), marker=marker_of(times))
        parabola = value + rate * (reach - times[0]) + 8 * energy * (reach - times[0]) ** 2
        axes.plot(reach, parabola, color=grey(), linestyle="--", linewidth=0.9, label="$V_1(0)+V_1'(0)t+8Et^2$")
        if "localized_variance" in columns:
            local = columns["localized_variance"].values
            axes.plot(times, local, color=color_of(1), linestyle="-.", label="$V_R$")
        if math.isfinite(time):
            axes.axvline(time, color=grey(), linewidth=0.9, linestyle=":", label=f"$T^*={time:.5g}$")
            axes.set_ylim(bottom=0.0)
        axes.set_ylabel("variance")
        legend_above(axes, 2)
        TimeAxis(None).set_up(axes, np.append(times, end))
        sheet.explain(figure, _VIRIAL + (_END if math.isfinite(time) else ""))
        return sheet.finish(figure)


def plot_kinetic(run: Run, sheet: Sheet) -> Figure | None:
    """Draw Tr(−Δγ⁽¹⁾) below the bound that a bounded potential sets; nothing under singular ones."""
    columns = run.columns
    if "kinetic" not in columns or run.config.equation.collapse_law is not None:
        return None
    times, values = columns["time"].values, columns["kinetic"].values
    certificate = run.summary.get("certificate", {}) if run.finished else {}
    offset = float(certificate.get("numbers", {}).get("kinetic_offset", math.inf))
    with sheet.figure(COLUMN_WIDTH, 2.6, run.config.title) as figure:
        axes = figure.subplots()
        axes.plot(times, values, color=color_of(0), marker=marker_of(times), label=r"$\mathrm{Tr}(-\Delta\gamma)$")
        if math.isfinite(offset):
            bound = 2 * float(certificate["energy"]) + offset
            label = rf"$2E+\frac{{1}}{{2}}\sup V={bound:.4g}$"
            axes.axhline(bound, color=grey(), linestyle="--", linewidth=0.9, label=label)
        axes.set_ylabel("square of the gradient")
        axes.set_ylim(bottom=0.0)
        legend_above(axes, 2)
        TimeAxis(None).set_up(axes, times)
        sheet.explain(figure, r"$\gamma=\gamma^{(1)}$, $E$: the energy, $V$: the potential.")
        return sheet.finish(figure)
