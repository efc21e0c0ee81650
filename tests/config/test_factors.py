"""A line is cut into the squarest plane that its divisors allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.spectral.folding import line_factors


@pytest.mark.parametrize(
    ("n", "factors"),
    [(1, (1, 1)), (7, (1, 7)), (250, (10, 25)), (3000, (50, 60)), (2**21, (2**10, 2**11)), (10007, (1, 10007))],
)
def test_known_factors(n: int, factors: tuple[int, int]) -> None:
    """Squares, powers of two, products and primes."""
    assert line_factors(n) == factors


@given(st.integers(1, 5000))
def test_no_divisor_is_nearer(n: int) -> None:
    """The factors multiply to n, the smaller comes first, and no divisor lies between them."""
    small, large = line_factors(n)
    assert small * large == n
    assert not any(n % m == 0 for m in range(small + 1, large))
