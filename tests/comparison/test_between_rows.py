"""Values between rows: exact where they can be, and never further off than they say."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.comparison.differences import difference_of
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.between_rows import interpolated, shared_rows

EPSILON = float(np.finfo(float).eps)


def test_polynomials_of_degree_five_are_exact() -> None:
    """On uneven rows, forward and backward in time, at rows and between them; nothing beyond the ends."""
    times = np.array([0.0, 0.1, 0.3, 0.35, 0.6, 0.8, 1.0, 1.3])
    values = np.polynomial.Polynomial([0.3, -1.0, 2.0, 0.7, -0.2, 0.5])(times)
    places = np.array([-0.1, 0.0, 0.2, 0.35, 0.99, 1.3, 1.4])
    exact = np.polynomial.Polynomial([0.3, -1.0, 2.0, 0.7, -0.2, 0.5])(places)
    for order in (slice(None), slice(None, None, -1)):
        found, doubts = interpolated(times[order], values[order], places)
        assert np.isnan(found[[0, -1]]).all()
        np.testing.assert_allclose(found[1:-1], exact[1:-1], rtol=1e-13)
        assert (doubts[1:-1] < 1).all()


@pytest.mark.parametrize("count", [3, 5, 12, 40])
def test_the_doubt_is_no_less_than_the_error(count: int) -> None:
    """Of a function that is no polynomial, on few rows and on many; a bump that no row sees is another matter."""
    times = np.linspace(-1.0, 1.0, count)
    places = np.linspace(-1.0, 1.0, 101)
    found, doubts = interpolated(times, np.exp(1.5 * times), places)
    errors = np.abs(found - np.exp(1.5 * places))
    assert (errors <= doubts + 1e-14).all()
    # It falls like the error of a polynomial of one degree less.
    assert doubts.max() < 150 * (2.0 / (count - 1)) ** min(count - 1, 5)


def test_rows_without_a_value_do_not_count() -> None:
    """Neighbours take their place; of two rows nothing is made."""
    times = np.linspace(0.0, 1.0, 9)
    values = times**2
    values[4] = np.nan
    found, _ = interpolated(times, values, np.array([0.5]))
    assert found[0] == pytest.approx(0.25, abs=1e-15)
    assert np.isnan(interpolated(times[:2], values[:2], np.array([0.05]))[0]).all()


def test_shared_times_are_equal_but_for_their_rounding() -> None:
    """A few units in the last place, in either direction of time; none in common with an empty one."""
    times: RealArray = -0.5 + 0.02 * np.arange(11.0)
    others: RealArray = -0.5 + 0.03 * np.arange(7.0)
    first, second = shared_rows(times, others)
    assert first.tolist() == [0, 3, 6, 9]
    assert second.tolist() == [0, 2, 4, 6]
    backward = shared_rows(times[::-1], others[::-1])
    assert [10 - int(place) for place in backward[0][::-1]] == first.tolist()
    assert shared_rows(times, others[:0])[0].size == 0
    assert shared_rows(times, others + 1e-12)[0].size == 0


def test_digits_that_are_not_there_are_not_told() -> None:
    """Of neighbouring numbers a bound, of others three digits at most, less where rounding reaches into them."""
    times = np.arange(3.0)
    first = np.array([1.0, 1.0, 1.0])
    other = np.array([1.0, 1.0 + EPSILON, 1.0 + 40 * EPSILON])
    found = difference_of((times, times), (first, other), EPSILON)
    assert found.text(0) == "≤ 3e-16"
    assert found.text(1) == "≤ 5e-16"
    assert found.text(2) == "9e-15"
    assert found.relative_text(2) == "9e-15"
    assert difference_of((times, times), (first, first + 0.12345), EPSILON).text(2) == "0.123"
    assert difference_of((times, times), (0 * first, 0 * first), EPSILON).text(2) == "0"
    assert difference_of((times, times), (0 * first, first), EPSILON).relative_text(2) == "–"


def test_other_times_are_interpolated_and_say_so() -> None:
    """Sin at rows that never meet: the difference of two equal functions is a bound, that of others has few digits."""
    times, others = np.linspace(0.0, 3.0, 31), np.linspace(0.0, 3.0, 24)
    same = difference_of((times, others[1:]), (np.sin(times), np.sin(others[1:])), EPSILON)
    assert same.between
    assert len(same.times) == 29
    assert np.abs(same.values).max() <= same.doubts.max() < 1e-4
    assert all(same.text(row).startswith("≤") for row in range(29) if same.doubts[row] > 1e-10)
    apart = difference_of((times, others[1:]), (np.sin(times), np.sin(others[1:]) + 1e-3), EPSILON)
    assert apart.text(10) == "0.00100"
    assert apart.text(apart.last) == "≤ 0.002"
    # Where the times of both meet, nothing is interpolated.
    assert not difference_of((times, times[::3]), (np.sin(times), np.sin(times[::3])), EPSILON).between


def test_rounding_that_comes_near_itself_has_no_digit() -> None:
    """Momenta of two runs that are noise beside a field of 1, and in the last row alike by chance."""
    times, one = np.arange(6.0), np.array([2e-14, -1e-14, 3e-14, -2e-14, 1e-14, 1.2e-14])
    other = np.array([-1e-14, 2e-14, -2e-14, 1e-14, -3e-14, 1.1e-14])
    apart = difference_of((times, times), (one, other), EPSILON)
    assert apart.rounding
    assert [apart.text(row)[0] for row in range(6)] == ["≤"] * 6


def test_what_cancels_is_rounding_where_runs_never_meet() -> None:
    """A momentum below the rounding of the field; a larger one tells what it may."""
    times, noise = np.arange(3.0), np.array([0.0, -2e-17, 1e-17])
    for later in (times, times + 10.0):
        assert difference_of((times, later), (noise, 2 * noise), EPSILON, cancels=True).rounding
        assert not difference_of((times, later), (noise, noise + 0.25), EPSILON, cancels=True).rounding
        assert not difference_of((times, later), (0 * noise, 0 * noise), EPSILON, cancels=True).rounding
