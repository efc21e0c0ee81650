"""Figures of what the theorems say of density matrices: V₁ and the time that it certifies; what bounds the gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.curves import TimeAxis, color_of, grey, legend_above, marker_of
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_VIRIAL = r"$V_1=\int|x|^2\gamma^{(1)}$, $E$: energy, dashed: as if $V_1''=16E$."
_LOCAL = " $V_R$: $V_1$ cut off at $R$."
_START = " $t_0$: start."
_END = " No solution passes $T^*$."
_NO_BOUND = " Under this potential the parabola is no bound."
_BOUNDING = "admissible-singular"


def plot_virial(run: Run, sheet: Sheet) -> Figure | None:
    """Draw V₁ with the parabola V₁(0) + V₁'(0)t + 8Et², T* where it is certified, and V_R; nothing without them.

    Where no theorem applies V₁ may leave the parabola upward; below 0, where no variance is, it is not shown.
    """
    columns = run.columns
    if not {"variance", "variance_rate", "energy"} <= set(columns):
        return None
    times = columns["time"].values
    value, rate, energy = (float(columns[name].values[0]) for name in ("variance", "variance_rate", "energy"))
    certificate = run.summary.get("certificate", {}) if run.finished else {}
    time = float(certificate["virial_time"]) if certificate.get("holds") else run.config.time.never
    end = time if math.isfinite(time) else times[-1]
    reach = np.linspace(times[0], end, 200)
    with sheet.figure(COLUMN_WIDTH, 2.6, run.config.title) as figure:
        axes = figure.subplots()
        axes.plot(times, columns["variance"].values, label="$V_1$", color=color_of(0), marker=marker_of(times))
        parabola = value + rate * (reach - times[0]) + 8 * energy * (reach - times[0]) ** 2
        axes.plot(reach, parabola, color=grey(), linestyle="--", linewidth=0.9, label=_parabola_text(times[0]))
        local = np.zeros(0)
        if "localized_variance" in columns:
            local = columns["localized_variance"].values
            axes.plot(times, local, color=color_of(1), linestyle="-.", label="$V_R$")
        if math.isfinite(time):
            axes.axvline(time, color=grey(), linewidth=0.9, linestyle=":", label=f"$T^*={time:.5g}$")
        axes.set_ylim(0.0, 1.05 * float(np.nanmax(np.concatenate([columns["variance"].values, local]))))
        axes.set_ylabel("variance")
        legend_above(axes, 2)
        TimeAxis(None).set_up(axes, np.append(times, end))
        text = _VIRIAL + ("" if times[0] == 0 else _START) + (_LOCAL if local.size else "")
        sheet.explain(figure, text + _says(certificate, time))
        return sheet.finish(figure)


def _parabola_text(start: float) -> str:
    """The formula of the parabola from the start of the run."""
    return "$V_1(0)+V_1'(0)t+8Et^2$" if start == 0 else "$V_1(t_0)+V_1'(t_0)(t-t_0)+8E(t-t_0)^2$"


def _says(certificate: dict[str, Any], time: float) -> str:
    """What the theorems say of the run."""
    if math.isfinite(time):
        return _END
    if not certificate or certificate.get("verdict") == _BOUNDING:
        return ""
    return "" if certificate.get("numbers", {}).get("r2V_constant") else _NO_BOUND


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
            attracting = "V" if run.config.equation.parameters().get("coupling") == -1 else r"(-\mu V)"
            label = rf"$2E+\frac{{1}}{{2}}\sup {attracting}={bound:.4g}$"
            axes.axhline(bound, color=grey(), linestyle="--", linewidth=0.9, label=label)
        axes.set_ylabel("square of the gradient")
        axes.set_ylim(bottom=0.0)
        legend_above(axes, 2)
        TimeAxis(None).set_up(axes, times)
        sheet.explain(figure, r"$\gamma=\gamma^{(1)}$, $E$: the energy, $V$: the potential.")
        return sheet.finish(figure)
