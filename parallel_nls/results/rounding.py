"""Which digits of a stored number are known to hold nothing.

Of differences of what is larger by far they are rounding; of what would be the same at all rows, those that change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from parallel_nls.catalogue import DIFFERENCED, PARTS, RESIDUALS, STEADY, TERMS
from parallel_nls.config import Configuration
from parallel_nls.diagnostics.differences import stencil, weights_at
from parallel_nls.diagnostics.identities import Identity
from parallel_nls.diagnostics.quantity import LARGEST
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.digits import confirmed_digits, in_digits, rounded_up
from parallel_nls.results.files import Column

__all__ = ["known_rounding", "without_rounding"]

_SIDES = {
    side: identity
    for identity in RESIDUALS.values()
    for side in (identity.right, identity.function)
    if side not in PARTS
}
"""The identity of which each quantity is a side: f, rounded as the identity says, or g, as s is."""

UNITS = 2.0
"""Of rounding of the parts of a difference, which it errs by at the least: one part each."""


def known_rounding(
    name: str, columns: Mapping[str, Column], scales: Mapping[str, float], config: Configuration
) -> float:
    """What a quantity errs by at its last row at the least; 0 where nothing of it is known to cancel.

    Parameters
    ----------
    name : str
        Of the quantity.
    columns : mapping
        The series, of a row or more.
    scales : mapping
        Of conserved numbers the moduli of their parts: `Run.scales`.
    config : Configuration
        Of the run: how exact its numbers are.

    Notes
    -----
    *Communication*: local.
    """
    if name in STEADY:
        return _change(columns[name].values)
    single = getattr(config.grid, "precision", "double") == "single"
    unit = UNITS * float(np.finfo(np.float32 if single else np.float64).eps)
    if name in RESIDUALS:
        # The right-hand side is rounded as s is, the sum of the moduli of its terms, at the least.
        found = unit * max(_of_difference(RESIDUALS[name], columns), 1.0)
    elif name in DIFFERENCED and "scale" in columns:
        found = unit * _of_parameter(DIFFERENCED[name], columns)
    elif TERMS.get(name, name) in _SIDES:
        found = unit * _of_side(_SIDES[TERMS.get(name, name)], TERMS.get(name, name), columns)
    elif PARTS.get(name) == LARGEST and hasattr(config.equation, "hierarchy"):
        found = _of_root(columns[name].values[-1], unit)
    else:
        found = unit * _size(PARTS.get(name), columns, scales)
    return found if math.isfinite(found) else 0.0


def _change(values: RealArray) -> float:
    """By how much the last one differs from those of the last half of the rows at most, where they are numbers."""
    late = values[len(values) // 2 :]
    late = late[np.isfinite(late)]
    return float(np.max(np.abs(late - late[-1]))) if len(late) else 0.0


def _of_difference(identity: Identity, columns: Mapping[str, Column]) -> float:
    """What a unit of rounding in each of seven rows is in a residual (f' − c·g)/s, at the last one.

    Where s does not follow from the residual |f'| stands for it, the largest of all rows, which is no less where the
    terms of the right-hand side do not cancel.
    """
    rows = {name: column.values for name, column in columns.items()}
    row = len(rows["time"]) - 1
    near = stencil(row + 1, row)
    if near is None or identity.function not in rows:
        return 0.0
    times, values = rows["time"], rows[identity.function]
    scale = _scale(identity, rows)
    if scale is None:
        scale = np.max(np.abs(np.gradient(values, times, axis=0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.tensordot(np.abs(weights_at(times, row, near)), _size_of(identity, rows, near), axes=1) / scale
    return float(np.min(found, initial=np.inf, where=np.isfinite(found)))


def _scale(identity: Identity, rows: Mapping[str, RealArray]) -> RealArray | None:
    """The s of a residual, at the last row, which no series holds; None where c·g is not stored."""
    if identity.right not in rows or identity.function not in rows or identity.quantity not in rows:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = identity.sides_apart(rows, len(rows["time"]) - 1)
        return np.asarray(np.abs(apart / rows[identity.quantity][-1]))


def _size_of(identity: Identity, rows: Mapping[str, RealArray], near: slice) -> RealArray:
    """What the rounding of f is relative to; where no series holds what that takes, s stands for it, or else |f|."""
    scale = _scale(identity, rows)
    if scale is not None:
        times = rows["time"]
        rows = {name: np.broadcast_to(scale, times.shape + scale.shape) for name in identity.others} | dict(rows)
    try:
        return np.abs(identity.size(rows, near))
    except KeyError:  # of a family that was not measured
        return np.abs(rows[identity.function][near])


def _of_side(identity: Identity, side: str, columns: Mapping[str, Column]) -> float:
    """What a unit of rounding is in f or in g of f' = c·g, at the last row: of bubbles the least."""
    rows = {name: column.values for name, column in columns.items()}
    last = slice(len(rows["time"]) - 1, None)
    found = _size_of(identity, rows, last)[0] if side == identity.function else _scale(identity, rows)
    if found is None:
        return 0.0
    return float(np.min(found, initial=np.inf, where=np.isfinite(found)))


def _of_parameter(name: str, columns: Mapping[str, Column]) -> float:
    """What a unit of rounding of a parameter in each of seven rows is in its derivative, times λ², at the last one."""
    times, scale = columns["time"].values, columns["scale"].values[-1]
    near = stencil(len(times), len(times) - 1)
    if near is None or name not in columns:
        return 0.0
    weights = np.abs(weights_at(times, len(times) - 1, near))
    return float(np.min(scale**2 * np.tensordot(weights, np.abs(columns[name].values[near]), axes=1)))


def _of_root(values: RealArray, unit: float) -> float:
    """What a square root errs by of a number that is rounded as 1 is: a density matrix has no smaller numbers than so.

    Of several numbers the least.
    """
    return unit / max(2 * float(np.max(np.abs(values), initial=0.0)), math.sqrt(unit))


def _size(parts: str | None, columns: Mapping[str, Column], scales: Mapping[str, float]) -> float:
    if parts is None:
        return 0.0
    if parts == LARGEST:
        return 1.0
    if parts == "momentum":  # |∫ū∇u| ≤ ‖u‖‖∇u‖
        return math.sqrt(2 * _size("mass", columns, scales) * _size("energy", columns, scales))
    values = columns[parts].values[-1] if parts in columns else np.zeros(1)
    return max(float(np.max(np.abs(values), initial=0.0)), scales.get(parts, 0.0))


def without_rounding(value: float, digits: int, rounding: float) -> str:
    """A number in so many digits, none of which is known to be rounding; below that, what it is less than.

    Notes
    -----
    *Communication*: local.
    """
    if value == 0 or rounding == 0 or not math.isfinite(value):
        return f"{value: .{digits}g}"
    held = confirmed_digits(value, rounding)
    if held == 0 and abs(value) <= rounding:
        return f"<{rounded_up(rounding)}"
    if held >= digits:
        return f"{value: .{digits}g}"
    text = in_digits(value, max(held, 1))
    return text if value < 0 else f" {text}"
