"""The two flows into which the half-wave equation is split, exact each, on the points of a rational axis.

    e^{−iτD}: eigenvectors of the tridiagonal matrix D        u ↦ u·e^{iτk|u|²}: a phase, since |u| stands still

Sums run in a fixed order, and sine and cosine are the package's own.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import scipy.linalg

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.ordered_products import product
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.spectral.rational import AnyArray, RationalAxis

KEPT = 64  # phases of so many times τ


@kernel
def transform_rows(matrix: RealArray, rows: RealArray, out: RealArray) -> None:
    """out(r, k) = Σ_j rows(r, j)·matrix(j, k), four terms of j at a time: contiguous, and in a fixed order."""
    length = matrix.shape[0]
    whole = length - length % 4
    out[...] = 0.0
    for j in range(0, whole, 4):
        for r in range(rows.shape[0]):
            a, b, c, d = rows[r, j], rows[r, j + 1], rows[r, j + 2], rows[r, j + 3]
            for k in range(matrix.shape[1]):
                out[r, k] += (a * matrix[j, k] + b * matrix[j + 1, k]) + (c * matrix[j + 2, k] + d * matrix[j + 3, k])
    for j in range(whole, length):
        for r in range(rows.shape[0]):
            for k in range(matrix.shape[1]):
                out[r, k] += rows[r, j] * matrix[j, k]


def transformed(matrix: RealArray, row: AnyArray) -> ComplexArray:
    """Σ_j row(j)·matrix(j, k), in a fixed order. *Communication*: local."""
    rows, out = np.array([row.real, row.imag]), np.empty((2, matrix.shape[1]))
    transform_rows(matrix, rows, out)
    found = np.empty(matrix.shape[1], dtype=np.complex128)
    found.real, found.imag = out
    return found


@kernel
def phases(angles: RealArray, out: ComplexArray) -> None:
    """e^{−i·angle}."""
    for i in range(angles.size):
        sine, cosine = sine_cosine(angles[i])
        out[i] = complex(cosine, -sine)


@kernel
def turn(field: ComplexArray, factors: ComplexArray) -> None:
    """Multiply by phases."""
    for i in range(field.size):
        a, b = field[i], factors[i]
        field[i] = complex(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real)


@kernel
def kick_even(field: ComplexArray, factors: RealArray) -> None:
    """Multiply values v by e^{i·factor·|v|²}."""
    for j in range(factors.size):
        v = field[0, j]
        sine, cosine = sine_cosine(factors[j] * (v.real * v.real + v.imag * v.imag))
        field[0, j] = v * complex(cosine, sine)


@kernel
def kick_both(field: ComplexArray, right: RealArray, left: RealArray) -> None:
    """The same of even and odd part, row 0 and 1: values at x and −x are their sum and difference."""
    for j in range(right.size):
        one, other = field[0, j] + field[1, j], field[0, j] - field[1, j]
        sine, cosine = sine_cosine(right[j] * (one.real * one.real + one.imag * one.imag))
        one = one * complex(cosine, sine)
        sine, cosine = sine_cosine(left[j] * (other.real * other.real + other.imag * other.imag))
        other = other * complex(cosine, sine)
        field[0, j], field[1, j] = 0.5 * (one + other), 0.5 * (one - other)


@cache
def eigenbasis(points: int) -> tuple[RealArray, RealArray, RealArray]:
    """D on the axis of N points and scale 1, diagonal.

    Returns
    -------
    frequencies : ndarray, (N,)
        Its eigenvalues, increasing; on an axis of scale L they are divided by L, and functions keep their values.
    even, odd : ndarray, (N, N)
        Normalised values of the eigenfunctions, by column.

    Notes
    -----
    *Communication*: local.
    """
    axis = RationalAxis(points, 1.0)
    frequencies, vectors = scipy.linalg.eigh_tridiagonal(axis.diagonal, axis.offdiagonal)
    vectors = np.ascontiguousarray(vectors)
    even, odd = product(axis.cosines.copy(), vectors), product(axis.sines.copy(), vectors)
    return frequencies, _orthogonal(even), _orthogonal(odd)


def _orthogonal(matrix: RealArray) -> RealArray:
    """The orthogonal matrix next to one that is so nearly: what a flow that is unitary must have for the mass.

    By Newton and Schulz, M − ½(MMᵀ − 1)M, where the small difference is rounded only relative to itself.
    """
    for _ in range(2):
        defect = product(matrix, matrix.T.copy()) - np.eye(len(matrix))
        matrix = matrix - 0.5 * product(defect, matrix)
    return matrix


class FreeFlow:
    """e^{−iτD} of normalised values.

    Parameters
    ----------
    axis : RationalAxis

    Attributes
    ----------
    frequencies : ndarray, (N,)
        Eigenvalues of D on the basis, increasing; the largest is near 2N/L.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, axis: RationalAxis) -> None:
        self.axis = axis
        frequencies, even, odd = eigenbasis(axis.points)
        self.frequencies: RealArray = frequencies / axis.scale
        self._forward = [even, odd]
        self._backward = [np.ascontiguousarray(matrix.T) for matrix in self._forward]
        self._phases: dict[float, ComplexArray] = {}

    def phase(self, tau: float) -> ComplexArray:
        """e^{−iτω} at the frequencies ω; the last few are kept."""
        if tau not in self._phases:
            if len(self._phases) >= KEPT:
                self._phases.clear()
            self._phases[tau] = np.empty(self.axis.points, dtype=np.complex128)
            phases(tau * self.frequencies, self._phases[tau])
        return self._phases[tau]

    def spectrum(self, field: ComplexArray) -> ComplexArray:
        """Coefficients in eigenvectors of D, (1 or 2, N), of even part and odd part."""
        return np.array([transformed(self._forward[parity], row) for parity, row in enumerate(field)])

    def __call__(self, field: ComplexArray, tau: float) -> None:
        """Follow the flow for a time, in place: normalised values (1 or 2, N) of even part and odd part."""
        factors = self.phase(tau)
        for parity, row in enumerate(field):
            spectrum = transformed(self._forward[parity], row)
            turn(spectrum, factors)
            row[...] = transformed(self._backward[parity], spectrum)
