"""Squares of the derivative along lines, by the spectrum of what stands there (Parseval)."""

from __future__ import annotations

import numpy as np

from parallel_nls.diagnostics import kernels
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import FourierTransform


class LineSlopes:
    """Sums Σ|∂f|² over the points of periodic lines.

    Parameters
    ----------
    transform : FourierTransform
        Of a line.
    period : float
        Its length.

    Attributes
    ----------
    values, spectrum : ndarray, complex128, (32, n)
        Where a block of lines of f is put, and its unnormalised coefficients afterwards: scratch, shared with
        transforms of this length.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, transform: FourierTransform, period: float) -> None:
        length, self._transform = transform.length, transform
        harmonics = np.fft.fftfreq(length, 1 / length)
        # The lone wavenumber of an even number of points has no slope on the grid.
        self._squares = np.where(harmonics * 2 == -length, 0.0, (2 * np.pi / period * harmonics) ** 2 / length)
        self.values: ComplexArray = transform.first
        self.spectrum: ComplexArray = transform.second

    def squares(self, lines: Block) -> RealArray:
        """Σ|∂f|² of each line of a block, (lines,); fills the spectrum."""
        table = np.empty((kernels.GRADIENT + 1, lines.count))
        self._transform("forward", self.values, self.spectrum, lines.numbers)
        kernels.gradient_sums(self.spectrum, self._squares, table)
        sums: RealArray = table[kernels.GRADIENT]
        return sums
