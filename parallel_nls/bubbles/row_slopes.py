"""Squares of the derivative along rows, by the spectrum of what stands there (Parseval)."""

from __future__ import annotations

import numpy as np

from parallel_nls.diagnostics import kernels
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import FourierTransform


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
        self._squares = np.where(harmonics * 2 == -length, 0.0, (2 * np.pi / period * harmonics) ** 2 / length)
        self.values: ComplexArray = self._transform.first

    def squares(self, lines: Block) -> RealArray:
        """Σ|∂f|² of each row of a block, (rows,); uses up more scratch."""
        table = np.empty((kernels.GRADIENT + 1, lines.count))
        self._transform("forward", self.values, self._transform.second, lines.numbers)
        kernels.gradient_sums(self._transform.second, self._squares, table)
        sums: RealArray = table[kernels.GRADIENT]
        return sums
