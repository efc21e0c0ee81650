"""A global array over the ranks: its layouts from physical to spectral form, the transposes and sweeps between them.

A field passes through a chain of layouts. In the first (physical) slot s distributes axis ``axes[s]``; then, from the
last slot to the first, each slot moves on by one axis, which frees the axis before it for its transform. Two slots on
(0, 2) give the 4-D grids (P,1,Q,1) → (P,1,1,Q) → (1,P,1,Q); one slot on axis 0 gives the slabs of a plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Protocol

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike

from parallel_nls.arguments import listed
from parallel_nls.errors import ArgumentError
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.parallel.transpose import Transpose
from parallel_nls.spectral.sweeps import Sweep
from parallel_nls.spectral.transforms import WIDTH, FourierTransform, LineTransform, aligned_zeros


class Place(Protocol):
    """Where a distributed array rests between steps.

    Attributes
    ----------
    comm : MPI.Comm
        All ranks, idle ones included.
    grid : ProcessGrid
        The active ones.
    shape : tuple of int
        Of the global array.
    dtype : numpy dtype
        complex128 or complex64.
    layouts : tuple of Layout
        At rest the array lies in the first.
    shared_rows : SharedRows or None
        Where sweeps reach the rows of other ranks.
    """

    comm: MPI.Intracomm
    grid: ProcessGrid
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    layouts: tuple[Layout, ...]
    shared_rows: SharedRows | None

    def allocate(self, layout: Layout) -> ComplexArray:
        """A zero local array of a layout, aligned for the engine. *Communication*: local."""


def allocate_resident(place: Place) -> ComplexArray:
    """A zero local array in the first layout, for what sweeps of columns change: shared with the ranks of the node.

    Where nothing can be shared it is one of `Place.allocate`: sweeps find out, and exchange by messages.

    Notes
    -----
    *Communication*: collective over the active ranks, which allocate alike.
    """
    shared = None if place.shared_rows is None else place.shared_rows.allocate()
    return place.allocate(place.layouts[0]) if shared is None else shared


class LayoutChain(Place, Protocol):
    """What the engine knows of a distributed array that is transformed along its axes; a `Place`.

    Attributes
    ----------
    layouts : tuple of Layout
        From physical to spectral form.
    transposes : tuple of Transpose
        ``transposes[i]`` leads from ``layouts[i]`` to ``layouts[i + 1]``.
    sweeps : tuple of tuples of Sweep
        The transforms that each layout allows for the first time, in the order of the forward transform.
    """

    transposes: tuple[Transpose, ...]
    sweeps: tuple[tuple[Sweep, ...], ...]

    def place_of(self, name: str) -> Place:
        """Where the field of that name of a state lies. *Communication*: local."""

    def forward(self, field: ComplexArray) -> ComplexArray:
        """Coefficients in ``layouts[-1]`` of a field in ``layouts[0]``, which is kept. *Communication*: collective."""

    def backward(self, coefficients: ComplexArray) -> ComplexArray:
        """Inverse of `forward`. *Communication*: collective."""

    def close(self) -> None:
        """Give communicators and MPI types back. *Communication*: collective over the active ranks."""


class Pencils:
    """Layouts, transposes and sweeps of an array that is transformed along all its axes; a `LayoutChain`.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator.
    shape : sequence of int
        Global shape.
    dims : sequence of int, optional
        Ranks in each slot of the process grid; by default one slot of at most as many ranks as either of the first two
        axes has points.
    axes : sequence of int, optional
        Axis that each slot distributes in physical form; by default the first ones.
    dtype : numpy dtype
        complex128 or complex64.
    transforms : sequence of LineTransform, optional
        Of the lines along each axis; by default that of Fourier.

    Notes
    -----
    *Communication*: construction is collective.
    """

    shared_rows: SharedRows | None = None

    def __init__(
        self,
        comm: MPI.Intracomm,
        shape: Sequence[int],
        dims: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        dtype: DTypeLike = np.complex128,
        transforms: Sequence[LineTransform] | None = None,
    ) -> None:
        self.comm = comm
        self.shape = tuple(int(n) for n in shape)
        self.dtype = np.dtype(dtype)
        dims = (min(comm.size, *self.shape[:2]),) if dims is None else listed("dims", dims, Integral, "(2, 1)")
        cut = tuple(range(len(dims))) if axes is None else tuple(listed("axes", axes, Integral, "(0, 1)"))
        chain, freed = [cut], []
        for slot in reversed(range(len(cut))):
            freed.append(chain[-1][slot])
            chain.append(tuple(a + (s == slot) for s, a in enumerate(chain[-1])))
        self._check_chain(dims, chain)
        self.grid = ProcessGrid(comm, dims)
        self.layouts = tuple(Layout(self.grid, self.shape, c) for c in chain)
        pairs = zip(self.layouts[:-1], self.layouts[1:], strict=True)
        self.transposes = tuple(Transpose(a, b, self.dtype, granule=WIDTH) for a, b in pairs)
        whole = tuple(a for a in reversed(range(len(self.shape))) if a not in cut)
        of_axis = [FourierTransform(n, dtype) for n in self.shape] if transforms is None else transforms
        self.sweeps = (
            tuple(Sweep.of(self.layouts[0], axis, of_axis[axis]) for axis in whole),
            *((Sweep.of(layout, a, of_axis[a]),) for layout, a in zip(self.layouts[1:], freed, strict=True)),
        )

    def _check_chain(self, dims: Sequence[int], chain: Sequence[tuple[int, ...]]) -> None:
        """Refuse slots that come to an axis that there is not, or that another one distributes."""
        cut, there = chain[0], range(len(self.shape))
        fits = all(len(set(axes)) == len(axes) and all(axis in there for axis in axes) for axes in chain)
        if len(dims) != len(cut) or not fits:
            raise ArgumentError(
                f"dims = {tuple(dims)}, axes = {cut}: give one axis for each slot, each before the next, "
                f"and all before the last of {len(there)}, whose lines are whole"
            )

    def place_of(self, name: str) -> Place:  # noqa: ARG002  (all fields lie here)
        """Where the field of that name of a state lies. *Communication*: local."""
        return self

    def close(self) -> None:
        """Give communicators and MPI types back. *Communication*: collective over the active ranks."""
        for transpose in self.transposes:
            transpose.close()
        if self.shared_rows is not None:
            self.shared_rows.close()
        self.grid.close()

    def allocate(self, layout: Layout) -> ComplexArray:
        """A zero local array of a layout, aligned for the engine. *Communication*: local."""
        return aligned_zeros(layout.local_shape, self.dtype)

    def forward(self, field: ComplexArray) -> ComplexArray:
        """Coefficients û, those of Fourier by u = Σ û e^{2πi k·j/N} over the points j; for tests and diagnostics.

        Parameters
        ----------
        field : ndarray
            Local share in ``layouts[0]``; kept.

        Returns
        -------
        ndarray
            Local share in ``layouts[-1]``.

        Notes
        -----
        *Communication*: collective, one all-to-all for each slot.
        """
        current = field.copy()
        for i, sweeps in enumerate(self.sweeps):
            if i > 0:
                moved = self.allocate(self.layouts[i])
                self.transposes[i - 1].forward(current, moved)
                current = moved
            for sweep in sweeps:
                sweep.to_coefficients(current)
        return current

    def backward(self, coefficients: ComplexArray) -> ComplexArray:
        """Inverse of `forward`. *Communication*: collective, one all-to-all for each slot."""
        current = coefficients.copy()
        for i in reversed(range(len(self.layouts))):
            for sweep in reversed(self.sweeps[i]):
                sweep.to_values(current)
            if i > 0:
                moved = self.allocate(self.layouts[i - 1])
                self.transposes[i - 1].backward(current, moved)
                current = moved
        return current
