"""The localization functions: their direction, their partition of unity, their derivatives in 60 digits."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.bubbles.localization.partition import Localization, step_derivatives, widest_direction

# Three, four and five centers with unequal gaps, not in order.
LINE = [[3.0], [-4.0], [0.5], [9.0]]
PLANE = [[1.0, 2.0], [-3.0, 0.5], [2.5, -1.0], [-0.5, -2.0], [4.0, 3.0]]


def smallest_gap(centers: NDArray[np.float64], angle: float) -> float:
    """Of the projections on a direction of the plane."""
    projections = np.sort(centers @ np.array([math.cos(angle), math.sin(angle)]))
    return float(np.diff(projections).min())


def points(localization: Localization) -> NDArray[np.float64]:
    """Many, in and beside all bands."""
    ends = localization.bands[0] - 1, localization.bands[-1] + localization.width + 1
    return np.linspace(*ends, 4001)


@pytest.mark.parametrize("centers", [PLANE[:2], PLANE[:3], PLANE[:4], PLANE])
def test_no_direction_has_a_wider_smallest_gap(centers: list[list[float]]) -> None:
    """Of 20000; and it does not depend on the order of the centers."""
    array = np.array(centers)
    found = widest_direction(array)
    assert np.hypot(*found) == pytest.approx(1.0, abs=3e-16)
    assert found[0] > 0
    reached = float(np.diff(np.sort(array @ found)).min())
    scanned = [smallest_gap(array, angle) for angle in np.linspace(0, np.pi, 20001)]
    assert max(scanned) * (1 - 1e-12) <= reached <= max(scanned) * (1 + 1e-3)
    for seed in range(4):
        np.testing.assert_array_equal(widest_direction(np.random.default_rng(seed).permutation(array)), found)


@pytest.mark.parametrize(
    ("centers", "direction"),
    [
        ([[-2.0, 0.0], [2.0, 0.0]], (1.0, 0.0)),
        ([[2.0, 0.3], [-2.0, 0.3], [0.7, 0.3]], (1.0, 0.0)),
        ([[0.1, -2.3], [0.1, 1.9]], (0.0, 1.0)),
        ([[1.0, -1.0], [-1.0, 1.0]], (math.sqrt(0.5), -math.sqrt(0.5))),
        ([[5.0, 1.0]], (1.0, 0.0)),
        ([[3.0], [-3.0]], (1.0,)),
    ],
)
def test_simple_directions(centers: list[list[float]], direction: tuple[float, ...]) -> None:
    """Exactly along an axis where the centers are; the first component that is not 0 is positive."""
    found = Localization.of(centers).direction
    np.testing.assert_allclose(found, direction, rtol=3e-16, atol=0)


def test_symmetric_centers_have_one_direction() -> None:
    """Of a square eight directions are equally good, of a triangle six: rounding does not choose."""
    square = np.array([[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]])
    np.testing.assert_allclose(np.abs(widest_direction(square)) * math.sqrt(5), [2.0, 1.0], rtol=1e-15)
    triangle = np.array([[math.cos(angle), math.sin(angle)] for angle in 2 * np.pi / 3 * np.arange(3)])
    for scale in (1 / 3, 0.7, 1.0, 1.9, 7.7):
        np.testing.assert_array_equal(widest_direction(triangle * scale), [0.0, 1.0])


def test_given_direction() -> None:
    """Normalised, kept in its sense, and followed by the order of the centers."""
    localization = Localization.of([[-2.0, 0.0], [2.0, 1.0], [0.0, 5.0]], [0.0, -4.0])
    np.testing.assert_array_equal(localization.direction, [0.0, -1.0])
    assert localization.order == (2, 1, 0)
    assert localization.sigma == 1 / 12
    assert Localization.of(LINE, [-0.1]).direction[0] == -1.0


def test_order_and_sigma_of_scrambled_centers() -> None:
    """Only the smallest gap counts: it sets the bands of all."""
    localization = Localization.of(LINE)
    assert localization.order == (1, 2, 0, 3)
    assert localization.sigma == 2.5 / 12
    np.testing.assert_allclose(localization.bands, np.array([-4.0, 0.5, 3.0]) + 4 * localization.sigma, rtol=1e-15)
    np.testing.assert_array_equal(localization.centers, LINE)


@pytest.mark.parametrize(
    ("centers", "direction"),
    [
        ([[1.0], [1.0]], None),
        ([[1.0, 2.0], [3.0, 2.0]], [0.0, 1.0]),
        ([[0.1, 0.2], [0.3, 0.2]], [1e-20, 1.0]),
        ([[1.0, 2.0], [3.0, 2.0]], [0.0, 0.0]),
        ([[1.0, 2.0], [3.0, 2.0]], [1.0]),
        ([[1.0, 2.0], [3.0, 2.0]], [math.nan, 1.0]),
        ([[1.0, 2.0, 3.0]], None),
        ([1.0, 2.0], None),
    ],
)
def test_what_does_not_separate_is_refused(centers: list[list[float]], direction: list[float] | None) -> None:
    """Coinciding projections, no direction, arrays that do not fit."""
    with pytest.raises(ValueError, match=r"coincide|direction needs|centers are"):
        Localization.of(centers, direction)


@pytest.mark.parametrize("centers", [LINE[:1], LINE[:2], LINE[:3], LINE, PLANE])
def test_partition_of_unity(centers: list[list[float]]) -> None:
    """The sum is 1, that of derivatives 0, exactly; Φ_k is 1 at x_k and 0 at the others."""
    localization = Localization.of(centers)
    s = points(localization) if len(centers) > 1 else np.linspace(-5, 5, 11)
    values = localization.values(s)
    assert values.shape == (len(centers), len(s))
    assert values.min() >= 0
    assert values.max() <= 1
    np.testing.assert_array_equal(values.sum(axis=0), 1.0)
    for derivative in range(1, 5):
        np.testing.assert_array_equal(localization.values(s, derivative).sum(axis=0), 0.0)
    projections = localization.centers @ localization.direction
    np.testing.assert_array_equal(localization.values(projections), np.eye(len(centers)))


def test_definition() -> None:
    """Differences of one step from band to band."""
    localization = Localization.of(LINE)
    sigma, s = localization.sigma, points(localization)
    x = sorted(center for (center,) in LINE)
    steps = np.array([[step_derivatives((t - x[k]) / (4 * sigma) - 1)[0] for t in s] for k in range(3)])
    expected = np.array([steps[0], steps[1] - steps[0], steps[2] - steps[1], 1 - steps[2]])
    np.testing.assert_allclose(localization.values(s)[list(localization.order)], expected, atol=1e-14)


def test_derivatives_in_high_precision() -> None:
    """Relative to the largest value, and relative to the value itself, in the tails too."""
    errors, sizes, relative = np.zeros(5), np.zeros(5), np.zeros(5)
    with mpmath.workdps(150):
        for t in [0.01, 0.02, *np.linspace(0.03, 0.97, 48), 0.98, 0.99]:
            series = mpmath.taylor(lambda x: 1 / (1 + mpmath.exp(1 / (1 - x) - 1 / x)), mpmath.mpf(float(t)), 4)
            for n, found in enumerate(step_derivatives(float(t))):
                exact = series[n] * mpmath.factorial(n)
                error = float(abs(found - exact))
                errors[n], sizes[n] = max(errors[n], error), max(sizes[n], float(abs(exact)))
                relative[n] = max(relative[n], error / float(abs(exact)))
    assert (errors / sizes <= np.array([2e-16, 5e-16, 1e-15, 2e-15, 5e-15])).all()
    assert (relative <= 1e-13).all()


def test_derivatives_are_those_of_the_values() -> None:
    """Of Φ_k by s, by differences of order 8 of the derivative before."""
    localization = Localization.of(LINE, [-1.0])
    h, s = 1e-3 * localization.width, points(localization)
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    for n in range(4):
        slope = sum(
            weight * (localization.values(s + k * h, n) - localization.values(s - k * h, n)) / h
            for k, weight in enumerate(weights, start=1)
        )
        exact = localization.values(s, n + 1)
        assert np.abs(slope - exact).max() <= 2e-10 * np.abs(exact).max()


def test_near_the_ends_of_a_band() -> None:
    """Where exponentials overflow or underflow everything is 0 or 1, never NaN; NaN gives NaN."""
    for t in (5e-324, 1e-300, 1e-80, 1e-5, 1e-3):
        assert step_derivatives(t) == (1.0, 0.0, 0.0, 0.0, 0.0)
        assert step_derivatives(-t) == (1.0, 0.0, 0.0, 0.0, 0.0)
        assert step_derivatives(1 + t) == (0.0, 0.0, 0.0, 0.0, 0.0)
    for t in (1e-16, 1e-5, 1e-3):
        assert step_derivatives(1 - t) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert math.isnan(step_derivatives(math.nan)[0])


def test_one_value_and_other_shapes() -> None:
    """The bits depend on the point alone; orders beyond 4 are refused."""
    localization = Localization.of(LINE)
    s = points(localization)[:4000].reshape(40, 100)
    whole = localization.values(s, 2)
    assert whole.shape == (4, 40, 100)
    np.testing.assert_array_equal(localization.values(s[7, 30], 2), whole[:, 7, 30])
    np.testing.assert_array_equal(localization.values(s.T, 2), whole.transpose(0, 2, 1))
    for order in (-1, 5):
        with pytest.raises(ValueError, match="order 0 to 4"):
            localization.values(s, order)
