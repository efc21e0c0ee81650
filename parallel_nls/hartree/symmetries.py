"""How far a distributed γ⁽²⁾ is from being Hermitian, and from being the same when its two particles change places.

What is compared with an element lies on another rank, and comes in pieces of about an eighth of a share. Sums run in
the order of global indices, so that they have the same bits on any number of ranks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from parallel_nls.hartree.collisions import everywhere
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.layout import share
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.tensor import RadialTensor

PIECES = 8
Span = tuple[int, int]


@kernel
def add_adjoint_distances(
    arrived: ComplexArray, field: ComplexArray, places: tuple[int, int, int], sums: RealArray
) -> None:
    """Add Σ_d |γ(a, c; b, d) − γ̄(b, d; a, c)|² to ``sums`` of each own (b, a); ``places``: of the own b, a and of c."""
    first, second, start = places
    for a in range(arrived.shape[0]):
        for b in range(arrived.shape[2]):
            total = sums[first + b, second + a]
            for c in range(arrived.shape[1]):
                for d in range(arrived.shape[3]):
                    apart = arrived[a, c, b, d] - field[first + b, d, second + a, start + c].conjugate()
                    total += apart.real * apart.real + apart.imag * apart.imag
            sums[first + b, second + a] = total


@kernel
def add_exchange_distances(
    arrived: ComplexArray, field: ComplexArray, places: tuple[int, int, int], sums: RealArray
) -> None:
    """Add Σ_b |γ(a, c; b, d) − γ(c, a; d, b)|² to ``sums`` of each own (c, d) and a."""
    own, first, second = places
    for a in range(arrived.shape[0]):
        for c in range(arrived.shape[1]):
            for b in range(arrived.shape[2]):
                for d in range(arrived.shape[3]):
                    apart = arrived[a, c, b, d] - field[own + c, first + a, d, second + b]
                    sums[own + c, d, first + a] += apart.real * apart.real + apart.imag * apart.imag


def _common(one: slice, other: slice) -> slice:
    """What two ranges share."""
    start = max(one.start, other.start)
    return slice(start, max(start, min(one.stop, other.stop)))


def _within(part: slice, whole: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)


def _exchanged(
    comm: MPI.Intracomm, parts: Sequence[ComplexArray], shapes: Sequence[tuple[int, ...]]
) -> list[ComplexArray]:
    """Send each rank its part; what comes from each has these shapes. *Communication*: one all-to-all."""
    counts = [math.prod(shape) for shape in shapes]
    arrived = np.empty(sum(counts), np.complex128)
    sent = np.concatenate([np.ascontiguousarray(part).ravel() for part in parts])
    comm.Alltoallv([sent, [part.size for part in parts]], [arrived, counts])
    pieces = np.split(arrived, np.cumsum(counts)[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def hermiticity_defect(domain: RadialTensor, field: ComplexArray) -> float:
    """‖γ² − γ²*‖ in the norm of Hilbert and Schmidt, the same on every rank.

    Parameters
    ----------
    domain : RadialTensor
        Of level 2.
    field : ndarray
        Local share in ``layouts[0]``; kept.

    Notes
    -----
    *Communication*: collective, all-to-alls in pieces and one message.
    """
    comm, layout, points = domain.comm, domain.layouts[0], domain.shape[0]
    regions = [layout.region(rank) for rank in range(comm.size)]
    rows, columns = regions[comm.rank][0], regions[comm.rank][2]
    sums = np.zeros((field.shape[0], field.shape[2]))
    for piece in range(min(PIECES, points)):
        start, count = share(points, min(PIECES, points), piece)
        parts, shapes = [], []
        for region in regions:
            mine = _within(_common(rows, region[2]), rows), _within(_common(columns, region[0]), columns)
            parts.append(field[mine[0], start : start + count, mine[1], :])
            theirs = _common(region[0], columns), _common(region[2], rows)
            shapes.append((theirs[0].stop - theirs[0].start, count, theirs[1].stop - theirs[1].start, points))
        for region, arrived in zip(regions, _exchanged(comm, parts, shapes), strict=True):
            if arrived.size:
                a, b = _common(region[0], columns).start - columns.start, _common(region[2], rows).start - rows.start
                add_adjoint_distances(arrived, field, (b, a, start), sums)
    return _norm(domain, sums)


def exchange_defect(domain: RadialTensor, field: ComplexArray) -> float:
    """‖γ²(r₁, r₂; r₁', r₂') − γ²(r₂, r₁; r₂', r₁')‖, as `hermiticity_defect`."""
    comm, layout, points = domain.comm, domain.layouts[0], domain.shape[0]
    regions = [layout.region(rank) for rank in range(comm.size)]
    rows, columns = field.shape[0], field.shape[2]
    sums = np.zeros((rows, columns, points))
    for piece in range(PIECES):

        def part_of(region: tuple[slice, ...], piece: int = piece) -> slice:
            """The rows of a rank that it gets in this piece."""
            start, count = share(region[0].stop - region[0].start, PIECES, piece)
            return slice(region[0].start + start, region[0].start + start + count)

        own = part_of(regions[comm.rank])
        parts = [field[:, part_of(region), :, region[2]] for region in regions]
        shapes = [(r[0].stop - r[0].start, own.stop - own.start, r[2].stop - r[2].start, columns) for r in regions]
        # Ranks come in the order of their rows and columns: sums over b, for each a, are in order.
        for region, arrived in zip(regions, _exchanged(comm, parts, shapes), strict=True):
            if arrived.size:
                places = own.start - regions[comm.rank][0].start, region[0].start, region[2].start
                add_exchange_distances(arrived, field, places, sums)
    totals = np.zeros((rows, columns))
    for a in range(points):
        totals += sums[:, :, a]
    return _norm(domain, totals)


def _norm(domain: RadialTensor, sums: RealArray) -> float:
    """The root of the sum over all pairs, each on one rank."""
    whole = np.zeros(domain.shape[:2], np.complex128)
    if sums.size:
        rows, _, columns, _ = domain.layouts[0].local_region
        whole[rows, columns] = sums
    return math.sqrt(ordered_sum(everywhere(domain.comm, whole).real.ravel()))
