"""Compiled sums of a field against the localization functions Φ_k: local mass, momentum, and the local virial identity.

Φ_k depends on s = x·v₁ alone, so ∇Φ_k = v₁Φ_k', ∇²Φ_k = v₁v₁ᵀΦ_k'', ΔΦ_k = Φ_k'', Δ²Φ_k = Φ_k''''.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.equations.rotations import power_of_density
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel

# ∫|v|²Φ, Im∫v̄∇v·∇Φ, ∫∇²Φ(∇v, ∇v̄), ∫ΔΦ|v|^{p+2}, ∫Δ²Φ|v|²; then with moduli the second, and the terms of eq. 3.15.
LOCAL_MASS, LOCAL_CURRENT, HESSIAN, POWER, BILAPLACIAN, FLUX_SIZE, TERMS_SIZE = range(7)
LOCAL = 7
# What is known along a row: |v|², Im(v̄ ∂v), |∂v|², |v|^{p+2}, |Im(v̄ ∂v)|, |Re(v̄ ∂v)|.
DENSITIES = 6
# Moments of a bubble with the weight |v|^{p+2}Φ: 1, x across, x along, x² and currents of Im |v|^p v̄∇v against 1 and x.
WEIGHT, X_ACROSS, X_ALONG, X_SQUARE, FLUX_ACROSS, FLUX_ALONG, DILATION = range(7)
MOMENTS = 7


@kernel
def _fill_densities(
    values: ComplexArray,
    across_slope: ComplexArray,
    along_slope: ComplexArray,
    direction: tuple[float, float],
    exponent: float,
    out: RealArray,
) -> None:
    """What is known along a row, see `DENSITIES`, ∂ the derivative in the direction (across, along)."""
    first, second = direction
    densities, fluxes, squares, powers, moduli, slopes = out[0], out[1], out[2], out[3], out[4], out[5]
    for j in range(densities.size):
        v, slope = complex(values[j]), second * complex(along_slope[j])
        if first != 0.0:
            slope += first * complex(across_slope[j])
        density = v.real * v.real + v.imag * v.imag
        densities[j] = density
        fluxes[j] = v.real * slope.imag - v.imag * slope.real
        moduli[j] = abs(fluxes[j])
        slopes[j] = abs(v.real * slope.real + v.imag * slope.imag)
        squares[j] = slope.real * slope.real + slope.imag * slope.imag
        powers[j] = power_of_density(density, exponent)


@kernel
def _weighted(values: RealArray, weight: RealArray, offset: int, stride: int) -> float:
    total = 0.0
    for j in range(values.size):
        total += values[j] * float(weight[offset + stride * j])
    return total


@kernel
def _sized(values: RealArray, weight: RealArray, offset: int, stride: int) -> float:
    """Σ of values times moduli of weights."""
    total = 0.0
    for j in range(values.size):
        total += values[j] * abs(float(weight[offset + stride * j]))
    return total


@kernel
def _add_terms(densities: RealArray, table: RealArray, k: int, offset: int, stride: int, out: RealArray) -> None:
    """The five integrands, with projected weights."""
    out[LOCAL_MASS] = _weighted(densities[0], table[0, k], offset, stride)
    out[LOCAL_CURRENT] = _weighted(densities[1], table[1, k], offset, stride)
    out[HESSIAN] = _weighted(densities[2], table[2, k], offset, stride)
    out[POWER] = _weighted(densities[3], table[2, k], offset, stride)
    out[BILAPLACIAN] = _weighted(densities[0], table[3, k], offset, stride)


@kernel
def _add_sizes(
    densities: RealArray, table: RealArray, k: int, offset: int, stride: int, force: float, out: RealArray
) -> None:
    """Their moduli, with plain weights, as projected ones ripple where bubbles are; the third term by parts."""
    out[FLUX_SIZE] = _sized(densities[4], table[1, k], offset, stride)
    bent = 2.0 * _sized(densities[2], table[2, k], offset, stride)
    bent += force * _sized(densities[3], table[2, k], offset, stride)
    # Half of it is the integral of Re(v̄ ∂v) against the third derivative.
    out[TERMS_SIZE] = bent + _sized(densities[5], table[3, k], offset, stride)


@kernel
def _totals(densities: RealArray, out: RealArray) -> None:
    first, second, third, fourth, fifth = densities[0], densities[1], densities[2], densities[3], densities[4]
    sixth = densities[5]
    a = b = c = d = e = f = 0.0
    for j in range(first.size):
        a += first[j]
        b += second[j]
        c += third[j]
        d += fourth[j]
        e += fifth[j]
        f += sixth[j]
    out[0, 0], out[1, 0], out[2, 0], out[3, 0], out[4, 0], out[5, 0] = a, b, c, d, e, f


@kernel
def local_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    direction: tuple[float, float],
    exponent: float,
    weights: tuple[RealArray, IndexArray, int],
    sizes: tuple[RealArray, IndexArray, int],
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
    direction : (float, float)
        Components of v₁ across and along the rows.
    exponent : float
        (p + 2)/2.
    weights, sizes : (ndarray, ndarray of int, int)
        From `LocalWeights.of_block` and `LocalValues.of_block`.
    densities : ndarray, (6, n)
        Scratch.
    out : ndarray, (7K, rows)
        Filled.

    Notes
    -----
    *Communication*: local.
    """
    table, offsets, stride = weights
    size_table, size_offsets, size_stride = sizes
    totals, sums, force = np.empty((DENSITIES, 1)), np.empty(LOCAL), (exponent - 1.0) / exponent
    for b in range(out.shape[1]):
        _fill_densities(block[b], gradient[0][b], gradient[1][b], direction, exponent, densities)
        if stride == 0 or size_stride == 0:
            # The weights are the same all along the row.
            _totals(densities, totals)
        for k in range(table.shape[1]):
            _add_terms(totals if stride == 0 else densities, table, k, offsets[b], stride, sums)
            some = totals if size_stride == 0 else densities
            _add_sizes(some, size_table, k, size_offsets[b], size_stride, force, sums)
            out[LOCAL * k : LOCAL * (k + 1), b] = sums


@kernel
def moment_sums(
    block: ComplexArray,
    gradient: tuple[ComplexArray, ComplexArray],
    places: tuple[RealArray, RealArray, bool],
    exponent: float,
    weights: tuple[RealArray, IndexArray, int],
    out: RealArray,
) -> None:
    """The seven moments of each bubble for each row of a block.

    Parameters
    ----------
    block, gradient, exponent
        As of `local_sums`.
    places : (ndarray, ndarray, bool)
        Coordinates of the rows and along them, whether they are parts of one line.
    weights : (ndarray, ndarray of int, int)
        Φ_k at position j of row b is ``weights[0][0, k, weights[1][b] + weights[2]·j]``.
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
            for k in range(weights[0].shape[1]):
                share = weights[0][0, k, weights[1][b] + weights[2] * j]
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
