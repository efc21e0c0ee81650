"""Sums that are rounded once, of many numbers at a time, against `math.fsum`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.numerics.exact_sums import exact_sum


@given(st.integers(0, 2000), st.integers(0, 900), st.integers(0, 2**32 - 1))
def test_many_numbers_of_many_sizes(count: int, range_of_powers: int, seed: int) -> None:
    """Of up to 1800 binary orders of magnitude, half of them cancelling."""
    generator = np.random.default_rng(seed)
    powers = generator.integers(-range_of_powers, range_of_powers + 1, count)
    values = np.ldexp(generator.standard_normal(count), powers)
    cancelling = np.concatenate([values, -values[: count // 2], values[:3] * 2.0**-53])
    assert exact_sum(cancelling.copy()) == math.fsum(cancelling.tolist())


def test_a_decaying_profile() -> None:
    """As the rows of a bubble are: from 1 to 1e-130."""
    x = np.linspace(-10.0, 10.0, 1024)
    values = np.exp(-3 * x**2) * np.cos(40 * x)
    assert exact_sum(values.copy()) == math.fsum(values.tolist())


@pytest.mark.parametrize("values", [[2.0**1023, 2.0**1000], [-(2.0**1022)] * 3, [5e-324] * 7, [0.0] * 9, []])
def test_ends_of_the_range(values: list[float]) -> None:
    """Next to overflow and below the smallest normal number."""
    assert exact_sum(np.array(values)) == math.fsum(values)


@pytest.mark.parametrize("values", [[math.nan, 1.0], [math.inf], [1.0, -math.inf], [1.7e308] * 9])
def test_what_is_not_finite(values: list[float]) -> None:
    """NaN stands for all of it."""
    assert math.isnan(exact_sum(np.array(values)))
