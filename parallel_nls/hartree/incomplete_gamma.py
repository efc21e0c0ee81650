"""The upper incomplete gamma function Γ(s, x) = ∫_x^∞ t^{s−1} e^{−t} dt for s of either sign, to rounding.

SciPy has it for s > 0 only, and its values lose their digits where s passes through 0: r^{−2} screened is s = 0.
"""

from __future__ import annotations

import numpy as np
import scipy.special

from parallel_nls.numerics.arrays import RealArray

SWITCH = 1.0
"""Below it the power series, above it the continued fraction."""
NEAR_ZERO = 0.3
TERMS = 40
DEPTH = 120


def upper_gamma(s: float, x: RealArray) -> RealArray:
    """Γ(s, x) at x ≥ 0.

    Parameters
    ----------
    s : float
        Any; next to −1, −2, … digits are lost as its distance from them falls.
    x : ndarray

    Returns
    -------
    ndarray of the shape of ``x``
        Infinite at x = 0 where s ≤ 0.

    Notes
    -----
    *Communication*: local.
    """
    if s >= 1:
        return np.asarray(scipy.special.gammaincc(s, x) * scipy.special.gamma(s))
    if s == 0:
        return np.asarray(scipy.special.exp1(x))
    if s <= -1:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(x > 0, (upper_gamma(s + 1, x) - x**s * np.exp(-x)) / s, np.inf))
    near = np.minimum(x, SWITCH)
    return np.where(x <= SWITCH, _series(s, near), _fraction(s, np.maximum(x, SWITCH)))


def _series(s: float, x: RealArray) -> RealArray:
    """Γ(s) − Σ_k (−1)^k x^{s+k}/(k!(s+k)), the terms that grow as 1/s taken together."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        power = x**s
        first = (np.expm1(_log_gamma_next(s)) - np.expm1(s * np.log(x))) / s
    rest, term = np.zeros_like(x), np.ones_like(x)
    for k in range(1, TERMS):
        term = -term * x / k
        rest += term / (s + k)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(x > 0, first - power * rest, first))


def _log_gamma_next(s: float) -> float:
    """Log Γ(1 + s), whose digits near s = 0 the rounding of 1 + s would take: −γs + Σ ζ(k)(−s)^k/k."""
    if abs(s) > NEAR_ZERO:
        return float(scipy.special.gammaln(1 + s))
    k = np.arange(2, TERMS)
    return float(-np.euler_gamma * s + (scipy.special.zeta(k) * (-s) ** k / k)[::-1].sum())


def _fraction(s: float, x: RealArray) -> RealArray:
    """x^s e^{−x}/(x + 1 − s − 1(1−s)/(x + 3 − s − 2(2−s)/(x + 5 − s − …))), from its tail (NIST DLMF 8.9.2)."""
    tail = np.zeros_like(x)
    for k in range(DEPTH, 0, -1):
        tail = k * (k - s) / (x + 2 * k + 1 - s - tail)
    return np.asarray(x**s * np.exp(-x) / (x + 1 - s - tail))
