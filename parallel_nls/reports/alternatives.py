"""What is to be seen in each figure of a run, in words and numbers, for who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.components import component_names
from parallel_nls.results.drifts import drifts_of
from parallel_nls.results.files import is_own
from parallel_nls.results.reader import Run
from parallel_nls.schedules import shown_time

__all__ = ["describe_figure"]

_FEW = 4  # components that are told one by one


@dataclass(frozen=True)
class _Seen:
    """What a figure shows: in words, and the series of which the numbers are told."""

    caption: str
    series: tuple[str, ...] = ()
    fields: bool = False


_CURVES = {
    "density": _Seen("Density of stored fields", ("sup_norm",), fields=True),
    "spacetime": _Seen("Density |u|² over time and space, of all stored fields", ("sup_norm",), fields=True),
    "blowup_law": _Seen("Largest |u| beside the law of exact bubbles", ("sup_norm",)),
    "collapse": _Seen("What grows in a collapse, and the power of it that falls to 0 on a line", ("sup_norm",)),
    "peak": _Seen("Largest |u| over time", ("sup_norm",)),
    "distance": _Seen("Distance to the exact waves", ("distance_l2", "distance_h1", "distance_sigma")),
    "parameters": _Seen("Parameters of each bubble beside the exact ones", ("scale", "chirp", "center", "boost")),
    "modulation": _Seen(
        "Size of the remainder, and defect of the modulation equations", ("remainder_size", "modulation_defect")
    ),
    "functionals": _Seen(
        "Functionals of the uniqueness proof", ("generalized_energy", "localized_virial", "energy_defect")
    ),
    "identities": _Seen("Residuals of the exact identities", ("virial_residual", "mass_identity", "current_identity")),
    "resolution": _Seen("How well the grid resolves the field", ("spectral_tail", "edge")),
    "steps": _Seen("Step size and accumulated error estimate", ("step_size", "error_estimate")),
    "bubble": _Seen(
        "|u| in space, and in units of its scale over the ground state", ("sup_norm", "half_derivative"), fields=True
    ),
    "profile": _Seen("Parameters of the blow-up profile, and the remainder", ("scale", "b", "remainder_l2")),
    "law": _Seen("Parameters beside the law of blow-up at minimal mass", ("scale", "b", "half_derivative")),
    "remainder": _Seen("Norms of the remainder and of its source", ("remainder_l2", "z_l2", "source_l2")),
    "density_matrix": _Seen(
        "Modulus of the density matrix γ⁽¹⁾(r, r') of the first and the last stored field", ("sup_norm",), fields=True
    ),
    "virial": _Seen("Variance V₁ beside its parabola", ("variance", "localized_variance")),
    "kinetic": _Seen("Kinetic energy Tr(−Δγ⁽¹⁾) below its bound", ("kinetic",)),
    "closure": _Seen(
        "Error of the closure, and how far it is from admissible", ("closure_error", "admissibility", "min_eigenvalue")
    ),
    "occupations": _Seen("Largest eigenvalues of γ⁽¹⁾", ("occupations",)),
}


def describe_figure(run: Run, stem: str) -> tuple[str, str]:
    """What is drawn in a figure of a run, and what is to be seen.

    Parameters
    ----------
    run : Run
        With rows.
    stem : str
        Name of the figure's file, without its ending.

    Returns
    -------
    tuple of str
        The caption, and the text in place of the picture: with numbers, from the series.

    Notes
    -----
    *Communication*: local.
    """
    times = run.columns["time"].values
    symbol = run.config.equation.time_symbol
    over = f"Over {symbol} = {shown_time(times[0])} to {shown_time(times[-1])}"
    if stem == "conservation":
        caption = "Drift of what is conserved" + (
            ", and the virial residual" if "virial_residual" in run.columns else ""
        )
        parts = _drifts(run)
    elif stem == "own":
        caption = "The quantities of one's own"
        parts = [_told(run, name) for name in run.columns if is_own(name)]
    else:
        seen = _CURVES.get(stem, _Seen(stem.replace("_", " ").capitalize(), ("sup_norm",)))
        caption, parts = seen.caption, [_told(run, name) for name in seen.series if name in run.columns]
        if seen.fields and run.fields:
            first, last = run.fields[0].time, run.fields[-1].time
            span = f"the first at {symbol} = {shown_time(first)}, the last at {shown_time(last)}"
            parts.insert(0, f"{len(run.fields)} fields, {span}")
    parts = [part for part in parts if part]
    return caption, f"{caption}. {over}: {'; '.join(parts)}." if parts else f"{caption}. {over}."


def _drifts(run: Run) -> list[str]:
    """The largest drift of each conserved quantity, and the virial residual."""
    found = []
    for name, drift in drifts_of(run.columns, run.scales).items():
        if np.isfinite(drift.sizes).any():
            found.append(f"{name} drifts by {np.nanmax(drift.sizes):.1e} at most ({drift.kind})")
    return [*found, _told(run, "virial_residual")] if "virial_residual" in run.columns else found


def _told(run: Run, name: str) -> str:
    """How a series goes: of its components one by one, of many between which numbers they are."""
    column = run.columns[name]
    values = column.values.reshape(len(column.values), -1).astype(np.float64)
    if values.shape[1] == 1:
        return _course(name, values[:, 0], run)
    if values.shape[1] <= _FEW:
        names = component_names(name, column)
        parts = [_course(f"{name} {names[k]}", values[:, k], run) for k in range(values.shape[1])]
        return "; ".join(part for part in parts if part)
    known = values[np.isfinite(values)]
    if not known.size:
        return ""
    return f"{name}: {values.shape[1]} numbers between {known.min():.4g} and {known.max():.4g}"


def _course(name: str, values: RealArray, run: Run) -> str:
    """First and last value, and the largest where it is neither."""
    rows = np.flatnonzero(np.isfinite(values))
    if not rows.size:
        return ""
    first, last, largest = rows[0], rows[-1], rows[np.argmax(np.abs(values[rows]))]
    if values[first] == values[rows].max() == values[rows].min():
        return f"{name} is {values[first]:.4g} throughout"
    told = f"{name} goes from {values[first]:.4g} to {values[last]:.4g}"
    if largest in (first, last):
        return told
    at = f"{run.config.equation.time_symbol} = {shown_time(run.columns['time'].values[largest], 4)}"
    return f"{told}, its largest modulus {abs(values[largest]):.4g} at {at}"
