"""Products of matrices: every sum in the order of its index, whatever the tiles that are in the works at once."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.numerics.ordered_products import product, weighted

SHAPES = ((1, 1, 1), (3, 0, 2), (16, 4, 512), (17, 7, 513), (40, 9, 1030))


@pytest.mark.parametrize("shape", SHAPES)
def test_terms_are_added_in_order(shape: tuple[int, int, int]) -> None:
    """Bit by bit what adding one term after the other gives; sums in another order differ, as the test shows."""
    rows, terms, columns = shape
    generator = np.random.default_rng(7)
    one, other = generator.normal(size=(rows, terms)), generator.normal(size=(terms, columns))
    expected, backward = np.zeros((rows, columns)), np.zeros((rows, columns))
    for s in range(terms):
        expected += np.outer(one[:, s], other[s])
        backward += np.outer(one[:, terms - 1 - s], other[terms - 1 - s])
    np.testing.assert_array_equal(product(one, other), expected)
    np.testing.assert_array_equal(weighted(one, other[:, :1].ravel()), expected[:, 0])
    assert terms < 3 or not np.array_equal(expected, backward)


def test_matrices_that_are_not_contiguous() -> None:
    """The same bits."""
    generator = np.random.default_rng(8)
    one, other = generator.normal(size=(9, 20)), generator.normal(size=(21, 9))
    expected = product(one.T.copy(), other[::-1].T.copy())
    np.testing.assert_array_equal(product(one.T, other[::-1].T), expected)
