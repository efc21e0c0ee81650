"""How potentials Φ(ρ, x), ρ = |u|², couple small waves v on top of u: v_t = i[(Φ + ρΦ')v + Φ'u²v̄]."""

from __future__ import annotations

import numpy as np

from parallel_nls.contracts import Domain
from parallel_nls.equations.elementwise import RowPoints
from parallel_nls.equations.point_functions import PointFunction
from parallel_nls.equations.rotations import density, is_product, power_of_density, product_of_density
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, fused, greatest, total, where_greater
from parallel_nls.spectral.sweeps import Block

# Rows of the table that is filled.
SHIFT, REAL, IMAGINARY, LARGEST = range(4)
_APART = 1e-5  # relative, of the two densities from which a slope is taken: its error is about 1e-10


@lean_kernel
def _product_couplings(row: ComplexArray, half_power: float) -> tuple[float, float, float, float]:
    """Σρ^{p/2}, Σ(ρ^{p/2})'u² and max ρ^{p/2} of a row, where the powers are products."""
    shift = real = imaginary = largest = all_lanes(0.0)
    for j in range(0, row.size, LANES):
        re, im = complex_lanes_of(row, j)
        square = fused(re, re, im * im)
        slope = half_power * product_of_density(square, half_power - 1.0)
        rate = square * slope / half_power
        shift += rate
        real += slope * (re * re - im * im)
        imaginary += slope * 2.0 * re * im
        largest = where_greater(rate, largest, rate, largest)
    return total(shift), total(real), total(imaginary), greatest(largest)


@lean_kernel
def _power_couplings(row: ComplexArray, half_power: float) -> tuple[float, float, float, float]:
    """The same of any powers."""
    shift = real = imaginary = largest = 0.0
    for j in range(row.size):
        u = complex(row[j])
        square = density(u)
        if square == 0.0:
            continue
        slope = half_power * power_of_density(square, half_power - 1)
        rate = square * slope / half_power
        shift += rate
        real += slope * (u.real * u.real - u.imag * u.imag)
        imaginary += slope * 2 * u.real * u.imag
        largest = max(largest, rate)
    return shift, real, imaginary, largest


@lean_kernel
def power_couplings(block: ComplexArray, half_power: float, sign: float, sums: RealArray) -> None:
    """Those of Φ = sign·ρ^{p/2} over each row of a block, in a fixed order."""
    for b in range(sums.shape[1]):
        if is_product(half_power - 1.0):
            shift, real, imaginary, largest = _product_couplings(block[b], half_power)
        else:
            shift, real, imaginary, largest = _power_couplings(block[b], half_power)
        sums[SHIFT, b] = sign * (1 + half_power) * shift
        sums[REAL, b] = sign * real
        sums[IMAGINARY, b] = sign * imaginary
        sums[LARGEST, b] = half_power * largest


@kernel
def slope_couplings(block: ComplexArray, rates: RealArray, slopes: RealArray, sums: RealArray) -> None:
    """Those of a potential with the values Φ and Φ' over each row of a block, in index order."""
    for b in range(sums.shape[1]):
        shift = real = imaginary = largest = 0.0
        for j in range(block.shape[1]):
            u = complex(block[b, j])
            square, slope = density(u), slopes[b, j]
            shift += rates[b, j] + square * slope
            real += slope * (u.real * u.real - u.imag * u.imag)
            imaginary += slope * 2 * u.real * u.imag
            largest = max(largest, abs(square * slope))
        sums[SHIFT, b] = shift
        sums[REAL, b] = real
        sums[IMAGINARY, b] = imaginary
        sums[LARGEST, b] = largest


class PowerCoupling:
    """Of Φ = ±|u|^p.

    Parameters
    ----------
    power : float
        p.
    sign : float, optional
        1: focusing.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, power: float, sign: float = 1.0) -> None:
        self._half_power, self._sign = 0.5 * power, sign

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sums over each row; see `contracts.Coupling`."""
        power_couplings(block, self._half_power, self._sign, sums[:, : lines.count])


class ElementwiseCoupling:
    """Of a potential by its function in numpy; its slope is that between two densities close by.

    Parameters
    ----------
    domain : Domain
        Where.
    rate : callable
        Φ, as ``rate(square, *coordinates)``.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: Domain, rate: PointFunction) -> None:
        def slope(square: RealArray, *coordinates: RealArray) -> RealArray:
            """Φ' by a central difference; 0 where u is."""
            above, below = (rate(square * (1 + apart), *coordinates) for apart in (_APART, -_APART))
            return np.where(square > 0, (above - below) / np.where(square > 0, 2 * _APART * square, 1.0), 0.0)

        self._rates, self._slopes = RowPoints(domain, rate), RowPoints(domain, slope)

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sums over each row; see `contracts.Coupling`."""
        rates, slopes = self._rates.values(block, lines), self._slopes.values(block, lines)
        slope_couplings(block, rates, slopes, sums[:, : lines.count])
