"""How well the exact identities hold: 16E, and the localized ones (3.14) and (3.15) of every bubble; local masses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.diagnostics.differences import HALF_WIDTH
from parallel_nls.diagnostics.guards import LEVEL
from parallel_nls.diagnostics.identities import VIRIAL, Identity
from parallel_nls.figures.bubble_style import Abscissa, finish_linear, name_bubbles, plot_each, shade
from parallel_nls.figures.curves import between, finish_log, grey, plot_positive
from parallel_nls.figures.sheet import Sheet
from parallel_nls.figures.style import PAGE_WIDTH
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.reader import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZES: dict[Identity, tuple[str, ...]] = {VIRIAL: ("mass",), MASS: (), CURRENT: ("local_mass",)}
"""Columns that rounding is reckoned from, besides the function."""
MOST_ROWS = 400  # at which the error of the differences is estimated
_LEAST_CHANGE = 1e-10  # of a local mass, between the ends of the ordinate: far less is rounding
_LEVEL, _LIMIT = "--", "-"  # dashes


_MEANING = (
    r"$m_k=\int|u|^2\Phi_k$: the mass near bubble $k$. Residuals: the two sides of an exact identity, one minus the"
    r" other, relative to their size; (3.14) of the masses, (3.15) of the currents."
)


def plot_identities(run: Run, sheet: Sheet) -> Figure | None:
    """Draw the residuals of the identities and the change of local masses; nothing without local quantities."""
    if not {"mass_identity", "current_identity", "local_mass"} <= set(run.columns):
        return None
    where, masses = Abscissa.of(run), run.columns["local_mass"].values
    with sheet.figure(PAGE_WIDTH, 4.6, run.config.title) as figure:
        panels = figure.subplots(2, 2)
        plot_each(panels[0, 0], where.places, masses - masses[:1], logarithmic=False)
        finish_linear(panels[0, 0], "$m_k(t)-m_k(t_0)$", _LEAST_CHANGE * float(np.nanmax(np.abs(masses), initial=0.0)))
        places = {VIRIAL: panels[0, 1], MASS: panels[1, 0], CURRENT: panels[1, 1]}
        there = [identity for identity in places if identity.quantity in run.columns]
        shaded = [_plot_identity(places[identity], run, where, identity) for identity in there]
        if VIRIAL not in there:
            panels[0, 1].set_axis_off()
        where.finish(panels[0, : 1 + (VIRIAL in there)], panels[1])
        name_bubbles(sheet, figure, masses.shape[1], _MEANING, _handles(run, any(shaded)))
        return sheet.finish(figure)


def _plot_identity(axes: Axes, run: Run, where: Abscissa, identity: Identity) -> bool:
    """Draw |residual| with the levels; shade what the differences may be wrong by, and say whether that is known."""
    residuals = np.abs(run.columns[identity.quantity].values)
    rows, errors = difference_errors(run, identity)
    if residuals.ndim > 1:
        plot_each(axes, where.places, residuals)
    else:
        plot_positive(axes, where.places, residuals, color=between(1.0), linestyle="-")
    if not np.isfinite(residuals).any():
        reason = "trivial for one bubble" if residuals.shape[1:] == (1,) else "no residual in the series"
        axes.text(0.5, 0.75, reason, color=grey(), ha="center", transform=axes.transAxes)
    axes.axhline(LEVEL, **_line(_LEVEL))
    if np.isfinite(run.config.limits.identity):
        axes.axhline(run.config.limits.identity, **_line(_LIMIT))
    finish_log(axes)
    bottom, top = axes.get_ylim()
    axes.fill_between(where.places[rows], bottom, np.clip(errors, bottom, top), color=shade(), linewidth=0, zorder=0)
    axes.set_ylim(bottom, top)
    axes.set_ylabel(f"residual of {_name(run, identity)}")
    return bool(len(rows))


def _line(dashes: str) -> dict[str, Any]:
    return {"color": grey(), "linewidth": 0.9, "linestyle": dashes}


def _name(run: Run, identity: Identity) -> str:
    return "$16E$" if identity is VIRIAL and run.config.equation.is_critical else identity.label


def _handles(run: Run, shaded: bool) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    limit = run.config.limits.identity
    handles = [Line2D([], [], label="level of a notice", **_line(_LEVEL))]
    handles += [Line2D([], [], label="limit of the run", **_line(_LIMIT))] if np.isfinite(limit) else []
    return (
        [*handles, Patch(facecolor=shade(), edgecolor="none", label="error of the differences")] if shaded else handles
    )


def difference_errors(run: Run, identity: Identity) -> tuple[NDArray[np.intp], RealArray]:
    """What the differences in the residuals may be wrong by, as the guards reckon it, the largest over the bubbles.

    Parameters
    ----------
    run : Run
        An opened run.
    identity : Identity
        One whose residual is in the series.

    Returns
    -------
    rows : ndarray of int, (m,)
        Some of the rows, in order: those with three neighbours on either side.
    errors : ndarray, (m,)
        In units of the residual.

    Notes
    -----
    *Communication*: local.
    """
    known = {name: column.values for name, column in run.columns.items()}
    if identity is VIRIAL and "energy" in known and run.config.equation.is_critical:
        known[identity.right] = 16 * known["energy"]
    if not {identity.quantity, identity.function, identity.right, *_SIZES[identity]} <= set(known):
        return np.empty(0, dtype=np.intp), np.empty(0)
    last = len(known["time"]) - HALF_WIDTH
    rows = np.arange(HALF_WIDTH, last, max(1, -(-(last - HALF_WIDTH) // MOST_ROWS)))
    scales = _scales(known, identity)
    if identity is CURRENT:
        known["local_scale"] = np.broadcast_to(scales[:, None], known[identity.quantity].shape)  # no less than it was
    epsilon = float(np.finfo(run.config.grid.precision).eps)
    mistakes = [np.fmax.reduce(identity.mistake(known, row, epsilon), axis=None) for row in rows.tolist()]
    errors = np.array(mistakes, dtype=np.float64) / scales[rows]
    good = np.isfinite(errors)
    return rows[good], errors[good]


def _scales(known: dict[str, RealArray], identity: Identity) -> RealArray:
    """What the residual of each row is relative to, NaN where that is not known."""
    if identity is VIRIAL:
        scales = np.abs(known[identity.right])
    else:
        # It is not in the series, but it is the same for all bubbles, and follows from their residuals.
        residuals = np.abs(known[identity.quantity])
        apart = np.abs([identity.sides_apart(known, row) for row in range(len(residuals))])
        found = np.divide(apart, residuals, out=np.full_like(residuals, np.nan), where=residuals > 0)
        scales = np.fmax.reduce(found, axis=1)
    return np.where(scales > 0, scales, np.nan)
