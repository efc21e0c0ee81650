"""Two passes over a field in the plane: rows in physical space, then columns, transposed a piece at a time.

Derivatives are spectral, along the line at hand; the sums of the second pass run over Fourier coefficients of the
first-passed axis (Parseval), so that no second physical copy is needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parallel_nls.diagnostics.line_sums import density_sums, derivative_sums, differentiate, spectrum_maxima
from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.lines import LinePlans, aligned_zeros
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep

# Where the results of each kernel stand in the row table, and in the column table.
DENSITY = slice(0, 5)
ROW_DERIVATIVE = slice(5, 8)
COLUMN_DERIVATIVE = slice(0, 3)
SPECTRUM = slice(3, 5)
ROW_HEIGHT, COLUMN_HEIGHT = ROW_DERIVATIVE.stop, SPECTRUM.stop
OUTER_FRACTION = 0.9


class _Symbols(NamedTuple):
    """What `differentiate` multiplies by on one axis."""

    first: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, domain: FourierDomain, axis: int) -> _Symbols:
        """Symbols of an axis, divided by its points for unnormalised coefficients."""
        length, wavenumbers = domain.shape[axis], domain.wavenumbers(axis)
        lone = domain.harmonics(axis) * 2 == -length
        return cls(np.where(lone, 0.0, wavenumbers / length), wavenumbers**2 / length)


class FieldPasses:
    """Line tables of one field.

    Parameters
    ----------
    domain : FourierDomain
        A plane.

    Notes
    -----
    *Communication*: construction is local; `tables` is one transpose, in pieces of at most 1/8 share.
    """

    def __init__(self, domain: FourierDomain) -> None:
        self.domain = domain
        self.rows = domain.sweeps[0][0]
        self.transpose = domain.transposes[0]
        layout = domain.layouts[1]
        numbers = layout.line_numbers(0)
        ranges = [self.transpose.piece_range(i) for i in range(self.transpose.pieces)]
        self._shapes = [(layout.local_shape[0], high - low) for low, high in ranges]
        self._columns = [
            Sweep(shape, 0, domain.shape[0], numbers[low:high])
            for shape, (low, high) in zip(self._shapes, ranges, strict=True)
        ]
        self._firsts = [low for low, _ in ranges]
        self._buffer = aligned_zeros((layout.local_shape[0] * self.transpose.width,))
        self.row_count, self.column_count = domain.layouts[0].local_shape[0], len(numbers)
        self._symbols = [_Symbols.of(domain, a) for a in (0, 1)]
        self.outer = [np.abs(domain.harmonics(a)) >= OUTER_FRACTION * (domain.shape[a] // 2) for a in (0, 1)]

    def tables(
        self, field: NDArray[np.complex128], adjust: BlockKernel | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the line tables of a field (after ``adjust`` has changed its rows).

        Parameters
        ----------
        field : ndarray, complex128
            Local share in physical layout; overwritten.
        adjust : callable, optional
            Block kernel for rows, for instance one that subtracts a reference.

        Returns
        -------
        rows : ndarray, (8, local rows)
            `density_sums`, then `derivative_sums` and `differentiate` along the last axis.
        columns : ndarray, (5, local columns)
            `derivative_sums` and `differentiate` along the first axis of the coefficients û(x₀, k₁), then
            `spectrum_maxima`.
        """
        rows = np.zeros((ROW_HEIGHT, self.row_count))
        columns = np.zeros((COLUMN_HEIGHT, self.column_count))
        self.rows(field, field, None, self._row_kernel(rows, adjust), "forward")
        for i, sweep in enumerate(self._columns):
            piece = self._buffer[: self._shapes[i][0] * self._shapes[i][1]].reshape(self._shapes[i])
            self.transpose.piece(field, i, piece)
            own = columns[:, self._firsts[i] : self._firsts[i] + self._shapes[i][1]]
            sweep(piece, None, None, self._column_kernel(own, sweep.plans), None)
        return rows, columns

    def _row_kernel(self, table: NDArray[np.float64], adjust: BlockKernel | None) -> BlockKernel:
        across, along = self.domain.coordinates(0), self.domain.coordinates(1)
        plans = self.rows.plans

        def measure(block: NDArray[np.complex128], lines: Block) -> None:
            """Sum over one block of rows, and scale it for the forward transform."""
            if adjust is not None:
                adjust(block, lines)
            density_sums(block, across[lines.numbers], along, table[DENSITY, lines.lines])
            plans.transform("forward", block, plans.second)
            own = table[ROW_DERIVATIVE, lines.lines]
            self._derivative(plans, 1, own)
            derivative_sums(block, plans.third, along, own)
            block *= 1 / plans.length

        return measure

    def _column_kernel(self, table: NDArray[np.float64], plans: LinePlans) -> BlockKernel:
        along = self.domain.coordinates(0)

        def measure(block: NDArray[np.complex128], lines: Block) -> None:
            """Sum over one block of columns."""
            plans.transform("forward", block, plans.second)
            spectrum_maxima(plans.second, self.outer[0], table[SPECTRUM, lines.lines])
            own = table[COLUMN_DERIVATIVE, lines.lines]
            self._derivative(plans, 0, own)
            derivative_sums(block, plans.third, along, own)

        return measure

    def _derivative(self, plans: LinePlans, axis: int, table: NDArray[np.float64]) -> None:
        """Turn the unnormalised spectrum in ``plans.second`` into the derivative in ``plans.third``."""
        differentiate(plans.second, *self._symbols[axis], table)
        plans.transform("backward", plans.second, plans.third)
