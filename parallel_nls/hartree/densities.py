"""The densities of γ⁽¹⁾ and γ⁽²⁾ on the diagonal, from which energies and virial identities follow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.ordered_products import product
from parallel_nls.spectral.radial import RadialAxis


@kernel
def squares(matrix: ComplexArray, weights: RealArray) -> RealArray:
    """Σ_j weights(j)|matrix(j, r)|², in the order of j."""
    result = np.zeros(matrix.shape[1])
    for j in range(matrix.shape[0]):
        for r in range(matrix.shape[1]):
            z = matrix[j, r]
            result[r] += weights[j] * (z.real * z.real + z.imag * z.imag)
    return result


def hilbert_schmidt(matrix: ComplexArray) -> float:
    """The norm (Σ|A_ij|²)^½. *Communication*: local."""
    return float(np.sqrt(np.sum(np.abs(matrix) ** 2)))


def real_product(one: ComplexArray, other: RealArray) -> ComplexArray:
    """The product of a complex and a real matrix, in a fixed order. *Communication*: local."""
    parts = (product(np.ascontiguousarray(part), other) for part in (one.real, one.imag))
    real, imaginary = parts
    return np.asarray(real + 1j * imaginary)


def occupations_of_wavenumbers(axis: RadialAxis, gamma1: ComplexArray) -> RealArray:
    """The diagonal γ̂¹(k, k), (n,), of the coefficients of a matrix. *Communication*: local."""
    half = real_product(np.ascontiguousarray(gamma1.T), axis.matrix).T
    return real_product(np.ascontiguousarray(half), axis.matrix).diagonal().real.copy()


@dataclass(frozen=True)
class Densities:
    """What is on the diagonals, in the orthonormal basis of an axis: sums over r are integrals over space.

    Attributes
    ----------
    one : ndarray, (n,)
        γ¹(r, r).
    two : ndarray, (n, n)
        γ²(r, s; r, s).
    slopes : ndarray, (n,)
        (∂_r∂_r'γ¹)(r, r).
    flux : ndarray, (n,)
        Im (∂_rγ¹)(r, r).
    occupied : ndarray, (n,)
        γ̂¹(k, k), by wavenumber.
    kinetic : float
        Tr(−Δγ¹) = Σ k² γ̂¹(k, k).
    center : float
        The density itself at r = 0, where no point is.

    Notes
    -----
    *Communication*: local; the same on all ranks if what it is made of is.
    """

    one: RealArray
    two: RealArray
    slopes: RealArray
    flux: RealArray
    occupied: RealArray
    kinetic: float
    center: float

    @classmethod
    def of_waves(cls, axis: RadialAxis, weights: RealArray, waves: ComplexArray) -> Densities:
        """Of a mixture of waves, (J, n)."""
        coefficients, slopes = (real_product(waves, m.T.copy()) for m in (axis.matrix, axis.derivative))
        each = np.abs(waves) ** 2
        flux, occupied = (waves.conj() * slopes).imag, squares(coefficients, weights)
        return cls(
            squares(waves, weights),
            product(np.ascontiguousarray((weights[:, None] * each).T), each),
            squares(slopes, weights),
            product(weights[None, :].copy(), flux)[0],
            occupied,
            float(np.sum(occupied * axis.k**2)),
            float(squares(real_product(coefficients, axis.center[:, None]), weights)[0]),
        )

    @classmethod
    def of_operators(cls, axis: RadialAxis, gamma1: ComplexArray, two: RealArray) -> Densities:
        """Of the whole matrix γ¹, (n, n), and γ²(r, s; r, s)."""
        sloped = real_product(np.ascontiguousarray(gamma1.T), axis.derivative.T.copy()).T
        twice = real_product(np.ascontiguousarray(sloped), axis.derivative.T.copy())
        occupied = occupations_of_wavenumbers(axis, gamma1)
        to_center = product(axis.center[None, :].copy(), axis.matrix)
        half = product(np.ascontiguousarray(gamma1.real), to_center.T.copy())
        return cls(
            gamma1.diagonal().real.copy(),
            two,
            twice.diagonal().real.copy(),
            sloped.diagonal().imag.copy(),
            occupied,
            float(np.sum(occupied * axis.k**2)),
            float(product(to_center, half)[0, 0]),
        )
