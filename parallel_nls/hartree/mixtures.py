"""Exact solutions of the whole hierarchy: mixtures γ⁽ᵏ⁾ = Σ p_j |φ_j⟩⟨φ_j|^{⊗k} of Hartree waves.

Each component solves i∂_tφ + Δφ = μ(V*|φ|²)φ alone, with its own density; the weights never change. So J radial waves
carry density matrices of every level.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.hartree.collisions import everywhere
from parallel_nls.hartree.densities import hilbert_schmidt
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.ordered_products import product
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.spectral.radial import RadialAxis
from parallel_nls.spectral.sweeps import Sweep
from parallel_nls.spectral.transforms import aligned_zeros


def one_particle_matrix(weights: RealArray, waves: ComplexArray) -> ComplexArray:
    """Σ p_j |φ_j⟩⟨φ_j|, (n, n), summed in the order of j. *Communication*: local."""
    total: ComplexArray = np.zeros((waves.shape[1],) * 2, np.complex128)
    for weight, wave in zip(weights, waves, strict=True):
        total += (weight * wave)[:, None] * wave.conj()
    return total


def overlaps_of(waves: ComplexArray) -> ComplexArray:
    """⟨φ_i, φ_j⟩ of all waves, (J, J), each summed in the order of points. *Communication*: local."""
    return np.array([[np.sum(one.conj() * other) for other in waves] for one in waves])


def spectrum_of(overlaps: ComplexArray, count: int) -> tuple[float, RealArray]:
    """Tr(γ⁽¹⁾)² and the largest eigenvalues of γ⁽¹⁾ of a mixture, by its matrix √p_i √p_j ⟨φ_i, φ_j⟩ of the same ones.

    Parameters
    ----------
    overlaps : ndarray, (J, J)
        The matrix.
    count : int
        How many eigenvalues; 0 beyond J. All are NaN where the waves are not finite, which LAPACK refuses.

    Notes
    -----
    *Communication*: local.
    """
    if not np.isfinite(overlaps).all():
        return math.nan, np.full(count, np.nan)
    largest, found = np.zeros(count), np.linalg.eigvalsh(overlaps)[::-1][:count]
    largest[: len(found)] = found
    return hilbert_schmidt(overlaps) ** 2, largest


class Mixture:
    """J Hartree waves on a radial axis, some of them on each rank.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator; ranks beyond the components stay idle.
    axis : RadialAxis
        Where.
    weights : ndarray, (J,)
        p_j, of sum 1.
    average : ndarray, (n, n)
        V̄.
    strength : float
        μ.

    Attributes
    ----------
    layout : Layout
        Of the array of waves, (J, n): components are distributed, radii are whole.
    layouts, shape, dtype, shared_rows
        As of a `Place`.

    Notes
    -----
    *Communication*: construction and `whole` are collective, the flows are local.
    """

    shared_rows: SharedRows | None = None

    def __init__(
        self, comm: MPI.Intracomm, axis: RadialAxis, weights: RealArray, average: RealArray, strength: float
    ) -> None:
        self.comm, self.axis, self.weights = comm, axis, weights
        self.average, self.strength = average, strength
        self.grid = ProcessGrid(comm, (min(comm.size, len(weights)),))
        self.layout = Layout(self.grid, (len(weights), len(axis.r)), (0,))
        self.layouts: tuple[Layout, ...] = (self.layout,)
        self.shape: tuple[int, ...] = self.layout.shape
        self.dtype: np.dtype[Any] = np.dtype(np.complex128)
        self._sweep = Sweep.of(self.layout, 1, axis.transform)

    def allocate(self, layout: Layout) -> ComplexArray:
        """A zero local array of a layout. *Communication*: local."""
        return aligned_zeros(layout.local_shape)

    def kinetic(self, waves: ComplexArray, tau: float) -> None:
        """φ ← e^{iτΔ}φ, in place."""
        self._sweep(waves, waves, None, self.axis.propagator(np.exp(-1j * tau * self.axis.k**2)), None)

    def interaction(self, waves: ComplexArray, tau: float) -> None:
        """φ ← e^{−iμτ V*|φ|²}φ, in place."""
        if not waves.size:
            return
        potentials = product(waves.real**2 + waves.imag**2, self.average)
        waves *= np.exp(-1j * self.strength * tau * potentials)

    def whole(self, waves: ComplexArray) -> ComplexArray:
        """All waves, (J, n), on all ranks. *Communication*: collective, one message."""
        everyone = np.zeros(self.layout.shape, np.complex128)
        everyone[self.layout.local_region] = waves
        return everywhere(self.comm, everyone)

    def fill(self, layout: Layout, field: ComplexArray, waves: ComplexArray) -> None:
        """Fill the local share of γ⁽ᵏ⁾ from all waves; k from the number of its axes. *Communication*: local."""
        for row, a in zip(field, range(layout.shape[0])[layout.local_region[0]], strict=True):
            row[...] = self._slab(layout, waves, a)

    def distance(self, layout: Layout, field: ComplexArray, waves: ComplexArray) -> float:
        """‖γ⁽ᵏ⁾ − that of all waves‖ in the norm of Hilbert and Schmidt, the same on every rank.

        Notes
        -----
        Slabs of the first axis one at a time. *Communication*: collective, one message.
        """
        points = layout.shape[0]
        rows, sums = layout.local_region[0], np.zeros((points, points), np.complex128)
        # One number for each pair of the first and the middle axis, whichever ranks have them.
        middle = len(layout.shape) // 2
        for i, a in enumerate(range(rows.start, rows.stop)):
            exact = self._slab(layout, waves, a)
            apart = np.abs(np.moveaxis(field[i] - exact, middle - 1, 0)) ** 2
            sums[a, layout.local_region[middle]] = [np.sum(np.ascontiguousarray(part)) for part in apart]
        return float(np.sqrt(ordered_sum(everywhere(self.comm, sums).real.ravel())))

    def _slab(self, layout: Layout, waves: ComplexArray, row: int) -> ComplexArray:
        """The part of γ⁽ᵏ⁾ at one place on the first axis, on this rank's places of the others."""
        level, own = len(layout.shape) // 2, layout.local_region[1:]
        total: ComplexArray = np.zeros([part.stop - part.start for part in own], np.complex128)
        for weight, wave in zip(self.weights, waves, strict=True):
            factors = [wave] * (level - 1) + [wave.conj()] * level
            product: ComplexArray = np.full((1,) * len(own), weight * wave[row], np.complex128)
            for a, (factor, part) in enumerate(zip(factors, own, strict=True)):
                product = product * factor[part].reshape([-1 if a == b else 1 for b in range(len(own))])
            total += product
        return total

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        self.grid.close()
