"""One field in the plane without the upper half of its wavenumbers, on every second point of each axis.

It lies in the local rows of a buffer of the whole plane, half-transformed: row 2i holds coefficients along the last
axis of its values on row 2i, row 2i + 1 those of its derivative across the rows there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.transforms import FourierTransform


@lean_kernel
def pick_low(rows: ComplexArray, places: IndexArray, scale: float, out: ComplexArray) -> None:
    """Write coefficients of rows without the upper half, times a factor, to the first rows of a block, (32, n/2).

    The other rows become zeros; of an even n/2 so does the lone wavenumber, which is in the upper half.
    *Communication*: local.
    """
    half = out.shape[1]
    positive, negative = (half + 1) // 2, half // 2  # of those below 0 the first one is left out if half is even
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
        if half % 2 == 0:
            target[half // 2] = 0.0


@dataclass(frozen=True, eq=False)
class HalvedField:
    """A field on every second point, as `HalvedPlane.field` gives it.

    Attributes
    ----------
    store : ndarray, complex128, (local rows, n)
        The buffer; it must stay as it is.
    behind : ndarray, complex128, (1, n)
        The row behind the last one.
    first : int
        Where the first value stands: 0, or 1 if the first local row is an odd one.
    transform : FourierTransform
        Of n/2 points.

    Notes
    -----
    *Communication*: all methods are local.
    """

    store: ComplexArray
    behind: ComplexArray
    first: int
    transform: FourierTransform

    def block(self, places: IndexArray, numbers: IndexArray) -> ComplexArray:
        """Values of rows, by their local numbers among those of the halved field, in the first rows of a block.

        It is the second block of the transform; its first one then holds the coefficients.
        """
        transform = self.transform
        pick_low(self.store, self.first + 2 * places, 1.0, transform.first)
        transform("backward", transform.first, transform.second, numbers)
        return transform.second

    def slopes(self, places: IndexArray, numbers: IndexArray) -> ComplexArray:
        """The derivative across the rows, in the third block of the transform."""
        transform, rows = self.transform, self.first + 2 * places + 1
        inside = rows[rows < len(self.store)]
        pick_low(self.store, inside, 1.0, transform.first)
        if len(inside) < len(rows):
            pick_low(self.behind, np.zeros(1, np.int64), 1.0, transform.third)
            transform.first[len(inside)] = transform.third[0]
        transform("backward", transform.first, transform.third, numbers)
        return transform.third
