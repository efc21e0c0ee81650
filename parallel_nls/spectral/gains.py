"""What the rounded constants of a transform add to a field in every pair: measured, so that it can be taken out again.

FFTW multiplies by roots of unity that are rounded to the numbers of the field: its √½ is 7e-17 of itself too large. So
it computes not F but F(1 + E). The anti-Hermitian part of E turns phases there and back. The Hermitian part makes every
pair of transforms add to the field with a fixed sign. Its diagonals, among values and among coefficients, belong to a
length and a precision; they are measured on random lines against transforms of more digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray

POINTS = 2**17  # in all random lines together; a gain of the whole field is then known to 3e-19
SEED = 7071
_FINER: dict[np.dtype[Any], type[np.complexfloating[Any, Any]]] = {
    np.dtype(np.complex64): np.complex128,
    np.dtype(np.complex128): np.clongdouble,
}


def measured_gain(forward: Callable[[ComplexArray, ComplexArray], object], blocks: tuple[ComplexArray, ...]) -> RealArray:
    """Measure what a pair of Fourier transforms adds at each position of a line, relative to what is there.

    Parameters
    ----------
    forward : callable
        ``forward(source, target)`` transforms a block of lines; the backward one is its complex conjugate.
    blocks : tuple of ndarray
        Two or more blocks that it takes, overwritten.

    Returns
    -------
    ndarray, (length,)
        p: a pair multiplies values at x_j by about 1 + p_j, and coefficients at k_j by about 1 + p_j as well. Zeros
        where numpy has no numbers of more digits.

    Notes
    -----
    With h_j and ĥ_j the diagonals of the Hermitian part of E among values and coefficients and t their mean, a forward
    transform adds h(x) + ĥ(k) − t, exactly so for fields that are spread out in x or in k. The backward one is
    conjugate to it, which exchanges positions of x and k. Together p = h + ĥ − t for either.
    *Communication*: local; the same on all ranks of like processors.
    """
    source, target = blocks[0], blocks[1]
    finer = _FINER[source.dtype]
    lines, length = source.shape
    values, coefficients = np.zeros(length), np.zeros(length)
    if np.finfo(finer).eps > 1e-2 * np.finfo(source.dtype).eps:
        return values
    chance = np.random.default_rng(SEED)
    repetitions = max(POINTS // source.size, 1)
    for _ in range(repetitions):
        source[...] = chance.standard_normal((lines, length)) + 1j * chance.standard_normal((lines, length))
        exact = np.fft.fft(source.astype(finer))
        given = source.astype(np.complex128)
        forward(source, target)
        error = (target.astype(finer) - exact).astype(np.complex128)
        coefficients += _real_products(error, exact.astype(np.complex128))
        values += _real_products(np.fft.ifft(error), given)
    # The mean squares of what is random, 2 and 2n.
    values /= 2.0 * lines * repetitions
    coefficients /= 2.0 * lines * repetitions * length
    return values + coefficients - 0.5 * (values.mean() + coefficients.mean())


def _real_products(one: ComplexArray, other: ComplexArray) -> RealArray:
    """Re Σ a·b̄ over the lines, for each position."""
    products: RealArray = (one * other.conj()).real.sum(axis=0)
    return products
