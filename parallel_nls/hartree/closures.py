"""Closures: what stands for γ⁽³⁾ at level 2, and what the interaction then does to pairs of points, in closed form.

Of closures γ⁽³⁾ = α γ²(12)γ¹(3) + β [γ²(13)γ¹(2) + γ²(23)γ¹(1)] + δ γ¹γ¹γ¹ the interaction flow is exact. Along it the
densities ρ(s) = γ¹(s, s) and ρ₂(s, q) = γ²(s, q; s, q) stand still, and so do, for each pair of points (a, b), with
d(s) = V̄(a, s) − V̄(b, s), the numbers w = Σ dρ and m = ΣΣ d ρ₂ d. Then x = γ¹(a, b) and y(s) = γ²(a, s; b, s) feel

    i x' = μ b,     i b' = μ [(βm + δw²) x + (α + β) w b],     b = Σ_s d(s) y(s),

two linear equations for each pair, and γ² itself is driven by pairs alone; see `interaction`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray

NODES = 8
"""Gauss nodes of what is integrated over a step: exact to rounding as long as phases turn by less than about 2."""


@dataclass(frozen=True)
class Closure:
    """γ⁽³⁾ = α γ²(12)γ¹(3) + β [γ²(13)γ¹(2) + γ²(23)γ¹(1)] + δ γ¹γ¹γ¹.

    Attributes
    ----------
    name : str
        As a configuration calls it.
    same, crossed, apart : float
        α, β, δ.
    """

    name: str
    same: float
    crossed: float
    apart: float


ZERO = Closure("zero", 0.0, 0.0, 0.0)
PRODUCT = Closure("product", 1.0, 0.0, 0.0)
SYMMETRISED_PRODUCT = Closure("symmetrised-product", 1 / 3, 1 / 3, 0.0)
CUMULANT = Closure("cumulant", 1.0, 1.0, -2.0)
CLOSURES = {closure.name: closure for closure in (ZERO, PRODUCT, SYMMETRISED_PRODUCT, CUMULANT)}


@dataclass(frozen=True)
class PairTables:
    """What the interaction needs of all pairs (a, b), each (n, n) but for the sums over terms.

    Attributes
    ----------
    gamma : ndarray
        γ¹(a, b) after the step.
    phase : ndarray
        e^{−iματw}: γ² is multiplied by that of both pairs.
    left, right : ndarray, (terms, n, n)
        Σ left(a, b)·right(c, d) is added to γ² ahead of the phase.
    driven : ndarray
        −iμβ ∫ e^{iμασw} x dσ: what q of the other pair is multiplied by; see `interaction`.
    """

    gamma: ComplexArray
    phase: ComplexArray
    left: ComplexArray
    right: ComplexArray
    driven: ComplexArray


def pair_tables(
    closure: Closure, strength: float, tau: float, x: ComplexArray, b: ComplexArray, w: RealArray, m: RealArray
) -> PairTables:
    """Follow all pairs through an interaction of length τ.

    Parameters
    ----------
    closure : Closure
        α, β, δ.
    strength, tau : float
        μ and τ.
    x, b, w, m : ndarray, (n, n)
        γ¹, Σ d·γ²(a, s; b, s), and the two numbers of each pair.

    Notes
    -----
    *Communication*: local.
    """
    alpha, beta, delta = closure.same, closure.crossed, closure.apart
    pull = beta * m + delta * w**2
    after, _ = _pair(strength * tau, x, b, pull, (alpha + beta) * w)
    phase = np.exp(-1j * strength * tau * alpha * w)
    if beta == 0 and delta == 0:
        none = np.zeros((0, *x.shape), np.complex128)
        return PairTables(after, phase, none, none, np.zeros_like(x))
    if closure == CUMULANT:
        return _cumulant_tables(strength * tau, x, b, w, m, after, phase)
    nodes, weights, integrals = _gauss()
    turned, driving = [], []
    for node in nodes:
        xs, bs = _pair(strength * tau * node, x, b, pull, (alpha + beta) * w)
        back = np.exp(1j * strength * tau * node * alpha * w)
        turned.append(back * xs)
        driving.append(back * (beta * bs + delta * w * xs))
    rates, slopes = np.array(turned), np.array(driving)
    # Integrals to each node, and to the end; one unit of time is τ.
    sums = np.tensordot(integrals, slopes, 1)
    total = np.tensordot(weights, rates, 1)
    scaled = -1j * strength * tau * weights[:, None, None]
    cross = -1j * strength * tau * beta
    left = np.concatenate([scaled * rates, scaled * slopes, scaled * w * rates, scaled * cross * sums])
    right = np.concatenate([slopes, rates, cross * sums, w * rates])
    return PairTables(after, phase, left, right, cross * total)


def _pair(
    angle: float, x: ComplexArray, b: ComplexArray, pull: RealArray, turn: RealArray
) -> tuple[ComplexArray, ComplexArray]:
    """Follow i(x, b)' = [[0, 1], [pull, turn]](x, b) for a time."""
    mean = 0.5 * turn
    cosine, sine = _waves(angle, mean**2 + pull)
    common = np.exp(-1j * angle * mean)
    return common * (cosine * x - 1j * sine * (b - mean * x)), common * (cosine * b - 1j * sine * (pull * x + mean * b))


def _waves(angle: float, square: RealArray) -> tuple[RealArray, RealArray]:
    """cos(angle·s) and sin(angle·s)/s of s² = square, which may be negative."""
    size = np.sqrt(np.abs(square))
    small = size * abs(angle) < 1e-8
    safe = np.where(small, 1.0, size)
    grows = square < 0
    cosine = np.where(grows, np.cosh(np.where(grows, angle * size, 0.0)), np.cos(angle * size))
    sine = np.where(grows, np.sinh(np.where(grows, angle * size, 0.0)), np.sin(angle * size)) / safe
    return cosine, np.where(small, angle, sine)


def _cumulant_tables(
    angle: float, x: ComplexArray, b: ComplexArray, w: RealArray, m: RealArray, after: ComplexArray, phase: ComplexArray
) -> PairTables:
    """Two terms instead of four a node: the integrals are those of (X₁X₂)', X = ∫ e^{iμσw} x dσ."""
    square = m - w**2
    _, sine = _waves(angle, square)
    _, half = _waves(0.5 * angle, square)
    # ∫ cos = sin(μτs)/s, and ∫ sin/s = (1 − cos μτs)/s² = 2 (sin(μτs/2)/s)².
    driven = -1j * (sine * x - 2j * half**2 * (b - w * x))
    start = x + w * driven
    turned = after / phase
    return PairTables(after, phase, np.array([turned, -start]), np.array([turned, start]), driven)


def _gauss() -> tuple[RealArray, RealArray, RealArray]:
    """Nodes and weights of [0, 1], and the matrix of integrals from 0 to each node."""
    points, halves = np.polynomial.legendre.leggauss(NODES)
    nodes, weights = 0.5 * (1 + points), 0.5 * halves
    # Through all nodes: polynomials in 2t − 1, integrated.
    basis = np.polynomial.legendre.legvander(points, NODES - 1)
    integrated = np.array(
        [np.polynomial.legendre.legval(points, np.polynomial.legendre.legint(row, lbnd=-1)) for row in np.eye(NODES)]
    )
    return nodes, weights, 0.5 * integrated.T @ np.linalg.inv(basis)
