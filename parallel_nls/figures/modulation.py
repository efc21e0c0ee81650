"""Figures of the decomposition into bubbles: its parameters beside those of the exact bubbles, and what remains.

v = Σ_k U_k + R with parameters λ, α, β, γ, θ for each bubble (Cao, Su & Zhang, eq. 2.2); the exact bubble S_k has
λ = ω(T − t), α = x_k, β = 0, γ = ω²(T − t), θ = 1/(ω²(T − t)) + ϑ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.figures.bubble_style import (
    Abscissa,
    finish_linear,
    legend_of_panel,
    mark_negative,
    name_bubbles,
    negative_handle,
    plot_each,
    style_of,
)
from parallel_nls.figures.curves import finish_log, grey, plot_or_tell, plot_positive, show_later
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS = (
    r"$|\lambda\lambda'+\gamma|$",
    r"$|\lambda^2\gamma'+\gamma^2|$",
    r"$|\lambda\alpha'-2\beta|$",
    r"$|\lambda^2\beta'+\gamma\beta|$",
    r"$|\lambda^2\theta'-1-|\beta|^2|$",
)
SIZES = {
    "remainder_size": "$D$",
    "remainder_l2": r"$\|R\|_2$",
    "remainder_gradient": r"$(T-t)\|\nabla R\|_2$",
}
SIZES_OF_REMAINDER = {
    "remainder_size": "$D$",
    "decomposed_l2": r"$\|R\|_2$",
    "decomposed_gradient": r"$(T-t)\|\nabla R\|_2$",
}
"""Of a run in remainder form, whose `remainder_l2` is what is decomposed."""
_LEAST_MARGIN = 0.002  # of ω or ω²: how near the ends of the ordinate may come to it


_PARAMETERS = (
    r"Bubble $k$ has the scale $\lambda_k$, the center $\alpha_k$, the boost $\beta_k$, the chirp $\gamma_k$ and the"
    r" phase $\theta_k$; the exact bubble $S_k$ of frequency $\omega_k$ blows up at $x_k$ at the time $T$."
)
_MODULATION = (
    r"$\mathrm{Mod}_k$: by how much $\lambda_k$, $\alpha_k$, $\beta_k$, $\gamma_k$, $\theta_k$ leave the free flow, the"
    r" sum of its five parts. $M_k$: local mass beside the bubble. $R=u-\sum U_k$, $D=\|R\|_2+(T-t)\|\nabla R\|_2$."
    r" Orthogonality: the largest of the conditions of the fit (2.3)."
)


def plot_parameters(run: Run, sheet: Sheet) -> Figure | None:
    """Draw λ, γ, θ, α and β of each bubble beside the exact ones; nothing without a decomposition."""
    if "scale" not in run.columns or run.config.modulated is None:
        return None
    where, found, frequency = Abscissa.of(run), _parameters(run), _frequencies(run)
    remaining, exact = where.places[:, None], _exact(run, where)
    with sheet.figure(PAGE_WIDTH, 4.1, run.config.title) as figure:
        panels = figure.subplots(2, 3, sharex=True)
        plot_each(panels[0, 0], where.places, found.scale / remaining, logarithmic=False)
        _finish_ratio(panels[0, 0], frequency, r"$\lambda_k/(T-t)$")
        plot_each(panels[0, 1], where.places, found.chirp / remaining, logarithmic=False)
        _finish_ratio(panels[0, 1], frequency**2, r"$\gamma_k/(T-t)$")
        plot_each(panels[0, 2], where.places, nearest_turn(found.phase - exact.phase), logarithmic=False)
        panels[0, 2].axhline(0, color=grey(), linewidth=0.9, zorder=1)
        finish_linear(panels[0, 2], r"$\theta_k-\theta_k^{\mathrm{exact}}$")
        _plot_deviation(panels[1, 0], where, found.scale / exact.scale - 1, r"$|\lambda_k/(\omega_k(T-t))-1|$")
        _plot_deviation(panels[1, 1], where, length(found.center - exact.center), r"$|\alpha_k-x_k|$")
        _plot_deviation(panels[1, 2], where, length(found.boost), r"$|\beta_k|$")
        where.finish(panels[0], panels[1], narrow=True)
        name_bubbles(sheet, figure, found.count, _PARAMETERS, [_exact_handle()])
        return sheet.finish(figure)


def length(vectors: RealArray) -> RealArray:
    """Euclidean length along the last axis."""
    lengths: RealArray = np.sqrt(np.sum(vectors**2, axis=-1))
    return lengths


def nearest_turn(angles: RealArray) -> RealArray:
    """Angles, (n, K), by whole turns as near to zero at the first row as can be, and from row to row."""
    turned = np.full_like(angles, np.nan)
    for k in range(angles.shape[1]):
        known = np.isfinite(angles[:, k])
        if known.any():
            unwrapped = np.unwrap(angles[known, k])
            turned[known, k] = unwrapped - 2 * np.pi * np.rint(unwrapped[0] / (2 * np.pi))
    return turned


def _parameters(run: Run) -> Parameters:
    return Parameters(*(run.columns[name].values for name in ("scale", "center", "boost", "chirp", "phase")))


def _bubbles(run: Run) -> list[Bubble]:
    modulated = run.config.modulated
    return [] if modulated is None else [Bubble(b.center, b.frequency, b.phase) for b in modulated.bubbles]


def _frequencies(run: Run) -> RealArray:
    return np.array([bubble.frequency for bubble in _bubbles(run)])


def _exact(run: Run, where: Abscissa) -> Parameters:
    """Those of the exact bubbles at every row."""
    rows = [Parameters.of_bubbles(_bubbles(run), float(remaining)) for remaining in where.places]
    names = ("scale", "center", "boost", "chirp", "phase")
    return Parameters(*(np.array([getattr(row, name) for row in rows]) for name in names))


def _exact_handle() -> object:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=grey(), linewidth=0.9, label="exact $S_k$")


def _finish_ratio(axes: Axes, exact: RealArray, text: str) -> None:
    """Lines at the exact values, under the curves, and an ordinate that does not enlarge rounding."""
    for value in np.unique(exact):
        axes.axhline(value, color=grey(), linewidth=0.9, zorder=1)
    low, high = axes.get_ylim()
    margin = _LEAST_MARGIN * float(exact.max())
    axes.set_ylim(min(low, float(exact.min()) - margin), max(high, float(exact.max()) + margin))
    finish_linear(axes, text)


def _plot_deviation(axes: Axes, where: Abscissa, values: RealArray, label: str) -> None:
    plot_each(axes, where.places, values)
    show_later(axes, values)
    finish_log(axes)
    axes.set_ylabel(label)


def plot_modulation(run: Run, sheet: Sheet) -> Figure | None:
    """Draw Mod_k and its parts, M_k, D and what it is made of; nothing without a decomposition."""
    if "modulation_defect" not in run.columns:
        return None
    where = Abscissa.of(run)
    count = run.columns["modulation_defect"].values.shape[1]
    with sheet.figure(PAGE_WIDTH, 4.9, run.config.title) as figure:
        panels = figure.subplots(2, 2, sharex=True)
        plot_each(panels[0, 0], where.places, run.columns["modulation_defect"].values)
        panels[0, 0].set_ylabel(r"$\mathrm{Mod}_k$")
        _plot_parts(panels[0, 1], run, where)
        marked = _plot_masses(panels[1, 0], run, where)
        _plot_sizes(panels[1, 1], run, where)
        for axes in panels.flat:
            finish_log(axes)
        where.finish(panels[0], panels[1])
        name_bubbles(sheet, figure, count, _MODULATION, [negative_handle()] if marked else [])
        return sheet.finish(figure)


def _plot_parts(axes: Axes, run: Run, where: Abscissa) -> None:
    """Draw each part of Mod_k, the largest over the bubbles."""
    parts = np.fmax.reduce(run.columns["modulation_parts"].values, axis=1)
    for part, label in enumerate(PARTS):
        plot_positive(axes, where.places, parts[:, part], part, label=label)
    axes.set_ylabel(r"parts of $\mathrm{Mod}_k$, largest over $k$")
    legend_of_panel(axes, 3)


def _plot_masses(axes: Axes, run: Run, where: Abscissa) -> bool:
    """Draw |M_k| with marks where M_k is negative; say whether it is anywhere."""
    masses = run.columns["localized_mass"].values
    plot_each(axes, where.places, masses)
    marked = [mark_negative(axes, where.places, masses[:, k], style_of(k)["color"]) for k in range(masses.shape[1])]
    # Small numbers of a remainder have all their digits.
    show_later(axes, masses, *([0.0] if run.config.equation.is_remainder else []))
    axes.set_ylabel("$|M_k|$")
    return any(marked)


def _plot_sizes(axes: Axes, run: Run, where: Abscissa) -> None:
    """Draw the size of the remainder, and how well the orthogonality conditions hold."""
    of_remainder = run.config.equation.is_remainder
    names = SIZES_OF_REMAINDER if of_remainder else SIZES
    sizes = {name: run.columns[name].values for name in names}
    sizes |= {name: where.places * values for name, values in sizes.items() if name.endswith("gradient")}
    for style, name in enumerate(names):
        plot_positive(axes, where.places, sizes[name], style, label=names[name])
    conditions, drawn = run.columns["orthogonality"].values, np.array(list(sizes.values())).T
    floor: dict[str, Any] = {"color": grey(), "linestyle": "-", "linewidth": 0.7, "marker": ""}
    near = plot_or_tell(axes, where.places, conditions, drawn, label="orthogonality", **floor)
    drawn = np.column_stack([drawn, conditions]) if near else drawn
    show_later(axes, drawn, *([0.0] if of_remainder else []))
    axes.set_ylabel("remainder")
    legend_of_panel(axes, 4 if near else 2)
