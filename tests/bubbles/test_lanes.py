"""Sums in eight lanes: their order is fixed, and what lies behind the end of an array adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, total

if TYPE_CHECKING:
    from parallel_nls.numerics.arrays import RealArray


@kernel
def combined(x: RealArray, y: RealArray, shift: float) -> tuple[float, float]:
    """Σ (x - shift)·y and Σ 2x² + y, by every operation there is."""
    first, second = all_lanes(0.0), all_lanes(0.0)
    for j in range(0, x.size, LANES):
        second += 2.0 * lanes_of(x, j) * lanes_of(x, j) + lanes_of(y, j)
        first = fused(lanes_of(x, j) - shift, lanes_of(y, j), first)
    return total(first), total(second)


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 101])
def test_sums_of_lanes(n: int) -> None:
    """Of integers exactly, whatever the length; numbers behind the end are not read as any."""
    generator = np.random.default_rng(n)
    x, y = (generator.integers(-9, 9, n + 20).astype(np.float64) for _ in range(2))
    x[n:] = np.nan
    y[n:] = np.inf
    first, second = combined(x[:n], y[:n], 3.0)
    assert first == ((x[:n] - 3.0) * y[:n]).sum()
    assert second == (2 * x[:n] ** 2 + y[:n]).sum()


def test_the_order_of_a_sum_is_that_of_its_lanes() -> None:
    """Bit for bit: each lane takes every eighth number, and neighbours are added first."""
    x, y = np.random.default_rng(1).standard_normal((2, 43))
    padded = np.zeros((2, 48))
    padded[0, :43], padded[1, :43] = x, y
    lanes = np.zeros(LANES)
    for part in (2.0 * padded[0] * padded[0] + padded[1]).reshape(-1, LANES):
        lanes += part
    while lanes.size > 1:
        lanes = lanes[::2] + lanes[1::2]
    assert combined(x, y, 0.0)[1] == lanes[0]
