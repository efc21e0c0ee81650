"""Exponential Runge–Kutta steps: their weights, their orders, and what they do to plane waves."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.integrators.exponential_weights import halves, phi_functions, stage_weights
from parallel_nls.numerics.arrays import ComplexArray
from tests.support import remainder_at

# Relative L² errors of s = 8 → 5, x = ±2, ω = 1, at steps of 1/20 and 1/40.
ERRORS = {
    "strang": (0.04864, 0.01218), "yoshida4": (0.01804, 0.001055), "if-rk4": (0.00574, 0.0003178),
    "etdrk4": (0.0004847, 2.89e-05),
}  # fmt: skip


def contour_means(theta: float) -> tuple[complex, ...]:
    """The weights of N in `etdrk4` over h, as means over 32 points of a circle of radius 2 around L = −iθ."""
    points = -1j * theta + 2 * np.exp(2j * np.pi * (np.arange(32) + 0.5) / 32)
    full, half = np.exp(points), np.exp(points / 2)
    means = (
        (half - 1) / points,
        (-4 - points + full * (4 - 3 * points + points**2)) / points**3,
        2 * (2 + points + full * (points - 2)) / points**3,
        (-4 - 3 * points - points**2 + full * (4 - points)) / points**3,
    )
    return tuple(complex(np.mean(mean)) for mean in means)


@pytest.mark.parametrize("theta", [0.0, 1e-9, -0.5, 0.999, 1.001, -3.5, 30.0])
def test_weights_are_those_of_the_contour(theta: float) -> None:
    """To 4e-15, where the circle is near its point or far from it."""
    step = -0.01 if theta < 0 else 0.01
    weights = [stage_weights(False, stage, theta, step) for stage in range(4)]
    found = weights[0][1], weights[0][2], weights[1][2], weights[3][2]
    for ours, theirs in zip(found, contour_means(theta), strict=True):
        assert ours / step == pytest.approx(theirs, rel=4e-15, abs=4e-15)


def test_weights_of_a_constant_add_up() -> None:
    """A constant N is integrated exactly: Σ b_i = hφ₁."""
    for theta in (0.3, 5.0):
        shares = sum(stage_weights(False, stage, theta, 0.1)[2] for stage in range(4))
        assert shares == pytest.approx(0.1 * phi_functions(theta, halves(theta)[1])[0], rel=1e-14)


def remainder(scheme: str, per_unit: int) -> ComplexArray:
    """The field z at s = 5."""
    simulation = remainder_at(8.0, 5.0, 1 / per_unit, f"time.scheme={scheme}", "grid.length=64.0", "grid.points=400")
    simulation.advance(simulation.frames.count)
    return simulation.field().copy()


def test_orders_of_the_schemes() -> None:
    """2, 4, 4 and 4, with the errors that were found elsewhere to 4 digits."""
    exact = remainder("etdrk4", 160)
    for scheme, expected in ERRORS.items():
        errors = [float(np.linalg.norm(remainder(scheme, n) - exact) / np.linalg.norm(exact)) for n in (20, 40)]
        assert errors == pytest.approx(expected, rel=5e-3)
        assert np.log2(errors[0] / errors[1]) == pytest.approx(2 if scheme == "strang" else 4, abs=0.2)
