"""The localization functions Φ_k along one row of points: where each of them is not 0, and its values there.

Along a row s = x·v₁ runs one way: a band in which Φ_k changes is an interval of points, and so is the support of Φ_k,
its flat part and the bands on both sides. All supports of a row together are about as long as the row, however many
bubbles there are. Outside of its support Φ_k is exactly 0, and nothing is left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.localization.partition import Localization, step_derivatives
from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel

STEPS = 4
"""The step S and its first three derivatives by s."""


class RowBands(NamedTuple):
    """A localization as kernels read it, and room for one row.

    Attributes
    ----------
    starts : ndarray, (K-1,)
        Values of s at which the bands begin, rising.
    width : float
        Of a band.
    order : ndarray of int, (K,)
        Numbers of the bubbles, the one of the lowest s first.
    direction : (float, float)
        v₁ across and along the rows.
    spans : ndarray of int, (K-1, 2)
        First position of each band, and the one behind its last.
    steps : ndarray, (4, n)
        S and its derivatives at positions of bands.
    weight : ndarray, (n,)
        Φ_k of one bubble after the other.
    """

    starts: RealArray
    width: float
    order: IndexArray
    direction: tuple[float, float]
    spans: IndexArray
    steps: RealArray
    weight: RealArray

    @classmethod
    def of(cls, localization: Localization, n: int) -> RowBands:
        """For rows of n points. *Communication*: local."""
        count = localization.count
        first, second = (0.0, *localization.direction.tolist())[-2:]
        order = np.array(localization.order, dtype=np.int64)
        spans = np.zeros((count - 1, 2), np.int64)
        direction = float(first), float(second)
        room = np.zeros((STEPS, n)), np.zeros(n)
        return cls(localization.bands, float(localization.width), order, direction, spans, *room)


@lean_kernel
def _coordinate(direction: tuple[float, float], across: float, folded: bool, along: float) -> float:
    """The value of s at one point."""
    if folded:
        return direction[1] * (across + along)
    return direction[0] * across + direction[1] * along


@lean_kernel
def _first(row: RowBands, b: int, place: tuple[float, bool], along: RealArray, behind: bool) -> int:
    """The first position of a band, or the first one behind it, by bisection."""
    start, falls = row.starts[b], row.direction[1] < 0.0
    low, high = 0, along.size
    while low < high:
        middle = (low + high) // 2
        s = _coordinate(row.direction, place[0], place[1], along[middle])
        # Up to its start a point lies below the band, from its width on above it.
        below, above = s <= start, s - start >= row.width
        if falls:
            below, above = above, below
        if (not above) if behind else below:
            low = middle + 1
        else:
            high = middle
    return low


@lean_kernel
def fill_bands(row: RowBands, place: tuple[float, bool], along: RealArray, orders: int) -> None:
    """Fill the spans of all bands along a row, and the step there with its derivatives below an order, 1 to 4.

    Parameters
    ----------
    row : RowBands
        Filled.
    place : (float, bool)
        Coordinate of the row, and whether rows are parts of a line.
    along : ndarray, (n,)
        Coordinates along the row, rising.
    orders : int
        How many rows of ``steps`` are filled.

    Notes
    -----
    *Communication*: local.
    """
    inverse = 1.0
    constant = row.direction[1] == 0.0
    for b in range(row.starts.size):
        first, last = _first(row, b, place, along, False), _first(row, b, place, along, True)
        row.spans[b, 0], row.spans[b, 1] = first, last
        for j in range(first, last):
            if constant and j > first:
                for m in range(orders):
                    row.steps[m, j] = row.steps[m, first]
                continue
            s = _coordinate(row.direction, place[0], place[1], along[j])
            step = step_derivatives((s - row.starts[b]) / row.width)
            inverse = 1.0
            for m in range(orders):
                row.steps[m, j] = step[m] / inverse
                inverse *= row.width


@lean_kernel
def same_bands(row: RowBands, folded: bool) -> bool:
    """Whether all rows have the same bands."""
    return not folded and row.direction[0] == 0.0


@lean_kernel
def fill_weight(row: RowBands, i: int) -> tuple[int, int]:
    """Fill Φ of the bubble that is the i-th along v₁, within its support, and return that: [first, last)."""
    n, falls, count = row.weight.size, row.direction[1] < 0.0, row.starts.size
    left, right = (i, i - 1) if falls else (i - 1, i)
    first = row.spans[left, 0] if 0 <= left < count else 0
    last = row.spans[right, 1] if 0 <= right < count else n
    for j in range(first, last):
        row.weight[j] = 1.0
    if i < count:
        for j in range(row.spans[i, 0], row.spans[i, 1]):
            row.weight[j] = row.steps[0, j]
    if i > 0:
        for j in range(row.spans[i - 1, 0], row.spans[i - 1, 1]):
            row.weight[j] = 1.0 - row.steps[0, j]
    return first, max(first, last)
