"""Figures of exact waves: the blow-up law of bubbles, and the distance to the sum of bubbles or solitary waves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.figures.curves import (
    TimeAxis,
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
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DISTANCES = {
    "distance_l2": "$L^2$",
    "distance_h1": "$H^1$",
    "distance_sigma": r"$\Sigma$",
}


_LAW = r"$Q$: ground state, $\omega$: least frequency of the bubbles, $T$: blow-up time."
_WAVES = {"S": "exact bubbles", "W": "solitary waves"}
_SIGMA = r"$\Sigma$: $H^1$ and $\|x(\cdot)\|_2$, added."


def plot_blowup_law(run: Run, sheet: Sheet) -> Figure | None:
    """Draw sup|u|·(T − t)^{d/2} against Q(0)/ω^{d/2}, and the deviation; nothing without bubbles or sup|u|."""
    bubbles = run.config.initial.known_bubbles()
    if bubbles is None or "sup_norm" not in run.columns:
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    remaining = time_axis.values(times)
    frequency = min(bubble.frequency for bubble in bubbles)
    dimension = run.config.equation.dimension
    law = ground_state(dimension).peak / frequency ** (dimension / 2)
    product = run.columns["sup_norm"].values * remaining ** (dimension / 2)
    power = "" if dimension == 2 else f"^{{{dimension}/2}}"
    with sheet.figure(COLUMN_WIDTH, 3.6, run.config.title) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 1.15))
        upper.axhline(law, color=grey(), linewidth=0.9, label=rf"$Q(0)/\omega{power}={law:.5g}$")
        upper.plot(remaining, product, color=color_of(1), linestyle="-", marker=marker_of(times), label="computed")
        margin = max(1.5 * float(np.nanmax(np.abs(product - law), initial=0.0)), 0.002 * law)
        upper.set_ylim(law - margin, law + margin)
        upper.set_ylabel(rf"$\sup|u|\,(T-t){power}$")
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
        sheet.explain(figure, _LAW)
        return sheet.finish(figure)


def sampling_loss(run: Run, remaining: RealArray) -> RealArray:
    """1 − max|S|/sup|S| over the grid, of the tallest exact bubble: what is lost as its peak lies between points."""
    bubbles, grid = run.config.initial.known_bubbles(), run.config.grid
    if bubbles is None:
        return np.zeros_like(remaining)
    tallest = min(bubble.frequency for bubble in bubbles)
    points = np.array([grid.points])
    if "grid_points" in run.columns:  # of each row; those from before a run refined its grid know of none
        points = np.fmax(points, run.columns["grid_points"].values)
    spacing = np.array(grid.length) / points
    losses = []
    for bubble in (b for b in bubbles if b.frequency == tallest):
        places = (np.array(bubble.center) + np.array(grid.length) / 2) / spacing
        offset = np.linalg.norm((places - np.rint(places)) * spacing, axis=-1)
        profile = ground_state(run.config.equation.dimension)
        losses.append(1 - profile.value(offset / (tallest * remaining)) / profile.peak)
    best: RealArray = np.min(losses, axis=0)
    return best


def plot_distance(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the distances to the sum of exact bubbles or solitary waves; nothing if they were not measured."""
    if not set(DISTANCES) <= set(run.columns):
        return None
    time_axis, times = TimeAxis.of(run.config), run.columns["time"].values
    with sheet.figure(COLUMN_WIDTH, 2.7, run.config.title) as figure:
        axes = figure.subplots()
        later: list[RealArray] = []
        for style, (name, label) in enumerate(reversed(DISTANCES.items())):
            values = run.columns[name].values
            plot_positive(axes, time_axis.values(times), values, style, label=label)
            later.append(values[1:])
        show_range(axes, np.concatenate(later))  # at the start the distance is rounding only
        finish_log(axes)
        legend_above(axes, 3)
        axes.set_ylabel(_difference(run.config))
        time_axis.set_up(axes, times)
        sheet.explain(figure, _waves(run.config))
        return sheet.finish(figure)


def _difference(config: Configuration) -> str:
    """What the distances are the norms of."""
    letter, count = config.initial.symbol, len(config.initial.peaks(config.time.start, config.grid.length))
    terms = [f"{letter}_{k + 1}" for k in range(count)]
    if count > 3:
        terms = [terms[0], r"\cdots", f"{letter}_{{{count}}}"]
    return rf"$\|{'-'.join(['u', *terms])}\|$"


def _waves(config: Configuration) -> str:
    """What the letters in `_difference` and of the norms mean."""
    letter = config.initial.symbol
    return rf"${letter}_k$: the {_WAVES.get(letter, 'exact waves')}, each alone. {_SIGMA}"
