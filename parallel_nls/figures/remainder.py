"""The figure of a run in remainder form: norms against s, and what oscillates in front of e^{−δs}."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.config import decay_rate
from parallel_nls.figures.curves import (
    color_of,
    finish_log,
    grey,
    legend_above,
    marker_of,
    plot_positive,
    show_range,
)
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NORMS = {
    "remainder_sigma": r"$\|R\|_\Sigma$",
    "remainder_h1": r"$\|R\|_{H^1}$",
    "z_l2": r"$\|z\|_2=\|R\|_2$",
    "source_l2": r"$\|H\|_2$",
}


_LETTERS = (
    r"$v=\sum S_k+R$, and $z$ is $R$ in the soliton frame, $T$: blow-up time."
    r" $H$: what the bubbles do to each other, the source of $z$."
)
_BESIDE_ONE = "$v=S_1+R$, and $z$ is $R$ in the soliton frame, $T$: blow-up time."


def plot_remainder(run: Run, sheet: Sheet) -> Figure | None:
    """Draw norms of R, z and H beside the law s^{−(d−1)/2}e^{−δs}, and ‖z‖ over it; nothing of other runs.

    Beside one bubble there are no δ and no H, and the norms alone are drawn.
    """
    columns, bubbles = run.columns, run.config.initial.known_bubbles()
    if not run.config.equation.is_remainder or bubbles is None or not set(NORMS) <= set(columns):
        return None
    blowup_time, times = run.config.exact_waves.blowup_time, columns["time"].values
    s = times if blowup_time is None else 1 / (blowup_time - times)
    if len(bubbles) == 1:
        return _plot_beside_one(run, s, sheet)
    rate = decay_rate(bubbles)
    power = r"s^{1/2}" if run.config.equation.dimension > 1 else ""
    # In logarithms: e^{−δs} may be too small for a number where a constant times it is one.
    law = -rate * s - 0.5 * (run.config.equation.dimension - 1) * np.log(s)
    size = columns["z_l2"].values
    good = size > 0
    prefactor = np.full_like(size, np.nan)
    prefactor[good] = np.exp(np.log(size[good]) - law[good])
    with sheet.figure(COLUMN_WIDTH, 3.9, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.6, 1.0))
        for style, (name, label) in enumerate(NORMS.items()):
            plot_positive(upper, s, columns[name].values, style, label=label)
        if good.any():
            level = float(np.median(prefactor[good]))
            inverse = power.replace("{1/2}", "{-1/2}")
            shown = rf"$\propto {inverse}e^{{-\delta s}}$, $\delta={rate:.4g}$"
            upper.plot(s, np.exp(np.log(level) + law), color=grey(), linewidth=0.9, label=shown, zorder=1.5)
        show_range(upper, np.concatenate([columns[name].values for name in NORMS]))
        finish_log(upper)
        upper.set_ylabel("norm")
        legend_above(upper, 2)
        lower.plot(s, prefactor, color=color_of(0), marker=marker_of(s))
        lower.set_ylabel(rf"$\|z\|_2{power}e^{{\delta s}}$")
        lower.set_ylim(bottom=0.0)
        lower.set_xlabel("$s=1/(T-t)$")
        sheet.explain(figure, _LETTERS)
        return sheet.finish(figure)


def _plot_beside_one(run: Run, s: RealArray, sheet: Sheet) -> Figure:
    """Draw the norms beside one bubble."""
    norms = {"z_h1": r"$\|z\|_{H^1}$", **{name: NORMS[name] for name in NORMS if name != "source_l2"}}
    with sheet.figure(COLUMN_WIDTH, 2.8, run.config.title) as figure:
        axes = figure.subplots()
        for style, (name, label) in enumerate(norms.items()):
            plot_positive(axes, s, run.columns[name].values, style, label=label)
        show_range(axes, np.concatenate([run.columns[name].values for name in norms]))
        finish_log(axes)
        axes.set_ylabel("norm")
        axes.set_xlabel("$s=1/(T-t)$")
        legend_above(axes, 2)
        sheet.explain(figure, _BESIDE_ONE)
        return sheet.finish(figure)
