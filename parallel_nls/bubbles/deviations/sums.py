"""Compiled sums of what is left of a remainder R_ex = v - ΣS_k about bubbles U_k near S_k: R = R_ex - Σ(U_k - S_k).

U_k - S_k is a difference that does not cancel, however near they are. With y and y - Δ the coordinates in units of U_k
and S_k, Δ = -(q₀y + q_α), and the phases φ and φ - δ,

    U_k - S_k = λ^{-d/2} e^{iφ} {Q(y) - Q(y - Δ) - Q(y - Δ)[(1 + q₀)^{d/2}e^{-iδ} - 1]},
    δ = q_β·y - q_γ|y|²/4 - γ₀Δ·(2y - Δ)/4 + q_θ,

γ₀ that of S_k, which has no β. Q(y) - Q(y - Δ) is |y| - |y - Δ| times a divided difference of the polynomial of a cell.
"""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.bubbles.deviations.place import GROWTH, START_CHIRP
from parallel_nls.bubbles.fit.jacobian_sums import jacobian_row
from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS, pair_row
from parallel_nls.bubbles.fit.tangents import new_tangents
from parallel_nls.bubbles.functional_sums import overlap_sum, remainder_sum
from parallel_nls.bubbles.localization.row_bands import RowBands, fill_bands, fill_weight, same_bands
from parallel_nls.bubbles.profile_rows import (
    BOOST_ACROSS,
    BOOST_ALONG,
    CENTER_ACROSS,
    CENTER_ALONG,
    CHIRP,
    COSINE,
    PHASE,
    REACH,
    SCALE,
    SINE,
    VALUE,
    BubbleRow,
    UsedPoints,
    amplitude,
    fill_bubble,
    new_row,
    split_row,
)
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.trigonometry import sine_cosine

OVERLAP, SQUARE = PAIRINGS, PAIRINGS + 1
"""Sums of each bubble behind its pairings: ∫Q a Φ, ∫|R|²Φ."""
OF_REST = PAIRINGS + 2

_CELLS, _DEGREE = 16.0, 12  # of the table, as `fill_bubble` reads it
_CLOSE = 1.0 / 32.0  # two radii that one polynomial serves
_FAR = 45.0  # end of the table: beyond, Q is below 1e-19


@lean_kernel
def profile_difference(table: RealArray, r: float, value: float, change: float) -> float:
    """Q(r) - Q(r - change), to relative accuracy.

    Parameters
    ----------
    table : ndarray
        From `profile_table`.
    r, value : float
        Radius below 45, and Q there.
    change : float
        By which r is larger than the other radius.
    """
    other = r - change
    close = abs(change) < _CLOSE
    if not close and other > _FAR:
        return value
    row = np.uint64((r if close else other) * _CELLS + 0.5)
    x = r - row / _CELLS
    start, slope = x - change, 0.0
    rest = table[row, _DEGREE, 0]
    for i in range(_DEGREE):
        slope = fma(slope, x, rest)
        rest = fma(rest, start, table[row, np.uint64(_DEGREE - 1 - i), 0])
    return slope * change if close else value - rest


@lean_kernel
def _change_of_bubble(
    table: RealArray, change: RealArray, w: float, t: float, kept: RealArray, j: int
) -> tuple[float, float]:
    """U_k - S_k at one point, up to the factor λ^{-d/2}: real and imaginary part."""
    across, along = -(change[SCALE] * w + change[CENTER_ACROSS]), -(change[SCALE] * t + change[CENTER_ALONG])
    square = w * w + t * t
    grown = across * (2.0 * w - across) + along * (2.0 * t - along)  # |y|² - |y - Δ|²
    r, start = math.sqrt(square), math.sqrt((w - across) ** 2 + (t - along) ** 2)
    total = r + start
    value = kept[VALUE, j]
    less = profile_difference(table, r, value, grown / total if total > 0.0 else 0.0)
    turn = change[BOOST_ACROSS] * w + change[BOOST_ALONG] * t + change[PHASE]
    turn -= 0.25 * (change[CHIRP] * square + change[START_CHIRP] * grown)
    sine, cosine = sine_cosine(0.5 * turn)
    back, aside = -2.0 * sine * sine, -2.0 * sine * cosine  # e^{-iδ} - 1
    growth = change[GROWTH]
    re = less - (value - less) * (growth + back + growth * back)
    im = -(value - less) * (aside + growth * aside)
    return re * kept[COSINE, j] - im * kept[SINE, j], re * kept[SINE, j] + im * kept[COSINE, j]


@lean_kernel
def fill_rest(
    values: ComplexArray,
    table: RealArray,
    bubbles: tuple[RealArray, RealArray, RealArray],
    inverse: float,
    across: float,
    points: UsedPoints,
    d: int,
    row: BubbleRow,
) -> None:
    """Fill the bubbles along one row, and R there, times a factor; see `fill_remainder`.

    Parameters
    ----------
    values : ndarray, complex, (all points of a row,)
        R_ex, as it is on the grid.
    table : ndarray
        `profile_table`.
    bubbles : three ndarray
        `Deviation.packed`.
    inverse : float
        The factor, a power of 2.
    across, points, d
        As of `fill_remainder`.
    row : BubbleRow
        Filled as there; ``field`` with R_ex.

    Notes
    -----
    *Communication*: local.
    """
    waves, _, changes = bubbles
    split_row(values, points.every, row.field)
    re, im = row.remainder[0], row.remainder[1]
    for j in range(re.size):
        re[j], im[j] = inverse * row.field[0, j], inverse * row.field[1, j]
    for k in range(waves.shape[0]):
        wave, change = waves[k], changes[k]
        fill_bubble(table, wave, k, across, points, REACH, row)
        w, middle = row.middles[k, 0], row.middles[k, 1]
        size, unit = amplitude(wave[SCALE], d), 1.0 / wave[SCALE]
        for j in range(row.ranges[k, 0], row.ranges[k, 1]):
            t = (points.along[j] - middle) * unit
            x, y = _change_of_bubble(table, change, w, t, row.kept[k], j)
            re[j] -= inverse * (size * x)
            im[j] -= inverse * (size * y)


@kernel
def replace_by_rest(
    block: ComplexArray,
    table: RealArray,
    bubbles: tuple[RealArray, RealArray, RealArray],
    inverse: float,
    points: UsedPoints,
    d: int,
) -> None:
    """Replace rows of R_ex by those of R at all points, times a factor; see `rest_sums`. *Communication*: local."""
    row = new_row(bubbles[0].shape[0], points.along.size)
    for b in range(points.rows.size):
        values = block[points.rows[b]]
        fill_rest(values, table, bubbles, inverse, points.across[b], points, d, row)
        for j in range(values.size):
            values[j] = complex(row.remainder[0, j], row.remainder[1, j])


@kernel
def rest_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: tuple[RealArray, RealArray, RealArray],
    inverse: float,
    points: UsedPoints,
    d: int,
    bands: RowBands,
    out: RealArray,
) -> None:
    """Pairings, Σ Q a Φ and Σ|R|²Φ of each bubble for each row of a block, of R times a factor.

    Parameters
    ----------
    block : ndarray, complex, (rows, all points of a row)
        R_ex.
    table : ndarray
        `profile_table`.
    bubbles : three ndarray
        `Deviation.packed`.
    inverse : float
        The factor, a power of 2.
    points, d
        As of `pairing_sums`.
    bands : RowBands
        Φ_k.
    out : ndarray, (11K, rows that are used)
        Filled: nine pairings of the first bubble and its two sums with Φ, then those of the next.

    Notes
    -----
    *Communication*: local.
    """
    forms, count, along = bubbles[1], bubbles[0].shape[0], points.along
    row, sums = new_row(count, along.size), np.zeros(OF_REST)
    for b in range(points.rows.size):
        fill_rest(block[points.rows[b]], table, bubbles, inverse, points.across[b], points, d, row)
        if b == 0 or not same_bands(bands, points.folded):
            fill_bands(bands, (points.across[b], points.folded), along, 1)
        for i in range(count):
            k, support = bands.order[i], fill_weight(bands, i)
            pair_row(forms[k], k, along, d, row, sums)
            sums[OVERLAP] = overlap_sum(k, row, bands.weight, support)
            sums[SQUARE] = remainder_sum(row, bands.weight, support)
            out[OF_REST * k : OF_REST * (k + 1), b] = sums


@kernel
def rest_jacobian_sums(
    block: ComplexArray,
    table: RealArray,
    bubbles: tuple[RealArray, RealArray, RealArray],
    inverse: float,
    points: UsedPoints,
    d: int,
    numbers: IndexArray,
    overlaps: tuple[IndexArray, IndexArray],
    out: RealArray,
) -> None:
    """Sums of Newton's matrix for each row of a block; what R adds to it comes times the factor.

    See `rest_sums` and `jacobian_sums`. *Communication*: local.
    """
    forms, count, n = bubbles[1], bubbles[0].shape[0], points.along.size
    row, room = new_row(count, n), new_tangents(count, n)
    for b in range(points.rows.size):
        across = points.across[b]
        fill_rest(block[points.rows[b]], table, bubbles, inverse, across, points, d, row)
        jacobian_row(forms, across, points, d, row, numbers[b], overlaps, room, out)
