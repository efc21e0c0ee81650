"""Weights of finite differences against exact polynomials, and the virial identity."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.diagnostics.identities import first_derivative_weights, virial_residual


@given(
    st.lists(st.integers(-100, 100), min_size=2, max_size=8, unique=True),
    st.integers(-100, 100),
)
def test_weights_are_exact_for_polynomials(nodes: list[int], point: int) -> None:
    """They agree with the derivatives of Lagrange's polynomials, in rational numbers."""
    weights = first_derivative_weights(np.array(nodes, dtype=float), float(point))
    for i, weight in enumerate(weights):
        others = [x for j, x in enumerate(nodes) if j != i]
        exact = Fraction(0)
        for skipped in others:
            term = Fraction(1, nodes[i] - skipped)
            for x in others:
                if x != skipped:
                    term *= Fraction(point - x, nodes[i] - x)
            exact += term
        # Terms of the sum cancel; the recurrence knows each only to rounding.
        size = sum(
            abs(math.prod((point - x) / (nodes[i] - x) for x in others if x != s) / (nodes[i] - s)) for s in others
        )
        assert weight == pytest.approx(float(exact), abs=1e-12 * max(size, abs(float(exact)), 1e-3))


def test_central_weights() -> None:
    """Seven equal steps: (-1, 9, -45, 0, 45, -9, 1)/60."""
    weights = first_derivative_weights(np.arange(-3.0, 4.0), 0.0)
    np.testing.assert_allclose(weights, np.array([-1, 9, -45, 0, 45, -9, 1]) / 60, atol=1e-15)


def rows_of(times: np.ndarray, acceleration: float, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, rates and accelerations of a variance of even acceleration, its rate falsified by a factor."""
    return times, factor * acceleration * times, np.full_like(times, acceleration)


@pytest.mark.parametrize("acceleration", [32.0, -8.0])
def test_the_residual_is_relative_and_signed(acceleration: float) -> None:
    """A rate 1 percent too large gives +0.01·sign(a), in the middle and at both ends, with uneven rows."""
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.65, 0.8, 1.0])
    for row in range(len(times)):
        assert virial_residual(*rows_of(times, acceleration), row) == pytest.approx(0, abs=1e-13)
        found = virial_residual(*rows_of(times, acceleration, 1.01), row)
        assert found == pytest.approx(math.copysign(0.01, acceleration), rel=1e-11)


def test_the_residual_belongs_to_its_row() -> None:
    """A rate of degree 6 is differentiated exactly at each row, accelerations taken from the same row."""
    times = np.linspace(-0.4, 0.5, 10)
    slope = 6 * times**5 - 2 * times + 3
    rate = times**6 - times**2 + 3 * times
    for row in range(10):
        assert virial_residual(times, rate, slope, row) == pytest.approx(0, abs=2e-13)


def test_there_is_no_residual_without_enough_rows_or_acceleration() -> None:
    """NaN, not a guess."""
    times = np.linspace(0, 1, 7)
    assert math.isnan(virial_residual(*rows_of(times[:6], 1.0), 3))
    assert math.isnan(virial_residual(*rows_of(times, 0.0), 3))
    assert not math.isnan(virial_residual(*rows_of(times, 1.0), 3))
