"""Compiled sums of the last pass of a sample: the remainder and its gradient against the bubbles and the localization.

Rows of the tables are named by the constants below: those of each bubble, then those of the whole field.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS, fill_remainder, pair_row
from parallel_nls.bubbles.localization.row_bands import RowBands, fill_bands, fill_weight, same_bands
from parallel_nls.bubbles.localization.virial_cutoff import virial_multiplier
from parallel_nls.bubbles.profile_rows import (
    BOOST_ACROSS,
    BOOST_ALONG,
    CHIRP,
    COSINE,
    KEPT,
    REACH,
    SCALE,
    SINE,
    SLOPE,
    VALUE,
    amplitude,
)
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel

# Of each bubble behind its pairings: ∫Q a Φ, the linear term of the energy, ∫|R|²Φ, Im∫(∇χ_A)(y)·∇R R̄ Φ.
OVERLAP, LINEAR, REMAINDER, MORAWETZ = range(PAIRINGS, PAIRINGS + 4)
OF_BUBBLE = PAIRINGS + 4
# Of the field: ∫|R|², ∫|∇R|², the quadratic term of the power, and F(v) - F(U) - Re f(U)R̄.
MASS, GRADIENT, QUADRATIC, BEYOND_LINEAR = range(4)
OF_FIELD = 4


class Scratch(NamedTuple):
    """What is known along one row.

    Attributes
    ----------
    kept : ndarray, (K, 6, n)
        Profiles and phases, of `fill_bubble`.
    ranges : ndarray of int, (K, 2)
        Positions within reach.
    middles : ndarray, (K, 2)
        w, and the coordinate of t = 0.
    remainder : ndarray, (2, n)
        Real and imaginary part of R.
    slopes : ndarray, (4, n)
        Real and imaginary part of ∂R across, and along.
    flux : ndarray, (n,)
        Im(y·∇R R̄) of one bubble after the other.
    """

    kept: RealArray
    ranges: IndexArray
    middles: RealArray
    remainder: RealArray
    slopes: RealArray
    flux: RealArray


def new_scratch(count: int, n: int) -> Scratch:
    """Room for one row of n points and K bubbles. *Communication*: local."""
    return Scratch(
        np.empty((count, KEPT, n)),
        np.empty((count, 2), np.int64),
        np.empty((count, 2)),
        np.empty((2, n)),
        np.empty((4, n)),
        np.empty(n),
    )


# The loops run over slices: an index that may be negative keeps them from being vectorised, and so does a second array
# that is written to.


@kernel
def _subtract_slopes(bubble: RealArray, k: int, along: RealArray, folded: bool, d: int, row: Scratch) -> None:
    """Take λ^{-d/2-1}(∇Q + igQ)e^{iφ} of one bubble away."""
    first, last = row.ranges[k, 0], row.ranges[k, 1]
    places, kept, slopes = along[first:last], row.kept[k], row.slopes
    values, inclines = kept[VALUE, first:last], kept[SLOPE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    w, middle, scale, half = row.middles[k, 0], row.middles[k, 1], bubble[SCALE], 0.5 * bubble[CHIRP]
    size, wave_w, boost = amplitude(scale, d) / scale, bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG]
    inverse = 1.0 / scale
    re_along, im_along = slopes[2, first:last], slopes[3, first:last]
    re_across, im_across = slopes[0, first:last], slopes[1, first:last]
    for j in range(places.size):
        t = (places[j] - middle) * inverse
        re, im = size * inclines[j] * t, size * (boost - half * t) * values[j]
        re_along[j] -= re * cosines[j] - im * sines[j]
    for j in range(places.size):
        t = (places[j] - middle) * inverse
        re, im = size * inclines[j] * t, size * (boost - half * t) * values[j]
        im_along[j] -= re * sines[j] + im * cosines[j]
    if not folded:
        for j in range(places.size):
            re, im = size * inclines[j] * w, size * wave_w * values[j]
            re_across[j] -= re * cosines[j] - im * sines[j]
        for j in range(places.size):
            re, im = size * inclines[j] * w, size * wave_w * values[j]
            im_across[j] -= re * sines[j] + im * cosines[j]


@kernel
def _fill_slopes(
    gradient: tuple[ComplexArray, ComplexArray],
    bubbles: RealArray,
    along: RealArray,
    folded: bool,
    d: int,
    row: Scratch,
) -> None:
    re_along, im_along, re_across, im_across = row.slopes[2], row.slopes[3], row.slopes[0], row.slopes[1]
    first, second = gradient
    for j in range(along.size):
        value = complex(second[j])
        re_along[j], im_along[j] = value.real, value.imag
    for j in range(along.size):
        value = complex(0.0, 0.0) if folded else complex(first[j])
        re_across[j], im_across[j] = value.real, value.imag
    for k in range(bubbles.shape[0]):
        _subtract_slopes(bubbles[k], k, along, folded, d, row)


@kernel
def _common(k: int, row: Scratch, span: tuple[int, int]) -> tuple[int, int]:
    """Positions within reach of a bubble and within the support of its Φ."""
    first, last = max(row.ranges[k, 0], span[0]), min(row.ranges[k, 1], span[1])
    return first, max(first, last)


@kernel
def _linear_sums(
    bubble: RealArray,
    k: int,
    along: RealArray,
    folded: bool,
    d: int,
    row: Scratch,
    phi: RealArray,
    span: tuple[int, int],
    out: RealArray,
) -> None:
    """Σ Q a Φ and Σ {|g|²Q a - (2g·∇Q - γd/2 Q) b} Φ of one bubble; see `energy_expansion` of the functionals."""
    first, last = _common(k, row, span)
    places, weights, kept = along[first:last], phi[first:last], row.kept[k]
    res, ims = row.remainder[0, first:last], row.remainder[1, first:last]
    values, slopes = kept[VALUE, first:last], kept[SLOPE, first:last]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    w, start, half, inverse = row.middles[k, 0], row.middles[k, 1], 0.5 * bubble[CHIRP], 1.0 / bubble[SCALE]
    boost = bubble[BOOST_ALONG]
    wave_w = 0.0 if folded else bubble[BOOST_ACROSS] - half * w
    trace = half * d
    overlap = linear = 0.0
    for j in range(places.size):
        share = weights[j]
        t = (places[j] - start) * inverse
        a, b = res[j] * cosines[j] + ims[j] * sines[j], ims[j] * cosines[j] - res[j] * sines[j]
        wave_t = boost - half * t
        square, turn = wave_w * wave_w + wave_t * wave_t, wave_w * w + wave_t * t
        qa = share * values[j] * a
        overlap += qa
        linear += square * qa - share * (2.0 * slopes[j] * turn - trace * values[j]) * b
    out[OVERLAP], out[LINEAR] = overlap, linear


@kernel
def _overlap_sum(k: int, row: Scratch, phi: RealArray, span: tuple[int, int], out: RealArray) -> None:
    """Σ Q a Φ of one bubble alone."""
    first, last = _common(k, row, span)
    kept, weights = row.kept[k], phi[first:last]
    values, cosines, sines = kept[VALUE, first:last], kept[COSINE, first:last], kept[SINE, first:last]
    res, ims = row.remainder[0, first:last], row.remainder[1, first:last]
    overlap = 0.0
    for j in range(weights.size):
        overlap += weights[j] * values[j] * (res[j] * cosines[j] + ims[j] * sines[j])
    out[OVERLAP], out[LINEAR] = overlap, 0.0


@kernel
def _fill_flux(
    k: int, scale: float, along: RealArray, folded: bool, row: Scratch, span: tuple[int, int], flux: RealArray
) -> None:
    """Im(y·∇R R̄) along a row."""
    first, last = span
    places, target, slopes = along[first:last], flux[first:last], row.slopes
    re, im, w, middle = row.remainder[0, first:last], row.remainder[1, first:last], row.middles[k, 0], row.middles[k, 1]
    re_along, im_along = slopes[2, first:last], slopes[3, first:last]
    re_across, im_across = slopes[0, first:last], slopes[1, first:last]
    inverse = 1.0 / scale
    for j in range(places.size):
        target[j] = (places[j] - middle) * inverse * (re[j] * im_along[j] - im[j] * re_along[j])
    if not folded:
        for j in range(places.size):
            target[j] += w * (re[j] * im_across[j] - im[j] * re_across[j])


@kernel
def _remainder_sums(
    scale: float,
    k: int,
    along: RealArray,
    folded: bool,
    row: Scratch,
    phi: RealArray,
    span: tuple[int, int],
    cutoff: float,
    table: RealArray,
    full: bool,
    out: RealArray,
) -> None:
    """Σ|R|²Φ and, where all is wanted, Σ (∇χ_A)(y)·Im(∇R R̄) Φ of one bubble."""
    first, last = span
    weights, places, flux = phi[first:last], along[first:last], row.flux[first:last]
    re, im = row.remainder[0, first:last], row.remainder[1, first:last]
    w, middle = row.middles[k, 0], row.middles[k, 1]
    mass = morawetz = 0.0
    inverse = 1.0 / scale
    for j in range(weights.size):
        mass += weights[j] * (re[j] * re[j] + im[j] * im[j])
    if full:
        _fill_flux(k, scale, along, folded, row, span, row.flux)
        for j in range(weights.size):
            t = (places[j] - middle) * inverse
            morawetz += weights[j] * virial_multiplier(math.sqrt(w * w + t * t), cutoff, table) * flux[j]
    out[REMAINDER], out[MORAWETZ] = mass, morawetz


@kernel
def _field_sums(values: ComplexArray, d: int, row: Scratch, out: RealArray) -> None:
    """The four sums of the field; F(v) - F(U) - Re f(U)R̄ without cancellation, from |v|² = |U|² + e."""
    mass = gradient = quadratic = beyond = 0.0
    res, ims = row.remainder[0], row.remainder[1]
    first, second, third, fourth = row.slopes[0], row.slopes[1], row.slopes[2], row.slopes[3]
    for j in range(res.size):
        re, im = res[j], ims[j]
        value = complex(values[j])
        x, y = value.real - re, value.imag - im
        square, density = re * re + im * im, x * x + y * y
        inner = x * re + y * im
        e = 2.0 * inner + square
        # Re U²R̄² = (Re UR̄)² - (Im UR̄)².
        cross = y * re - x * im
        twist = inner * inner - cross * cross
        mass += square
        gradient += first[j] * first[j] + second[j] * second[j] + third[j] * third[j] + fourth[j] * fourth[j]
        if d == 1:
            quadratic += density * (3.0 * density * square + 2.0 * twist)
            beyond += density * e * e / 2.0 + e * e * e / 6.0 + density * density * square / 2.0
        else:
            quadratic += 2.0 * density * square + twist
            beyond += e * e / 4.0 + density * square / 2.0
    out[MASS], out[GRADIENT], out[QUADRATIC], out[BEYOND_LINEAR] = mass, gradient, quadratic, beyond


@kernel
def functional_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    table: RealArray,
    bubbles: RealArray,
    places: tuple[RealArray, RealArray, bool],
    d: int,
    bands: RowBands,
    cutoff: float,
    virial_table: RealArray,
    full: bool,
    row: Scratch,
    out: RealArray,
) -> None:
    """The sums for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (at least rows, n)
        v.
    gradient : two ndarray, complex, (at least rows, n)
        ∂v across the rows (not read on a line), and along.
    table, bubbles : ndarray
        `profile_table`, `Parameters.packed`.
    places : (ndarray, ndarray, bool)
        Coordinates of the rows and along them, whether they are parts of one line.
    d : int
        Dimension.
    bands : RowBands
        Φ_k.
    cutoff : float
        A.
    virial_table : ndarray
        Of ψ'.
    full : bool
        Whether all is wanted; if not, the linear term and the one with χ_A are left 0.
    row : Scratch
        From `new_scratch`.
    out : ndarray, (13K + 4, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded = places
    count = bubbles.shape[0]
    sums = np.empty(OF_BUBBLE)
    for b in range(across.size):
        place = (across[b], folded)
        if b == 0 or not same_bands(bands, folded):
            fill_bands(bands, place, along, 1)
        fill_remainder(
            block[b], table, bubbles, place, along, d, REACH, row.kept, row.ranges, row.middles, row.remainder
        )
        _fill_slopes((gradient[0][b], gradient[1][b]), bubbles, along, folded, d, row)
        for i in range(count):
            k, span = bands.order[i], fill_weight(bands, i)
            pair_row(bubbles[k], row.kept[k], row.ranges[k], row.middles[k], along, d, row.remainder, sums)
            if full:
                _linear_sums(bubbles[k], k, along, folded, d, row, bands.weight, span, sums)
            else:
                _overlap_sum(k, row, bands.weight, span, sums)
            scale = bubbles[k, SCALE]
            _remainder_sums(scale, k, along, folded, row, bands.weight, span, cutoff, virial_table, full, sums)
            out[OF_BUBBLE * k : OF_BUBBLE * (k + 1), b] = sums
        _field_sums(block[b], d, row, out[OF_BUBBLE * count :, b])
