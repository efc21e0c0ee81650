"""Products of real matrices whose sums run in the order of the index; those of libraries follow shape and processor."""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel


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
    for r in range(one.shape[0]):
        for s in range(one.shape[1]):
            for q in range(other.shape[1]):
                result[r, q] += one[r, s] * other[s, q]
    return result
