"""Figures of the collapse itself: the blow-up law, the distance to the exact bubbles, sup|u| where no T is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from parallel_nls.config import BubblesInitial, Configuration
from parallel_nls.output.plots_curves import (
    REFERENCE,
    VERMILION,
    Floats,
    TimeAxis,
    finish_log,
    legend_above,
    marker_of,
    plot_positive,
    show_range,
)
from parallel_nls.output.plots_style import COLUMN_WIDTH, new_figure, save
from parallel_nls.output.reader import Run
from parallel_nls.profiles.ground_state import ground_state

FIT_FRACTION = 0.2  # of the rows, the last ones, through which the straight line of the collapse goes
LEAST_GROWTH = 2.0  # of sup|u|, below which no time of collapse is estimated
DISTANCES = {
    "distance_l2": "$L^2$",
    "distance_h1": "$H^1$",
    "distance_sigma": r"$\Sigma$",
}


def plot_blowup_law(run: Run, path: Path) -> Path | None:
    """Draw sup|u|·(T − t) against Q(0)/ω, and the deviation; nothing without bubbles or sup|u|."""
    initial = run.config.initial
    if not isinstance(initial, BubblesInitial) or "sup_norm" not in run.columns:
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    remaining = time_axis.values(times)
    frequency = min(bubble.frequency for bubble in initial.bubbles)
    law = ground_state(2).peak / frequency
    product = run.columns["sup_norm"].values * remaining
    with new_figure(COLUMN_WIDTH, 3.6) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 1.15))
        upper.axhline(law, color=REFERENCE, linewidth=0.9, label=rf"$Q(0)/\omega={law:.5g}$")
        upper.plot(remaining, product, color=VERMILION, linestyle="-", marker=marker_of(times), label="computed")
        margin = max(1.5 * float(np.nanmax(np.abs(product - law), initial=0.0)), 0.002 * law)
        upper.set_ylim(law - margin, law + margin)
        upper.set_ylabel(r"$\sup|u|\,(T-t)$")
        legend_above(upper, 2)
        deviation = np.abs(product / law - 1)
        plot_positive(lower, remaining, deviation, 1, linestyle="-", label="computed")
        sampled = sampling_loss(run, remaining)
        if sampled.max(initial=0.0) > 1e-14:
            plot_positive(lower, remaining, sampled, 0, linestyle="--", marker="", label="exact $S$ on this grid")
        lower.set_ylabel("relative deviation")
        finish_log(lower)
        legend_above(lower, 2)
        time_axis.set_up(lower, times)
        return save(figure, path)


def sampling_loss(run: Run, remaining: Floats) -> Floats:
    """1 − max|S|/sup|S| over the grid, of the tallest exact bubble: what is lost as its peak lies between points."""
    initial, grid = run.config.initial, run.config.grid
    if not isinstance(initial, BubblesInitial):
        return np.zeros_like(remaining)
    tallest = min(bubble.frequency for bubble in initial.bubbles)
    losses = []
    for bubble in (b for b in initial.bubbles if b.frequency == tallest):
        places = (np.array(bubble.center) + np.array(grid.length) / 2) / np.array(grid.spacing)
        offset = np.linalg.norm((places - np.rint(places)) * np.array(grid.spacing))
        profile = ground_state(2)
        losses.append(1 - profile.value(offset / (tallest * remaining)) / profile.peak)
    best: Floats = np.min(losses, axis=0)
    return best


def plot_distance(run: Run, path: Path) -> Path | None:
    """Draw the distances to the sum of exact bubbles against T − t; nothing if they were not measured."""
    if not set(DISTANCES) <= set(run.columns):
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    with new_figure(COLUMN_WIDTH, 2.7) as figure:
        axes = figure.subplots()
        later: list[Floats] = []
        for style, (name, label) in enumerate(reversed(DISTANCES.items())):
            values = run.columns[name].values
            plot_positive(axes, time_axis.values(times), values, style, label=label)
            later.append(values[1:])
        show_range(axes, np.concatenate(later))  # at the start the distance is rounding only
        finish_log(axes)
        legend_above(axes, 3)
        axes.set_ylabel(_difference(run.config))
        time_axis.set_up(axes, times)
        return save(figure, path)


def _difference(config: Configuration) -> str:
    """What the distances are the norms of."""
    count = len(config.initial.bubbles) if isinstance(config.initial, BubblesInitial) else 0
    terms = [f"S_{k + 1}" for k in range(count)] if count <= 3 else ["S_1", r"\cdots", f"S_{{{count}}}"]
    return rf"$\|{'-'.join(['u', *terms])}\|$"


def estimate_collapse(times: Floats, peaks: Floats) -> tuple[float, Floats] | None:
    """Where 1/sup|u|² vanishes on a straight line through its last rows.

    Parameters
    ----------
    times, peaks : ndarray, (rows,)
        t and sup|u|.

    Returns
    -------
    tuple or None
        The time, and the coefficients of the line; None if sup|u| did not at least double, or does not grow.
    """
    good = np.isfinite(peaks) & (peaks > 0)
    times, peaks = times[good], peaks[good]
    if len(times) < 3 or peaks[-1] < LEAST_GROWTH * peaks[0]:
        return None
    last = max(3, round(FIT_FRACTION * len(times)))
    line = np.polyfit(times[-last:] - times[-1], peaks[-last:] ** -2.0, 1)
    forward = np.sign(times[-1] - times[0])
    if line[0] * forward >= 0:
        return None
    return float(times[-1] - line[1] / line[0]), line


def plot_collapse(run: Run, path: Path) -> Path | None:
    """Draw sup|u| and 1/sup|u|² against t, for runs without bubbles; nothing without sup|u|."""
    if isinstance(run.config.initial, BubblesInitial) or "sup_norm" not in run.columns:
        return None
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    inverse = np.full_like(peaks, np.nan)
    np.divide(1.0, peaks**2, out=inverse, where=peaks > 0)
    estimate = estimate_collapse(times, peaks)
    marker = marker_of(times)
    with new_figure(COLUMN_WIDTH, 3.6) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True)
        upper.plot(times, peaks, color=VERMILION, marker=marker)
        upper.set_ylabel(r"$\sup|u|$")
        lower.plot(times, inverse, color=VERMILION, marker=marker)
        lower.set_ylabel(r"$1/\sup|u|^2$")
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
