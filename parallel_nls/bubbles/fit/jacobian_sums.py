"""Compiled sums of Newton's matrix: tests against tangents of bubbles that are near, their changes against the rest.

They need not be exact, since they only lead to the solution: every few points do, and a radius of a few scales.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.overlaps import NEAR
from parallel_nls.bubbles.fit.pairing_sums import fill_remainder
from parallel_nls.bubbles.fit.tangents import add_explicit, add_real_change, change_of, radial_jet, test_jets
from parallel_nls.bubbles.profile_rows import (
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
from parallel_nls.numerics.compiled import kernel

_INSIDE = NEAR - 1e-9  # without points that lie on the edge but for rounding
_PADDED = 8  # numbers of 2d + 3 with those that fill a vector


@kernel
def new_tangents(count: int, n: int) -> RealArray:
    """Room for tests and tangents of K bubbles along a row of n points. *Communication*: local."""
    return np.empty((count, 4, n, _PADDED))


@kernel
def _point_jets(
    bubble: RealArray,
    profile: RealArray,
    j: int,
    w: float,
    t: float,
    d: int,
    jet: RealArray,
    tests: ComplexArray,
    slopes: ComplexArray,
    tangents: ComplexArray,
) -> complex:
    """Tests, their slopes and ∂U at one point without the factor λ^{-d/2}e^{iφ}, which is returned."""
    value, slope, rho, bend = profile[VALUE, j], profile[SLOPE, j], profile[RHO, j], profile[RHO_SLOPE, j]
    radial_jet((value, slope, rho, bend), w, t, d, jet)
    test_jets(bubble, jet, w, t, d, tests, slopes)
    change_of(bubble, complex(value, 0.0), complex(jet[1], 0.0), complex(jet[2], 0.0), w, t, d, tangents)
    size = amplitude(bubble[SCALE], d)
    return complex(size * profile[COSINE, j], size * profile[SINE, j])


@kernel
def _add_changes(
    bubble: RealArray,
    value: float,
    w: float,
    t: float,
    d: int,
    rest: complex,
    tests: ComplexArray,
    slopes: ComplexArray,
    out: RealArray,
) -> None:
    """Add Re∫τ(∂T)R̄ of one point; ``rest`` is λ^{-d/2}e^{iφ}R̄, τ is 1 for the first d + 1 tests, then -i."""
    turned = complex(rest.imag, -rest.real)
    for i in range(2 * d + 3):
        factor = turned if i > d else rest
        across, along = (factor * slopes[i, 0]).real, (factor * slopes[i, 1]).real
        add_real_change(bubble, factor * tests[i], across, along, w, t, d, out[i])
    add_explicit(rest.real * value, w, t, d, out)


@kernel
def _fill_tangents(
    bubble: RealArray,
    k: int,
    span: tuple[int, int],
    along: RealArray,
    d: int,
    row: BubbleRow,
    kept: RealArray,
    out: RealArray,
) -> None:
    """Fill tests and tangents of one bubble along a row, (4, n, 8), real and imaginary; add what R adds, (m, m)."""
    n, profile, remainder = 2 * d + 3, row.kept[k], row.remainder
    tests, tangents, slopes = np.empty(n, np.complex128), np.empty(n, np.complex128), np.zeros((n, 2), np.complex128)
    jet = np.empty(9)
    w, middle, inverse = row.middles[k, 0], row.middles[k, 1], 1.0 / bubble[SCALE]
    for j in range(span[0], span[1]):
        t = (along[j] - middle) * inverse
        turn = _point_jets(bubble, profile, j, w, t, d, jet, tests, slopes, tangents)
        rest = turn * complex(remainder[0, j], -remainder[1, j])
        _add_changes(bubble, profile[VALUE, j], w, t, d, rest, tests, slopes, out)
        for i in range(n):
            test, tangent = turn * tests[i], turn * tangents[i]
            kept[0, j, i], kept[1, j, i] = (test.real, test.imag) if i <= d else (test.imag, -test.real)
            kept[2, j, i], kept[3, j, i] = tangent.real, tangent.imag
        for i in range(n, _PADDED):
            kept[2, j, i] = kept[3, j, i] = 0.0


@kernel
def _pair_block(tests: RealArray, tangents: RealArray, first: int, last: int, n: int, sums: RealArray) -> None:
    """-Re∫τT conj(∂U) along a row, (m, 8): tests of one bubble, tangents of another one."""
    sums[:] = 0.0
    for j in range(first, last):
        for i in range(n):
            x, y = tests[0, j, i], tests[1, j, i]
            for m in range(_PADDED):
                sums[i, m] -= x * tangents[2, j, m] + y * tangents[3, j, m]


@kernel
def jacobian_row(
    bubbles: RealArray,
    across: float,
    points: UsedPoints,
    d: int,
    row: BubbleRow,
    number: int,
    overlaps: tuple[IndexArray, IndexArray],
    tangents: RealArray,
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
    tangents : ndarray, (K, 4, n, 8)
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
    sums, correction = np.empty((m, _PADDED)), np.empty((m, m))
    for k in range(count):
        begin, rows, start = windows[pairs.shape[0] + k]
        if not begin <= number < begin + rows:
            continue
        first, last, _, _ = window(bubbles[k], across, along, points.folded, _INSIDE)
        spans[k, 0], spans[k, 1], slots[k] = first, last, near
        near += 1
        correction[:] = 0.0
        _fill_tangents(bubbles[k], k, (first, last), along, d, row, tangents[slots[k]], correction)
        start += (number - begin) * m * m
        out[start : start + m * m] = correction.ravel()
    for p in range(pairs.shape[0]):
        begin, rows, start = windows[p]
        if not begin <= number < begin + rows:
            continue
        k, j = pairs[p]
        first, last = max(spans[k, 0], spans[j, 0]), min(spans[k, 1], spans[j, 1])
        if first >= last:
            continue
        _pair_block(tangents[slots[k]], tangents[slots[j]], first, last, m, sums)
        start += (number - begin) * m * m
        for i in range(m):
            out[start + i * m : start + (i + 1) * m] = sums[i, :m]


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
    row, tangents = new_row(count, n), new_tangents(count, n)
    for b in range(points.rows.size):
        across = points.across[b]
        fill_remainder(block[points.rows[b]], table, bubbles, across, points, d, LOOSE, row)
        jacobian_row(bubbles, across, points, d, row, numbers[b], overlaps, tangents, out)
