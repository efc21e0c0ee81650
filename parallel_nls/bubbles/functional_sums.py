"""Compiled sums of the last pass of a sample: the remainder and its gradient against the bubbles and the localization.

Rows of the tables are named by the constants below: those of each bubble, then those of the whole field.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS, A, fill_remainder, pair_row
from parallel_nls.bubbles.localization.row_bands import RowBands, fill_bands, fill_weight, same_bands
from parallel_nls.bubbles.localization.virial_cutoff import fill_multipliers
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
    new_row,
    split_row,
)
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, put_lanes, total

# Of each bubble behind its pairings: ∫Q a Φ, the linear term of the energy, ∫|R|²Φ, Im∫(∇χ_A)(y)·∇R R̄ Φ.
OVERLAP, LINEAR, REMAINDER, MORAWETZ = range(PAIRINGS, PAIRINGS + 4)
OF_BUBBLE = PAIRINGS + 4
# Of the field: ∫|R|², ∫|∇R|², the quadratic term of the power, and F(v) - F(U) - Re f(U)R̄.
MASS, GRADIENT, QUADRATIC, BEYOND_LINEAR = range(4)
OF_FIELD = 4


class Scratch(NamedTuple):
    """Room for one row of n points and K bubbles.

    Attributes
    ----------
    bubbles : BubbleRow
        Of `fill_remainder`.
    slopes : ndarray, (4, n)
        Real and imaginary part of ∂R across, and along.
    flux : ndarray, (n,)
        Im(y·∇R R̄) of one bubble after the other.
    multipliers : ndarray, (2, n)
        Of `fill_multipliers`, in the same way.
    """

    bubbles: BubbleRow
    slopes: RealArray
    flux: RealArray
    multipliers: RealArray


def new_scratch(count: int, n: int) -> Scratch:
    """Room for one row of n points and K bubbles. *Communication*: local."""
    return Scratch(new_row(count, n), np.empty((4, n)), np.empty(n), np.empty((2, n)))


# The loops run over slices: an index that may be negative keeps them from being vectorised, and so does a second array
# that is written to.


@lean_kernel
def _subtract_slopes(bubble: RealArray, k: int, points: UsedPoints, d: int, row: BubbleRow, slopes: RealArray) -> None:
    """Take λ^{-d/2-1}(∇Q + igQ)e^{iφ} of one bubble away."""
    first, last = row.ranges[k, 0], row.ranges[k, 1]
    places, kept = points.along[first:last], row.kept[k]
    values, inclines = kept[VALUE, first:last], kept[SLOPE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    w, middle, scale, half = row.middles[k, 0], row.middles[k, 1], bubble[SCALE], 0.5 * bubble[CHIRP]
    size, wave_w, boost = amplitude(scale, d) / scale, bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG]
    inverse = 1.0 / scale
    re_along, im_along = slopes[2, first:last], slopes[3, first:last]
    re_across, im_across = slopes[0, first:last], slopes[1, first:last]
    for j in range(0, places.size, LANES):
        value, incline = size * lanes_of(values, j), size * lanes_of(inclines, j)
        cosine, sine = lanes_of(cosines, j), lanes_of(sines, j)
        t = (lanes_of(places, j) - middle) * inverse
        re, im = incline * t, (boost - half * t) * value
        put_lanes(re_along, j, lanes_of(re_along, j) - (re * cosine - im * sine))
        put_lanes(im_along, j, lanes_of(im_along, j) - (re * sine + im * cosine))
        if not points.folded:
            re, im = incline * w, value * wave_w
            put_lanes(re_across, j, lanes_of(re_across, j) - (re * cosine - im * sine))
            put_lanes(im_across, j, lanes_of(im_across, j) - (re * sine + im * cosine))


@lean_kernel
def _fill_slopes(
    gradient: tuple[ComplexArray, ComplexArray],
    bubbles: RealArray,
    points: UsedPoints,
    d: int,
    row: BubbleRow,
    slopes: RealArray,
) -> None:
    split_row(gradient[1], points.every, slopes[2:4])
    if points.folded:
        slopes[0:2] = 0.0
    else:
        split_row(gradient[0], points.every, slopes[0:2])
    for k in range(bubbles.shape[0]):
        _subtract_slopes(bubbles[k], k, points, d, row, slopes)


@lean_kernel
def _common(k: int, row: BubbleRow, span: tuple[int, int]) -> tuple[int, int]:
    """Positions within reach of a bubble and within the support of its Φ."""
    first, last = max(row.ranges[k, 0], span[0]), min(row.ranges[k, 1], span[1])
    return first, max(first, last)


@lean_kernel
def bubble_sums(
    bubble: RealArray,
    k: int,
    along: RealArray,
    d: int,
    row: BubbleRow,
    mass: float,
    bands: RowBands,
    folded: bool,
    span: tuple[int, int],
    out: RealArray,
) -> None:
    """The sums of one bubble along a row, (13,), of which Σ|R|² is known; those with its chirp or χ_A are left 0.

    Where v₁ lies across the rows Φ is one number a row.

    Notes
    -----
    *Communication*: local.
    """
    pair_row(bubble, k, along, d, row, out)
    out[LINEAR] = out[MORAWETZ] = 0.0
    if bands.direction[1] == 0.0 and not folded:
        phi = bands.weight[span[0]] if span[1] > span[0] else 0.0
        out[OVERLAP], out[REMAINDER] = phi * out[A], phi * mass
    else:
        out[OVERLAP], out[REMAINDER] = overlap_sum(k, row, bands.weight, span), remainder_sum(row, bands.weight, span)


@lean_kernel
def overlap_sum(k: int, row: BubbleRow, phi: RealArray, span: tuple[int, int]) -> float:
    """Σ Q a Φ of one bubble along a row, Φ within its support [first, last). *Communication*: local."""
    first, last = _common(k, row, span)
    kept, weights = row.kept[k], phi[first:last]
    values, cosines, sines = kept[VALUE, first:last], kept[COSINE, first:last], kept[SINE, first:last]
    res, ims = row.remainder[0, first:last], row.remainder[1, first:last]
    overlap = all_lanes(0.0)
    for j in range(0, weights.size, LANES):
        a = lanes_of(res, j) * lanes_of(cosines, j) + lanes_of(ims, j) * lanes_of(sines, j)
        overlap += lanes_of(weights, j) * lanes_of(values, j) * a
    return float(total(overlap))


@lean_kernel
def remainder_sum(row: BubbleRow, phi: RealArray, span: tuple[int, int]) -> float:
    """Σ|R|²Φ along a row, Φ within its support [first, last). *Communication*: local."""
    first, last = span
    weights, res, ims = phi[first:last], row.remainder[0, first:last], row.remainder[1, first:last]
    mass = all_lanes(0.0)
    for j in range(0, weights.size, LANES):
        re, im = lanes_of(res, j), lanes_of(ims, j)
        mass += lanes_of(weights, j) * (re * re + im * im)
    return float(total(mass))


@lean_kernel
def _linear_sum(
    bubble: RealArray,
    k: int,
    along: RealArray,
    folded: bool,
    d: int,
    row: BubbleRow,
    phi: RealArray,
    span: tuple[int, int],
) -> float:
    """Σ {|g|²Q a - (2g·∇Q - γd/2 Q) b} Φ of one bubble; see `energy_expansion` of the functionals."""
    first, last = _common(k, row, span)
    places, weights, kept = along[first:last], phi[first:last], row.kept[k]
    res, ims = row.remainder[0, first:last], row.remainder[1, first:last]
    values, slopes = kept[VALUE, first:last], kept[SLOPE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    w, start, half, inverse = row.middles[k, 0], row.middles[k, 1], 0.5 * bubble[CHIRP], 1.0 / bubble[SCALE]
    boost = bubble[BOOST_ALONG]
    wave_w = 0.0 if folded else bubble[BOOST_ACROSS] - half * w
    square_w, turn_w, trace = wave_w * wave_w, wave_w * w, half * d
    linear = all_lanes(0.0)
    for j in range(0, places.size, LANES):
        t = (lanes_of(places, j) - start) * inverse
        re, im, cosine, sine = lanes_of(res, j), lanes_of(ims, j), lanes_of(cosines, j), lanes_of(sines, j)
        a, b, wave_t = re * cosine + im * sine, im * cosine - re * sine, boost - t * half
        value, twice = lanes_of(values, j), 2.0 * lanes_of(slopes, j) * (wave_t * t + turn_w)
        linear += lanes_of(weights, j) * ((wave_t * wave_t + square_w) * value * a - (twice - value * trace) * b)
    return float(total(linear))


@lean_kernel
def _fill_flux(k: int, scale: float, along: RealArray, folded: bool, room: Scratch, span: tuple[int, int]) -> None:
    """Im(y·∇R R̄) along a row."""
    first, last = span
    row, slopes, places, flux = room.bubbles, room.slopes, along[first:last], room.flux[first:last]
    re, im, w, middle = row.remainder[0, first:last], row.remainder[1, first:last], row.middles[k, 0], row.middles[k, 1]
    re_along, im_along = slopes[2, first:last], slopes[3, first:last]
    re_across, im_across = slopes[0, first:last], slopes[1, first:last]
    inverse = 1.0 / scale
    for j in range(places.size):
        flux[j] = (places[j] - middle) * inverse * (re[j] * im_along[j] - im[j] * re_along[j])
    if not folded:
        for j in range(places.size):
            flux[j] += w * (re[j] * im_across[j] - im[j] * re_across[j])


@lean_kernel
def _morawetz_sum(
    scale: float,
    k: int,
    along: RealArray,
    folded: bool,
    room: Scratch,
    phi: RealArray,
    span: tuple[int, int],
    cutoff: float,
    table: RealArray,
) -> float:
    """Σ (∇χ_A)(y)·Im(∇R R̄) Φ of one bubble."""
    first, last = span
    weights, places, fluxes = phi[first:last], along[first:last], room.flux[first:last]
    w, middle = room.bubbles.middles[k, 0], room.bubbles.middles[k, 1]
    multipliers, radii = room.multipliers[0, : places.size], room.multipliers[1, : places.size]
    _fill_flux(k, scale, along, folded, room, span)
    fill_multipliers(places, cutoff, table, w, (middle, 1.0 / scale), multipliers, radii)
    morawetz = all_lanes(0.0)
    for j in range(0, weights.size, LANES):
        morawetz += lanes_of(weights, j) * lanes_of(multipliers, j) * lanes_of(fluxes, j)
    return float(total(morawetz))


@lean_kernel
def sum_of_squares(values: RealArray) -> float:
    """Σ f² of a real row. *Communication*: local."""
    squares = all_lanes(0.0)
    for j in range(0, values.size, LANES):
        value = lanes_of(values, j)
        squares = fused(value, value, squares)
    return float(total(squares))


@lean_kernel
def _norms(slopes: RealArray, out: RealArray) -> None:
    """Σ|∇R|²."""
    out[GRADIENT] = sum_of_squares(slopes[0]) + sum_of_squares(slopes[1])
    out[GRADIENT] += sum_of_squares(slopes[2]) + sum_of_squares(slopes[3])
    out[QUADRATIC] = out[BEYOND_LINEAR] = 0.0


@lean_kernel
def _energy_sums(d: int, row: BubbleRow, out: RealArray) -> None:
    """The last two sums of the field; F(v) - F(U) - Re f(U)R̄ without cancellation, from |v|² = |U|² + e."""
    quadratic = beyond = all_lanes(0.0)
    res, ims, reals, imaginaries = row.remainder[0], row.remainder[1], row.field[0], row.field[1]
    for j in range(0, res.size, LANES):
        re, im = lanes_of(res, j), lanes_of(ims, j)
        x, y = lanes_of(reals, j) - re, lanes_of(imaginaries, j) - im
        square, density, inner, cross = re * re + im * im, x * x + y * y, x * re + y * im, y * re - x * im
        e = 2.0 * inner + square
        # Re U²R̄² = (Re UR̄)² - (Im UR̄)².
        twist = inner * inner - cross * cross
        if d == 1:
            quadratic += density * (3.0 * density * square + 2.0 * twist)
            beyond += 0.5 * density * e * e + (1.0 / 6.0) * e * e * e + 0.5 * density * density * square
        else:
            quadratic += 2.0 * density * square + twist
            beyond += 0.25 * e * e + 0.5 * density * square
    out[QUADRATIC], out[BEYOND_LINEAR] = total(quadratic), total(beyond)


@kernel
def functional_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    table: RealArray,
    bubbles: RealArray,
    points: UsedPoints,
    d: int,
    reach: float,
    bands: RowBands,
    cutoff: float,
    virial_table: RealArray,
    full: bool,
    room: Scratch,
    out: RealArray,
) -> None:
    """The sums for each row of a block that is used.

    Parameters
    ----------
    block : ndarray, complex, (rows, all points of a row)
        v.
    gradient : two ndarray, complex, of the same shape
        ∂v across the rows (not read on a line), and along.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    points : UsedPoints
        Of the block.
    d : int
        Dimension.
    reach : float
        Radius |y| up to which bubbles are evaluated.
    bands : RowBands
        Φ_k.
    cutoff : float
        A.
    virial_table : ndarray
        Of ψ'.
    full : bool
        Whether all is wanted; if not, what the energies take and the term with χ_A are left 0.
    room : Scratch
        From `new_scratch`.
    out : ndarray, (13K + 4, rows that are used)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    along, folded, row = points.along, points.folded, room.bubbles
    count = bubbles.shape[0]
    sums = np.empty(OF_BUBBLE)
    for b in range(points.rows.size):
        number, across = points.rows[b], points.across[b]
        if b == 0 or not same_bands(bands, folded):
            fill_bands(bands, (across, folded), along, 1)
        fill_remainder(block[number], table, bubbles, across, points, d, reach, row)
        _fill_slopes((gradient[0][number], gradient[1][number]), bubbles, points, d, row, room.slopes)
        mass = out[OF_BUBBLE * count + MASS, b] = sum_of_squares(row.remainder[0]) + sum_of_squares(row.remainder[1])
        for i in range(count):
            k, span = bands.order[i], fill_weight(bands, i)
            bubble_sums(bubbles[k], k, along, d, row, mass, bands, folded, span, sums)
            if full:
                scale = bubbles[k, SCALE]
                sums[LINEAR] = _linear_sum(bubbles[k], k, along, folded, d, row, bands.weight, span)
                sums[MORAWETZ] = _morawetz_sum(scale, k, along, folded, room, bands.weight, span, cutoff, virial_table)
            out[OF_BUBBLE * k : OF_BUBBLE * (k + 1), b] = sums
        _norms(room.slopes, out[OF_BUBBLE * count :, b])
        if full:
            _energy_sums(d, row, out[OF_BUBBLE * count :, b])
