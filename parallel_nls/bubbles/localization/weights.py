"""Φ_k and its derivatives at the grid points of a block of rows, as weights of the trapezoidal rule.

The weights are projected: Φ_k without the wavenumbers beyond the grid's. So, where v₁ lies along an axis, the sums over
the grid are the integrals of the derivatives of Φ_k times any trigonometric polynomial of the grid, however few points
lie in the bands, and those of Φ_k times any that vanishes at the ends of the box, where Φ_k jumps. In an oblique
direction, in which Φ_k does not have the period of the box, wavenumbers fade out about the grid's, and this holds for
what vanishes at all edges of the box and has next to nothing of those that fade. The values themselves, in `row_bands`,
are for remainders, and for sizes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.projected_step import ProjectedSteps, step_on_axis, step_transform
from parallel_nls.contracts import Domain
from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH

ORDERS = (0, 1, 2, 4)
"""Derivatives of Φ_k by s = x·v₁ in a table of weights: Φ, Φ', Φ'', Φ''''."""

FINE = 512.0
"""Points in a band from which on the weights on a line are the values of Φ_k: no grid sees a difference."""

LONGEST = 2**17
"""Points of a line up to which a rank holds a table of all of them."""


class Weights(NamedTuple):
    """Weights for a block of rows: ``table[n, k, offsets[b] + stride * j]`` at position j of row b.

    Attributes
    ----------
    table : ndarray, (4, K, M), C-contiguous
        Derivative ``ORDERS[n]`` of Φ_k.
    offsets : ndarray of int64, (rows,)
        Of each row of the block.
    stride : int
        Between the positions of a row.
    """

    table: RealArray
    offsets: IndexArray
    stride: int


class LocalWeights:
    """The localization functions at the grid points of a domain.

    Parameters
    ----------
    localization : Localization
        Φ_k.
    domain : Domain
        The plane or line; the bands lie in its box.

    Attributes
    ----------
    axis : int or None
        Of a plane, along which Φ_k changes; None in an oblique direction, and on a line.

    Notes
    -----
    On a line with 512 points or more in a band, or with more than 2^17 points, the weights are the values of Φ_k.
    *Communication*: local; all ranks hold the same table of an axis, or of a step in an oblique direction.
    """

    def __init__(self, localization: Localization, domain: Domain) -> None:
        self.localization, self._domain = localization, domain
        self._points = domain.shape[1]
        axes = np.flatnonzero(localization.direction)
        self._axis = int(axes[0])
        self.axis = self._axis if len(axes) == 1 and domain.dimension == 2 else None
        folded = domain.row_places.folded
        fine = folded and (localization.width / domain.spacing[0] >= FINE or domain.points[0] > LONGEST)
        self._tabulated = len(axes) == 1 and not fine
        self._by_row = self._tabulated and (folded or self._axis == 0)
        # Position j of row a is point a + N_a·j of a folded line, a of the first axis and j of the second of a plane.
        self._stride = domain.shape[0] if folded else self._axis
        if self._tabulated:
            self._table = _table_of_axis(localization, domain.points[self._axis], domain.length[self._axis])
        else:
            self._functions = localization if fine else ProjectedSteps(localization, domain)
            self._table = np.zeros((len(ORDERS), localization.count, WIDTH * self._points))

    @property
    def of_axis(self) -> RealArray:
        """Those at the points of the axis of a plane along which Φ_k changes, (4, K, n). *Communication*: local."""
        return self._table

    def of_block(self, lines: Block) -> Weights:
        """The weights for a block of rows.

        Returns
        -------
        Weights
            Their bits do not depend on the block. The table is valid until the next call.

        Notes
        -----
        *Communication*: local.
        """
        if self._tabulated:
            offsets = lines.numbers if self._by_row else np.zeros_like(lines.numbers)
            return Weights(self._table, offsets, self._stride)
        direction, coordinates = self.localization.direction, self._domain.block_coordinates(lines)
        s = sum((v * x for v, x in zip(direction, coordinates, strict=True)), start=np.zeros(1))
        self._functions.fill(s.reshape(-1), ORDERS, self._table)
        return Weights(self._table, self._points * np.arange(lines.count), 1)


def _table_of_axis(localization: Localization, n: int, length: float) -> RealArray:
    """The weights at n points of an axis of the box, (4, K, n); local."""
    sign = float(localization.direction.sum())
    table = np.zeros((len(ORDERS), localization.count, n))
    table[0, localization.order[-1]] = 1.0
    if localization.count == 1:
        return table
    transform = step_transform(localization.width, n, length)
    middles = localization.bands + localization.width / 2
    for middle, before, after in zip(middles, localization.order[:-1], localization.order[1:], strict=True):
        step = step_on_axis(transform, sign * middle, sign, n, length, ORDERS)
        table[:, before] += step
        table[:, after] -= step
    return table
