"""Products of transforms of real functions on a plane of twice the sides, of which a quarter is not 0.

A rank has rows of N₁ real values. Each is filled up with zeros and transformed; of its coefficients those of k₁ ≥ 0 are
kept. Columns of N₀ of these come whole by a transpose, are filled up, transformed, multiplied, and come back. So no
array is larger than N₀ × (N₁ + 1), and nothing that is 0 is sent.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.parallel.transpose import Transpose
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.gains import LineGain, no_gain
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import WIDTH, Direction, FourierTransform, Twiddles, aligned_zeros

__all__ = ["PaddedPlane", "PaddedTransform"]


@kernel
def fill_up(values: RealArray, block: ComplexArray) -> None:
    """Rows of real values, and zeros behind them; rows of zeros below them."""
    for b in range(block.shape[0]):
        for j in range(block.shape[1]):
            block[b, j] = complex(values[b, j], 0.0) if b < values.shape[0] and j < values.shape[1] else 0j


@kernel
def complete(half: ComplexArray, block: ComplexArray) -> None:
    """Coefficients c(k) of real rows from those of k ≥ 0: c(−k) is the complex conjugate; rows of zeros below them."""
    last = half.shape[1] - 1
    for b in range(block.shape[0]):
        if b >= half.shape[0]:
            block[b, :] = 0
            continue
        for j in range(last + 1):
            block[b, j] = half[b, j]
        for j in range(1, last):
            block[b, 2 * last - j] = half[b, j].conjugate()


class PaddedTransform:
    """The Fourier transform of lines that are filled up with as many zeros; a `LineTransform`.

    Parameters
    ----------
    length : int
        Points of a line; it has twice as many coefficients.

    Notes
    -----
    ``first`` takes lines, ``second`` coefficients. *Communication*: local.
    """

    def __init__(self, length: int) -> None:
        self._whole = FourierTransform(2 * length)
        self.length, self.dtype, self.normalisation = length, self._whole.dtype, self._whole.normalisation
        self.first: ComplexArray = aligned_zeros((WIDTH, length))
        self.second, self.third = self._whole.first, self._whole.second
        self.twiddles: Twiddles | None = None

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform lines forward to twice as many coefficients, or these back to the first half of their values."""
        scratch = self._whole.third
        if direction == "forward":
            scratch[:, : self.length] = source
            scratch[:, self.length :] = 0
            self._whole("forward", scratch, target, numbers)
        else:
            self._whole("backward", source, scratch, numbers)
            target[...] = scratch[:, : self.length]

    @property
    def gain(self) -> LineGain:
        """Not taken out: a product is made anew every time. *Communication*: local."""
        return no_gain(self.length)


class PaddedPlane:
    """Coefficients of real functions on the points of a box, on a box of twice the sides.

    Parameters
    ----------
    domain : FourierDomain
        The box, a plane in double precision; its ranks have the same rows here.

    Attributes
    ----------
    held : ndarray, complex128, (local rows, N₁ + 1)
        Coefficients of each row, unnormalised.
    columns : Layout
        Of the coefficients whose columns are whole: k₁ in units of π/L₁ is the number of a column.

    Notes
    -----
    Holds two arrays of about the size of a share of a field. *Communication*: construction is collective, as
    `multiply` is: that of a `ColumnSweep`, of as much as a sweep of a field sends.
    """

    def __init__(self, domain: FourierDomain) -> None:
        rows, row_length = domain.shape
        self.dtype, self.shape = np.dtype(np.complex128), (rows, row_length + 1)
        first, self.columns = (Layout(domain.grid, self.shape, (axis,)) for axis in (0, 1))
        self.layouts, self.rows = (first, self.columns), FourierTransform(2 * row_length)
        self.transposes = (Transpose(first, self.columns, self.dtype, granule=WIDTH),)
        padded = PaddedTransform(rows)
        self.sweeps: tuple[tuple[Sweep, ...], ...] = ((), (Sweep.of(self.columns, 0, padded),))
        self._row_length = row_length
        self.shared_rows = SharedRows(first, self.dtype)
        self._sweep = ColumnSweep(self)
        shared = self.shared_rows.allocate()
        self.held: ComplexArray = aligned_zeros(first.local_shape) if shared is None else shared

    @property
    def normalisation(self) -> float:
        """What a function is multiplied by when its coefficients come back by `values`. *Communication*: local."""
        return self.rows.normalisation * self._sweep.normalisation

    def hold(self, values: RealArray, lines: Block) -> None:
        """Take rows of values, (at least count, N₁), in place of those that are held. *Communication*: local."""
        source, target = self.rows.first, self.rows.second
        fill_up(values[: lines.count], source)
        self.rows("forward", source, target, lines.numbers)
        self.held[lines.lines] = target[: lines.count, : self._row_length + 1]

    def multiply(self, act: BlockKernel) -> None:
        """Run ``act(block, lines)`` over blocks of whole columns, (32, 2N₀). *Communication*: collective."""
        self._sweep(self.held, act)

    def values(self, lines: Block, values: RealArray) -> None:
        """Fill rows of values, (at least count, N₁), from what is held. *Communication*: local."""
        source, target = self.rows.first, self.rows.second
        complete(self.held[lines.lines], source)
        self.rows("backward", source, target, lines.numbers)
        values[: lines.count] = target[: lines.count, : self._row_length].real
        values[lines.count :] = 0

    def close(self) -> None:
        """Give communicators and MPI types back; the process grid is that of the box. *Communication*: collective."""
        self.shared_rows.close()
        for transpose in self.transposes:
            transpose.close()
