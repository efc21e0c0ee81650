"""V * |u|² of a field in the plane on all ranks, with the energies that it has of itself.

    ∬ρ(x) V(x − y) ρ(y) = h₀h₁/(4N₀N₁) Σ_k M(k)|ρ̂(k)|²

over the coefficients of ρ on twice the sides, and the same with x·∇V in the place of V.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.equations.elementwise import fill_squares
from parallel_nls.hartree.plane_kernel import PlaneKernel
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.padded import PaddedPlane
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH

__all__ = ["PlaneInteraction", "scattered"]


@kernel
def multiply_columns(
    block: ComplexArray, potential: RealArray, virial: RealArray, scale: float, sums: RealArray
) -> None:
    """c(b, k) ← scale·M(b, |k|)·c(b, k), after Σ M|c|² of V and of x·∇V over each column have been taken."""
    length = block.shape[1]
    for b in range(sums.shape[1]):
        first = second = 0.0
        for j in range(length):
            k = min(j, length - j)
            c = block[b, j]
            square = c.real * c.real + c.imag * c.imag
            first += potential[b, k] * square
            second += virial[b, k] * square
            factor = scale * potential[b, k]
            block[b, j] = complex(factor * c.real, factor * c.imag)
        sums[0, b] = first
        sums[1, b] = second


def scattered(domain: FourierDomain, whole: PlaneKernel | None) -> PlaneKernel:
    """Each rank's columns of a kernel that rank 0 has.

    Parameters
    ----------
    domain : FourierDomain
        The box.
    whole : PlaneKernel or None
        On rank 0 all of it.

    Notes
    -----
    One rank's for all: transforms of libraries may differ by the processor. *Communication*: collective, one message.
    """
    rows, row_length = domain.shape
    layout, comm = Layout(domain.grid, (rows, row_length + 1), (1,)), domain.comm
    parts = None
    if whole is not None:
        regions = [layout.region(rank)[1] for rank in range(comm.size)]
        parts = [PlaneKernel(whole.potential[part].copy(), whole.virial[part].copy()) for part in regions]
    own: PlaneKernel = comm.scatter(parts)
    return own


class PlaneInteraction:
    """V * |u|² of the field that was looked at last.

    Parameters
    ----------
    domain : FourierDomain
        Where the field lives.
    own : PlaneKernel
        This rank's columns of M.

    Attributes
    ----------
    plane : PaddedPlane
        Holds it.
    forms : ndarray, (2, local columns)
        Sums over columns, from which `energies` come.

    Notes
    -----
    Its cost is about that of two pairs of transforms of a field, with as many messages as one.
    *Communication*: construction is collective.
    """

    def __init__(self, domain: FourierDomain, own: PlaneKernel) -> None:
        self.domain, self.plane, self._own = domain, PaddedPlane(domain), own
        self.forms = line_table(2, self.plane.columns.local_shape[1])
        self._squares = np.zeros((WIDTH, domain.shape[1]))

    def look(self, completed: Completed) -> None:
        """Convolve |u|² of a field, which is kept. *Communication*: collective, a `ColumnSweep`."""

        def take(block: ComplexArray, lines: Block) -> None:
            """Take a block of rows."""
            fill_squares(block, self._squares)
            self.plane.hold(self._squares, lines)

        # A pending kick turns phases alone, by what is held perhaps, which is overwritten here.
        Completed(completed.rows, completed.field, None).visit(take)
        scale, own = 1 / self.plane.normalisation, self._own

        def multiply(block: ComplexArray, lines: Block) -> None:
            """Multiply a block of columns."""
            part = lines.lines
            multiply_columns(block, own.potential[part], own.virial[part], scale, self.forms[:, part])

        self.plane.multiply(multiply)

    def values(self, lines: Block, values: RealArray) -> None:
        """Fill rows of V * |u|², (32, N₁), 0 where a block has no rows. *Communication*: local."""
        self.plane.values(lines, values)

    def energies(self, forms: RealArray) -> tuple[float, float]:
        """∬V(x−y)|u|²|u|² and that of x·∇V, by the sums over all columns, (2, N₁ + 1). *Communication*: local."""
        rows, row_length = self.domain.shape
        weights = np.full(row_length + 1, 2.0)
        weights[[0, -1]] = 1.0
        share = self.domain.cell / (4 * rows * row_length)
        first, second = (share * ordered_sum(weights * sums) for sums in forms)
        return first, second

    def close(self) -> None:
        """Give communicators and MPI types back. *Communication*: collective."""
        self.plane.close()
