"""Products of real matrices whose sums run in the order of the index; those of libraries follow shape and processor."""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel

_ROWS, _COLUMNS = 16, 512  # of a product that are in the works at once: they stay in cache, however large matrices are


@kernel
def weighted(matrix: RealArray, vector: RealArray) -> RealArray:
    """Σ_s matrix(r, s) vector(s), in the order of s."""
    result = np.zeros(matrix.shape[0])
    for r in range(matrix.shape[0]):
        for s in range(matrix.shape[1]):
            result[r] += matrix[r, s] * vector[s]
    return result


@kernel
def product(one: RealArray, other: RealArray) -> RealArray:
    """Σ_s one(r, s) other(s, q), in the order of s."""
    result = np.zeros((one.shape[0], other.shape[1]))
    for q in range(0, other.shape[1], _COLUMNS):
        for r in range(0, one.shape[0], _ROWS):
            _add_tile(one, other, result, (r, min(r + _ROWS, one.shape[0])), (q, min(q + _COLUMNS, other.shape[1])))
    return result


@kernel
def _add_tile(
    one: RealArray, other: RealArray, result: RealArray, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    """Add all terms to some rows and columns of a product, four in one pass."""
    terms, (left, right) = one.shape[1], columns
    whole = terms - terms % 4
    for s in range(0, whole, 4):
        first, second = other[s][left:right], other[s + 1][left:right]
        third, fourth = other[s + 2][left:right], other[s + 3][left:right]
        for r in range(rows[0], rows[1]):
            factors = one[r][s : s + 4]
            _add_four(result[r][left:right], factors, first, second, third, fourth)
    for s in range(whole, terms):
        for r in range(rows[0], rows[1]):
            _add_one(result[r][left:right], one[r, s], other[s][left:right])


@kernel
def _add_four(
    line: RealArray, factors: RealArray, first: RealArray, second: RealArray, third: RealArray, fourth: RealArray
) -> None:
    """Add four terms one after the other, which rounds as in four passes."""
    a, b, c, d = factors[0], factors[1], factors[2], factors[3]
    for q in range(line.size):
        line[q] = (((line[q] + a * first[q]) + b * second[q]) + c * third[q]) + d * fourth[q]


@kernel
def _add_one(line: RealArray, factor: float, term: RealArray) -> None:
    for q in range(line.size):
        line[q] += factor * term[q]
