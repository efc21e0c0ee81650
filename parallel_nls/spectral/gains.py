"""What the rounded constants of a transform add to a field in every pair: measured, so that it can be taken out again.

FFTW multiplies by roots of unity that are rounded to the numbers of the field: its √½ is 7e-17 of itself too large. So
it computes not F but F(1 + E). The anti-Hermitian part of E turns phases there and back. The Hermitian part H makes
every pair of transforms add to the field with a fixed sign. It belongs to a length and a precision, and is measured on
random lines against transforms of more digits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel

POINTS = 2**18  # in all random lines together
SEED = 7071
SHORT = 128  # up to this length all of H is measured, beyond it its diagonals: short lines average less
CLEAR = 0.02  # units of rounding that the couplings over a distance must have to stand out of the measurement
_FINER: dict[np.dtype[Any], Any] = {
    np.dtype(np.complex64): np.complex128,
    np.dtype(np.complex128): np.clongdouble,
}


class LineGain(NamedTuple):
    """What a pair of transforms, there and back, adds to a line.

    Attributes
    ----------
    distances : ndarray of int64, (m,)
        Over which positions couple, on the circle; 0 first, where T is real.
    couplings : ndarray, complex128, (m, length)
        T: a pair that begins with the backward transform adds Σ_d T(d, j)·u(j + d) to the values u between the two. One
        that begins forward adds with the complex conjugate of T to the coefficients between the two.
    opposite : ndarray, (length,)
        What besides is added among the coefficients, or values, before and after them, relative: what T leaves out.

    Notes
    -----
    *Communication*: local.
    """

    distances: IndexArray
    couplings: ComplexArray
    opposite: RealArray


def no_gain(length: int) -> LineGain:
    """That of a transform which adds nothing, or of which nothing is known. *Communication*: local."""
    return LineGain(np.zeros(1, np.int64), np.zeros((1, length), np.complex128), np.zeros(length))


@kernel
def add_gain(block: ComplexArray, distances: IndexArray, re: RealArray, im: RealArray, times: float) -> None:
    """u(j) ← u(j) + times·Σ_d T(d, j)·u(j + d) on each row of a block, T = re + i·im."""
    length = block.shape[1]
    if distances.size == 1:
        for b in range(block.shape[0]):
            for j in range(length):
                w, part = block[b, j], times * re[0, j]
                block[b, j] = complex(fma(w.real, part, w.real), fma(w.imag, part, w.imag))
        return
    # Twice the line, so that j + d runs on; real and imaginary parts apart, so that registers hold like numbers.
    u, v = np.empty(2 * length), np.empty(2 * length)
    x, y = np.empty(length), np.empty(length)
    for b in range(block.shape[0]):
        for j in range(length):
            u[j] = u[j + length] = block[b, j].real
            v[j] = v[j + length] = block[b, j].imag
        for j in range(length):
            x[j] = re[0, j] * u[j]
            y[j] = re[0, j] * v[j]
        for i in range(1, distances.size):
            d = distances[i]
            for j in range(length):
                x[j] += re[i, j] * u[j + d] - im[i, j] * v[j + d]
                y[j] += re[i, j] * v[j + d] + im[i, j] * u[j + d]
        for j in range(length):
            block[b, j] = complex(fma(times, x[j], u[j]), fma(times, y[j], v[j]))


def measured_gain(
    forward: Callable[[ComplexArray, ComplexArray], object], blocks: tuple[ComplexArray, ...]
) -> LineGain:
    """Measure what a pair of Fourier transforms adds.

    Parameters
    ----------
    forward : callable
        ``forward(source, target)`` transforms a block of lines; the backward one is its complex conjugate.
    blocks : tuple of ndarray
        Two or more blocks that it takes, overwritten.

    Returns
    -------
    LineGain
        Zeros where numpy has no numbers of more digits.

    Notes
    -----
    A backward transform adds H̄ to coefficients, and a forward one H to values: T = H + U*H̄U together, U the unitary
    transform. Of long lines the diagonals h and ĥ of H among values and coefficients are known alone, and their mean t:
    a transform adds h(x) + ĥ(k) − t, exactly so for what is spread out in x or in k; that makes h + ĥ − t for either.
    *Communication*: local; the same on all ranks of like processors.
    """
    dtype, length = blocks[0].dtype, blocks[0].shape[1]
    epsilon, finest = (float(np.finfo(np.empty(0, each).real.dtype).eps) for each in (dtype, _FINER[dtype]))
    none = no_gain(length)
    if length == 1 or finest > 1e-2 * epsilon:
        return none
    if length > SHORT:
        values, coefficients = _errors(forward, blocks, _diagonal, 2)
        sums = values + coefficients - 0.5 * (values.mean() + coefficients.mean())
        return LineGain(none.distances, sums.astype(np.complex128)[None, :], sums)
    (error,) = _errors(forward, blocks, _outer, 1)
    hermitian = 0.5 * (error + error.conj().T)
    whole = hermitian + np.fft.fft(np.fft.ifft(hermitian.conj(), axis=0, norm="ortho"), axis=1, norm="ortho")
    places = np.arange(length)
    distances = np.array([d for d in range(length) if _rms(whole, d) > CLEAR * epsilon or d == 0], np.int64)
    couplings = np.array([whole[places, (places + d) % length] for d in distances])
    return LineGain(distances, couplings, none.opposite)


def measured_pair_gain(pair: Callable[[ComplexArray], object], length: int) -> LineGain:
    """Measure what a transform of columns and its adjoint, both with rounded constants, add together.

    Parameters
    ----------
    pair : callable
        ``pair(columns)`` transforms columns, (length, 8·m), forward and back in place, unnormalised.
    length : int
        Points of a column, more than a few.

    Returns
    -------
    LineGain
        Zeros where numpy has no numbers of more digits.

    Notes
    -----
    Forward F(1 + E), back (1 + E*)F*: together 2H, H the Hermitian part of E, h among values and ĥ among coefficients,
    h(x) + ĥ(k) − t for what is spread out in either. A flow between the two leaves each where it is. *Communication*:
    local; the same on all ranks of like processors.
    """
    if float(np.finfo(np.longdouble).eps) > 1e-2 * np.finfo(float).eps:
        return no_gain(length)
    chance, lines = np.random.default_rng(SEED), 32
    values, coefficients, repetitions = np.zeros(length), np.zeros(length), max(POINTS // (lines * length), 1)
    for _ in range(repetitions):
        given = chance.standard_normal((lines, length)) + 1j * chance.standard_normal((lines, length))
        columns = np.ascontiguousarray(given.T)
        pair(columns)
        error = (columns.T.astype(np.clongdouble) / length - given).astype(np.complex128)
        values += _diagonal(error, given) / (2.0 * lines * repetitions)
        there = [np.fft.fft(each) for each in (error, given)]
        coefficients += _diagonal(*there) / (2.0 * lines * repetitions * length)
    half = 0.25 * (values.mean() + coefficients.mean())
    return LineGain(np.zeros(1, np.int64), (coefficients - half).astype(np.complex128)[None, :], values - half)


def _errors(forward: Any, blocks: tuple[ComplexArray, ...], product: Any, forms: int) -> list[Any]:
    """Mean products of the error with what was transformed, among values, and as a second form among coefficients."""
    source, target = blocks[0], blocks[1]
    finer = _FINER[source.dtype]
    chance, totals = np.random.default_rng(SEED), [0.0] * forms
    repetitions = max(POINTS // source.size, 1)
    for _ in range(repetitions):
        source[...] = chance.standard_normal(source.shape) + 1j * chance.standard_normal(source.shape)
        exact = np.fft.fft(source.astype(finer))
        given = source.astype(np.complex128)
        forward(source, target)
        error = (target.astype(finer) - exact).astype(np.complex128)
        totals[0] += product(np.fft.ifft(error), given)
        if forms == 2:
            totals[1] += product(error, exact.astype(np.complex128))
    # The mean squares of what is random: 2 for values, 2n for coefficients.
    number = 2.0 * repetitions * len(source)
    return [total / weight for total, weight in zip(totals, (number, number * source.shape[1]), strict=False)]


@kernel
def _diagonal(one: ComplexArray, other: ComplexArray) -> RealArray:
    """Re Σ a·b̄ over the lines, in their order, for each position; numpy fuses the products where a processor can."""
    products = np.zeros(one.shape[1])
    for b in range(one.shape[0]):
        for j in range(one.shape[1]):
            x, y = one[b, j], other[b, j]
            products[j] += fma(x.real, y.real, x.imag * y.imag)
    return products


@kernel
def _outer(one: ComplexArray, other: ComplexArray) -> ComplexArray:
    """Σ a(j)·b̄(k) over the lines, in their order, which that of a library's matrix product need not be."""
    length = one.shape[1]
    products = np.zeros((length, length), np.complex128)
    for b in range(one.shape[0]):
        for j in range(length):
            for k in range(length):
                products[j, k] += one[b, j] * other[b, k].conjugate()
    return products


def _rms(matrix: ComplexArray, distance: int) -> float:
    places = np.arange(len(matrix))
    return float(np.sqrt(np.mean(np.abs(matrix[places, (places + distance) % len(matrix)]) ** 2)))
