"""Compiled sums of a field against the localization functions Φ_k: local mass, momentum, and the local virial identity.

Φ_k depends on s = x·v₁ alone, so ∇Φ_k = v₁Φ_k', ∇²Φ_k = v₁v₁ᵀΦ_k'', ΔΦ_k = Φ_k'', Δ²Φ_k = Φ_k''''.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from parallel_nls.bubbles.localization.row_bands import STEPS, RowBands, fill_bands, fill_weight, same_bands
from parallel_nls.bubbles.profile_rows import UsedPoints
from parallel_nls.equations.rotations import power_of_density
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import inlined, kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, lanes_of, put_lanes, total

# ∫|v|²Φ, Im∫v̄∇v·∇Φ, ∫∇²Φ(∇v, ∇v̄), ∫ΔΦ|v|^{p+2}, ∫Δ²Φ|v|²; then with moduli the second, and the terms of eq. 3.15.
LOCAL_MASS, LOCAL_CURRENT, HESSIAN, POWER, BILAPLACIAN, FLUX_SIZE, TERMS_SIZE = range(7)
LOCAL = 7
# What is known along a row: |v|², Im(v̄ ∂v), |∂v|², |v|^{p+2}; real and imaginary part of v, and of ∂v.
SQUARE, FLUX, SLOPE_SQUARE, POWER_OF_MODULUS, FIELD, SLOPE = 0, 1, 2, 3, 4, 6
DENSITIES = 8
# Moments of a bubble with the weight |v|^{p+2}Φ: 1, x across, x along, x² and currents of Im |v|^p v̄∇v against 1 and x.
WEIGHT, X_ACROSS, X_ALONG, X_SQUARE, FLUX_ACROSS, FLUX_ALONG, DILATION = range(7)
MOMENTS = 7


@lean_kernel
def _fill_powers(densities: RealArray, exponent: float, powers: RealArray) -> None:
    """As of `power_of_density`; the critical ones are products, which are vectorised."""
    if exponent == 2.0:
        for j in range(powers.size):
            powers[j] = densities[j] * densities[j]
    elif exponent == 3.0:
        for j in range(powers.size):
            powers[j] = densities[j] * densities[j] * densities[j]
    else:
        for j in range(powers.size):
            powers[j] = power_of_density(densities[j], exponent)


@inlined
def _slopes_of(slopes: tuple[ComplexArray, ComplexArray], direction: tuple[float, float], j: int) -> tuple[Any, Any]:
    """The derivative in a direction at eight points, from those across and along."""
    re = im = all_lanes(0.0)
    if direction[1] != 0.0:
        x, y = complex_lanes_of(slopes[1], j)
        re, im = direction[1] * x, direction[1] * y
    if direction[0] != 0.0:
        x, y = complex_lanes_of(slopes[0], j)
        re, im = re + direction[0] * x, im + direction[0] * y
    return re, im


@lean_kernel
def _fill_densities(
    values: ComplexArray,
    slopes: tuple[ComplexArray, ComplexArray],
    direction: tuple[float, float],
    exponent: float,
    out: RealArray,
) -> None:
    """What is known along a row, see `DENSITIES`, ∂ the derivative in the direction (across, along)."""
    densities, fluxes, squares = out[SQUARE], out[FLUX], out[SLOPE_SQUARE]
    res, ims, re_slopes, im_slopes = out[FIELD], out[FIELD + 1], out[SLOPE], out[SLOPE + 1]
    for j in range(0, values.size, LANES):
        re, im = complex_lanes_of(values, j)
        re_slope, im_slope = _slopes_of(slopes, direction, j)
        put_lanes(res, j, re)
        put_lanes(ims, j, im)
        put_lanes(re_slopes, j, re_slope)
        put_lanes(im_slopes, j, im_slope)
        put_lanes(densities, j, re * re + im * im)
        put_lanes(fluxes, j, re * im_slope - im * re_slope)
        put_lanes(squares, j, re_slope * re_slope + im_slope * im_slope)
    _fill_powers(densities, exponent, out[POWER_OF_MODULUS])


@lean_kernel
def _add_terms(densities: RealArray, table: RealArray, k: int, offset: int, stride: int, out: RealArray) -> None:
    """The five integrands, with projected weights."""
    phi, first, second, fourth = table[0, k], table[1, k], table[2, k], table[3, k]
    densities, fluxes, squares, powers = densities[0], densities[1], densities[2], densities[3]
    mass = current = hessian = power = third = 0.0
    for j in range(densities.size):
        place = offset + stride * j
        mass += densities[j] * phi[place]
        current += fluxes[j] * first[place]
        hessian += squares[j] * second[place]
        power += powers[j] * second[place]
        third += densities[j] * fourth[place]
    out[LOCAL_MASS], out[LOCAL_CURRENT], out[HESSIAN], out[POWER], out[BILAPLACIAN] = (
        mass,
        current,
        hessian,
        power,
        third,
    )


@lean_kernel
def _band_sizes(densities: RealArray, bands: RowBands, b: int, force: float) -> tuple[float, float]:
    """Their moduli on one band, with plain weights, as projected ones ripple where bubbles are.

    Of the third term half is the integral of Re(v̄ ∂v) against the third derivative, by parts.
    """
    flux = bent = pressed = third = 0.0
    first, last = bands.spans[b, 0], bands.spans[b, 1]
    known, steps = densities[:, first:last], bands.steps[:, first:last]
    for j in range(known.shape[1]):
        # Re(v̄ ∂v)
        growth = known[FIELD, j] * known[SLOPE, j] + known[FIELD + 1, j] * known[SLOPE + 1, j]
        flux += abs(known[FLUX, j]) * abs(steps[1, j])
        bent += known[SLOPE_SQUARE, j] * abs(steps[2, j])
        pressed += known[POWER_OF_MODULUS, j] * abs(steps[2, j])
        third += abs(growth) * abs(steps[3, j])
    return flux, 2.0 * bent + force * pressed + third


@lean_kernel
def _has_bands(bands: RowBands) -> bool:
    """Whether a row has points of any."""
    found = False
    for b in range(bands.spans.shape[0]):
        found = found or bands.spans[b, 1] > bands.spans[b, 0]
    return found


@lean_kernel
def _sum(values: RealArray) -> float:
    sums = all_lanes(0.0)
    for j in range(0, values.size, LANES):
        sums += lanes_of(values, j)
    return float(total(sums))


@lean_kernel
def _row_totals(
    values: ComplexArray,
    slopes: tuple[ComplexArray, ComplexArray],
    direction: tuple[float, float],
    exponent: float,
    totals: RealArray,
) -> None:
    """Sums of the first four of `_fill_densities`, to the same bits, p critical: where nothing but sums is wanted."""
    mass = current = hessian = power = all_lanes(0.0)
    for j in range(0, values.size, LANES):
        re, im = complex_lanes_of(values, j)
        re_slope, im_slope = _slopes_of(slopes, direction, j)
        density = re * re + im * im
        mass += density
        current += re * im_slope - im * re_slope
        hessian += re_slope * re_slope + im_slope * im_slope
        power += density * density if exponent == 2.0 else density * density * density
    totals[SQUARE, 0], totals[FLUX, 0] = total(mass), total(current)
    totals[SLOPE_SQUARE, 0], totals[POWER_OF_MODULUS, 0] = total(hessian), total(power)


@kernel
def density_totals(block: ComplexArray, exponent: float, totals: RealArray) -> None:
    """Σ|v|² and Σ|v|^{p+2} of each row of a block; ``exponent`` is (p + 2)/2, ``totals`` (2, rows)."""
    for b in range(totals.shape[1]):
        row, mass, power = block[b], all_lanes(0.0), all_lanes(0.0)
        if exponent == 2.0 or exponent == 3.0:
            for j in range(0, row.size, LANES):
                re, im = complex_lanes_of(row, j)
                density = re * re + im * im
                mass += density
                power += density * density if exponent == 2.0 else density * density * density
            totals[0, b], totals[1, b] = total(mass), total(power)
        else:
            sums = powers = 0.0
            for j in range(row.size):
                v = complex(row[j])
                sums += v.real * v.real + v.imag * v.imag
                powers += power_of_density(v.real * v.real + v.imag * v.imag, exponent)
            totals[0, b], totals[1, b] = sums, powers


@kernel
def band_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    points: UsedPoints,
    exponent: float,
    bands: RowBands,
    densities: RealArray,
    out: RealArray,
) -> None:
    """The last two of `local_sums` alone, (2K, rows): of moduli, which the bands have."""
    across, along, folded = points.across, points.along, points.folded
    force, count = (exponent - 1.0) / exponent, bands.order.size
    for b in range(across.size):
        if b == 0 or not same_bands(bands, folded):
            fill_bands(bands, (across[b], folded), along, STEPS)
        out[:, b] = 0.0
        if _has_bands(bands):
            slopes = gradient[0][b], gradient[1][b]
            _fill_densities(block[b], slopes, bands.direction, exponent, densities)
            for i in range(count - 1):
                flux, terms = _band_sizes(densities, bands, i, force)
                for k in (bands.order[i], bands.order[i + 1]):
                    out[2 * k, b] += flux
                    out[2 * k + 1, b] += terms


@kernel
def local_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    points: UsedPoints,
    exponent: float,
    weights: tuple[RealArray, IndexArray, int],
    bands: RowBands,
    densities: RealArray,
    out: RealArray,
) -> None:
    """The seven sums of each Φ_k for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (at least rows, n)
        v.
    gradient : two ndarray, complex, (at least rows, n)
        ∂v across the rows (not read where v₁ is along them), and along.
    points : UsedPoints
        All of the block.
    exponent : float
        (p + 2)/2.
    weights : (ndarray, ndarray of int, int)
        From `LocalWeights.of_block`.
    bands : RowBands
        Φ_k itself.
    densities : ndarray, (8, n)
        Scratch.
    out : ndarray, (7K, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded = points.across, points.along, points.folded
    table, offsets, stride = weights
    totals, sums, force = np.empty((FIELD, 1)), np.empty(LOCAL), (exponent - 1.0) / exponent
    count, critical = bands.order.size, exponent == 2.0 or exponent == 3.0
    sizes = np.zeros((count + 1, 2))  # of the band below each bubble, and of the one above the last
    for b in range(across.size):
        if b == 0 or not same_bands(bands, folded):
            fill_bands(bands, (across[b], folded), along, STEPS)
        slopes = gradient[0][b], gradient[1][b]
        if stride == 0 and critical and not _has_bands(bands):
            _row_totals(block[b], slopes, bands.direction, exponent, totals)
            sizes[:] = 0.0
        else:
            _fill_densities(block[b], slopes, bands.direction, exponent, densities)
            for i in range(count - 1):
                sizes[i + 1, 0], sizes[i + 1, 1] = _band_sizes(densities, bands, i, force)
            if stride == 0:
                # The weights are the same all along the row.
                for part in range(FIELD):
                    totals[part, 0] = _sum(densities[part])
        for i in range(count):
            k = bands.order[i]
            _add_terms(totals if stride == 0 else densities, table, k, offsets[b], stride, sums)
            sums[FLUX_SIZE] = sizes[i, 0] + sizes[i + 1, 0]
            sums[TERMS_SIZE] = sizes[i, 1] + sizes[i + 1, 1]
            out[LOCAL * k : LOCAL * (k + 1), b] = sums


@kernel
def moment_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    points: UsedPoints,
    exponent: float,
    bands: RowBands,
    out: RealArray,
) -> None:
    """The seven moments of each bubble for each row of a block that is used.

    Parameters
    ----------
    block, gradient, exponent
        As of `local_sums`.
    points : UsedPoints
        Of the block.
    bands : RowBands
        Φ_k.
    out : ndarray, (7K, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded, every = points.across, points.along, points.folded, points.every
    sums = np.empty(MOMENTS)
    for b in range(across.size):
        number = points.rows[b]
        values, first_slope, second_slope = block[number], gradient[0][number], gradient[1][number]
        if b == 0 or not same_bands(bands, folded):
            fill_bands(bands, (across[b], folded), along, 1)
        for i in range(bands.order.size):
            first, last = fill_weight(bands, i)
            sums[:] = 0.0
            for j in range(first, last):
                v, slope = complex(values[every * j]), complex(second_slope[every * j])
                density = v.real * v.real + v.imag * v.imag
                x, y = (0.0, across[b] + along[j]) if folded else (across[b], along[j])
                flux = v.real * slope.imag - v.imag * slope.real
                other = 0.0
                if not folded:
                    slope = complex(first_slope[every * j])
                    other = v.real * slope.imag - v.imag * slope.real
                share = bands.weight[j]
                height = share * power_of_density(density, exponent)
                turn = share * power_of_density(density, exponent - 1.0)
                sums[WEIGHT] += height
                sums[X_ACROSS] += height * x
                sums[X_ALONG] += height * y
                sums[X_SQUARE] += height * (x * x + y * y)
                sums[FLUX_ACROSS] += turn * other
                sums[FLUX_ALONG] += turn * flux
                sums[DILATION] += turn * (x * other + y * flux)
            row = MOMENTS * bands.order[i]
            out[row : row + MOMENTS, b] = sums
