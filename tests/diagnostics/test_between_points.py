"""The largest modulus between points: against functions whose maximum is known."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.numerics.between_points import REACH, largest_between


@pytest.mark.parametrize("place", [(0.0,), (0.37,), (-0.5,), (0.37, -0.41), (0.0, 0.5)])
def test_a_gaussian_with_a_phase(place: tuple[float, ...]) -> None:
    """The density 4 where its peak lies, three points of its width apart: to rounding."""
    u = np.array(2.0 + 0j)
    for t in place:
        x = 0.3 * (np.arange(-REACH, REACH + 1) - t)
        u = u[..., None] * np.exp(-(x**2) / 2 + 0.8j * x)
    assert largest_between(u) == pytest.approx(4.0, rel=1e-12)


def test_a_maximum_at_the_point_keeps_its_bits() -> None:
    """What is larger than the point by rounding alone is the point."""
    x = np.arange(-REACH, REACH + 1) / 3
    u = np.exp(-(x**2)) * (0.1 + 0.7j)
    assert largest_between(u) == abs(u[REACH]) ** 2


def test_where_there_is_no_maximum_the_point_is_told() -> None:
    """A slope, a saddle, a constant, zero."""
    x = 0.1 * np.arange(-REACH, REACH + 1)
    saddle = np.exp(-(x[:, None] ** 2) / 20) * (2 + x**2) * np.exp(-((x / 9) ** 2)) + 0j
    for u in (np.exp(x + 0j), saddle, np.ones(2 * REACH + 1, complex), np.zeros((2 * REACH + 1,) * 2, complex)):
        assert largest_between(u) == abs(u[(REACH,) * u.ndim]) ** 2
