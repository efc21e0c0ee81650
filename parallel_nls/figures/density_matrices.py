"""Figures of density matrices: where they are, and what tells a closure's worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.figures.chosen import shown_fields
from parallel_nls.figures.curves import (
    DASHES,
    TimeAxis,
    color_of,
    curve_style,
    digits_of,
    finish_log,
    legend_above,
    marker_of,
    plot_or_tell,
    plot_positive,
    show_later,
)
from parallel_nls.figures.images import add_colorbar, log_density
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import COLUMN_WIDTH, PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DECADES = 6.0
_SEEN = 4.0  # decades below the peak of each matrix that are in the picture and have a colour
_FEW = 2
_NOTHING = 1e-14  # eigenvalues up to it are rounding
_CURVES = 7  # densities in one figure at most


def plot_density_matrix(run: Run, sheet: Sheet) -> Figure | None:
    """Draw |γ⁽¹⁾(r, r')|² of the first and the last stored field; nothing without fields."""
    if not run.fields:
        return None
    chosen = shown_fields(run, 2, sheet.times)
    images = [_kernel(stored, stored.density()) for stored in chosen]
    tops = [np.log10(float(image.max())) for image in images]
    limits = {"vmax": max(tops), "vmin": min(max(tops) - _DECADES, min(tops) - _SEEN)}
    reach = max(_reach(stored, image) for stored, image in zip(chosen, images, strict=True))
    with sheet.figure(PAGE_WIDTH, 3.1, run.config.title) as figure:
        panels = figure.subplots(1, len(images), squeeze=False)[0]
        digits = digits_of(stored.time for stored in chosen)
        for axes, stored, image in zip(panels, chosen, images, strict=True):
            nodes = stored.coordinates()[0]
            drawn = axes.pcolormesh(nodes, nodes, log_density(image), shading="gouraud", rasterized=True, **limits)
            axes.set(xlim=(nodes[0], reach), ylim=(nodes[0], reach))
            axes.set_aspect("equal")
            axes.set_title(f"$t={stored.time:.{digits}g}$")
            axes.set_xlabel("$r'$")
            axes.set_ylabel("$r$")
            axes.grid(visible=False)
        add_colorbar(axes, drawn, r"$|\gamma^{(1)}(r,r')|^2$", width=0.03)
        return sheet.finish(figure)


def _reach(stored: StoredField, image: RealArray) -> float:
    """The radius up to which a matrix has something to see, anywhere in a row, and a little more."""
    nodes = stored.coordinates()[0]
    inside = np.flatnonzero((image > float(image.max()) * 10**-_SEEN).any(axis=1))
    return float(nodes[min(len(nodes) - 1, inside[-1] + 2)]) if inside.size else float(nodes[-1])


def _kernel(stored: StoredField, squares: RealArray) -> RealArray:
    """|γ(r, r')|² from the squares of an operator as it rests."""
    amplitude = stored.amplitude()
    weights = 1.0 if amplitude is None else np.outer(amplitude, amplitude) ** 2
    return np.asarray(squares / weights)


def plot_radial_density(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the density γ⁽¹⁾(r, r) at some of the times of the stored fields; nothing without fields."""
    if not run.fields:
        return None
    shown = shown_fields(run, _CURVES, sheet.times)
    top, reach = 0.0, 0.0
    with sheet.figure(COLUMN_WIDTH, 2.9, run.config.title) as figure:
        axes = figure.subplots()
        digits = digits_of(stored.time for stored in shown)
        for number, stored in enumerate(shown):
            r, values = stored.coordinates()[0], np.sqrt(_kernel(stored, stored.density()).diagonal())
            axes.semilogy(r, values, **curve_style(number), label=f"$t={stored.time:.{digits}g}$")
            top = max(top, float(values.max()))
            reach = max(reach, float(r[values > top * 10 ** (-2 * _DECADES)].max()))
        axes.set_ylim(top * 10 ** (-2 * _DECADES), 3 * top)
        axes.set_xlim(0, reach)
        axes.set_xlabel("$r$")
        axes.set_ylabel(r"$\gamma^{(1)}(r,r)$")
        axes.legend(loc="upper right")
        return sheet.finish(figure)


def plot_closure(run: Run, sheet: Sheet) -> Figure | None:
    """Draw distances to the exact mixture and to admissibility, and negative eigenvalues; nothing without them."""
    columns = run.columns
    if "closure_error" not in columns:
        return None
    times, errors = columns["time"].values, columns["closure_error"].values
    smallest = columns["min_eigenvalue"].values
    with sheet.figure(COLUMN_WIDTH, 2.9, run.config.title) as figure:
        axes = figure.subplots()
        for level in range(errors.shape[1]):
            label = rf"error of $\gamma^{{({level + 1})}}$"
            plot_positive(axes, times, errors[:, level], level, label=label)
        others = {"most negative eigenvalue": (_FEW + 1, np.maximum(-smallest.min(axis=1), 0.0))}
        if "admissibility" in columns:
            others[r"$\|\mathrm{Tr}_2\gamma^{(2)}-\gamma^{(1)}\|$"] = (_FEW, columns["admissibility"].values)
        drawn = errors
        for label, (style, values) in others.items():
            if plot_or_tell(axes, times, values, errors, style, label=label):
                drawn = np.column_stack([drawn, values])
        show_later(axes, drawn)
        finish_log(axes)
        legend_above(axes, 2)
        axes.set_ylabel("distance, eigenvalue")
        TimeAxis(None).set_up(axes, times)
        sheet.explain(figure, r"Error: distance of $\gamma^{(k)}$ from the exact mixture.")
        return sheet.finish(figure)


def plot_occupations(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the largest eigenvalues of γ⁽¹⁾; nothing without them, or of a single wave."""
    columns = run.columns
    if "occupations" not in columns or not (columns["occupations"].values[:, 1:] > 1e-12).any():
        return None
    times, values = columns["time"].values, columns["occupations"].values
    with sheet.figure(COLUMN_WIDTH, 2.6, run.config.title) as figure:
        axes = figure.subplots()
        for number in range(values.shape[1]):
            color = color_of(number)
            if (values[:, number] > _NOTHING).any():
                positive = np.where(values[:, number] > 0, values[:, number], np.nan)
                # Waves of equal weight lie on each other.
                dashes = DASHES[number % len(DASHES)]
                axes.plot(times, positive, color=color, ls=dashes, marker=marker_of(times), label=str(number + 1))
        show_later(axes, np.where(values > _NOTHING, values, np.nan))
        finish_log(axes)
        axes.set_ylabel(r"eigenvalues of $\gamma^{(1)}$")
        legend_above(axes, 3)
        TimeAxis(None).set_up(axes, times)
        sheet.explain(figure, r"The largest is number 1; a pure state has no other.")
        return sheet.finish(figure)
