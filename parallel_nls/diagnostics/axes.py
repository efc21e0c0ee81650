"""Derivatives and spectra along one axis of a plane, by its transform: of waves, or of cosines where fields are even.

Sums over coefficients are those of Fourier in both cases: n Σ|u|² = Σ|û|². A coefficient c_m of cosines with m > 0
stands for two waves, û_m = û_{−m} = c_m/√2: maxima over spectra are those of û.
"""

from __future__ import annotations

from math import ceil
from typing import ClassVar

import numpy as np

from parallel_nls.diagnostics import kernels
from parallel_nls.diagnostics.narrow_plane import LADDER, WHOLE
from parallel_nls.diagnostics.passes import OUTER_FRACTION
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.cosine import alternate, reverse_slopes

__all__ = ["CosineAxis", "WaveAxis", "axis_of"]


class WaveAxis:
    """An axis of waves e^{ikx}.

    Parameters
    ----------
    domain : FourierDomain
        A plane.
    axis : int
        0, whose lines are the columns, or 1.

    Attributes
    ----------
    squares : ndarray, (n,)
        k²/n.
    weights : ndarray, (n,)
        |û|² of waves over the squares of coefficients.
    beyond : list of ndarray of bool, (n,) each
        Which wavenumbers lie beyond each share of `LADDER`.
    outer : ndarray of bool, (n,)
        Which are in the outer tenth.
    ends : list of int
        Which of the first and the last point of the axis, 0 and −1, lie at the edge of the box.

    Notes
    -----
    *Communication*: local.
    """

    ends: ClassVar[list[int]] = [0, -1]

    def __init__(self, domain: FourierDomain, axis: int) -> None:
        length, harmonics = domain.shape[axis], domain.harmonics(axis)
        wavenumbers = domain.wavenumbers(axis)
        self.transform = domain.sweeps[1 - axis][0].transform
        # The lone wavenumber of an even number of points has no slope on the grid.
        self._symbol = np.where(harmonics * 2 == -length, 0.0, wavenumbers / length)
        self.squares, self.weights = wavenumbers**2 / length, self._weights(length)
        half = self._half(length)
        # Of few cosines none lies in the outer tenth, which ends with a wavenumber that only waves have: then the last.
        last = int(np.abs(harmonics).max())
        fractions = [*(share / WHOLE for share in LADDER), OUTER_FRACTION]
        self._ends = np.array([min(ceil(fraction * half), last) for fraction in fractions])
        *self.beyond, self.outer = (np.abs(harmonics) >= end for end in self._ends)

    def _weights(self, length: int) -> RealArray:
        return np.ones(length)

    def _half(self, length: int) -> int:
        """The largest harmonic."""
        return length // 2

    def differentiate(self, spectrum: ComplexArray, derivative: ComplexArray, table: RealArray) -> None:
        """What `slopes` makes the derivative of, and Σ|∂u|² of each line; as of `kernels.differentiate`."""
        kernels.differentiate(spectrum, self._symbol, self.squares, derivative, table)

    def to_slopes(self, spectrum: ComplexArray) -> None:
        """The same in place, without the sums."""
        kernels.to_derivative(spectrum, self._symbol)

    def slopes(self, derivative: ComplexArray, values: ComplexArray, numbers: IndexArray) -> None:
        """Fill a block with ∂u at the points."""
        self.transform("backward", derivative, values, numbers)

    def spectrum_maxima(self, spectrum: ComplexArray, table: RealArray) -> None:
        """max|û|² of each line, and over its outer parts; see `kernels.spectrum_maxima`."""
        kernels.spectrum_maxima(spectrum, self._ends, table)


@kernel
def cosine_maxima(cosines: ComplexArray, ends: IndexArray, table: RealArray) -> None:
    """`kernels.spectrum_maxima` of the waves that cosines stand for, along their axis."""
    for b in range(table.shape[1]):
        largest, last = 0.0, cosines.shape[1]
        for part in range(ends.size - 1, -2, -1):
            first = ends[part] if part >= 0 else 0
            for m in range(first, last):
                c = complex(cosines[b, m])
                largest = max(largest, (c.real * c.real + c.imag * c.imag) * (1.0 if m == 0 else 0.5))
            last = first
            if part == ends.size - 1:
                table[kernels.LARGEST_OUTER, b] = largest
            elif part >= 0:
                table[kernels.LARGEST_BEYOND + part, b] = largest
        table[kernels.LARGEST, b] = largest


class CosineAxis(WaveAxis):
    """An axis about whose origin fields are even: half a period of cosines; see `WaveAxis`."""

    ends: ClassVar[list[int]] = [-1]

    def _weights(self, length: int) -> RealArray:
        return np.where(np.arange(length) > 0, 0.5, 1.0)

    def _half(self, length: int) -> int:
        return length

    def differentiate(self, spectrum: ComplexArray, derivative: ComplexArray, table: RealArray) -> None:
        """See `WaveAxis`."""
        kernels.gradient_sums(spectrum, self.squares, table)
        if derivative is not spectrum:
            derivative[...] = spectrum
        self.to_slopes(derivative)

    def to_slopes(self, spectrum: ComplexArray) -> None:
        """See `WaveAxis`."""
        reverse_slopes(spectrum, self._symbol)

    def slopes(self, derivative: ComplexArray, values: ComplexArray, numbers: IndexArray) -> None:
        """See `WaveAxis`."""
        super().slopes(derivative, values, numbers)
        alternate(values)

    def spectrum_maxima(self, spectrum: ComplexArray, table: RealArray) -> None:
        """See `WaveAxis`."""
        cosine_maxima(spectrum, self._ends, table)


def axis_of(domain: FourierDomain, axis: int) -> WaveAxis:
    """An axis of a plane. *Communication*: local."""
    return (CosineAxis if axis in domain.even else WaveAxis)(domain, axis)
