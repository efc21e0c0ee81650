"""Compiled sums of one pass of the fit: the remainder against the profiles of every bubble, row by row.

With the phase of a bubble taken away, R = λ^{-d/2}(a + ib) e^{iφ} up to the amplitude, every orthogonality condition
(Cao, Su & Zhang, eq. 2.3) is a combination of the nine real sums named below.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.profile_rows import COSINE, KEPT, RHO, SCALE, SINE, SLOPE, VALUE, amplitude, fill_bubble
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel

# Sums over Q·a, w·Q·a, t·Q·a, |y|²Q·a; ∂_wQ·b, ∂_tQ·b, ΛQ·b, ρ·b, Q·b.
A, A_ACROSS, A_ALONG, A_SQUARE, B_ACROSS, B_ALONG, B_SCALING, B_RHO, B = range(9)
PAIRINGS = 9


@kernel
def _subtract(size: float, profile: RealArray, span: tuple[int, int], remainder: RealArray) -> None:
    """Take a bubble away. One array at a time: loops that write to more are not vectorised."""
    first, last = span
    re, im, heights = remainder[0, first:last], remainder[1, first:last], profile[VALUE, first:last]
    cosines, sines = profile[COSINE, first:last], profile[SINE, first:last]
    for j in range(re.size):
        re[j] -= size * heights[j] * cosines[j]
    for j in range(im.size):
        im[j] -= size * heights[j] * sines[j]


@kernel
def fill_remainder(
    values: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    place: tuple[float, bool],
    along: RealArray,
    dimension: int,
    reach: float,
    kept: RealArray,
    ranges: IndexArray,
    middles: RealArray,
    remainder: RealArray,
) -> None:
    """Fill the bubbles along one row, and R = v - ΣU_k there.

    Parameters
    ----------
    values : ndarray, complex, (n,)
        v.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    place : (float, bool)
        Coordinate of the row, and whether rows are parts of a line.
    along : ndarray, (n,)
        Coordinates along the row.
    dimension : int
        Of space, d.
    reach : float
        Radius |y| up to which bubbles are evaluated.
    kept : ndarray, (K, 6, n)
        Filled, of each bubble within its range.
    ranges : ndarray of int, (K, 2)
        Filled with first and last position.
    middles : ndarray, (K, 2)
        Filled with w and the coordinate of t = 0.
    remainder : ndarray, (2, n)
        Filled with real and imaginary part of R.

    Notes
    -----
    *Communication*: local.
    """
    across, folded = place
    re, im = remainder[0], remainder[1]
    for j in range(along.size):
        value = complex(values[j])
        re[j], im[j] = value.real, value.imag
    for k in range(bubbles.shape[0]):
        first, last, w, middle = fill_bubble(table, bubbles[k], across, along, folded, reach, kept[k])
        ranges[k, 0], ranges[k, 1] = first, last
        middles[k, 0], middles[k, 1] = w, middle
        size = amplitude(bubbles[k, SCALE], dimension)
        _subtract(size, kept[k], (first, last), remainder)


@kernel
def pair_row(
    bubble: RealArray,
    profile: RealArray,
    span: IndexArray,
    middle: RealArray,
    along: RealArray,
    dimension: int,
    remainder: RealArray,
    out: RealArray,
) -> None:
    """The nine sums of one bubble along one row, into ``out``, (9,). *Communication*: local."""
    w, inverse, start = middle[0], 1.0 / bubble[SCALE], middle[1]
    first, last = span[0], span[1]
    places, re, im = along[first:last], remainder[0, first:last], remainder[1, first:last]
    values, slopes, rhos = profile[VALUE, first:last], profile[SLOPE, first:last], profile[RHO, first:last]
    cosines, sines = profile[COSINE, first:last], profile[SINE, first:last]
    a0 = a_along = a_twice = b_slope = b_along = b_twice = b_rho = b0 = 0.0
    for j in range(places.size):
        t = (places[j] - start) * inverse
        a, b = fma(re[j], cosines[j], im[j] * sines[j]), fma(im[j], cosines[j], -(re[j] * sines[j]))
        qa, sb = values[j] * a, slopes[j] * b
        tqa, tsb = t * qa, t * sb
        a0 += qa
        a_along += tqa
        a_twice = fma(t, tqa, a_twice)
        b_slope += sb
        b_along += tsb
        b_twice = fma(t, tsb, b_twice)
        b_rho = fma(rhos[j], b, b_rho)
        b0 = fma(values[j], b, b0)
    square = w * w
    out[A], out[A_ACROSS], out[A_ALONG], out[A_SQUARE] = a0, w * a0, a_along, fma(square, a0, a_twice)
    out[B_ACROSS], out[B_ALONG], out[B_RHO], out[B] = w * b_slope, b_along, b_rho, b0
    out[B_SCALING] = fma(0.5 * dimension, b0, fma(square, b_slope, b_twice))


@kernel
def pairing_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    places: tuple[RealArray, RealArray, bool],
    dimension: int,
    reach: float,
    out: RealArray,
) -> None:
    """The sums of all bubbles for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (at least rows, n)
        v.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    places : (ndarray, ndarray, bool)
        Coordinates of the rows and along them; whether they are parts of one line: then the sum of both is x.
    dimension : int
        Of space, d.
    reach : float
        As of `fill_remainder`.
    out : ndarray, (9K, rows)
        Filled: nine sums of the first bubble, then those of the next.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded = places
    count, n = bubbles.shape[0], along.size
    kept, remainder = np.empty((count, KEPT, n)), np.empty((2, n))
    ranges, middles = np.empty((count, 2), np.int64), np.empty((count, 2))
    sums = np.empty(PAIRINGS)
    for b in range(across.size):
        place = (across[b], folded)
        fill_remainder(block[b], table, bubbles, place, along, dimension, reach, kept, ranges, middles, remainder)
        for k in range(count):
            pair_row(bubbles[k], kept[k], ranges[k], middles[k], along, dimension, remainder, sums)
            out[PAIRINGS * k : PAIRINGS * (k + 1), b] = sums
