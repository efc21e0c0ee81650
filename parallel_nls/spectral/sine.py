"""The sine transform of complex lines that vanish at both ends, by odd extension through the Fourier transform."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.gains import LineGain, no_gain
from parallel_nls.spectral.transforms import Direction, FourierTransform, Twiddles, line_blocks


@kernel
def extend_oddly(block: ComplexArray, extended: ComplexArray) -> None:
    """Write 0, u₁ … u_n, 0, −u_n … −u₁ for each row."""
    n = block.shape[1]
    for b in range(block.shape[0]):
        extended[b, 0] = extended[b, n + 1] = 0
        for j in range(n):
            extended[b, 1 + j] = block[b, j]
            extended[b, 2 * n + 1 - j] = -block[b, j]


@kernel
def take_sines(spectrum: ComplexArray, block: ComplexArray) -> None:
    """Write 2Σ u_j sin(πjk/(n + 1)), i times the coefficients of the odd extension, for k = 1 … n of each row."""
    for b in range(block.shape[0]):
        for k in range(block.shape[1]):
            z = spectrum[b, k + 1]
            block[b, k] = complex(-z.imag, z.real)


class SineTransform:
    """û_k = 2 Σ_j u_j sin(πjk/(n + 1)), j, k = 1 … n, in both directions (DST-I); a `LineTransform`.

    Parameters
    ----------
    length : int
        n, the points between the two ends; fast if n + 1 is a product of 2, 3, 5.
    dtype : numpy dtype
        complex128 or complex64.

    Notes
    -----
    Twice the transform multiplies by 2(n + 1). *Communication*: local.
    """

    twiddles: Twiddles | None = None

    def __init__(self, length: int, dtype: DTypeLike = np.complex128) -> None:
        self.length, self.dtype = length, np.dtype[Any](dtype)
        self.normalisation = 2.0 * (length + 1)
        self.first, self.second, self.third = line_blocks(length, self.dtype)
        self._fourier = FourierTransform(2 * (length + 1), dtype)

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another; both directions are the same."""
        del direction
        extend_oddly(source, self._fourier.first)
        self._fourier("forward", self._fourier.first, self._fourier.second, numbers)
        take_sines(self._fourier.second, target)

    @property
    def gain(self) -> LineGain:
        """Nothing is known of it."""
        return no_gain(self.length)
