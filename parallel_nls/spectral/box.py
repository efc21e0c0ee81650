"""The periodic box: grid, coordinates and wavenumbers on a distributed array."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from numbers import Integral, Real

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike

from parallel_nls.arguments import communicator, complex_type, listed, positive, whole
from parallel_nls.errors import ArgumentError
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.cosine import CosineTransform
from parallel_nls.spectral.pencils import Pencils
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, Sweep
from parallel_nls.spectral.transforms import FourierTransform, LineTransform


def box_coordinates(indices: IndexArray, n: int, spacing: float) -> RealArray:
    """Coordinates -L/2 + j·L/N of grid points by their indices j. *Communication*: local."""
    return np.asarray((indices - n / 2) * spacing, dtype=np.float64)


def check_box(points: Sequence[int], length: Sequence[float], even: Sequence[int] = ()) -> None:
    """Refuse what is no box.

    Raises
    ------
    ArgumentError
        If they are no lists, a number of points is none, a side not positive, there are not as many of both, or an axis
        cannot be halved.

    Notes
    -----
    *Communication*: local.
    """
    listed("points", points, Real, "(64, 64)")
    listed("length", length, Real, "(20.0, 20.0)")
    listed("even", even, Integral, "(0, 1)")
    if len(points) != len(length) or not len(points):
        raise ArgumentError(f"points = {points!r}, length = {length!r}: give one of both for each axis")
    for axis, (n, extent) in enumerate(zip(points, length, strict=True)):
        positive(f"length[{axis}]", extent)
        if whole(f"points[{axis}]", n) < 1:
            raise ArgumentError(f"points[{axis}] = {n!r}: must be at least 1")
    for axis in even:
        if axis not in range(len(points)) or points[axis] % 2:
            raise ArgumentError(f"even = {even!r}, points = {points!r}: name axes of an even number of points")


class FourierDomain(Shown, Pencils):
    """A periodic box [-L/2, L/2) in each direction, distributed over a communicator.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator.
    points : sequence of int
        Points on each axis, two axes or more.
    length : sequence of float
        Box lengths L (dimensionless).
    dims, axes : sequence of int, optional
        Ranks in each slot of the process grid, and the axis that each distributes; see `Pencils`.
    dtype : numpy dtype
        complex128 or complex64.
    even : sequence of int, optional
        Axes about whose origin fields are even. Half of the points is held there, those at (j + ½)L/N, and its lines
        are transformed to cosines.

    Attributes
    ----------
    dimension : int
        Number of space dimensions.
    points, length, spacing : tuple
        Points that are held, extent of the whole box and grid spacing for each space dimension.
    even : tuple of int
        As given.
    natural_order : tuple of int
        (0, 1, …): files hold the array as it is.
    labels : tuple of str
        x, y, z.
    nodes, amplitude : None
        Points are evenly spaced, values those of u; see `StoredDomain`.

    Notes
    -----
    *Communication*: construction is collective.
    """

    nodes: RealArray | None = None
    amplitude: RealArray | None = None

    def __init__(
        self,
        comm: MPI.Intracomm,
        points: Sequence[int],
        length: Sequence[float],
        dims: Sequence[int] | None = None,
        axes: Sequence[int] | None = None,
        dtype: DTypeLike = np.complex128,
        even: Sequence[int] = (),
    ) -> None:
        communicator("comm", comm)
        check_box(points, length, even)
        dtype = complex_type("dtype", dtype)
        if len(points) == 1:
            raise ArgumentError(f"points = {points!r}: a box has two axes or more; LineDomain is a line")
        self.even = tuple(even)
        held = [int(n) // 2 if axis in self.even else int(n) for axis, n in enumerate(points)]
        transforms: list[LineTransform] = [
            CosineTransform(n, dtype) if axis in self.even else FourierTransform(n, dtype)
            for axis, n in enumerate(held)
        ]
        super().__init__(comm, held, dims, axes, dtype, transforms)
        if len(self.shape) == len(self.layouts) == 2:  # a plane in slabs, which `drift_sweep` is for
            self.shared_rows = SharedRows(self.layouts[0], self.dtype)
        self.points, self.dimension = self.shape, len(self.shape)
        self.natural_order = tuple(range(self.dimension))
        self.labels = tuple("xyz"[: self.dimension])
        self.length = tuple(float(extent) for extent in length)
        self.spacing = tuple(extent / n for extent, n in zip(self.length, points, strict=True))

    def _shown_heading(self) -> str:
        return f"Periodic box of {' × '.join(map(str, self.points))} points"

    def _shown_rows(self) -> dict[str, object]:
        even = {"even in": ", ".join(self.labels[axis] for axis in self.even)} if self.even else {}
        return {"length": self.length, **even, "ranks": self.comm.size, "dtype": self.dtype}

    @property
    def origin(self) -> tuple[float, ...]:
        """The first point: -L/2 on each axis, half a spacing where fields are even. *Communication*: local."""
        return tuple(
            spacing / 2 if axis in self.even else -extent / 2
            for axis, (extent, spacing) in enumerate(zip(self.length, self.spacing, strict=True))
        )

    @property
    def cell(self) -> float:
        """What a point that is held stands for: the weight of the trapezoidal rule."""
        return float(np.prod(self.spacing) * 2 ** len(self.even))

    def coordinates(self, axis: int) -> RealArray:
        """Global coordinates of an axis: -L/2 + jL/N, of one that is even (j + ½)L/N. *Communication*: local."""
        return self._coordinates(axis, np.arange(self.shape[axis]))

    def block_coordinates(self, lines: Block) -> tuple[RealArray, ...]:
        """Coordinates of a block of rows of a plane, (rows, 1) and (1, row length). *Communication*: local."""
        return self._coordinates(0, lines.numbers)[:, None], self.coordinates(1)[None, :]

    def _coordinates(self, axis: int, indices: IndexArray) -> RealArray:
        if axis in self.even:
            return np.asarray((indices + 0.5) * self.spacing[axis], dtype=np.float64)
        return box_coordinates(indices, self.shape[axis], self.spacing[axis])

    def drift_sweep(self) -> ColumnSweep:
        """The sweep over columns. *Communication*: collective over the active ranks."""
        return ColumnSweep(self, CosineTransform(self.shape[0], self.dtype, folded=True) if 0 in self.even else None)

    def uniform_sweep(self) -> Sweep:
        """The sweep over rows for what does not ask where their points are. *Communication*: local."""
        if 1 not in self.even:
            return self.sweeps[0][0]
        return Sweep.of(self.layouts[0], 1, CosineTransform(self.shape[1], self.dtype, folded=True))

    @cached_property
    def row_places(self) -> RowPlaces:
        """Where the points of all rows of a plane are. *Communication*: local."""
        return RowPlaces(self.coordinates(0), self.coordinates(1), folded=False)

    def block_wavenumbers(self, lines: Block) -> tuple[RealArray, ...]:
        """Angular wavenumbers of a block of columns of a plane, (1, N₀) and (columns, 1). *Communication*: local."""
        along, across = self._plane_wavenumbers
        return along[None, :], across[lines.numbers, None]

    @cached_property
    def _plane_wavenumbers(self) -> tuple[RealArray, RealArray]:
        return self.wavenumbers(0), self.wavenumbers(1)

    def wavenumbers(self, axis: int) -> RealArray:
        """Global angular wavenumbers of an axis in the order of its transform, 2πm/L. *Communication*: local."""
        return 2 * np.pi / self.length[axis] * self.harmonics(axis)

    def harmonics(self, axis: int) -> RealArray:
        """Global integer wavenumbers m of an axis: in FFT order, the lone one negative; of cosines from 0 on."""
        n = self.shape[axis]
        if axis in self.even:
            return np.arange(float(n))
        harmonics: RealArray = (np.arange(float(n)) + n // 2) % n - n // 2
        return harmonics
