"""Where fields live: what the engine offers to equations and diagnostics."""

from __future__ import annotations

from typing import Protocol

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.gains import LineGain
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import LineTransform


class DriftSweep(Protocol):
    """A pass that transforms a field that rests in rows, runs a kernel over its coefficients, and transforms back.

    Attributes
    ----------
    spare : ndarray
        The second array, in row layout: free between calls, overwritten by each.
    normalisation : float
        What a field is multiplied by in a pass with a kernel that does nothing.
    transform : LineTransform
        Of a line of coefficients.
    """

    spare: ComplexArray
    transform: LineTransform

    @property
    def normalisation(self) -> float:
        """What the transforms together multiply by."""

    def gain(self, kernel: BlockKernel) -> LineGain:
        """What a pass with such a kernel adds by rounded constants of transforms. *Communication*: local."""

    def __call__(self, field: ComplexArray, kernel: BlockKernel) -> None:
        """Run ``kernel(block, lines)`` over blocks of coefficients, in place.

        Parameters
        ----------
        field : ndarray
            Local share in row layout, C-contiguous.
        kernel : callable
            Changes a block of 32 lines.

        Notes
        -----
        *Communication*: collective.
        """


class Domain(LayoutChain, Protocol):
    """Where the points of a distributed array are in space, and which wavenumbers they carry.

    The array lives in the layouts, transposes and sweeps of a `LayoutChain`. In ``layouts[0]`` rows, its lines along
    the last axis, are whole; in ``layouts[-1]`` columns are, its lines along the first.

    Attributes
    ----------
    dimension : int
        Of space, d: what formulas mean by it.
    points : tuple of int
        Of each axis of space, in natural order: a field has this shape in a file.
    length, spacing : tuple of float
        Extent of the box [-L/2, L/2) along each of these axes, and distance of neighbouring points (dimensionless).
    even : tuple of int
        Axes about whose origin fields are even, of which half of the points is held.
    natural_order : tuple of int
        The axes of the array from the slowest to the fastest of the natural order:
        ``whole.transpose(natural_order).reshape(points)`` is the field by its points. (1, 0) of a folded line.
    labels : tuple of str
        Names of the axes of space.
    """

    dimension: int
    points: tuple[int, ...]
    length: tuple[float, ...]
    spacing: tuple[float, ...]
    even: tuple[int, ...]
    natural_order: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def nodes(self) -> RealArray | None:
        """Points, where they are not evenly spaced. *Communication*: local."""

    @property
    def amplitude(self) -> RealArray | None:
        """The factor of stored values along each axis; None: they are those of u. *Communication*: local."""

    @property
    def origin(self) -> tuple[float, ...]:
        """Coordinates of the first point. *Communication*: local."""

    @property
    def cell(self) -> float:
        """What a point stands for, a grid cell and its mirror images: the weight of the trapezoidal rule; local."""

    @property
    def row_places(self) -> RowPlaces:
        """Where the points of all rows are, those of other ranks too. *Communication*: local."""

    def block_coordinates(self, lines: Block) -> tuple[RealArray, ...]:
        """Coordinates of a block of rows.

        Returns
        -------
        tuple of ndarray
            One for each axis of space; they broadcast to (rows, row length). In the plane x is (rows, 1) and y is
            (1, row length), on a folded line x is (rows, row length).

        Notes
        -----
        *Communication*: local.
        """

    def block_wavenumbers(self, lines: Block) -> tuple[RealArray, ...]:
        """Angular wavenumbers k of a block of columns, where the drift acts.

        Returns
        -------
        tuple of ndarray
            One for each axis of space; they broadcast to (columns, column length). In the plane k₀ is
            (1, column length) and k₁ is (columns, 1), on a folded line k is (columns, column length). The lone
            wavenumber of an even number of points is negative.

        Notes
        -----
        *Communication*: local.
        """

    def drift_sweep(self) -> DriftSweep:
        """The sweep in which the linear flow acts, with its second array. *Communication*: collective, active ranks."""

    def uniform_sweep(self) -> Sweep:
        """The sweep over rows for a kick that acts alike at all points: its blocks may hold them in another order.

        Notes
        -----
        *Communication*: local.
        """
