"""A plane by its low wavenumbers: where the others of a field are silent, fewer points show it.

The field is not thinned, which would fold what there is of the other wavenumbers back onto the low ones: its
coefficients are cut. So the sum over the fewer points of a product of two such fields is its integral, as over all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
from mpi4py import MPI

from parallel_nls.diagnostics.kernels import to_derivative
from parallel_nls.diagnostics.narrow_field import NarrowField, pick_low
from parallel_nls.diagnostics.thinned_rows import GradientKernel, SpreadLayout, ThinnedRows, spread_rows
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.box import FourierDomain, box_coordinates
from parallel_nls.spectral.column_pieces import ColumnPart, put_at
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH, FourierTransform, aligned_zeros
from parallel_nls.spectral.wisdom import current, planning_by

WHOLE = 16
"""Shares of a plane are given in sixteenths of the points of each axis, and of its wavenumbers."""
LADDER = (5, 6, 8, 9, 10, 12)
"""Those of narrow planes: numbers of points that are as good to transform as those of the whole."""
ROOMY = 8
"""The largest of which a buffer of the whole plane has room for values and slopes."""


@dataclass(frozen=True)
class NarrowGrid:
    """Fewer points of a plane, from its first one on, as passes over rows ask for a grid.

    Attributes
    ----------
    shape, length, spacing, cell, dimension
        As of a `FourierDomain`.
    row_places : RowPlaces
        Where its points are.

    Notes
    -----
    *Communication*: all methods are local.
    """

    shape: tuple[int, ...]
    length: tuple[float, ...]
    spacing: tuple[float, ...]
    row_places: RowPlaces
    dimension: int = 2

    @classmethod
    def of(cls, domain: FourierDomain, share: int) -> NarrowGrid:
        """That of so many sixteenths of the points of each axis, which must be whole numbers."""
        shape = tuple(n * share // WHOLE for n in domain.shape)
        spacing = tuple(extent / n for extent, n in zip(domain.length, shape, strict=True))
        across, along = (box_coordinates(np.arange(n), n, h) for n, h in zip(shape, spacing, strict=True))
        return cls(shape, domain.length, spacing, RowPlaces(across, along, folded=False))

    @property
    def cell(self) -> float:
        """Area that belongs to a point."""
        return float(np.prod(self.spacing))


class NarrowPlane:
    """What the columns of a field, and then its rows, are cut by.

    Parameters
    ----------
    domain : FourierDomain
        See `NarrowPlanes.of`.
    share : int
        Sixteenths of the points of each axis.
    with_slopes : bool
        Whether the derivative across the rows is wanted, for shares of at most `ROOMY`.

    Attributes
    ----------
    grid : NarrowGrid
        Its points.
    share, with_slopes
        As given.
    spread : SpreadLayout
        Which of its rows each rank holds.
    local_rows : ndarray of int
        Where they stand among the local rows: the first ones, or each ahead of its slopes.
    is_low : ndarray of bool
        Which of all columns have wavenumbers that it has.
    transforms : (FourierTransform, FourierTransform)
        Of its columns, and of its rows.
    thinned : callable
        Gives every so many-th of its rows, made once.

    Notes
    -----
    *Communication*: local, but for `field`.
    """

    def __init__(self, domain: FourierDomain, share: int, with_slopes: bool) -> None:
        self.share, self.with_slopes = share, with_slopes
        self.grid, self._layout = NarrowGrid.of(domain, share), domain.layouts[0]
        columns, rows = (FourierTransform(n, domain.dtype) for n in self.grid.shape)
        self.transforms = columns, rows
        self._unit = 1 / domain.shape[0]
        self._symbols = [_symbol(n, length) for n, length in zip(self.grid.shape, self.grid.length, strict=True)]
        self._inverse = -np.divide(1.0, self._symbols[0], out=np.zeros(self.grid.shape[0]), where=self._symbols[0] != 0)
        self.is_low = 2 * np.abs(domain.harmonics(1)) < self.grid.shape[1]
        self._along = aligned_zeros((WIDTH, self.grid.shape[1] if with_slopes else 0), domain.dtype)
        self._behind = np.zeros((1, domain.shape[1]), domain.dtype)
        self._spread_rows = spread_rows(self.grid.shape[0], domain.shape[0])
        self.spread = SpreadLayout(self._layout, self.grid.shape[0], domain.shape[0])
        own, start = self.spread.line_numbers(1), self._layout.local_region[0].start
        self.local_rows = self._spread_rows[own] - start if with_slopes else np.arange(len(own))
        self.thinned = cache(lambda every: ThinnedRows(self.spread, every))

    def holds(self, lines: Block) -> bool:
        """Whether a block of columns has any of the low wavenumbers. *Communication*: local."""
        first, last = int(lines.numbers[0]), int(lines.numbers[-1])  # low ones stand at both ends of the axis
        return bool(self.is_low[first] or self.is_low[last])

    def cut(self, spectrum: ComplexArray, lines: Block) -> None:
        """Make values and slopes of a block of columns from their unnormalised coefficients, for `put`."""
        transform = self.transforms[0]
        pick_low(spectrum, np.arange(lines.count), self._unit, transform.first)
        transform("backward", transform.first, transform.second, lines.numbers)
        if self.with_slopes:
            to_derivative(transform.first, self._symbols[0])
            transform("backward", transform.first, transform.third, lines.numbers)

    def cut_slopes(self, spectrum: ComplexArray, means: ComplexArray, lines: Block) -> None:
        """As `cut`, from the coefficients of the derivative of columns, and their lowest ones, which it does not have.

        Those are the coefficients of the columns themselves, unnormalised, of all columns of the plane.
        """
        transform = self.transforms[0]
        pick_low(spectrum, np.arange(lines.count), self._unit, transform.first)
        transform("backward", transform.first, transform.third, lines.numbers)
        to_derivative(transform.first, self._inverse)  # i·(−1/k)·ikû
        transform.first[: lines.count, 0] = self._unit * means[lines.numbers]
        transform("backward", transform.first, transform.second, lines.numbers)

    def put(self, block: ComplexArray) -> None:
        """Write what `cut` has made to a block of columns; of values alone `given` tells where they go."""
        if self.with_slopes:
            put_at(self.transforms[0].second, self._spread_rows, block)
            put_at(self.transforms[0].third, self._spread_rows + 1, block)

    @cached_property
    def given(self) -> ColumnPart | None:
        """What goes back to the rows in place of whole columns: without slopes, what `cut` has made."""
        return None if self.with_slopes else self._part(self.transforms[0].second)

    @cached_property
    def taken(self) -> ColumnPart:
        """Columns of a narrow field without slopes, in the first block of their transform."""
        return self._part(self.transforms[0].first)

    def _part(self, values: ComplexArray) -> ColumnPart:
        layout = self._layout
        held = [self.spread.line_numbers(1, rank) for rank in range(layout.grid.size)]
        ends = np.cumsum([0, *map(len, held)]).tolist()
        places = [layout.region(rank)[0].start + np.arange(len(own)) for rank, own in enumerate(held)]
        return ColumnPart(list(pairwise(ends)), np.concatenate(places), values)

    def field(self, store: ComplexArray) -> NarrowField:
        """The field whose columns have been cut, in the local share of rows.

        Notes
        -----
        *Communication*: collective; slopes that a rank has of the last row of the one ahead go there, one message.
        """
        region = self._layout.local_region[0]
        if self.with_slopes and region.start < region.stop:
            comm = self._layout.grid.active_comm
            ahead, after = (bool(np.isin(edge - 1, self._spread_rows)) for edge in (region.start, region.stop))
            if ahead or after:
                to, source = (comm.rank - 1 if ahead else MPI.PROC_NULL), (comm.rank + 1 if after else MPI.PROC_NULL)
                comm.Sendrecv(store[:1].copy(), to, recvbuf=self._behind, source=source)
        return NarrowField(store, self.local_rows, self._behind, self.transforms[1])

    def visit_gradient(
        self,
        field: NarrowField,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """Run ``kernel(block, (across, along), lines)`` over rows of a field; see `Passes.visit_gradient`."""
        visited, transform = self.thinned(every), self.transforms[1]

        def measure(block: ComplexArray, lines: Block) -> None:
            """Make the derivatives of one block of rows."""
            if along:
                to_derivative(transform.first, self._symbols[1])
                transform("backward", transform.first, self._along, lines.numbers)
            across = field.slopes(visited.places[lines.lines], lines.numbers)
            kernel(block, (across, self._along if along else across), lines)

        visited.visit(field, measure, wanted)


class NarrowPlanes:
    """The narrow planes of one plane, made where they are first asked for.

    Attributes
    ----------
    shares : tuple of int
        Sixteenths of its points that there are planes of, in rising order, the whole left out.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: FourierDomain) -> None:
        self.shares = tuple(share for share in LADDER if all(n * share % WHOLE == 0 for n in domain.shape))
        self._domain, self._wisdom = domain, current()
        self._made: dict[tuple[int, bool], NarrowPlane] = {}

    @classmethod
    def of(cls, domain: FourierDomain) -> NarrowPlanes | None:
        """Those of a plane of waves in double precision; None of others, and where numbers of points leave none."""
        if domain.even or domain.dtype != np.complex128:
            return None
        planes = cls(domain)
        return planes if planes.shares else None

    def plane(self, share: int, with_slopes: bool) -> NarrowPlane:
        """One of them, or the whole plane as one of 16 sixteenths, which no pass over a field can keep."""
        key = share, with_slopes
        if key not in self._made:
            with planning_by(self._wisdom):  # as everything is of the domain
                self._made[key] = NarrowPlane(self._domain, *key)
        return self._made[key]


def _symbol(n: int, length: float) -> RealArray:
    """The wavenumbers of n points, without the lone one."""
    harmonics = np.fft.fftfreq(n, 1 / n)
    return np.asarray(np.where(harmonics * 2 == -n, 0.0, 2 * np.pi / length * harmonics), dtype=np.float64)
