"""The ground state Q and ρ against an independent solution by spectral elements.

The unknowns are e^r Q and e^r ρ on Chebyshev points. The systems are solved in float64 and refined with
residuals in extended precision, which leaves relative errors of 1e-16 far into the tail. Nothing is known of
the tail: the last condition is wrong by a few percent, too far away to matter.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.profiles.ground_state import ground_state

Array = NDArray[Any]
LONG = np.longdouble
DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])

EDGES = (
    *(0.0, 0.4, 0.8, 1.2, 1.75, 2.3, 3.0, 4.0, 5.5, 7.5, 10.0, 14.0),
    *(20.0, 26.0, 32.0, 38.0, 44.0, 50.0, 56.0, 62.0, 68.0, 74.0, 80.0, 86.0),
)
POINTS_PER_ELEMENT = 24


def chebyshev() -> tuple[Array, Array, Array]:
    """Return Chebyshev points on [-1, 1], their barycentric weights and the differentiation matrix."""
    n = POINTS_PER_ELEMENT
    x = -np.cos(np.arange(n, dtype=LONG) * (np.arctan(LONG(1)) * 4 / (n - 1)))
    weights = np.where(np.arange(n) % 2 == 0, LONG(1), LONG(-1))
    weights[[0, -1]] /= 2
    distances = x[:, None] - x[None, :] + np.eye(n)
    matrix = weights[None, :] / weights[:, None] / distances
    np.fill_diagonal(matrix, 0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return x, weights, matrix


def assembled(dimension: int) -> tuple[Array, Array, Array]:
    """Return all points and the matrices of r(u'' - 2u') + (d-1)(u' - u) with gluing rows, and of d/dr.

    The rows at r = 0 and at both sides of every edge hold u'(0) = u(0), continuity of u and of u'; the last
    one says u' = 0, which is wrong by a few percent there and by e^{-48} of that at r = 62.
    """
    n, count = POINTS_PER_ELEMENT, len(EDGES) - 1
    x, _, unit = chebyshev()
    radii, slope = np.empty(n * count, dtype=LONG), np.zeros((n * count, n * count), dtype=LONG)
    matrix = np.zeros_like(slope)
    for e, (left, right) in enumerate(pairwise(EDGES)):
        part = slice(e * n, (e + 1) * n)
        radii[part] = LONG(left) + (x + 1) / 2 * (LONG(right) - LONG(left))
        inner = unit * 2 / (LONG(right) - LONG(left))
        slope[part, part] = inner
        matrix[part, part] = radii[part, None] * (inner @ inner - 2 * inner)
        matrix[part, part] += (dimension - 1) * (inner - np.eye(n, dtype=LONG))
    matrix[0], matrix[-1] = slope[0], slope[-1]
    matrix[0, 0] -= 1
    for edge in range(n, n * count, n):
        matrix[edge - 1], matrix[edge] = 0, slope[edge] - slope[edge - 1]
        matrix[edge - 1, edge - 1 : edge + 1] = 1, -1
    return radii, matrix, slope


def refined_solve(matrix: Array, right: Array) -> Array:
    """Solve a linear system in float64 and refine with extended residuals; the rows are scaled first."""
    scale = np.abs(matrix).max(axis=1)
    inverse = np.linalg.inv((matrix / scale[:, None]).astype(float))
    solution = np.zeros_like(right)
    for _ in range(6):
        solution += inverse @ ((right - matrix @ solution) / scale).astype(float)
    return solution


@cache
def spectral_solution(dimension: int) -> tuple[Array, Array, Array]:
    """Return the points and the values there of (e^r Q, its derivative) and (e^r ρ, its derivative)."""
    radii, linear, slope = assembled(dimension)
    n = POINTS_PER_ELEMENT
    inside = np.ones(radii.size, dtype=bool)
    inside[::n], inside[n - 1 :: n] = False, False
    weight = np.where(inside, radii * np.exp(-4 * radii / dimension), LONG(0))
    power = 4 // dimension
    # A rough guess with the right decay: peak * sech(r/p)^p.
    peak, p = (1.3, 0.5) if dimension == 1 else (2.2, 0.6)
    u = peak * np.exp(radii - p * np.log(np.cosh(radii / p)))
    for _ in range(12):
        jacobian = linear + np.diag((1 + power) * weight * u**power)
        u -= refined_solve(jacobian, linear @ u + weight * u ** (1 + power))
    jacobian = linear + np.diag((1 + power) * weight * u**power)
    w = refined_solve(jacobian, np.where(inside, radii**3 * u, LONG(0)))
    return radii, np.stack([u, slope @ u]), np.stack([w, slope @ w])


def interpolated(samples: Array, r: float) -> Array:
    """Evaluate e^{-r} times the piecewise polynomials through ``samples`` at r."""
    x, weights, _ = chebyshev()
    e = int(np.searchsorted(EDGES, r, side="right")) - 1
    left, right = LONG(EDGES[e]), LONG(EDGES[e + 1])
    ratio = weights / ((LONG(r) - left) / (right - left) * 2 - 1 - x)
    part = samples[..., e * x.size : (e + 1) * x.size]
    result: Array = (part @ ratio) / ratio.sum() * np.exp(-LONG(r))
    return result


@DIMENSIONS
@pytest.mark.parametrize("r", [0.3, 1.7, 9.0, 25.0, 44.97, 45.01, 61.0])
def test_spectral_solution_at_points(dimension: int, r: float) -> None:
    """Q, Q', ρ agree with the spectral elements, from the core into the tail; ρ' in terms of |ρ| + |ρ'|."""
    _, q, rho = spectral_solution(dimension)
    profile = ground_state(dimension)
    value, slope = interpolated(q, r)
    rho_value, rho_slope = interpolated(rho, r)
    assert abs(profile.value(r) / value - 1) < 3e-15
    assert abs(profile.derivative(r) / (slope - value) - 1) < 3e-15
    assert abs(profile.rho(r) / rho_value - 1) < 3e-15
    size = abs(rho_slope - rho_value) + abs(rho_value)
    assert abs(profile.rho_derivative(r) - (rho_slope - rho_value)) / size < 3e-15


@DIMENSIONS
def test_spectral_solution_everywhere(dimension: int) -> None:
    """Q, Q' relative to Q and ρ, ρ' relative to |ρ| + |ρ'| at 900 radii up to 62."""
    _, q, rho = spectral_solution(dimension)
    profile = ground_state(dimension)
    # Irrational multiples: never a collocation point, where the barycentric formula is 0/0.
    r = np.sqrt(3.0) * np.linspace(0.001, 35.79, 900)
    u, u_slope = np.array([interpolated(q, x) for x in r]).T
    w, w_slope = np.array([interpolated(rho, x) for x in r]).T
    size = np.abs(w) + np.abs(w_slope - w)
    assert np.max(np.abs(profile.value(r) - u) / u) < 3e-15
    assert np.max(np.abs(profile.derivative(r) - (u_slope - u)) / u) < 3e-15
    assert np.max(np.abs(profile.rho(r) - w) / size) < 3e-15
    assert np.max(np.abs(profile.rho_derivative(r) - (w_slope - w)) / size) < 3e-15
