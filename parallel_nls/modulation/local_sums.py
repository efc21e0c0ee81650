"""Compiled sums of a field against the localization functions Φ_k: local mass, momentum, and the local virial identity.

Φ_k depends on s = x·v₁ alone, so ∇Φ_k = v₁Φ_k', ∇²Φ_k = v₁v₁ᵀΦ_k'', ΔΦ_k = Φ_k'', Δ²Φ_k = Φ_k''''.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import kernel
from parallel_nls.modulation.profile_rows import Complex, Floats

# ∫|v|²Φ, Im∫v̄∇v·∇Φ, ∫∇²Φ(∇v, ∇v̄), ∫ΔΦ|v|^{p+2}, ∫Δ²Φ|v|²; then with moduli the second, and the terms of eq. 3.15.
LOCAL_MASS, LOCAL_CURRENT, HESSIAN, POWER, BILAPLACIAN, FLUX_SIZE, TERMS_SIZE = range(7)
LOCAL = 7
# What is known along a row: |v|², Im(v̄ ∂v), |∂v|², |v|^{p+2}, |Im(v̄ ∂v)|.
DENSITIES = 5
# Moments of a bubble with the weight |v|^{p+2}Φ: 1, x across, x along, x² and currents of Im |v|^p v̄∇v against 1 and x.
WEIGHT, X_ACROSS, X_ALONG, X_SQUARE, FLUX_ACROSS, FLUX_ALONG, DILATION = range(7)
MOMENTS = 7


@kernel
def power_of_density(density: float, exponent: float) -> float:
    """density^exponent, by products where the exponent is 2 or 3."""
    if exponent == 2.0:
        return density * density
    if exponent == 3.0:
        return density * density * density
    return float(density**exponent)


@kernel
def _fill_densities(
    values: Complex,
    across_slope: Complex,
    along_slope: Complex,
    direction: tuple[float, float],
    exponent: float,
    out: Floats,
) -> None:
    """What is known along a row, see `DENSITIES`, ∂ the derivative in the direction (across, along)."""
    first, second = direction
    densities, fluxes, squares, powers, moduli = out[0], out[1], out[2], out[3], out[4]
    for j in range(densities.size):
        v, slope = complex(values[j]), second * complex(along_slope[j])
        if first != 0.0:
            slope += first * complex(across_slope[j])
        density = v.real * v.real + v.imag * v.imag
        densities[j] = density
        fluxes[j] = v.real * slope.imag - v.imag * slope.real
        moduli[j] = abs(fluxes[j])
        squares[j] = slope.real * slope.real + slope.imag * slope.imag
        powers[j] = power_of_density(density, exponent)


@kernel
def _weighted(values: Floats, weight: Floats, offset: int, stride: int, size: bool) -> float:
    """Σ of values times weights, or their moduli."""
    total = 0.0
    for j in range(values.size):
        share = float(weight[offset + stride * j])
        total += values[j] * (abs(share) if size else share)
    return total


@kernel
def _add_row(densities: Floats, table: Floats, k: int, offset: int, stride: int, force: float, out: Floats) -> None:
    density, flux, square, power, modulus = densities[0], densities[1], densities[2], densities[3], densities[4]
    out[LOCAL_MASS] = _weighted(density, table[0, k], offset, stride, False)
    out[LOCAL_CURRENT] = _weighted(flux, table[1, k], offset, stride, False)
    out[HESSIAN] = _weighted(square, table[2, k], offset, stride, False)
    out[POWER] = _weighted(power, table[2, k], offset, stride, False)
    out[BILAPLACIAN] = _weighted(density, table[3, k], offset, stride, False)
    out[FLUX_SIZE] = _weighted(modulus, table[1, k], offset, stride, True)
    bent = 2.0 * _weighted(square, table[2, k], offset, stride, True)
    bent += force * _weighted(power, table[2, k], offset, stride, True)
    out[TERMS_SIZE] = bent + 0.5 * _weighted(density, table[3, k], offset, stride, True)


@kernel
def _totals(densities: Floats, out: Floats) -> None:
    first, second, third, fourth, fifth = densities[0], densities[1], densities[2], densities[3], densities[4]
    a = b = c = d = e = 0.0
    for j in range(first.size):
        a += first[j]
        b += second[j]
        c += third[j]
        d += fourth[j]
        e += fifth[j]
    out[0, 0], out[1, 0], out[2, 0], out[3, 0], out[4, 0] = a, b, c, d, e


@kernel
def local_sums(
    block: Complex,
    gradient: tuple[Complex, Complex],
    direction: tuple[float, float],
    exponent: float,
    weights: tuple[Floats, NDArray[np.int64], int],
    densities: Floats,
    out: Floats,
) -> None:
    """The seven sums of each Φ_k for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (at least rows, n)
        v.
    gradient : two ndarray, complex, (at least rows, n)
        ∂v across the rows (not read where v₁ is along them), and along.
    direction : (float, float)
        Components of v₁ across and along the rows.
    exponent : float
        (p + 2)/2.
    weights : (ndarray, ndarray of int, int)
        From `LocalWeights.of_block`.
    densities : ndarray, (5, n)
        Scratch.
    out : ndarray, (7K, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    table, offsets, stride = weights
    totals, sums, force = np.empty((DENSITIES, 1)), np.empty(LOCAL), (exponent - 1.0) / exponent
    for b in range(out.shape[1]):
        _fill_densities(block[b], gradient[0][b], gradient[1][b], direction, exponent, densities)
        if stride == 0:
            # The weights are the same all along the row.
            _totals(densities, totals)
        for k in range(table.shape[1]):
            _add_row(totals if stride == 0 else densities, table, k, offsets[b], stride, force, sums)
            out[LOCAL * k : LOCAL * (k + 1), b] = sums


@kernel
def moment_sums(
    block: Complex,
    gradient: tuple[Complex, Complex],
    places: tuple[Floats, Floats, bool],
    exponent: float,
    weights: tuple[Floats, NDArray[np.int64], int],
    out: Floats,
) -> None:
    """The seven moments of each bubble for each row of a block.

    Parameters
    ----------
    block, gradient, exponent
        As of `local_sums`.
    places : (ndarray, ndarray, bool)
        Coordinates of the rows and along them, whether they are parts of one line.
    weights : (ndarray, ndarray of int, int)
        Φ_k at position j of row b is ``weights[0][k, weights[1][b] + weights[2]·j]``.
    out : ndarray, (7K, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded = places
    for b in range(across.size):
        out[:, b] = 0.0
        for j in range(along.size):
            v, second = complex(block[b, j]), complex(gradient[1][b, j])
            density = v.real * v.real + v.imag * v.imag
            x, y = (0.0, across[b] + along[j]) if folded else (across[b], along[j])
            flux = v.real * second.imag - v.imag * second.real
            other = 0.0
            if not folded:
                first = complex(gradient[0][b, j])
                other = v.real * first.imag - v.imag * first.real
            for k in range(weights[0].shape[0]):
                share = weights[0][k, weights[1][b] + weights[2] * j]
                height, turn = (
                    share * power_of_density(density, exponent),
                    share * power_of_density(density, exponent - 1.0),
                )
                row = MOMENTS * k
                out[row + WEIGHT, b] += height
                out[row + X_ACROSS, b] += height * x
                out[row + X_ALONG, b] += height * y
                out[row + X_SQUARE, b] += height * (x * x + y * y)
                out[row + FLUX_ACROSS, b] += turn * other
                out[row + FLUX_ALONG, b] += turn * flux
                out[row + DILATION, b] += turn * (x * other + y * flux)
