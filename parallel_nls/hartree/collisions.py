"""What the interaction sees of γ⁽²⁾: its diagonals, and their sums with the potential, put where they are needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.tensor import RadialTensor


@kernel
def take_diagonals(field: ComplexArray, diagonals: ComplexArray) -> None:
    """Write h(a, b, s) = γ²(a, s; b, s) of the own pairs (a, b)."""
    for i in range(field.shape[0]):
        for s in range(field.shape[1]):
            for j in range(field.shape[2]):
                diagonals[i, j, s] = field[i, s, j, s]


@kernel
def sum_with_potential(diagonals: ComplexArray, average: RealArray, sums: ComplexArray) -> None:
    """Write Z(a, b; c) = Σ_s V̄(c, s) h(a, b, s), in the order of s."""
    for i in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            for c in range(sums.shape[2]):
                sums[i, j, c] = 0
            for s in range(diagonals.shape[2]):
                h = diagonals[i, j, s]
                for c in range(sums.shape[2]):
                    sums[i, j, c] += h * average[s, c]


def everywhere(comm: MPI.Intracomm, partial: ComplexArray) -> ComplexArray:
    """An array whose entries each come from one rank, zero on all others: whole, on all ranks, in place.

    Notes
    -----
    Sums of a number and zeros are exact in any order. *Communication*: collective, one message.
    """
    partial += 0.0  # no rank alone keeps the sign of a zero
    comm.Allreduce(MPI.IN_PLACE, partial, MPI.SUM)
    return partial


def _own_diagonals(field: ComplexArray) -> ComplexArray:
    """h(a, b, s) = γ²(a, s; b, s) of the own pairs (a, b)."""
    diagonals = np.zeros((field.shape[0], field.shape[2], field.shape[1]), np.complex128)
    take_diagonals(field, diagonals)
    return diagonals


def _pair_densities(shared: ComplexArray, diagonals: ComplexArray, region: tuple[slice, ...]) -> None:
    """Enter γ²(a, q; a, q) of the own a, in their rows."""
    rows, _, columns, _ = region
    for a in range(max(rows.start, columns.start), min(rows.stop, columns.stop)):
        shared[a] = diagonals[a - rows.start, a - columns.start]


@dataclass(frozen=True)
class PartialTraces:
    """What is measured on the diagonals of γ⁽²⁾; on all ranks.

    Attributes
    ----------
    densities : ndarray, (n, n)
        ρ₂(s, q) = γ²(s, q; s, q).
    traced : ndarray, (n, n)
        Tr₂γ⁽²⁾ = Σ_s γ²(a, s; b, s).
    """

    densities: RealArray
    traced: ComplexArray

    @classmethod
    def of(cls, domain: RadialTensor, field: ComplexArray) -> PartialTraces:
        """Of the local share of γ⁽²⁾ in ``layouts[0]``, which is kept. *Communication*: collective, one message."""
        region, points = domain.layouts[0].local_region, domain.shape[0]
        diagonals, shared = _own_diagonals(field), np.zeros((2, points, points), np.complex128)
        _pair_densities(shared[0], diagonals, region)
        for i, a in enumerate(range(region[0].start, region[0].stop)):
            shared[1, a, region[2]] = [np.sum(line) for line in diagonals[i]]
        everywhere(domain.comm, shared)
        return cls(np.ascontiguousarray(shared[0].real), shared[1])


@dataclass(frozen=True)
class Diagonals:
    """Sums over the diagonals of γ⁽²⁾ with the potential.

    Attributes
    ----------
    own : ndarray, (own a, own b, n)
        Z(a, b; c).
    exchange : ndarray, (n, n)
        b(a, b) = Σ_s [V̄(a, s) − V̄(b, s)] γ²(a, s; b, s), what drives γ¹; on all ranks.
    densities : ndarray, (n, n)
        As of `PartialTraces`.
    """

    own: ComplexArray
    exchange: ComplexArray
    densities: RealArray

    @classmethod
    def of(cls, domain: RadialTensor, field: ComplexArray, average: RealArray) -> Diagonals:
        """Of the local share of γ⁽²⁾ in ``layouts[0]``, which is kept. *Communication*: collective, one message."""
        points = len(average)
        rows, _, columns, _ = domain.layouts[0].local_region
        diagonals = _own_diagonals(field)
        own = np.zeros_like(diagonals)
        sum_with_potential(diagonals, average, own)
        shared = np.zeros((2, points, points), np.complex128)
        _pair_densities(shared[1], diagonals, domain.layouts[0].local_region)
        for i, a in enumerate(range(rows.start, rows.stop)):
            for j, b in enumerate(range(columns.start, columns.stop)):
                shared[0, a, b] = own[i, j, a] - own[i, j, b]
        everywhere(domain.comm, shared)
        return cls(own, shared[0], np.ascontiguousarray(shared[1].real))

    def across(self, domain: RadialTensor) -> tuple[ComplexArray, ComplexArray]:
        """Z(c, d; a) of all pairs (c, d) for the own a, and Z(c, d; b) for the own b.

        Returns
        -------
        tuple of ndarray
            (own a, n, n) and (own b, n, n).

        Notes
        -----
        *Communication*: collective, one all-to-all.
        """
        layout, comm, points = domain.layouts[0], domain.comm, domain.shape[0]
        regions = [layout.region(rank) for rank in range(comm.size)]
        wanted = [np.r_[region[0], region[2]] for region in regions]
        mine = regions[comm.rank]
        pairs = [(r[0].stop - r[0].start) * (r[2].stop - r[2].start) for r in regions]
        sends = [np.ascontiguousarray(np.moveaxis(self.own[:, :, places], 2, 0)).ravel() for places in wanted]
        counts = [pairs[rank] * len(wanted[comm.rank]) for rank in range(comm.size)]
        arrived = np.empty(sum(counts), np.complex128)
        comm.Alltoallv([np.concatenate(sends), [len(part) for part in sends]], [arrived, counts])
        first = mine[0].stop - mine[0].start
        whole = np.empty((len(wanted[comm.rank]), points, points), np.complex128)
        for region, part in zip(regions, np.split(arrived, np.cumsum(counts)[:-1]), strict=True):
            shape = (len(whole), region[0].stop - region[0].start, region[2].stop - region[2].start)
            whole[:, region[0], region[2]] = part.reshape(shape)
        return whole[:first], whole[first:]
