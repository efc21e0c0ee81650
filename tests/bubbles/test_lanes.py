"""Sums in eight lanes: their order is fixed, and what lies behind the end of an array adds nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numba import TypingError

from parallel_nls.bubbles.fit.jacobian_sums import jacobian_sums
from parallel_nls.bubbles.fit.overlaps import Overlaps
from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS, pairing_sums
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import REACH, UsedPoints, profile_table
from parallel_nls.diagnostics.kernels import density_sums
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.lanes import (
    LANES,
    all_lanes,
    complex_lanes_of,
    fused,
    greatest,
    lanes_of,
    put_complex_lanes,
    put_lanes,
    root,
    smaller,
    total,
    where_greater,
)
from tests.support import digest

if TYPE_CHECKING:
    from parallel_nls.numerics.arrays import ComplexArray, RealArray


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


@kernel
def changed(x: RealArray, bound: float, out: RealArray) -> float:
    """√(x/4) or a bound, into an array; the largest number."""
    largest = all_lanes(-1.0)
    for j in range(0, x.size, LANES):
        value = lanes_of(x, j)
        largest = where_greater(value, largest, value, largest)
        put_lanes(out, j, smaller(root(value / 4.0), bound))
    return float(greatest(largest))


@kernel
def turned(values: ComplexArray, out: ComplexArray) -> float:
    """Write 2i times a row; return Σ|u|²."""
    sums = all_lanes(0.0)
    for j in range(0, values.size, LANES):
        re, im = complex_lanes_of(values, j)
        sums += re * re + im * im
        put_complex_lanes(out, j, -2.0 * im, 2.0 * re)
    return float(total(sums))


@pytest.mark.parametrize("n", [1, 7, 8, 9, 23])
def test_writing_in_lanes(n: int) -> None:
    """What lies behind the end of an array is left alone; NaN is no largest number."""
    x, out = np.random.default_rng(n).uniform(0, 9, n), np.full(n + 9, -3.0)
    largest = changed(x, 1.2, out[:n])
    np.testing.assert_array_equal(out[:n], np.minimum(np.sqrt(x / 4), 1.2))
    assert (out[n:] == -3.0).all()
    assert largest == x.max()
    x[n // 2] = np.nan
    assert changed(x, 1.2, out[:n]) == np.nanmax(x, initial=0.0)


def test_lanes_of_scattered_numbers_are_refused() -> None:
    """They would be read as if they lay next to each other."""
    with pytest.raises(TypingError, match="next to each other"):
        combined(np.zeros(20)[::2], np.zeros(10), 0.0)


@pytest.mark.parametrize("kind", [np.complex64, np.complex128])
@pytest.mark.parametrize("n", [1, 7, 8, 9, 23])
def test_complex_numbers_in_lanes(n: int, kind: type[np.complexfloating[Any, Any]]) -> None:
    """Of both precisions, sums in double precision; what lies behind the end is not read, and left alone."""
    generator = np.random.default_rng(n)
    values = (generator.integers(-9, 9, n + 9) + 1j * generator.integers(-9, 9, n + 9)).astype(kind)
    values[n:] = np.nan
    out = np.full(n + 9, 5.0, kind)
    assert turned(values[:n], out[:n]) == (np.abs(values[:n].astype(np.complex128)) ** 2).sum().round()
    np.testing.assert_array_equal(out[:n], 2j * values[:n])
    assert (out[n:] == 5.0).all()


def sums_of_rows() -> str:
    """Digest of what lanes sum over two rows of random numbers beside two bubbles, one of them centered at a point."""
    generator, ones = np.random.default_rng(1), np.ones(2)
    across, along = np.array([0.0, 0.3]), np.linspace(-9.0, 9.0, 77)
    values = generator.standard_normal((2, 77)) + 1j * generator.standard_normal((2, 77))
    centers = np.array([[0.0, 0.0], [0.4, 1.0]])
    true = Parameters(np.array([0.2, 0.5]), centers, generator.standard_normal((2, 2)), ones, ones)
    points, known = UsedPoints.of_rows(across, along, False), (profile_table(2), true.packed())
    overlaps = Overlaps.of(true, across, False)
    pairings, matrix, densities = np.zeros((2 * PAIRINGS, 2)), np.zeros(overlaps.size), np.zeros((7, 2))
    pairing_sums(values, *known, points, 2, REACH, pairings)
    jacobian_sums(values, *known, points, 2, np.arange(2), (overlaps.pairs, overlaps.windows), matrix)
    density_sums(values, across, along, False, densities)
    return digest(pairings, matrix, densities)


@pytest.mark.parametrize(("processor", "features"), [("haswell", "+avx2,+fma"), ("nehalem", "+sse4.2")])
def test_the_same_bits_in_narrow_registers(processor: str, features: str) -> None:
    """Code for registers of four doubles, and of two without fused multiply-adds, in processes of their own."""
    environment = {**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": ""}
    command = [sys.executable, "-c", "from tests.bubbles.test_lanes import sums_of_rows; print(sums_of_rows())"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sums_of_rows()
