"""Compiled sums of a last pass by values of the field alone, in the plane, and what a change of the bubbles changes.

They are those of `functional_sums` that take no derivative; R itself is left behind, for its own spectrum.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import subtract
from parallel_nls.bubbles.functional_sums import GRADIENT, MASS, OF_BUBBLE, OF_FIELD, bubble_sums, sum_of_squares
from parallel_nls.bubbles.localization.row_bands import RowBands, fill_bands, fill_weight, same_bands
from parallel_nls.bubbles.profile_rows import (
    BOOST_ACROSS,
    BOOST_ALONG,
    CHIRP,
    COSINE,
    SCALE,
    SINE,
    SLOPE,
    VALUE,
    BubbleRow,
    UsedPoints,
    amplitude,
    fill_bubble,
    split_row,
)
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, lanes_of, total

_PLANE = 2


@lean_kernel
def _row_sums(bubbles: RealArray, along: RealArray, bands: RowBands, row: BubbleRow, out: RealArray) -> None:
    """What one row adds, (13K + 4,); what takes a derivative is left 0."""
    count, field = bubbles.shape[0], OF_BUBBLE * bubbles.shape[0]
    mass = sum_of_squares(row.remainder[0]) + sum_of_squares(row.remainder[1])
    for i in range(count):
        k, span = bands.order[i], fill_weight(bands, i)
        own = out[OF_BUBBLE * k : OF_BUBBLE * (k + 1)]
        bubble_sums(bubbles[k], k, along, _PLANE, row, mass, bands, False, span, own)
    out[field : field + OF_FIELD] = 0.0
    out[field + MASS] = mass


@lean_kernel
def _join(parts: RealArray, values: ComplexArray) -> None:
    for j in range(values.size):
        values[j] = complex(parts[0, j], parts[1, j])


@kernel
def remainder_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: RealArray,
    points: UsedPoints,
    reach: float,
    bands: RowBands,
    row: BubbleRow,
    rest: ComplexArray,
    out: RealArray,
) -> None:
    """The sums for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (rows, n)
        v.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    points : UsedPoints
        Of the block: all of its rows.
    reach : float
        Radius |y| up to which bubbles are evaluated.
    bands : RowBands
        Φ_k.
    row : BubbleRow
        Room.
    rest : ndarray, complex, (at least rows, n)
        Filled with R.
    out : ndarray, (13K + 4, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    sums = np.empty(out.shape[0])
    for b in range(points.rows.size):
        number, across = points.rows[b], points.across[b]
        if b == 0 or not same_bands(bands, False):
            fill_bands(bands, (across, False), points.along, 1)
        split_row(block[number], points.every, row.remainder)
        for k in range(bubbles.shape[0]):
            fill_bubble(table, bubbles[k], k, across, points, reach, row)
            subtract(amplitude(bubbles[k, SCALE], _PLANE), k, row)
        _join(row.remainder, rest[b])
        _row_sums(bubbles, points.along, bands, row, sums)
        out[:, b] = sums


@lean_kernel
def _bend_sum(bubble: RealArray, k: int, along: RealArray, row: BubbleRow, remainder: RealArray) -> float:
    """Σ Re R̄ΔU of one bubble along a row.

    ΔU = λ^{-3}{Q - Q³ - |g|²Q + i(2g·∇Q - γQ)}e^{iφ} with g = β - γy/2, for ΔQ = Q - Q³.
    """
    first, last, kept = row.ranges[k, 0], row.ranges[k, 1], row.kept[k]
    places, res, ims = along[first:last], remainder[0, first:last], remainder[1, first:last]
    values, slopes = kept[VALUE, first:last], kept[SLOPE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    w, start, chirp, inverse = row.middles[k, 0], row.middles[k, 1], bubble[CHIRP], 1.0 / bubble[SCALE]
    half, boost = 0.5 * chirp, bubble[BOOST_ALONG]
    wave_w = bubble[BOOST_ACROSS] - half * w
    rest, turn_w, bend = 1.0 - wave_w * wave_w, wave_w * w, all_lanes(0.0)
    for j in range(0, places.size, LANES):
        t = (lanes_of(places, j) - start) * inverse
        re, im, cosine, sine = lanes_of(res, j), lanes_of(ims, j), lanes_of(cosines, j), lanes_of(sines, j)
        a, b, wave_t, value = re * cosine + im * sine, im * cosine - re * sine, boost - t * half, lanes_of(values, j)
        twice = 2.0 * lanes_of(slopes, j) * (wave_t * t + turn_w)
        bend += (rest - wave_t * wave_t - value * value) * value * a + (twice - chirp * value) * b
    return float(total(bend) * inverse * inverse * inverse)


@lean_kernel
def _change_remainder(before: RealArray, after: RealArray, first: BubbleRow, second: BubbleRow) -> None:
    """Make R beside other bubbles, in place of the one in ``second``."""
    beside = BubbleRow(first.kept, first.ranges, first.middles, second.field, second.remainder)
    for k in range(before.shape[0]):
        subtract(-amplitude(before[k, SCALE], _PLANE), k, beside)
        subtract(amplitude(after[k, SCALE], _PLANE), k, second)


@kernel
def change_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: tuple[RealArray, RealArray],
    points: UsedPoints,
    reach: float,
    bands: RowBands,
    rows: tuple[BubbleRow, BubbleRow],
    out: RealArray,
) -> None:
    """The sums for each row of a block of R, and what they change by to bubbles near these.

    Parameters
    ----------
    block : ndarray, complex, (rows, n)
        R beside the first bubbles.
    table, points, reach, bands
        As of `remainder_sums`.
    bubbles : two ndarray
        `Parameters.packed`, of before and after.
    rows : two BubbleRow
        Room.
    out : ndarray, (2·(13K + 4), rows)
        Filled. The second half tells of ∫|∇R|² as well: it changes by 2Re∫R̄Δ(U' - U), but for squares of the change.

    Notes
    -----
    *Communication*: local.
    """
    before, after = bubbles
    first, second = rows
    count, height = before.shape[0], out.shape[0] // 2
    sums, others = np.empty(height), np.empty(height)
    for b in range(points.rows.size):
        number, across = points.rows[b], points.across[b]
        if b == 0 or not same_bands(bands, False):
            fill_bands(bands, (across, False), points.along, 1)
        split_row(block[number], points.every, first.remainder)
        second.remainder[:] = first.remainder
        bend = 0.0
        for k in range(count):
            fill_bubble(table, before[k], k, across, points, reach, first)
            fill_bubble(table, after[k], k, across, points, reach, second)
            bend += _bend_sum(after[k], k, points.along, second, first.remainder)
            bend -= _bend_sum(before[k], k, points.along, first, first.remainder)
        _change_remainder(before, after, first, second)
        _row_sums(before, points.along, bands, first, sums)
        _row_sums(after, points.along, bands, second, others)
        others -= sums
        others[OF_BUBBLE * count + GRADIENT] = 2.0 * bend
        out[:height, b], out[height:, b] = sums, others
