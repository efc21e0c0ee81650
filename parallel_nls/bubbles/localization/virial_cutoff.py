"""The cutoff χ of the localized virial functionals: |y|²/2 near the center, almost linear far away.

χ(y) = ψ(|y|) and χ_A(y) = A²χ(y/A), with ψ' = ∫ψ'' from 0 and

    ψ''(r) = 1 (r ≤ 1),    e^{-r} + (1 - e^{-r})θ(r) (1 < r < 2),    e^{-r} (r ≥ 2),
    θ(r) = h(2-r)/(h(2-r) + κh(r-1)),    h(t) = e^{-1/t},

κ such that ψ'(2) = 2 - e^{-2}. So ψ'(r) = r up to 1 and 2 - e^{-r} from 2 on, ψ'' falls, ψ'/r ≥ ψ'' ≥ e^{-r}, and ψ'''
and ψ'''' are bounded by ψ'' times 29 and 1332: what the proof of monotonicity needs (Cao, Su & Zhang, eq. 3.55).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.numerics.exponential import exponential

KAPPA = 0.003637095054971425
"""κ of θ, to double precision."""

_CELLS = 64  # of the table on (1, 2)
_DEGREE = 13  # of its polynomials; a constant, so that the loop over it unrolls


@lean_kernel
def _deficit(r: float) -> float:
    """1 - ψ''(r) = (1 - e^{-r})(1 - θ) on (1, 2), to its full relative accuracy; local."""
    exponent = 1.0 / (2.0 - r) - 1.0 / (r - 1.0)
    return float(-math.expm1(-r) / (1.0 + math.exp(min(-exponent, 700.0)) / KAPPA))


@lean_kernel
def _slope_deficit(r: float, table: RealArray) -> float:
    """The deficit r - ψ'(r) on (1, 2): Chebyshev polynomials on cells, by Clenshaw's recurrence; local."""
    cell = min(int((r - 1.0) * _CELLS), _CELLS - 1)
    x = 2.0 * ((r - 1.0) * _CELLS - cell) - 1.0
    first, second = 0.0, 0.0
    for n in range(_DEGREE, 0, -1):
        first, second = table[cell, n] + 2.0 * x * first - second, first
    return float(table[cell, 0] + x * first - second)


@lean_kernel
def _near_or_numerator(rho: float, table: RealArray) -> float:
    """The multiplier at ρ = r/A below 2, and ρ times it from there on; local."""
    if rho <= 1.0:
        return 1.0
    if rho < 2.0:
        return float(1.0 - _slope_deficit(rho, table) / rho)
    return float(_numerator(rho))


@lean_kernel
def _numerator(rho: float) -> float:
    """The multiplier times ρ from 2 on; local."""
    return float(2.0 - exponential(-rho))


@lean_kernel
def virial_multiplier(r: float, cutoff: float, table: RealArray) -> float:
    """Return m of ∇χ_A(y) = m·y at |y| = r: Aψ'(r/A)/r, for one point, from Python or from a kernel.

    Parameters
    ----------
    r : float
        |y| ≥ 0, in units of the bubble's scale.
    cutoff : float
        A > 0.
    table : ndarray
        From `virial_table`.

    Returns
    -------
    float
        1 for r ≤ A, (2 - e^{-r/A})A/r for r ≥ 2A; NaN for NaN.

    Notes
    -----
    *Communication*: local.
    """
    rho = r / cutoff
    found = _near_or_numerator(rho, table)
    return float(found / rho if rho >= 2.0 else found)


@lean_kernel
def fill_multipliers(
    places: RealArray,
    cutoff: float,
    table: RealArray,
    w: float,
    unit: tuple[float, float],
    found: RealArray,
    rho: RealArray,
) -> None:
    """Fill `virial_multiplier` along a row, by loops of which all but one are vectorised.

    Parameters
    ----------
    places : ndarray, (n,)
        Coordinates along the row.
    cutoff, table
        As of `virial_multiplier`.
    w : float
        The component of y across the row.
    unit : (float, float)
        The coordinate at which the component along is 0, and 1/λ.
    found, rho : ndarray, (n,)
        Filled with m, and with r/A.

    Notes
    -----
    *Communication*: local.
    """
    middle, inverse = unit
    for j in range(places.size):
        t = (places[j] - middle) * inverse
        rho[j] = math.sqrt(w * w + t * t) / cutoff
    for j in range(places.size):
        found[j] = 1.0 if rho[j] < 2.0 else _numerator(rho[j]) / rho[j]
    for j in range(places.size):
        if 1.0 < rho[j] < 2.0:
            found[j] = _near_or_numerator(rho[j], table)


@lean_kernel
def _fill_psi(order: int, r: RealArray, table: RealArray, out: RealArray) -> None:
    """Write ψ' or ψ'' at radii; local."""
    for i in range(r.size):
        if order == 1:
            out[i] = r[i] * virial_multiplier(r[i], 1.0, table)
        elif r[i] <= 1.0:
            out[i] = 1.0
        else:
            out[i] = 1.0 - _deficit(r[i]) if r[i] < 2.0 else math.exp(-r[i])


@cache
def virial_table() -> RealArray:
    """Coefficients of r - ψ'(r) on cells of (1, 2), for `virial_multiplier`; made on the first call.

    Returns
    -------
    ndarray, (64, 14)
        Of Chebyshev polynomials; the values they give are good to 2e-16.

    Notes
    -----
    *Communication*: local.
    """
    table, before = np.zeros((_CELLS, _DEGREE + 1)), 0.0
    angles = [math.pi * (j + 0.5) / _DEGREE for j in range(_DEGREE)]
    cosines = [[math.cos(n * angle) for angle in angles] for n in range(_DEGREE)]
    for cell in range(_CELLS):
        samples = [_deficit(1.0 + (cell + 0.5 + 0.5 * math.cos(angle)) / _CELLS) for angle in angles]
        # The series of 1 - ψ'' on the cell, by discrete orthogonality: no library whose sums depend on the machine.
        terms = [[c * sample for c, sample in zip(row, samples, strict=True)] for row in cosines]
        series = [2 / _DEGREE * math.fsum(term) for term in terms] + [0.0, 0.0]
        # Its integral, half a cell for each unit of the variable.
        integral = [(series[n - 1] - series[n + 1]) / (4 * n * _CELLS) for n in range(1, _DEGREE + 1)]
        table[cell, 1:] = integral
        table[cell, 0] = math.fsum([before, *((-1) ** n * value for n, value in enumerate(integral))])
        before = math.fsum(table[cell])
    return table


def psi_first(r: ArrayLike) -> RealArray:
    """ψ' at radii r ≥ 0 of any shape, to 2e-16 or so. *Communication*: local."""
    return _psi(1, r)


def psi_second(r: ArrayLike) -> RealArray:
    """ψ'' at radii r ≥ 0 of any shape. *Communication*: local."""
    return _psi(2, r)


def _psi(order: int, r: ArrayLike) -> RealArray:
    """A derivative of ψ at radii; local."""
    radii = np.ascontiguousarray(r, dtype=np.float64)
    out = np.empty(radii.size)
    _fill_psi(order, radii.reshape(-1), virial_table(), out)
    return out.reshape(np.shape(r))
