"""A plane without the upper half of the wavenumbers: where that half of a field is silent, a quarter of the points.

The field is not thinned, which would fold what there is of the upper half back onto the rest: its coefficients are cut.
So the sum over every second point of a product of two such fields is its integral, as over all points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from mpi4py import MPI

from parallel_nls.diagnostics.halved_field import HalvedField, pick_low
from parallel_nls.diagnostics.kernels import to_derivative
from parallel_nls.diagnostics.thinned_rows import GradientKernel, ThinnedLayout, ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH, FourierTransform, aligned_zeros


@lean_kernel
def interleave(values: ComplexArray, slopes: ComplexArray, block: ComplexArray) -> None:
    """Write columns of values, and of slopes between them. *Communication*: local."""
    for b in range(block.shape[0]):
        first, second, target = values[b], slopes[b], block[b]
        for i in range(first.size):
            target[2 * i], target[2 * i + 1] = first[i], second[i]


@dataclass(frozen=True)
class HalvedGrid:
    """Every second point of each axis of a plane, from the first one on, as passes over rows ask for a grid.

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
    def of(cls, domain: FourierDomain) -> HalvedGrid:
        """That of a plane with even numbers of points."""
        across, along, _ = domain.row_places
        places = RowPlaces(across[::2].copy(), along[::2].copy(), folded=False)
        n0, n1 = domain.shape
        return cls((n0 // 2, n1 // 2), domain.length, tuple(2 * h for h in domain.spacing), places)

    @property
    def cell(self) -> float:
        """Area that belongs to a point."""
        return float(np.prod(self.spacing))


class HalvedPlane:
    """What the columns of a field, and then its rows, are halved by.

    Parameters
    ----------
    domain : FourierDomain
        See `HalvedPlane.serves`.

    Attributes
    ----------
    grid : HalvedGrid
        Its points.
    thinned : callable
        Gives every so many-th of its rows, made once.

    Notes
    -----
    *Communication*: local, but for `field`.
    """

    def __init__(self, domain: FourierDomain) -> None:
        self.grid, self._layout = HalvedGrid.of(domain), domain.layouts[0]
        self._columns, self._rows = (FourierTransform(n, domain.dtype) for n in self.grid.shape)
        self._unit = 1 / domain.shape[0]
        self._symbols = [_symbol(n, length) for n, length in zip(self.grid.shape, self.grid.length, strict=True)]
        self._inverse = -np.divide(1.0, self._symbols[0], out=np.zeros(self.grid.shape[0]), where=self._symbols[0] != 0)
        self._means = np.zeros(domain.shape[1], domain.dtype)
        self._along = aligned_zeros((WIDTH, self.grid.shape[1]), domain.dtype)
        self._behind = np.zeros((1, domain.shape[1]), domain.dtype)
        rows = ThinnedLayout(self._layout, 2)
        self.thinned = cache(lambda every: ThinnedRows(rows, every))

    @staticmethod
    def serves(domain: FourierDomain) -> bool:
        """Whether there is one: of waves, in double precision, with even numbers of points. *Communication*: local."""
        return not domain.even and domain.dtype == np.complex128 and all(n % 2 == 0 for n in domain.shape)

    def holds(self, lines: Block) -> bool:
        """Whether a block of columns has any below the upper half. *Communication*: local."""
        harmonics = np.minimum(lines.numbers, 2 * self.grid.shape[1] - lines.numbers)
        return bool((2 * harmonics < self.grid.shape[1]).any())

    def cut(self, spectrum: ComplexArray, lines: Block) -> None:
        """Make values and slopes of a block of columns from their unnormalised coefficients, for `put`."""
        transform = self._columns
        pick_low(spectrum, np.arange(lines.count), self._unit, transform.first)
        transform("backward", transform.first, transform.second, lines.numbers)
        to_derivative(transform.first, self._symbols[0])
        transform("backward", transform.first, transform.third, lines.numbers)

    def note_means(self, spectrum: ComplexArray, lines: Block) -> None:
        """Keep what the derivative of a block of columns does not tell of them. *Communication*: local."""
        self._means[lines.numbers] = self._unit * spectrum[: lines.count, 0]

    def cut_slopes(self, spectrum: ComplexArray, lines: Block) -> None:
        """As `cut`, from the coefficients of the derivative of columns whose means were noted."""
        transform = self._columns
        pick_low(spectrum, np.arange(lines.count), self._unit, transform.first)
        transform("backward", transform.first, transform.third, lines.numbers)
        to_derivative(transform.first, self._inverse)  # i·(−1/k)·ikû
        transform.first[: lines.count, 0] = self._means[lines.numbers]
        transform("backward", transform.first, transform.second, lines.numbers)

    def put(self, block: ComplexArray) -> None:
        """Write what `cut` has made to a block of columns."""
        interleave(self._columns.second, self._columns.third, block)

    def field(self, store: ComplexArray) -> HalvedField:
        """The field whose columns have been cut, in the local share of rows.

        Notes
        -----
        *Communication*: collective; a rank that begins with an odd row sends it to the one ahead, one message.
        """
        rows = self._layout.local_region[0]
        if rows.start < rows.stop:
            # An odd row that is the first one of a rank has the slope of the last row of the rank ahead of it.
            ahead, after = rows.start % 2 == 1, rows.stop % 2 == 1
            comm = self._layout.grid.active_comm
            if ahead or after:
                to, source = (comm.rank - 1 if ahead else MPI.PROC_NULL), (comm.rank + 1 if after else MPI.PROC_NULL)
                comm.Sendrecv(store[:1].copy(), to, recvbuf=self._behind, source=source)
        return HalvedField(store, self._behind, rows.start % 2, self._rows)

    def visit_gradient(
        self,
        field: HalvedField,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """Run ``kernel(block, (across, along), lines)`` over rows of a field; see `Passes.visit_gradient`."""
        visited, transform = self.thinned(every), self._rows

        def measure(block: ComplexArray, lines: Block) -> None:
            """Make the derivatives of one block of rows."""
            if along:
                to_derivative(transform.first, self._symbols[1])
                transform("backward", transform.first, self._along, lines.numbers)
            across = field.slopes(visited.places[lines.lines], lines.numbers)
            kernel(block, (across, self._along if along else across), lines)

        visited.visit(field, measure, wanted)


def _symbol(n: int, length: float) -> RealArray:
    """The wavenumbers of n points, without the lone one."""
    harmonics = np.fft.fftfreq(n, 1 / n)
    return np.asarray(np.where(harmonics * 2 == -n, 0.0, 2 * np.pi / length * harmonics), dtype=np.float64)
