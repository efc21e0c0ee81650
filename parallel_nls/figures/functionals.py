"""The functionals of the uniqueness proof over time: where they grow as they should; the energy about the bubbles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.figures.bubble_style import (
    Abscissa,
    finish_linear,
    legend_of_panel,
    mark_negative,
    negative_handle,
    shade,
    shade_decreasing,
)
from parallel_nls.figures.curves import color_of, finish_log, marker_of, plot_positive, show_later
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MONOTONE = {
    "localized_virial": "localized virial (3.56)",
    "modified_localized_virial": "modified virial (3.103)",
    "generalized_energy": "generalized energy (4.14)",
}
TERMS = ("$|E_0|$", "$|E_1|$", "$|E_2|$", r"$|\sum M_k/(2\lambda_k^2)|$")
_ROUNDING = 1e-11  # of the largest value: changes below it have no sign
_LEAST_TERM = 1e-16  # of the largest one, below which a term of the energy has no meaning


_CLAIM = (
    r"Theorems 3.8, 3.13 and 4.3 (Cao, Su & Zhang): if $u-\sum S_k\to0$ as $t\to T$, as fast as (1.22) and (1.23) say,"
    r" then near $T$ the upper three grow, up to terms with $D^2$, $M_k$, $T-t$ and $e^{-\delta/(T-t)}$. Of a run in"
    r" which $D$ does not fall (figure modulation) they say nothing. $E$: energy, $E_0$, $E_1$, $E_2$: its terms by"
    r" order in $R$, $M_k$: local masses, $S_k$: the exact bubbles."
)


def plot_functionals(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the functionals, shaded where they decrease, and the expansion of the energy; nothing without them."""
    if not {*MONOTONE, "energy_expansion"} <= set(run.columns):
        return None
    where = Abscissa.of(run)
    with sheet.figure(PAGE_WIDTH, 4.7, run.config.title) as figure:
        grid = figure.add_gridspec(2, 6)
        upper = [figure.add_subplot(grid[0, 2 * place : 2 * place + 2]) for place in range(3)]
        lower = [figure.add_subplot(grid[1, 3 * place : 3 * place + 3]) for place in range(2)]
        shaded = [_plot_monotone(axes, run, where, name) for axes, name in zip(upper, MONOTONE, strict=True)]
        marked = [_plot_expansion(lower[0], run, where), _plot_defects(lower[1], run, where)]
        where.finish([], upper, narrow=True)
        where.finish([], lower)
        sheet.explain(figure, _CLAIM, _handles(any(shaded), any(marked)))
        return sheet.finish(figure)


def _plot_monotone(axes: Axes, run: Run, where: Abscissa, name: str) -> bool:
    """Draw one functional that grows near the blow-up; say whether it decreases anywhere."""
    values = run.columns[name].values
    axes.plot(where.places, values, color=color_of(0), marker=marker_of(values))
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    finish_linear(axes, MONOTONE[name])
    axes.set_title(axes.get_ylabel(), fontsize=8.5, y=1.0, pad=4)  # too long to stand beside the panel
    axes.set_ylabel("")
    return shade_decreasing(axes, where, values, _ROUNDING * largest)


def _plot_expansion(axes: Axes, run: Run, where: Abscissa) -> bool:
    """Draw |each term| of E = E₀ + E₁ + E₂ − ΣM_k/(2λ_k²) + remainder; say whether any is negative."""
    terms = run.columns["energy_expansion"].values * np.array([1.0, 1.0, 1.0, -1.0])
    marked = [_plot_signed(axes, where, terms[:, term], term, TERMS[term]) for term in range(4)]
    # An energy has units: where lengths are large all of its terms may be far below 1.
    show_later(axes, terms, _LEAST_TERM * float(np.nanmax(np.abs(terms[1:]), initial=0.0)))
    finish_log(axes)
    axes.set_ylabel("terms of the energy (3.33)")
    legend_of_panel(axes, 2)
    return any(marked)


def _plot_defects(axes: Axes, run: Run, where: Abscissa) -> bool:
    """Draw what the bubbles and the expansion leave of the energy; say whether any of it is negative."""
    labels = {
        "energy_remainder": r"$|E-E_0-E_1-E_2+\sum M_k/(2\lambda_k^2)|$",
        "energy_defect": r"$|E-\sum E(S_k)|$",
    }
    marked = [
        _plot_signed(axes, where, run.columns[name].values, style, label)
        for style, (name, label) in enumerate(labels.items())
        if name in run.columns
    ]
    finish_log(axes)
    axes.set_ylabel("rest of the energy")
    legend_of_panel(axes, 1)
    return any(marked)


def _plot_signed(axes: Axes, where: Abscissa, values: RealArray, style: int, label: str) -> bool:
    plot_positive(axes, where.places, np.abs(values), style, label=label)
    return mark_negative(axes, where.places, values, color_of(style))


def _handles(shaded: bool, marked: bool) -> list[Any]:
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(facecolor=shade(), edgecolor="none", label="decreases in $t$")] if shaded else []
    return handles + ([negative_handle()] if marked else [])
