"""Compiled sums of lines against the same in numpy."""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest

from parallel_nls.diagnostics.kernels import (
    LARGEST,
    LARGEST_BEYOND,
    LARGEST_OUTER,
    differentiate,
    spectrum_maxima,
    to_derivative,
)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 17, 30, 64, 101])
def test_maxima_of_a_spectrum_and_of_its_ends(n: int) -> None:
    """Over all wavenumbers, parts of them and the outer tenth, of odd and even lengths; NaN is passed over."""
    generator = np.random.default_rng(n)
    block = generator.standard_normal((5, n)) + 1j * generator.standard_normal((5, n))
    block[1, n // 3] = np.nan
    ends = np.array([ceil(fraction * (n // 2)) for fraction in (0.3, 0.5, 0.75, 0.9)])
    table = np.full((5, 5), np.nan)
    spectrum_maxima(block, ends, table)
    powers, harmonics = block.real**2 + block.imag**2, np.abs((np.arange(n) + n // 2) % n - n // 2)
    rows = LARGEST_BEYOND, LARGEST_BEYOND + 1, LARGEST_BEYOND + 2, LARGEST_OUTER, LARGEST
    for row, end in zip(rows, (*ends, 0), strict=True):
        expected = np.fmax.reduce(powers[:, harmonics >= end], axis=1)
        np.testing.assert_array_equal(table[row], np.nan_to_num(expected))


def test_a_derivative_alone_has_the_bits_of_one_with_sums() -> None:
    """i·k·û, in place or beside the sums."""
    generator = np.random.default_rng(0)
    spectrum = generator.standard_normal((4, 12)) + 1j * generator.standard_normal((4, 12))
    symbol, derivative = generator.standard_normal(12), np.empty((4, 12), np.complex128)
    differentiate(spectrum, symbol, symbol**2, derivative, np.zeros((3, 4)))
    to_derivative(spectrum, symbol)
    np.testing.assert_array_equal(spectrum, derivative)
