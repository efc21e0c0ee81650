"""Eigenvalues of density matrices: all of γ⁽¹⁾, the smallest of γ⁽²⁾ by Lanczos on the distributed array."""

from __future__ import annotations

import numpy as np

from parallel_nls.hartree.collisions import everywhere
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.tensor import RadialTensor

STEPS = 60  # of Lanczos at most; each is a pass over γ²
TOLERANCE = 1e-10  # of a Ritz value, relative to the largest, at which they end
SEED = 20


@kernel
def apply_rows(field: ComplexArray, vector: ComplexArray, products: ComplexArray) -> None:
    """Write Σ_d γ(a, c; b, d) x(b, d) of the own a, b and all c, in the order of d."""
    for a in range(field.shape[0]):
        for c in range(field.shape[1]):
            for b in range(field.shape[2]):
                total = 0j
                for d in range(field.shape[3]):
                    total += field[a, c, b, d] * vector[b, d]
                products[b, a, c] = total


def occupations(gamma1: ComplexArray, domain: RadialTensor) -> RealArray:
    """The eigenvalues of the Hermitian part of γ¹, the largest first, the same on every rank.

    Parameters
    ----------
    gamma1 : ndarray, (n, n)
        Whole, on every rank.
    domain : RadialTensor
        Of its ranks.

    Notes
    -----
    *Communication*: collective, one broadcast.
    """
    found: RealArray = from_root(domain.comm, lambda: _all_eigenvalues(gamma1))
    return found


def _all_eigenvalues(matrix: ComplexArray) -> RealArray:
    """From the largest on; NaN of a matrix that is not finite, which LAPACK refuses."""
    if not np.isfinite(matrix).all():
        return np.full(len(matrix), np.nan)
    return np.asarray(np.linalg.eigvalsh(0.5 * (matrix + matrix.conj().T))[::-1], dtype=np.float64)


def smallest_eigenvalue(domain: RadialTensor, field: ComplexArray) -> float:
    """The smallest eigenvalue of γ² on functions that are the same when both particles change places.

    Parameters
    ----------
    domain : RadialTensor
        Of level 2.
    field : ndarray
        Local share in ``layouts[0]``; kept.

    Returns
    -------
    float
        A Ritz value: an upper bound, settled to 1e-10 of the largest eigenvalue or after 60 steps; NaN where γ² is not
        finite.

    Notes
    -----
    Lanczos with full orthogonalization, from a random symmetric vector; all small numbers are the same on every rank.
    *Communication*: collective, two messages a step.
    """
    points = domain.shape[0]
    chance = np.random.default_rng(SEED)
    start = chance.standard_normal((points, points)) + 1j * chance.standard_normal((points, points))
    basis = [_unit(start + start.T)]
    diagonal, beside, last = list[float](), list[float](), np.inf
    for _ in range(min(STEPS, points * (points + 1) // 2)):
        image = _applied(domain, field, basis[-1])
        image = 0.5 * (image + image.T)
        if not np.isfinite(image).all():
            return np.nan
        diagonal.append(_inner(basis[-1], image).real)
        for _twice in range(2):
            for vector in basis:
                image = image - _inner(vector, image) * vector
        size = float(np.sqrt(_inner(image, image).real))
        values = from_root(domain.comm, lambda: _tridiagonal(diagonal, beside))
        scale = float(np.abs(values).max())
        if abs(values[0] - last) <= TOLERANCE * scale or size <= TOLERANCE * scale:
            return float(values[0])
        last = float(values[0])
        beside.append(size)
        basis.append(image / size)
    return last


def _tridiagonal(diagonal: list[float], beside: list[float]) -> RealArray:
    matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    return np.asarray(np.linalg.eigvalsh(matrix))


def _inner(one: ComplexArray, other: ComplexArray) -> complex:
    """Σ ū v of whole vectors, along contiguous lines and then in order, the same on every rank."""
    lines = np.sum(np.ascontiguousarray(one.conj() * other), axis=1)
    return complex(np.sum(lines))


def _unit(vector: ComplexArray) -> ComplexArray:
    return np.asarray(vector / np.sqrt(_inner(vector, vector).real))


def _applied(domain: RadialTensor, field: ComplexArray, vector: ComplexArray) -> ComplexArray:
    """γ²x on all ranks: products along d here, then sums over b, in its order, of all ranks of the same a."""
    points = domain.shape[0]
    result = np.zeros((points, points), np.complex128)
    comm = domain.grid.slot_comms[1]
    if comm is not None and field.size:
        rows, _, columns, _ = domain.layouts[0].local_region
        products = np.empty((field.shape[2], field.shape[0], points), np.complex128)
        apply_rows(field, np.ascontiguousarray(vector[columns]), products)
        counts = comm.allgather(products.size)
        whole = np.empty((points, field.shape[0], points), np.complex128)
        comm.Allgatherv(products, [whole, counts])
        if comm.rank == 0:  # one rank of each row
            for part in whole:
                result[rows] += part
    return everywhere(domain.comm, result)
