"""Compiled sums of one pass of the fit: the remainder against the profiles of every bubble, row by row.

With the phase of a bubble taken away, R = λ^{-d/2}(a + ib) e^{iφ} up to the amplitude, every orthogonality condition
(Cao, Su & Zhang, eq. 2.3) is a combination of the nine real sums named below.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.profile_rows import (
    COSINE,
    RHO,
    SCALE,
    SINE,
    SLOPE,
    VALUE,
    BubbleRow,
    UsedPoints,
    amplitude,
    fill_bubble,
    new_row,
    split_row,
)
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, put_lanes, total

# Sums over Q·a, w·Q·a, t·Q·a, |y|²Q·a; ∂_wQ·b, ∂_tQ·b, ΛQ·b, ρ·b, Q·b.
A, A_ACROSS, A_ALONG, A_SQUARE, B_ACROSS, B_ALONG, B_SCALING, B_RHO, B = range(9)
PAIRINGS = 9


@lean_kernel
def subtract(size: float, k: int, row: BubbleRow) -> None:
    """Take a bubble away from the remainder, times its amplitude. *Communication*: local."""
    first, last, kept = row.ranges[k, 0], row.ranges[k, 1], row.kept[k]
    re, im, heights = row.remainder[0, first:last], row.remainder[1, first:last], kept[VALUE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    for j in range(0, re.size, LANES):
        height = size * lanes_of(heights, j)
        put_lanes(re, j, lanes_of(re, j) - height * lanes_of(cosines, j))
        put_lanes(im, j, lanes_of(im, j) - height * lanes_of(sines, j))


@lean_kernel
def fill_remainder(
    values: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    across: float,
    points: UsedPoints,
    dimension: int,
    reach: float,
    row: BubbleRow,
) -> None:
    """Fill the bubbles along one row, and R = v - ΣU_k there.

    Parameters
    ----------
    values : ndarray, complex, (all points of a row,)
        v.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    across : float
        Coordinate of the row.
    points : UsedPoints
        Of n along it.
    dimension : int
        Of space, d.
    reach : float
        Radius |y| up to which bubbles are evaluated.
    row : BubbleRow
        Filled, profiles of each bubble within its range.

    Notes
    -----
    *Communication*: local.
    """
    split_row(values, points.every, row.field)
    for part in range(2):
        field, remainder = row.field[part], row.remainder[part]
        for j in range(field.size):
            remainder[j] = field[j]
    for k in range(bubbles.shape[0]):
        fill_bubble(table, bubbles[k], k, across, points, reach, row)
        subtract(amplitude(bubbles[k, SCALE], dimension), k, row)


@lean_kernel
def pair_row(bubble: RealArray, k: int, along: RealArray, dimension: int, row: BubbleRow, out: RealArray) -> None:
    """The nine sums of one bubble along one row, into ``out``, (9,). *Communication*: local."""
    w, inverse, start = row.middles[k, 0], 1.0 / bubble[SCALE], row.middles[k, 1]
    first, last, kept = row.ranges[k, 0], row.ranges[k, 1], row.kept[k]
    places, re, im = along[first:last], row.remainder[0, first:last], row.remainder[1, first:last]
    values, slopes, rhos = kept[VALUE, first:last], kept[SLOPE, first:last], kept[RHO, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    zero = all_lanes(0.0)
    a0 = a_along = a_twice = b_slope = b_along = b_twice = b_rho = b0 = zero
    for j in range(0, places.size, LANES):
        t = (lanes_of(places, j) - start) * inverse
        x, y, cosine, sine = lanes_of(re, j), lanes_of(im, j), lanes_of(cosines, j), lanes_of(sines, j)
        a, b = fused(x, cosine, y * sine), y * cosine - x * sine
        value, qa, sb = lanes_of(values, j), lanes_of(values, j) * a, lanes_of(slopes, j) * b
        tqa, tsb = t * qa, t * sb
        a0 += qa
        a_along += tqa
        a_twice = fused(t, tqa, a_twice)
        b_slope += sb
        b_along += tsb
        b_twice = fused(t, tsb, b_twice)
        b_rho = fused(lanes_of(rhos, j), b, b_rho)
        b0 = fused(value, b, b0)
    square, heights, bends = w * w, total(a0), total(b_slope)
    out[A], out[A_ACROSS], out[A_ALONG] = heights, w * heights, total(a_along)
    out[A_SQUARE] = fma(square, heights, total(a_twice))
    out[B_ACROSS], out[B_ALONG], out[B_RHO], out[B] = w * bends, total(b_along), total(b_rho), total(b0)
    out[B_SCALING] = fma(0.5 * dimension, out[B], fma(square, bends, total(b_twice)))


@kernel
def pairing_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    points: UsedPoints,
    dimension: int,
    reach: float,
    out: RealArray,
) -> None:
    """The sums of all bubbles for each row of a block that is used.

    Parameters
    ----------
    block : ndarray, complex, (rows, all points of a row)
        v.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    points : UsedPoints
        Of the block.
    dimension : int
        Of space, d.
    reach : float
        As of `fill_remainder`.
    out : ndarray, (9K, rows that are used)
        Filled: nine sums of the first bubble, then those of the next.

    Notes
    -----
    *Communication*: local.
    """
    count, row, sums = bubbles.shape[0], new_row(bubbles.shape[0], points.along.size), np.empty(PAIRINGS)
    for b in range(points.rows.size):
        fill_remainder(block[points.rows[b]], table, bubbles, points.across[b], points, dimension, reach, row)
        for k in range(count):
            pair_row(bubbles[k], k, points.along, dimension, row, sums)
            out[PAIRINGS * k : PAIRINGS * (k + 1), b] = sums
