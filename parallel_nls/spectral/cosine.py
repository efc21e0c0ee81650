"""The cosine transform of complex lines that are even about both ends, by a Fourier transform of the same length.

A line of n values u_j at x_j = (j + ½)h is half a period L = 2nh of an even function. Its coefficients are scaled so
that sums of squares are those of Fourier, n Σ|u|² = Σ|c|²:

    c_0 = Σ_j u_j,   c_m = √2 Σ_j u_j cos(k_m x_j),   k_m = 2πm/L,   m = 1 … n − 1

The values of even numbers, behind them those of odd numbers backwards, make a line whose Fourier coefficients V have
c_m = A + B, c_{n−m} = i(A − B) with A = w V_m, B = w̄ V_{n−m}, w = e^{−iπm/2n}/√2 (Makhoul, IEEE Trans. Acoust. 28
(1980) 27).
"""

from __future__ import annotations

from functools import cache
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.fast_fourier.mirror_codelets import (
    fold_eight,
    turn_from_cosines,
    turn_to_cosines,
    unfold_eight,
)
from parallel_nls.spectral.fast_fourier.radices import LANES
from parallel_nls.spectral.gains import LineGain
from parallel_nls.spectral.transforms import WIDTH, Direction, FourierTransform, Twiddles, aligned_zeros, line_blocks

_PI = 3141592653589793238462643383279502884197  # 10^-39
_ONE = 1 << 120  # of fixed-point numbers


@cache
def _turns(length: int) -> RealArray:
    """√½ cos(πm/2n) and √½ sin(πm/2n), and what their rounding loses, for m = 0, 1, … up to the middle: (4, middle).

    From whole numbers of 120 bits. With rounded turns alone a pair would add up to 3e-16 to a coefficient, with a sign.
    """
    angle = _PI * _ONE // (2 * length * 10**39)
    cosine = sine = 0
    term, power = _ONE, 0
    while term:
        if power % 2 == 0:
            cosine += term if power % 4 == 0 else -term
        else:
            sine += term if power % 4 == 1 else -term
        power += 1
        term = term * angle // (power * _ONE)
    found = np.zeros((4, (length + 1) // 2))
    turn = isqrt(_ONE * _ONE // 2), 0
    for m in range(found.shape[1]):
        for part, exact in enumerate(turn):
            rounded = exact / _ONE
            over, under = rounded.as_integer_ratio()
            found[part, m], found[2 + part, m] = rounded, (exact - over * _ONE // under) / _ONE
        re, im = turn
        turn = (re * cosine - im * sine) // _ONE, (re * sine + im * cosine) // _ONE
    return found


@lean_kernel
def fold_evenly(block: ComplexArray, folded: ComplexArray, wide: bool) -> None:
    """Write the values of even numbers of each row, and behind them those of odd numbers backwards."""
    n = block.shape[1]
    done = n - n % LANES if wide else 0
    for b in range(block.shape[0]):
        row, out = block[b], folded[b]
        for j in range(0, done, LANES):
            fold_eight(row, j, out, j // 2, n - 4 - j // 2)
        for j in range(done // 2, (n + 1) // 2):
            out[j] = row[2 * j]
        for j in range(done // 2, n // 2):
            out[n - 1 - j] = row[2 * j + 1]


@lean_kernel
def unfold_evenly(folded: ComplexArray, block: ComplexArray, wide: bool) -> None:
    """Inverse of `fold_evenly`."""
    n = block.shape[1]
    done = n - n % LANES if wide else 0
    for b in range(block.shape[0]):
        row, out = folded[b], block[b]
        for j in range(0, done, LANES):
            unfold_eight(row, j // 2, n - 4 - j // 2, out, j)
        for j in range(done // 2, (n + 1) // 2):
            out[2 * j] = row[j]
        for j in range(done // 2, n // 2):
            out[2 * j + 1] = row[n - 1 - j]


@lean_kernel
def _first_behind(middle: int, wide: bool) -> int:
    """The first m ≥ 1 that no whole eight of them holds."""
    return middle - (middle - 1) % LANES if wide else 1


@lean_kernel
def to_cosines(block: ComplexArray, turns: RealArray, wide: bool) -> None:
    """Replace the Fourier coefficients of folded rows by those of cosines; the turns w = c − is, and what they lost."""
    n, middle = block.shape[1], turns.shape[1]
    behind = _first_behind(middle, wide)
    for b in range(block.shape[0]):
        row = block[b]
        for m in range(1, behind, LANES):
            turn_to_cosines(row, turns, middle, m, n - m - LANES + 1)
        for m in range(behind, middle):
            c, s, c_lost, s_lost = turns[0, m], turns[1, m], turns[2, m], turns[3, m]
            one, other = row[m], row[n - m]
            re_sum, re_apart = one.real + other.real, one.real - other.real
            im_sum, im_apart = one.imag + other.imag, one.imag - other.imag
            row[m] = complex(
                fma(c, re_sum, fma(s, im_apart, fma(c_lost, re_sum, s_lost * im_apart))),
                fma(c, im_sum, -fma(s, re_apart, fma(s_lost, re_apart, -(c_lost * im_sum)))),
            )
            row[n - m] = complex(
                fma(s, re_sum, -fma(c, im_apart, fma(c_lost, im_apart, -(s_lost * re_sum)))),
                fma(c, re_apart, fma(s, im_sum, fma(c_lost, re_apart, s_lost * im_sum))),
            )


@lean_kernel
def from_cosines(cosines: ComplexArray, block: ComplexArray, turns: RealArray, wide: bool) -> None:
    """Write the Fourier coefficients of folded rows: the inverse of `to_cosines`."""
    n, middle = block.shape[1], turns.shape[1]
    behind = _first_behind(middle, wide)
    for b in range(block.shape[0]):
        row, out = cosines[b], block[b]
        out[0] = row[0]
        if n % 2 == 0:
            out[n // 2] = row[n // 2]
        for m in range(1, behind, LANES):
            turn_from_cosines(row, out, turns, middle, m, n - m - LANES + 1)
        for m in range(behind, middle):
            c, s, c_lost, s_lost = turns[0, m], turns[1, m], turns[2, m], turns[3, m]
            one, other = row[m], row[n - m]
            re, im = one.real + other.imag, one.imag - other.real
            out[m] = complex(
                fma(c, re, -fma(s, im, fma(s_lost, im, -(c_lost * re)))),
                fma(c, im, fma(s, re, fma(c_lost, im, s_lost * re))),
            )
            re, im = one.real - other.imag, one.imag + other.real
            out[n - m] = complex(
                fma(c, re, fma(s, im, fma(c_lost, re, s_lost * im))),
                fma(c, im, -fma(s, re, fma(s_lost, re, -(c_lost * im)))),
            )


@lean_kernel
def reverse_slopes(cosines: ComplexArray, symbol: RealArray) -> None:
    """Replace c(b, m) by what `CosineTransform` and alternating signs make the derivative of: −k c at n − m."""
    n = symbol.size
    for b in range(cosines.shape[0]):
        row = cosines[b]
        row[0] = 0
        for m in range(1, (n + 1) // 2):
            one, other = row[m], row[n - m]
            row[m] = complex(-symbol[n - m] * other.real, -symbol[n - m] * other.imag)
            row[n - m] = complex(-symbol[m] * one.real, -symbol[m] * one.imag)
        if n % 2 == 0:
            middle = row[n // 2]
            row[n // 2] = complex(-symbol[n // 2] * middle.real, -symbol[n // 2] * middle.imag)


@lean_kernel
def alternate(block: ComplexArray) -> None:
    """Turn the sign of every second value of each row."""
    for b in range(block.shape[0]):
        for j in range(1, block.shape[1], 2):
            block[b, j] = -block[b, j]


@cache
def _folded_block(length: int, dtype: np.dtype[Any]) -> ComplexArray:
    """Scratch of this process for folded lines of a length, made once."""
    return aligned_zeros((WIDTH, length), dtype)


class CosineTransform:
    """Cosine coefficients of half a period of an even function, and back; a `LineTransform`.

    Parameters
    ----------
    length : int
        n, the points of half a period; fast if it is a product of 2, 3, 5.
    dtype : numpy dtype
        complex128 or complex64.
    folded : bool, optional
        Whether values are in the order of `fold_evenly`: no time is spent on it, and coefficients have the same bits.

    Notes
    -----
    There and back multiplies by n. *Communication*: local.
    """

    twiddles: Twiddles | None = None

    def __init__(self, length: int, dtype: DTypeLike = np.complex128, folded: bool = False) -> None:
        self.length, self.dtype, self.folded = length, np.dtype[Any](dtype), folded
        self._fourier = FourierTransform(length, dtype)
        self.normalisation = self._fourier.normalisation
        self.first, self.second, self.third = line_blocks(length, self.dtype)
        self._folded = _folded_block(length, self.dtype)
        self._turns = _turns(length)
        self._wide = self.dtype == np.complex128

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another."""
        if direction == "forward":
            values = source
            if not self.folded:
                fold_evenly(source, self._folded, self._wide)
                values = self._folded
            self._fourier("forward", values, target, numbers)
            to_cosines(target, self._turns, self._wide)
        elif self.folded:
            from_cosines(source, self._folded, self._turns, self._wide)
            self._fourier("backward", self._folded, target, numbers)
        else:
            from_cosines(source, target, self._turns, self._wide)
            self._fourier("backward", target, self._folded, numbers)
            unfold_evenly(self._folded, target, self._wide)

    @property
    def gain(self) -> LineGain:
        """The mean of what the Fourier transform adds: at which points and waves it adds it is not told apart."""
        found = self._fourier.gain
        mean = 0.5 * float(found.couplings[0].real.mean() + found.opposite.mean())
        everywhere = np.full(self.length, mean)
        return LineGain(np.zeros(1, np.int64), everywhere.astype(np.complex128)[None, :], everywhere)
