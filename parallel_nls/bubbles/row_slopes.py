"""Squares of the derivative along rows, by the spectrum of what stands there (Parseval)."""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, total
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import FourierTransform


@kernel
def weighted_squares(values: RealArray, weights: RealArray, out: RealArray) -> None:
    """Σ weights·values² of the first rows, as many as ``out`` has. *Communication*: local."""
    for b in range(out.size):
        row, squares = values[b], all_lanes(0.0)
        for j in range(0, row.size, LANES):
            value = lanes_of(row, j)
            squares = fused(lanes_of(weights, j) * value, value, squares)
        out[b] = total(squares)


class RowSlopes:
    """Sums Σ|∂f|² over the points of rows of a plane, or over every so many-th of them.

    Parameters
    ----------
    domain : FourierDomain
        The plane.
    step : int
        From one point to the next; it divides their number, and what f has beyond is lost.

    Attributes
    ----------
    values : ndarray, complex128, (32, n)
        Where a block of rows of f is put: scratch, shared with transforms of this length.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: FourierDomain, step: int) -> None:
        length, period = domain.shape[1] // step, domain.length[1]
        self._transform = FourierTransform(length)
        harmonics = np.fft.fftfreq(length, 1 / length)
        # The lone wavenumber of an even number of points has no slope on the grid.
        squares = np.where(harmonics * 2 == -length, 0.0, (2 * np.pi / period * harmonics) ** 2 / length)
        self._weights = np.repeat(squares, 2)  # of real and imaginary parts
        self.values: ComplexArray = self._transform.first

    def squares(self, lines: Block) -> RealArray:
        """Σ|∂f|² of each row of a block, (rows,); uses up more scratch."""
        sums = np.empty(lines.count)
        self._transform("forward", self.values, self._transform.second, lines.numbers)
        weighted_squares(self._transform.second.view(np.float64), self._weights, sums)
        return sums
