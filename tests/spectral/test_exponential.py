"""The exponential function of kernels."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.exponential import LEAST, exponential


@kernel
def fill(x: RealArray, out: RealArray) -> None:
    """In a loop, as kernels have it."""
    for j in range(x.size):
        out[j] = exponential(x[j])


def test_to_a_unit_in_the_last_place() -> None:
    """Against 40 digits, near 0 and far from it; one by one and in a loop with the same bits."""
    generator = np.random.default_rng(1)
    x = np.concatenate([-np.logspace(-17, 2.84, 300), generator.uniform(-40, 2, 300), [0.0, 699.0]])
    out = np.empty_like(x)
    fill(x, out)
    assert [exponential(value) for value in x] == out.tolist()
    with mpmath.workdps(40):
        exact = [mpmath.exp(mpmath.mpf(float(value))) for value in x]
        errors = [float(abs(mpmath.mpf(float(found)) / true - 1)) for found, true in zip(out, exact, strict=True)]
    assert max(errors) < 1.5 * 2.0**-53


def test_ends() -> None:
    """What is too small stays at the smallest; NaN stays NaN."""
    assert exponential(-1e9) == exponential(-math.inf) == exponential(LEAST) == pytest.approx(1e-304, rel=0.02)
    assert exponential(0.0) == 1.0
    assert math.isnan(exponential(math.nan))
