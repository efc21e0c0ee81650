"""The distributed line: N points folded into an array, and Fourier transforms in four steps.

With N = N_a·N_b the array is u[a, b] = u(x_n), n = N_a·b + a. Transforms along b, a turn by e^{-2πi·a·k_b/N} (the
twiddles), and transforms along a give the coefficient of k = k_b + N_b·k_a (Bailey 1990, J. Supercomputing 4, 23). Rows
and columns run through the sweeps of a plane, so a line is distributed, and repeats its bits, as a plane does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import isqrt

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike

from parallel_nls.arguments import communicator, complex_type
from parallel_nls.errors import ArgumentError
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import root_of_unity
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.spectral.box import box_coordinates, check_box
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.folding import line_factors
from parallel_nls.spectral.pencils import Pencils
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, Sweep
from parallel_nls.spectral.transforms import Direction, FourierTransform


@kernel
def fill_roots(step: int, n: int, out: ComplexArray) -> None:
    """Write e^{2πi·j·step/n} for j = 0, 1, …; the multiples stay below n."""
    for j in range(out.size):
        out[j] = root_of_unity(j * step, n)


@kernel
def rotate_columns(
    block: ComplexArray,
    numbers: IndexArray,
    n: int,
    sign: float,
    fine: ComplexArray,
    coarse: ComplexArray,
) -> None:
    """Multiply position a of the row of column k by e^{±2πi·a·k/n}, from two tables of about √a for each row."""
    width = fine.size
    for b in range(numbers.size):
        fill_roots(numbers[b], n, fine)
        fill_roots(numbers[b] * width, n, coarse)
        for first in range(0, block.shape[1], width):
            c = coarse[first // width]
            for j in range(min(width, block.shape[1] - first)):
                f = fine[j]
                re = fma(c.real, f.real, -(c.imag * f.imag))
                im = sign * fma(c.real, f.imag, c.imag * f.real)
                u = block[b, first + j]
                block[b, first + j] = complex(fma(u.real, re, -(u.imag * im)), fma(u.real, im, u.imag * re))


@kernel
def fill_excess(places: IndexArray, n: int, fine: ComplexArray, coarse: ComplexArray, excess: RealArray) -> None:
    """Write |w|² − 1 of the twiddles w that `rotate_columns` applies, at positions a of all columns k."""
    width = fine.size
    for k in range(excess.shape[1]):
        fill_roots(k, n, fine)
        fill_roots(k * width, n, coarse)
        for i in range(places.size):
            f, c = fine[places[i] % width], coarse[places[i] // width]
            re = fma(c.real, f.real, -(c.imag * f.imag))
            im = fma(c.real, f.imag, c.imag * f.real)
            larger, smaller = max(abs(re), abs(im)), min(abs(re), abs(im))
            # Exact differences, and what the rounding of the squares lost.
            high, low = larger * larger, smaller * smaller
            rest = fma(larger, larger, -high) + fma(smaller, smaller, -low)
            excess[i, k] = ((high - 1.0) + low) + rest


class LineTwiddles:
    """The turn between the two transforms of a folded line.

    Parameters
    ----------
    shape : (int, int)
        N_a, N_b.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.n, self._columns = shape[0] * shape[1], shape[1]
        width = isqrt(shape[0] - 1) + 1
        self._fine = np.empty(width, dtype=np.complex128)
        self._coarse = np.empty(-(-shape[0] // width), dtype=np.complex128)

    def rotate(self, block: ComplexArray, numbers: IndexArray, direction: Direction) -> None:
        """Multiply the rows that hold the columns ``numbers`` by e^{∓2πi·a·k_b/N}, minus forward, in place."""
        sign = -1.0 if direction == "forward" else 1.0
        rotate_columns(block, numbers, self.n, sign, self._fine, self._coarse)

    def gain(self, places: IndexArray) -> RealArray:
        """What both turns add at positions a of all columns: |w| is 1 but for rounding, the same both ways."""
        excess = np.empty((places.size, self._columns))
        fill_excess(places, self.n, self._fine, self._coarse, excess)
        return excess


class LineDomain(Shown, Pencils):
    """A periodic line [-L/2, L/2) distributed over a communicator.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator.
    points : (int,)
        N; fast if it is a product of 2, 3, 5 with divisors near √N.
    length : (float,)
        L (dimensionless).
    dtype : numpy dtype
        complex128 or complex64.

    Attributes
    ----------
    dimension : int
        1.
    points, length, spacing : tuple
        N, L and L/N.
    shape : (int, int)
        N_a, N_b of the folded line; they depend on N alone.
    natural_order : (int, int)
        (1, 0): neighbours on the line stand in neighbouring rows.
    labels : tuple of str
        x.
    even, nodes, amplitude : (), None, None
        As of `FourierDomain`.

    Notes
    -----
    *Communication*: construction is collective.
    """

    dimension = 1
    natural_order: tuple[int, ...] = (1, 0)
    labels: tuple[str, ...] = ("x",)
    even: tuple[int, ...] = ()
    nodes: RealArray | None = None
    amplitude: RealArray | None = None

    def __init__(
        self,
        comm: MPI.Intracomm,
        points: Sequence[int],
        length: Sequence[float],
        dtype: DTypeLike = np.complex128,
    ) -> None:
        communicator("comm", comm)
        check_box(points, length)
        dtype = complex_type("dtype", dtype)
        if len(points) != 1:
            raise ArgumentError(f"points = {points!r}: a line has one axis; FourierDomain is a plane")
        (n,), (extent,) = points, length
        rows, columns = folded = line_factors(int(n))
        transforms = FourierTransform(rows, dtype, LineTwiddles(folded)), FourierTransform(columns, dtype)
        super().__init__(comm, folded, dtype=dtype, transforms=transforms)
        self.shared_rows = SharedRows(self.layouts[0], self.dtype)
        self.points: tuple[int, ...] = (int(n),)
        self.length: tuple[float, ...] = (float(extent),)
        self.spacing: tuple[float, ...] = (self.length[0] / self.points[0],)

    def _shown_heading(self) -> str:
        return f"Periodic line of {self.points[0]} points"

    def _shown_rows(self) -> dict[str, object]:
        folded = " × ".join(map(str, self.shape))
        return {"length": self.length[0], "folded into": folded, "ranks": self.comm.size, "dtype": self.dtype}

    @property
    def origin(self) -> tuple[float, ...]:
        """The first point: -L/2. *Communication*: local."""
        return (-self.length[0] / 2,)

    @property
    def cell(self) -> float:
        """Length of a grid cell: the weight of the trapezoidal rule."""
        return self.spacing[0]

    def block_coordinates(self, lines: Block) -> tuple[RealArray, ...]:
        """Coordinates x of a block of rows, (rows, N_b). *Communication*: local."""
        indices = lines.numbers[:, None] + self.shape[0] * np.arange(self.shape[1])
        return (box_coordinates(indices, self.points[0], self.spacing[0]),)

    def drift_sweep(self) -> ColumnSweep:
        """The sweep over columns. *Communication*: collective over the active ranks."""
        return ColumnSweep(self)

    def uniform_sweep(self) -> Sweep:
        """The sweep over rows. *Communication*: local."""
        return self.sweeps[0][0]

    @cached_property
    def row_places(self) -> RowPlaces:
        """Where the points of all rows of the folded line are. *Communication*: local."""
        rows, columns = self.shape
        (spacing,) = self.spacing
        across = -self.length[0] / 2 + spacing * np.arange(float(rows))
        return RowPlaces(across, spacing * rows * np.arange(float(columns)), folded=True)

    def block_wavenumbers(self, lines: Block) -> tuple[RealArray, ...]:
        """Angular wavenumbers k = 2πm/L of a block of columns, (columns, N_a). *Communication*: local."""
        return (2 * np.pi / self.length[0] * self.harmonics(lines.numbers),)

    def harmonics(self, columns: IndexArray) -> RealArray:
        """Integer wavenumbers m of a block of columns k_b, (columns, N_a), the lone one of an even N negative."""
        n = self.points[0]
        k = columns[:, None] + float(self.shape[1]) * np.arange(self.shape[0])
        harmonics: RealArray = np.where(2 * k < n, k, k - n)
        return harmonics
