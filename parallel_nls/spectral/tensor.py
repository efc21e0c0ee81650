"""Operators of K particles on a radial axis: arrays of 2K equal axes over a process grid, and their kinetic flow.

γ⁽¹⁾(r, r') lies in slabs of r. γ⁽²⁾(r₁, r₂, r₁', r₂') lies on a grid (P, 1, Q, 1): r₂ and r₂' are whole, so that
partial traces and γ⁽²⁾(a, s; b, s) need no message. The kinetic flow multiplies coefficients by a factor for each axis:
every axis is one sweep, there and back in cache, and the axes that are cut come whole by a transpose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.process_grids import process_grid
from parallel_nls.spectral.pencils import Pencils, Place
from parallel_nls.spectral.radial import RadialAxis
from parallel_nls.spectral.sweeps import BlockKernel
from parallel_nls.spectral.transforms import aligned_zeros


class RadialTensor(Pencils):
    """Distributed operators of one or two particles on a radial axis; a `LayoutChain`.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator.
    axis : RadialAxis
        The same for all particles.
    level : int
        K, 1 or 2.

    Attributes
    ----------
    axis, level
        As given.
    companions : dict of str to Place
        Where other fields of the same state lie.
    nodes, amplitude : ndarray, (n,)
        Those of the axis, for files.
    points, labels, spacing, length, origin, natural_order, even : tuple
        Of the array, for files; on Bessel nodes the spacing is that far from 0.

    Notes
    -----
    Shares have the same size in all layouts. *Communication*: construction is collective, `flow` is.
    """

    def __init__(self, comm: MPI.Intracomm, axis: RadialAxis, level: int) -> None:
        points = len(axis.r)
        dims = (min(comm.size, points),) if level == 1 else process_grid(comm.size, points)
        cut = (0,) if level == 1 else (0, 2)
        shape = (points,) * (2 * level)
        super().__init__(comm, shape, dims, cut, transforms=[axis.transform] * len(shape))
        self.axis, self.level = axis, level
        self.companions: dict[str, Place] = {}
        self.dimension, self.points, self.natural_order = axis.dimension, shape, tuple(range(len(shape)))
        self.even: tuple[int, ...] = ()
        self.labels = tuple(
            f"r{i}{prime}" if level > 1 else f"r{prime}" for prime in ("", "'") for i in range(1, level + 1)
        )
        self.nodes: RealArray | None = axis.r
        self.amplitude: RealArray | None = axis.amplitude
        spacing = axis.radius / (points + 1)
        self.spacing, self.origin, self.length = ((value,) * len(shape) for value in (spacing, spacing, axis.radius))
        cut_twice = any(transpose.parts > 1 for transpose in self.transposes)
        size = int(np.prod(self.layouts[0].local_shape))
        self._spare = aligned_zeros((size if cut_twice else 0,), self.dtype)

    def place_of(self, name: str) -> Place:
        """Where the field of that name of a state lies: here, unless a companion has it. *Communication*: local."""
        return self.companions.get(name, self)

    def flow(self, field: ComplexArray, kernels: Sequence[BlockKernel]) -> None:
        """Run a kernel over the whole lines along each axis, in place.

        Parameters
        ----------
        field : ndarray
            Local share in ``layouts[0]``, C-contiguous.
        kernels : sequence of callable
            One an axis, as of `RadialAxis.propagator`.

        Notes
        -----
        *Communication*: two all-to-alls for each slot of more than one rank.
        """
        places = [field]
        spare, own = self._spare, field.reshape(-1)
        for i, layout in enumerate(self.layouts):
            if i > 0 and self.transposes[i - 1].parts > 1:
                moved = spare.reshape(layout.local_shape)
                self.transposes[i - 1].forward(places[-1], moved)
                places.append(moved)
                spare, own = own, spare
            elif i > 0:
                places.append(places[-1])
            for sweep in self.sweeps[i]:
                sweep(places[-1], places[-1], None, kernels[sweep.axis], None)
        for i in reversed(range(1, len(self.layouts))):
            if self.transposes[i - 1].parts > 1:
                self.transposes[i - 1].backward(places[i], places[i - 1])

    def kinetic(self, field: ComplexArray, tau: float) -> None:
        """γ ← e^{iτΔ} γ e^{−iτΔ} in place: e^{−iτk²} on the first K axes, its conjugate on the others.

        Notes
        -----
        *Communication*: as `flow`.
        """
        ket, bra = (self.axis.propagator(np.exp(sign * 1j * tau * self.axis.k**2)) for sign in (-1, 1))
        self.flow(field, [ket] * self.level + [bra] * self.level)
