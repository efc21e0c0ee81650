"""The discrete Hankel transform of order 0, of radial functions in the plane: whole lines times a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.gains import LineGain, no_gain
from parallel_nls.spectral.transforms import Direction, Twiddles, line_blocks


@kernel
def multiply_lines(source: ComplexArray, matrix: RealArray, target: ComplexArray) -> None:
    """Write Σ_j u(j)·matrix(j, k) for each row u, in the order of j: a line has the same bits in any row."""
    length = source.shape[1]
    for b in range(source.shape[0]):
        for k in range(length):
            target[b, k] = 0
        for j in range(length):
            u = source[b, j]
            for k in range(length):
                target[b, k] += u * matrix[j, k]


def hankel_matrix(zeros: RealArray) -> RealArray:
    """The orthogonal, symmetric matrix T of the transform on n Bessel nodes.

    Parameters
    ----------
    zeros : ndarray, (n + 1,)
        The first positive zeros j_m of J₀; with S the last of them the nodes are r_m = R·j_m/S, wavenumbers j_m/R.

    Returns
    -------
    ndarray, (n, n)
        T_mn = 2 J₀(j_m j_n/S)/(S |J₁(j_m) J₁(j_n)|), which is orthogonal to some 1e-9, brought to the orthogonal matrix
        next to it: a flow that is unitary must be so to rounding.

    Notes
    -----
    It acts on v_m = φ(r_m)·√(4π)·R/(S|J₁(j_m)|), for which ∫|φ|² d²x = Σ|v_m|². *Communication*: local.
    """
    from scipy.special import j0, j1

    inside, last = zeros[:-1], zeros[-1]
    weights = np.abs(j1(inside))
    matrix = 2 * j0(np.outer(inside, inside) / last) / (last * np.outer(weights, weights))
    for _ in range(2):  # Newton and Schulz: the error is squared each time
        matrix = 1.5 * matrix - 0.5 * matrix @ matrix @ matrix
    return np.asarray(0.5 * (matrix + matrix.T))


class HankelTransform:
    """v ← T v in both directions; a `LineTransform`.

    Parameters
    ----------
    matrix : ndarray, (n, n)
        T of `hankel_matrix`.
    dtype : numpy dtype
        complex128 or complex64.

    Notes
    -----
    *Communication*: local.
    """

    twiddles: Twiddles | None = None

    def __init__(self, matrix: RealArray, dtype: DTypeLike = np.complex128) -> None:
        self.matrix, self.length, self.dtype = matrix, len(matrix), np.dtype[Any](dtype)
        self.normalisation = 1.0
        self.first, self.second, self.third = line_blocks(self.length, self.dtype)

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another; both directions are the same."""
        del direction, numbers
        multiply_lines(source, self.matrix, target)

    @property
    def gain(self) -> LineGain:
        """A product adds no rounding with a fixed sign that is known."""
        return no_gain(self.length)
