"""Exact identities f' = c·g between quantities of a series, checked by finite differences of the series itself.

The virial identity d²/dt² ∫|x|²|u|² = a, and for every bubble k the two localized ones of Cao, Su & Zhang,

    d/dt m_k = 2J_k                                  (3.14)
    d/dt J_k = q_k − p/(p+2)·s_k − ½b_k              (3.15)

with m_k = ∫|v|²Φ_k, J_k = Im∫v̄∇v·∇Φ_k, q_k = 2Re∫∇²Φ_k(∇v, ∇v̄), s_k = ∫ΔΦ_k|v|^{p+2}, b_k = ∫Δ²Φ_k|v|². Their sizes,
`local_flux` and `local_scale`, are the integrals of moduli in J_k and in the right-hand side of (3.15): for symmetric
bubbles J_k and all its terms vanish, and only what they are made of tells how large an error is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.diagnostics.differences import HALF_WIDTH, Rows, stencil, weighted_sum, weights_at
from parallel_nls.numerics.arrays import RealArray

_SAFETY = 16
CANCELLED = 1e-3
"""Of the moduli of its terms, below which a sum is no measure of an error."""
_ROUNDINGS = 8  # of a field by a step, and of what is measured of it, in units in the last place


@dataclass(frozen=True)
class Identity:
    """f' = c·g, and what its residual (f' − c·g)/s is relative to.

    Attributes
    ----------
    quantity : str
        The dataset of the residual.
    label : str
        What the identity is called.
    function, right : str
        Columns of f and of g, numbers or one for each bubble.
    factor : float
        c.
    scale : callable
        Gives s from the rows, the row and the number of rows that are known then.
    size : callable
        Gives, for each row of a stencil, what the rounding of f is relative to: no less than |f|.
    others : tuple of str
        Columns that scale, size and terms need besides.
    terms : callable, optional
        Gives from the rows and the row the moduli of what c·g is a sum of, where that may cancel and s with it.

    Notes
    -----
    *Communication*: local.
    """

    quantity: str
    label: str
    function: str
    right: str
    factor: float
    scale: Callable[[Rows, int, int], RealArray]
    size: Callable[[Rows, slice], RealArray]
    others: tuple[str, ...]
    terms: Callable[[Rows, int], RealArray] | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """All columns that it needs, and |u| at the edge of the box, which tells its guard what may be at fault."""
        return (self.function, self.right, *self.others, "edge")

    def value(self, rows: Rows, row: int) -> RealArray:
        """(f' − c·g)/s at one row, from the seven rows around it.

        Parameters
        ----------
        rows : mapping
            The columns `needs`, and `time`; those of `others` may be missing where the scale does without.
        row : int
            Which one; near the ends the stencil is one-sided.

        Returns
        -------
        ndarray, () or (K,)
            NaN with fewer than seven rows or where s vanishes.

        Notes
        -----
        *Communication*: local.
        """
        near, apart = stencil(len(rows["time"]), row), self.sides_apart(rows, row)
        return apart if near is None else _relative(apart, self.scale(rows, row, near.stop))

    def sides_apart(self, rows: Rows, row: int) -> RealArray:
        """What is f' − c·g at one row, as in `value`; takes the columns time, f and g. *Communication*: local."""
        right = self.factor * rows[self.right][row]
        near = stencil(len(rows["time"]), row)
        if near is None:
            return np.full_like(right, np.nan)
        return np.asarray(weighted_sum(weights_at(rows["time"], row, near), rows[self.function][near]) - right)

    def weight(self, rows: Rows, row: int) -> float:
        """What makes a residual relative to a thousandth of the terms, where s is less than that; else 1; local."""
        if self.terms is None:
            return 1.0
        scale, floor = float(self.scale(rows, row, row + 1)), CANCELLED * float(self.terms(rows, row))
        return min(scale / floor, 1.0) if floor > 0 else 1.0

    def uncertainty(self, rows: Rows, row: int, epsilon: float) -> RealArray:
        """`mistake` in units of the residual, (f' − c·g)/s: NaN where s vanishes. *Communication*: local."""
        return _relative(self.mistake(rows, row, epsilon), self.scale(rows, row, row + HALF_WIDTH + 1))

    def mistake(self, rows: Rows, row: int, epsilon: float) -> RealArray:
        """What the difference f' at one row may be wrong by.

        The derivative from seven rows is compared with those from five and six of them. Where these differences happen
        to vanish they say nothing, so the largest of the last seven rows counts, 16 times: more than the error was
        ever found to be. The rows are rounded, and so is the field at each step between them.

        Parameters
        ----------
        rows : mapping
            The columns `time`, `step`, f, and what `size` takes.
        row : int
            With three rows on either side.
        epsilon : float
            Relative accuracy of the numbers of the field.

        Returns
        -------
        ndarray, () or (K,)
            In units of f'.

        Notes
        -----
        *Communication*: local.
        """
        near = slice(row - HALF_WIDTH, row + HALF_WIDTH + 1)
        recent = range(max(HALF_WIDTH, row - 2 * HALF_WIDTH), row + 1)
        doubt = _SAFETY * np.max([self._spread(rows, other) for other in recent], axis=0)
        roundings = _ROUNDINGS * epsilon * (1 + np.abs(rows["step"][near] - rows["step"][row]))
        rounding = weighted_sum(roundings * np.abs(weights_at(rows["time"], row, near)), self.size(rows, near))
        return np.asarray(doubt + rounding)

    def _spread(self, rows: Rows, row: int) -> RealArray:
        """By how much derivatives from fewer rows differ from that of seven."""
        first, last = row - HALF_WIDTH, row + HALF_WIDTH + 1
        parts = [slice(first, last), slice(first + 1, last - 1), slice(first, last - 1), slice(first + 1, last)]
        rates = [weighted_sum(weights_at(rows["time"], row, part), rows[self.function][part]) for part in parts]
        return np.asarray(np.max(np.abs(np.array(rates[1:]) - rates[0]), axis=0))


def _relative(value: RealArray, scale: RealArray) -> RealArray:
    scales = np.broadcast_to(scale, value.shape)
    return np.divide(value, scales, out=np.full_like(value, np.nan), where=scales > 0)


def largest(values: RealArray) -> RealArray:
    """The largest one, apart from NaN. *Communication*: local."""
    return np.asarray(np.fmax.reduce(values, axis=None))


def _virial_size(rows: Rows, near: slice) -> RealArray:
    # The rate is 4 Im∫ū x·∇u, and 2∫|u||x||∇u| ≥ d‖u‖² even where its parts cancel.
    size: RealArray = np.abs(rows["variance_rate"][near]) + rows["mass"][near]
    return size


VIRIAL = Identity(
    "virial_residual",
    "virial",
    "variance_rate",
    "variance_acceleration",
    1.0,
    lambda rows, row, _: np.abs(rows["variance_acceleration"][row]),
    _virial_size,
    ("mass", "energy_scale"),
    # 8‖∇u‖² and what is subtracted from it: 16 times the moduli of the parts of the energy, for p = 4/d exactly.
    terms=lambda rows, row: 16 * rows["energy_scale"][row],
)
VIRIAL_OF_TERMS = replace(
    VIRIAL, scale=lambda rows, row, _: rows["variance_scale"][row], others=("mass", "variance_scale"), terms=None
)
"""The same where the terms of the second derivative may cancel: residuals are relative to their moduli."""
