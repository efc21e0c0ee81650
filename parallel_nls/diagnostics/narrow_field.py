"""One field in the plane by its low wavenumbers alone, on as many points as these need.

It lies in the local rows of a buffer of the whole plane, half-transformed: rows hold coefficients along the last axis
of its values there and, where there is room, the row behind each those of its derivative across the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.transforms import FourierTransform


@lean_kernel
def pick_low(rows: ComplexArray, places: IndexArray, scale: float, out: ComplexArray) -> None:
    """Write the low coefficients of rows, times a factor, to the first rows of a block of n points, (32, n).

    The other rows become zeros; so does, of an even n, the lone wavenumber, which is not one of them.
    *Communication*: local.
    """
    points = out.shape[1]
    positive, negative = (points + 1) // 2, points // 2  # of those below 0 the first one is left out if n is even
    for b in range(out.shape[0]):
        target = out[b]
        if b >= places.size:
            target[:] = 0.0
            continue
        row = rows[places[b]]
        low, high = row[:positive], row[row.size - negative :]
        for m in range(positive):
            target[m] = scale * low[m]
        above = target[positive:]
        for m in range(negative):
            above[m] = scale * high[m]
        if points % 2 == 0:
            target[points // 2] = 0.0


@lean_kernel
def put_low(block: ComplexArray, scale: float, places: IndexArray, rows: ComplexArray) -> None:
    """Write the first rows of a block, times a factor, to where `pick_low` finds them. *Communication*: local."""
    points = block.shape[1]
    positive, negative = (points + 1) // 2, points // 2
    for b in range(places.size):
        source, row = block[b], rows[places[b]]
        above, low, high = source[positive:], row[:positive], row[row.size - negative :]
        for m in range(positive):
            low[m] = scale * source[m]
        for m in range(negative):
            high[m] = scale * above[m]


@dataclass(frozen=True, eq=False)
class NarrowField:
    """A field by its low wavenumbers, as `NarrowPlane.field` gives it.

    Attributes
    ----------
    store : ndarray, complex128, (local rows, n)
        The buffer; it must stay as it is.
    rows : ndarray of int
        Where in it the local rows of values stand.
    behind : ndarray, complex128, (1, n)
        The row behind the last one.
    transform : FourierTransform
        Of as many points as the narrow field has along a row.

    Notes
    -----
    *Communication*: all methods are local.
    """

    store: ComplexArray
    rows: IndexArray
    behind: ComplexArray
    transform: FourierTransform

    def block(self, places: IndexArray, numbers: IndexArray) -> ComplexArray:
        """Values of rows, by their local numbers among those of the narrow field, in the first rows of a block.

        It is the second block of the transform; its first one then holds the coefficients.
        """
        transform = self.transform
        pick_low(self.store, self.rows[places], 1.0, transform.first)
        transform("backward", transform.first, transform.second, numbers)
        return transform.second

    def slopes(self, places: IndexArray, numbers: IndexArray) -> ComplexArray:
        """The derivative across the rows, in the third block of the transform."""
        transform, rows = self.transform, self.rows[places] + 1
        inside = rows[rows < len(self.store)]
        pick_low(self.store, inside, 1.0, transform.first)
        if len(inside) < len(rows):
            pick_low(self.behind, np.zeros(1, np.int64), 1.0, transform.third)
            transform.first[len(inside)] = transform.third[0]
        transform("backward", transform.first, transform.third, numbers)
        return transform.third
