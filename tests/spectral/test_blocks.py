"""Moving lines between an array and a block: each number to its place, and no other place touched."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.blocks import gather_run, scatter_run

ROWS, LENGTH = 12, 30
RUNS = (0, 1, 3, 4, 5, 8, 11)
SPANS = ((0, 0), (3, 4), (0, 4), (5, 12), (1, 30))


def _numbers(size: int, dtype: DTypeLike, seed: int) -> ComplexArray:
    chance = np.random.default_rng(seed)
    return (chance.normal(size=size) + 1j * chance.normal(size=size)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("stride", [11, 16, -13])
@pytest.mark.parametrize("span", SPANS)
def test_every_number_comes_to_its_place(dtype: DTypeLike, stride: int, span: tuple[int, int]) -> None:
    """There and back, of any number of lines and positions, also where positions run backwards."""
    length = span[1] - span[0]
    for run in RUNS:
        array, block = _numbers(16 * LENGTH + 40, dtype, 1), _numbers(ROWS * LENGTH, dtype, 2).reshape(ROWS, LENGTH)
        base = 7 if stride > 0 else 7 - stride * max(length - 1, 0)
        # places[b, j] of the array belong to row 1 + b and position span[0] + j of the block.
        places = base + np.arange(length) * stride + np.arange(run)[:, None]
        own = slice(1, 1 + run), slice(*span)
        expected, found = block.copy(), block.copy()
        expected[own] = array[places]
        gather_run(array, base, stride, found, (1, 1 + run), span)
        np.testing.assert_array_equal(found, expected)
        expected, found = array.copy(), array.copy()
        expected[places] = block[own]
        scatter_run(block, found, base, stride, (1, 1 + run), span)
        np.testing.assert_array_equal(found, expected)
