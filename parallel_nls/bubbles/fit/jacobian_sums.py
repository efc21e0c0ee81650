"""Compiled sums of Newton's matrix: tests against tangents of bubbles that are near, their changes against the rest.

They need not be exact, since they only lead to the solution: every few points do, and a radius of a few scales.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.overlaps import NEAR
from parallel_nls.bubbles.fit.pairing_sums import fill_remainder
from parallel_nls.bubbles.fit.tangents import (
    ACROSS,
    ALONG,
    BACK,
    PART,
    Tangents,
    fill_changes,
    fill_tests,
    new_tangents,
)
from parallel_nls.bubbles.profile_rows import (
    BOOST_ACROSS,
    BOOST_ALONG,
    CHIRP,
    COSINE,
    LOOSE,
    RHO,
    RHO_SLOPE,
    SCALE,
    SINE,
    SLOPE,
    VALUE,
    BubbleRow,
    UsedPoints,
    amplitude,
    new_row,
    window,
)
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, total

_INSIDE = NEAR - 1e-9  # without points that lie on the edge but for rounding
# Sums over a row of what R adds to a test: its parts 1, back, back·t, back·t², ∂ across, ∂ along, and that times t.
_SUMS = 7


@lean_kernel
def _fill_tangents(
    bubble: RealArray,
    k: int,
    span: tuple[int, int],
    points: UsedPoints,
    d: int,
    row: BubbleRow,
    slot: int,
    room: Tangents,
) -> None:
    """Fill tests and tangents of one bubble along a row, at positions ``span``."""
    first, last, kept = span[0], span[1], row.kept[k]
    w, middle, inverse, size = row.middles[k, 0], row.middles[k, 1], 1.0 / bubble[SCALE], amplitude(bubble[SCALE], d)
    places, res, ims = points.along[:last], row.remainder[0, :last], row.remainder[1, :last]
    values, slopes, rhos, rho_slopes = kept[VALUE, :last], kept[SLOPE, :last], kept[RHO, :last], kept[RHO_SLOPE, :last]
    cosines, sines = kept[COSINE, :last], kept[SINE, :last]
    for j in range(first, last, LANES):
        t = (lanes_of(places, j) - middle) * inverse
        q, slope, rho, rho_slope = lanes_of(values, j), lanes_of(slopes, j), lanes_of(rhos, j), lanes_of(rho_slopes, j)
        turn = lanes_of(cosines, j) * size, lanes_of(sines, j) * size
        re, im = lanes_of(res, j), lanes_of(ims, j)
        rest = turn[0] * re + turn[1] * im, turn[1] * re - turn[0] * im
        profile = q, slope, rho, rho_slope
        fill_tests(bubble, profile, w, t, d, turn, rest, room, room.tests[slot], j)
        fill_changes(bubble, q, slope, w, t, d, turn, room.tangents[slot], j)


@lean_kernel
def _sums_of_rests(
    span: tuple[int, int], along: tuple[RealArray, float, float], rests: RealArray, i: int, out: RealArray
) -> None:
    """The sums of one test along a row, (7,); t = (x - middle)/λ from the coordinates x, the middle and 1/λ."""
    first, last = span
    places = along[0][first:last]
    parts, backs = rests[PART, i, first:last], rests[BACK, i, first:last]
    across, inclines = rests[ACROSS, i, first:last], rests[ALONG, i, first:last]
    zero = all_lanes(0.0)
    part = back = back_t = back_tt = slope_w = slope_t = bend_t = zero
    for j in range(0, places.size, LANES):
        t = (lanes_of(places, j) - along[1]) * along[2]
        b, incline = lanes_of(backs, j), lanes_of(inclines, j)
        part += lanes_of(parts, j)
        back += b
        back_t = fused(t, b, back_t)
        back_tt = fused(t * t, b, back_tt)
        slope_w += lanes_of(across, j)
        slope_t += incline
        bend_t = fused(t, incline, bend_t)
    out[0], out[1], out[2], out[3] = total(part), total(back), total(back_t), total(back_tt)
    out[4], out[5], out[6] = total(slope_w), total(slope_t), total(bend_t)


@lean_kernel
def _changes_of_test(bubble: RealArray, sums: RealArray, w: float, d: int, out: RealArray) -> None:
    """Re∫τ(∂T)R̄ along a row for all parameters, (m,), from the sums of a test, where h holds no parameter."""
    part, back, back_t, back_tt, slope_w, slope_t, bend_t = sums
    half, boost = 0.5 * bubble[CHIRP], bubble[BOOST_ALONG]
    wave_w, square = bubble[BOOST_ACROSS] - half * w, w * w * back + back_tt
    turned = wave_w * w * back + boost * back_t - half * back_tt
    out[0] = -(0.5 * d * part + turned + w * slope_w + bend_t)
    out[d], out[2 * d] = -(slope_t + boost * back - half * back_t), back_t
    if d == 2:
        out[1], out[3] = -(slope_w + wave_w * back), w * back
    out[1 + 2 * d], out[2 + 2 * d] = -0.25 * square, back


@kernel
def _fill_correction(
    bubble: RealArray,
    k: int,
    span: tuple[int, int],
    along: RealArray,
    d: int,
    row: BubbleRow,
    room: Tangents,
    out: RealArray,
) -> None:
    """What R adds to the block of one bubble along a row, (m, m), from what `_fill_tangents` has left of it."""
    w, sums = row.middles[k, 0], np.empty(_SUMS)
    places = along, row.middles[k, 1], 1.0 / bubble[SCALE]
    for i in range(2 * d + 3):
        _sums_of_rests(span, places, room.rests, i, sums)
        _changes_of_test(bubble, sums, w, d, out[i])
    # The tests with ∇ and Λ hold β and γ themselves: sums over U R̄ with 1, t, |y|².
    first, last = span
    weights, inside = room.weights[first:last], along[first:last]
    whole = first_moment = square = all_lanes(0.0)
    for j in range(0, weights.size, LANES):
        t, weight = (lanes_of(inside, j) - places[1]) * places[2], lanes_of(weights, j)
        whole += weight
        first_moment = fused(t, weight, first_moment)
        square = fused(t * t, weight, square)
    one, moment, scaling, chirp = total(whole), total(first_moment), 1 + 2 * d, 1 + 2 * d
    for a in range(2 - d, 2):
        q, own = (w * one if a == 0 else moment), a + 2 * d - 1
        out[own, own] += one
        out[own, chirp] -= 0.5 * q
        out[scaling, own] += q
    out[scaling, chirp] -= 0.5 * (w * w * one + total(square))


@lean_kernel
def _pair_block(tests: RealArray, tangents: RealArray, first: int, last: int, m: int, sums: RealArray) -> None:
    """-Re∫τT conj(∂U) along a row, (m, m): tests of one bubble, tangents of another one."""
    for i in range(m):
        xs, ys = tests[0, i, first:last], tests[1, i, first:last]
        for n in range(m):
            ps, qs = tangents[0, n, first:last], tangents[1, n, first:last]
            paired = all_lanes(0.0)
            for j in range(0, ps.size, LANES):
                paired = fused(lanes_of(xs, j), lanes_of(ps, j), paired)
                paired = fused(lanes_of(ys, j), lanes_of(qs, j), paired)
            sums[i, n] = -total(paired)


@kernel
def jacobian_row(
    bubbles: RealArray,
    across: float,
    points: UsedPoints,
    d: int,
    row: BubbleRow,
    number: int,
    overlaps: tuple[IndexArray, IndexArray],
    room: Tangents,
    out: RealArray,
) -> None:
    """The sums of one row, into the parts of ``out`` that are its own, from what `fill_remainder` fills.

    Parameters
    ----------
    bubbles : ndarray, (K, 7)
        With β and γ of the tests and tangents.
    across, points, d, row
        As of `fill_remainder`.
    number : int
        Of the row, among those that are used.
    overlaps : (ndarray of int, ndarray of int)
        Pairs and windows of `Overlaps`.
    room : Tangents
        Scratch: of the bubbles that are near the row, one behind the other.
    out : ndarray
        As of `jacobian_sums`.

    Notes
    -----
    *Communication*: local.
    """
    pairs, windows = overlaps
    count, m, along = bubbles.shape[0], 2 * d + 3, points.along
    spans, slots, near = np.zeros((count, 2), np.int64), np.zeros(count, np.int64), 0
    sums = np.empty((m, m))
    for k in range(count):
        begin, rows, start = windows[pairs.shape[0] + k]
        if not begin <= number < begin + rows:
            continue
        first, last, _, _ = window(bubbles[k], across, along, points.folded, _INSIDE)
        spans[k, 0], spans[k, 1], slots[k] = first, last, near
        near += 1
        _fill_tangents(bubbles[k], k, (first, last), points, d, row, slots[k], room)
        _fill_correction(bubbles[k], k, (first, last), along, d, row, room, sums)
        start += (number - begin) * m * m
        out[start : start + m * m] = sums.ravel()
    for p in range(pairs.shape[0]):
        begin, rows, start = windows[p]
        if not begin <= number < begin + rows:
            continue
        k, j = pairs[p]
        first, last = max(spans[k, 0], spans[j, 0]), min(spans[k, 1], spans[j, 1])
        if first >= last:
            continue
        _pair_block(room.tests[slots[k]], room.tangents[slots[j]], first, last, m, sums)
        start += (number - begin) * m * m
        out[start : start + m * m] = sums.ravel()


@kernel
def jacobian_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    points: UsedPoints,
    d: int,
    numbers: IndexArray,
    overlaps: tuple[IndexArray, IndexArray],
    out: RealArray,
) -> None:
    """The sums for each row of a block that is used.

    Parameters
    ----------
    block : ndarray, complex, (rows, all points of a row)
        v.
    table : ndarray
        `profile_table`.
    bubbles : ndarray, (K, 7)
        `Parameters.packed`.
    points : UsedPoints
        Of the block.
    d : int
        Dimension.
    numbers : ndarray of int
        Of the rows, among all that are used.
    overlaps : (ndarray of int, ndarray of int)
        Pairs and windows of `Overlaps`.
    out : ndarray
        What belongs to these rows is filled where the windows say: blocks (m, m) of the matrix of Gauss and Newton,
        and what the remainder adds to its diagonal ones.

    Notes
    -----
    *Communication*: local.
    """
    count, n = bubbles.shape[0], points.along.size
    row, room = new_row(count, n), new_tangents(count, n)
    for b in range(points.rows.size):
        across = points.across[b]
        fill_remainder(block[points.rows[b]], table, bubbles, across, points, d, LOOSE, row)
        jacobian_row(bubbles, across, points, d, row, numbers[b], overlaps, room, out)
