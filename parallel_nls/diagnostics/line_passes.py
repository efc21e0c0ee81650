"""Passes over a field on a folded line: rows of values, columns of coefficients, and rows again for the derivative.

Momentum and ‖u_x‖² are sums over the spectrum. The rate of the variance needs u and u_x at the same points: the columns
leave their derivative where they stood, and the last pass completes the rows of u once more beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan, pi

import numpy as np

from parallel_nls.contracts import Completed, Equation
from parallel_nls.diagnostics import kernels
from parallel_nls.diagnostics.kernels import density_sums, derivative_sums, folded_spectrum_sums, symbol_sums
from parallel_nls.diagnostics.passes import OUTER_FRACTION, ColumnKernel, FieldSums, Keep, Kept, Passes, spectral_tail
from parallel_nls.diagnostics.thinned_rows import GradientKernel
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.blocks import gather
from parallel_nls.spectral.kinds import as_line
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import transform_rows

# Where the results of each kernel stand in the row table.
DENSITY = slice(0, 7)
DERIVATIVE = slice(7, 9)
COLUMN_HEIGHT = 4


class LinePasses(Passes):
    """Sums over one field on the line; see `Passes`.

    Parameters
    ----------
    equation : Equation
        On a line.

    Notes
    -----
    *Communication*: construction and `sums` are local; `tables` is one transpose, and one back, in pieces of at most
    1/8 share.
    """

    def __init__(self, equation: Equation) -> None:
        super().__init__(equation)
        self.domain = domain = as_line(equation.domain)
        half = domain.points[0] // 2
        self._edges = (OUTER_FRACTION * half, float(half) if domain.points[0] % 2 == 0 else nan)

    def tables(
        self,
        completed: Completed,
        spare: ComplexArray,
        adjust: BlockKernel | None = None,
        keep: Kept = Keep.NOTHING,  # noqa: ARG002  (the line always does)
        beside: Sequence[BlockKernel] = (),
        beside_columns: Sequence[ColumnKernel] = (),  # noqa: ARG002  (of planes)
    ) -> list[RealArray]:
        """Return the line tables of a field; ``spare`` then holds the derivative.

        Parameters
        ----------
        completed : Completed
            The state.
        spare : ndarray
            Local share in physical layout; overwritten.
        adjust : callable, optional
            Block kernel for rows, for instance one that subtracts a reference; then no derivative is taken.
        keep : Keep, optional
            Without effect: as long as there is no ``adjust``, the derivative is kept.
        beside : sequence of callable, optional
            Block kernels that look at the rows, and keep them.
        beside_columns : sequence of callable, optional
            Without effect.

        Returns
        -------
        rows : ndarray, (9, local rows)
            `density_sums`, then `derivative_sums`.
        columns : ndarray, (4, local columns)
            `folded_spectrum_sums` of the coefficients; last, if the symbol is not |k|², `symbol_sums`.
        """
        height = COLUMN_HEIGHT + (self._dispersion is not None)
        rows, columns = line_table(DERIVATIVE.stop, len(spare)), line_table(height, self.columns.count)
        completed.visit(self._density_kernel(rows, adjust, beside), spare, "forward")
        if adjust is None:
            self.columns(spare, lambda part: self._spectrum_kernel(columns[:, part]), "forward", "backward", back=True)
            completed.visit(self._derivative_kernel(rows[DERIVATIVE], spare))
        else:
            self.columns(spare, lambda part: self._spectrum_kernel(columns[:, part]), "forward")
        return [rows, columns]

    def visit_gradient(
        self,
        completed: Completed,
        slopes: ComplexArray,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,  # noqa: ARG002  (it is the only one)
    ) -> None:
        """Run ``kernel(block, gradient, lines)`` over rows; see `Passes.visit_gradient`."""
        transform, visited = self.rows.transform, self.thinned(every)
        slope = transform.third

        def measure(block: ComplexArray, lines: Block) -> None:
            """Make the derivative of one block of rows; there is none across them."""
            transform_rows(transform, "backward", slopes, visited.places[lines.lines], slope, lines.numbers)
            kernel(block, (slope, slope), lines)

        visited.visit(completed, measure, wanted)

    def _density_kernel(
        self, table: RealArray, adjust: BlockKernel | None, beside: Sequence[BlockKernel]
    ) -> BlockKernel:
        across, along = self._coordinates

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows, and scale it for the forward transform."""
            if adjust is not None:
                adjust(block, lines)
            density_sums(block, across[lines.numbers], along, True, table[DENSITY, lines.lines])
            if adjust is None:
                self.equation.density.fill(block, lines, table[kernels.POTENTIAL, lines.lines])
            for look in beside:
                look(block, lines)
            block *= 1 / self.domain.shape[1]

        return measure

    def _spectrum_kernel(self, table: RealArray) -> BlockKernel:
        unit = 2 * pi / self.domain.length[0]

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of columns, and turn it into the derivative."""
            if self._dispersion is not None:
                symbol_sums(block, self._dispersion.frequencies(lines), table[-1, lines.lines])
            harmonics = self.domain.harmonics(lines.numbers)
            folded_spectrum_sums(block, harmonics, self._edges, unit, table[:, lines.lines])

        return measure

    def _derivative_kernel(self, table: RealArray, slopes: ComplexArray) -> BlockKernel:
        across, along = self._coordinates
        transform = self.rows.transform
        first, slope = transform.first, transform.third

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows of u beside the same rows of its derivative."""
            gather(slopes.reshape(-1), lines.first, lines.count, 1, first)
            transform("backward", first, slope, lines.numbers)
            derivative_sums(block, slope, across[lines.numbers], along, table[:, lines.lines])

        return measure

    def _spectral_integral(self, line_results: RealArray) -> float:
        # ∫|f|² = L Σ|f̂|², and the columns are transformed without their factor 1/N_a.
        return self.domain.length[0] / self.domain.shape[0] ** 2 * ordered_sum(line_results)

    def sums(self, tables: Sequence[RealArray]) -> FieldSums:
        """The sums from the global row and column tables. *Communication*: local."""
        rows, columns = tables
        density, cell = rows[DENSITY], self.domain.cell
        peaks = density[kernels.PEAK]
        highest = np.flatnonzero(peaks == peaks.max())
        index = float(np.min(density[kernels.PEAK_INDEX, highest] * self.domain.shape[0] + highest))
        gradient = self._spectral_integral(columns[kernels.FOLDED_GRADIENT])
        return FieldSums(
            mass=cell * ordered_sum(density[kernels.MASS]),
            potential=cell * ordered_sum(density[kernels.POTENTIAL]),
            variance=cell * ordered_sum(density[kernels.SECOND_MOMENT]),
            gradient=gradient,
            quadratic=gradient if self._dispersion is None else self._spectral_integral(columns[COLUMN_HEIGHT]),
            momentum=np.array([self._spectral_integral(columns[kernels.FOLDED_CURRENT])]),
            dilation=cell * ordered_sum(rows[DERIVATIVE][kernels.DILATION]),
            peak=float(peaks.max()),
            edge=float(max(density[kernels.FIRST, 0], density[kernels.LAST, -1])),
            peak_position=np.array([(index - self.domain.points[0] / 2) * self.domain.spacing[0]]),
            spectral_tail=spectral_tail(columns[kernels.LARGEST].max(), [columns[kernels.LARGEST_OUTER].max()]),
        )
