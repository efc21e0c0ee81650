"""Two passes over a field in the plane: rows in physical space, then columns, transposed a piece at a time.

Derivatives are spectral, along the line at hand; the sums of the second pass run over Fourier coefficients of the
first-passed axis (Parseval), so that no second physical copy is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from parallel_nls.contracts import Completed, Equation
from parallel_nls.diagnostics import kernels
from parallel_nls.diagnostics.axes import axis_of
from parallel_nls.diagnostics.kernels import density_sums, derivative_sums, gradient_sums, symbol_sums
from parallel_nls.diagnostics.narrow_plane import LADDER, NarrowPlane, NarrowPlanes
from parallel_nls.diagnostics.passes import ColumnKernel, FieldSums, Keep, Kept, Passes, spectral_tail
from parallel_nls.diagnostics.thinned_rows import GradientKernel
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import WIDTH, aligned_zeros, transform_rows

# Where the results of each kernel stand in the row table, and in the column table.
DENSITY = slice(0, 7)
ROW_DERIVATIVE = slice(7, 10)
COLUMN_DERIVATIVE = slice(0, 3)
SPECTRUM = slice(3, 3 + kernels.LARGEST_BEYOND + len(LADDER))


class PlanePasses(Passes):
    """Sums over one field in the plane; see `Passes`.

    Parameters
    ----------
    equation : Equation
        On a plane.

    Attributes
    ----------
    more : (int, int)
        Numbers of each row, and of each column, that kernels of a derived class fill besides.

    Notes
    -----
    *Communication*: construction and `sums` are local; `tables` is one transpose, in pieces of at most 1/8 share.
    """

    more = 0, 0

    def __init__(self, equation: Equation) -> None:
        super().__init__(equation)
        self.domain = domain = as_box(equation.domain)
        self._axes = axis_of(domain, 0), axis_of(domain, 1)
        self.narrow = NarrowPlanes.of(domain)
        self._means = np.zeros(domain.shape[1], domain.dtype)
        # One more block than the sweep has: the rows, their spectrum, and two of the derivative.
        self._slopes = aligned_zeros((WIDTH, domain.shape[1]), domain.dtype)

    def tables(
        self,
        completed: Completed,
        spare: ComplexArray,
        adjust: BlockKernel | None = None,
        keep: Kept = Keep.NOTHING,
        beside: Sequence[BlockKernel] = (),
        beside_columns: Sequence[ColumnKernel] = (),
    ) -> list[RealArray]:
        """Return the line tables of a field.

        Parameters
        ----------
        completed : Completed
            The state.
        spare : ndarray
            Local share in physical layout; overwritten.
        adjust : callable, optional
            Block kernel for rows, for instance one that subtracts a reference; then no slopes are taken, and momentum
            and dilation are left 0.
        keep : Keep or NarrowPlane, optional
            What ``spare`` shall hold: the derivative along the first axis, for `visit_gradient`, or a narrow field.
        beside : sequence of callable, optional
            Block kernels that look at the rows, and keep them.
        beside_columns : sequence of callable, optional
            Those that look at columns, as long as there is no ``adjust``, and keep them.

        Returns
        -------
        rows : ndarray, (10 and more, local rows)
            `density_sums`, then `derivative_sums` and `differentiate` along the last axis.
        columns : ndarray, (11 and more, local columns)
            `derivative_sums` and `differentiate` along the first axis of the coefficients û(x₀, k₁), then
            `spectrum_maxima`; last, if the symbol is not |k|², `symbol_sums`.
        """
        rows = line_table(ROW_DERIVATIVE.stop + self.more[0], len(spare))
        columns = line_table(SPECTRUM.stop + self.more[1] + (self._dispersion is not None), self.columns.count)
        completed.visit(self._row_kernel(rows, adjust, beside), spare)
        self.columns(
            spare,
            lambda part: self._column_kernel(columns[:, part], adjust is None, keep, beside_columns),
            back=keep.holds if isinstance(keep, NarrowPlane) else keep is Keep.SLOPES,
            give=keep.given if isinstance(keep, NarrowPlane) else None,
        )
        return [rows, columns]

    def visit_gradient(
        self,
        completed: Completed,
        slopes: ComplexArray,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """Run ``kernel(block, gradient, lines)`` over rows; see `Passes.visit_gradient`."""
        transform, visited, axis = self.rows.transform, self.thinned(every), self._axes[1]
        first, across = transform.first, transform.third

        def measure(block: ComplexArray, lines: Block) -> None:
            """Make the derivatives of one block of rows."""
            transform_rows(transform, "backward", slopes, visited.places[lines.lines], across, lines.numbers)
            if along:
                transform("forward", block, first, lines.numbers)
                axis.to_slopes(first)
                axis.slopes(first, self._slopes, lines.numbers)
            kernel(block, (across, self._slopes if along else across), lines)

        visited.visit(completed, measure, wanted)

    def _row_kernel(self, table: RealArray, adjust: BlockKernel | None, beside: Sequence[BlockKernel]) -> BlockKernel:
        across, along = self._coordinates
        transform, axis = self.rows.transform, self._axes[1]
        first, third = transform.first, transform.third

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows, and replace it by its Fourier coefficients."""
            if adjust is not None:
                adjust(block, lines)
            density_sums(block, across[lines.numbers], along, False, table[DENSITY, lines.lines])
            if adjust is None:
                self.equation.density.fill(block, lines, table[kernels.POTENTIAL, lines.lines])
            for look in beside:
                look(block, lines)
            transform("forward", block, first, lines.numbers)
            own = table[ROW_DERIVATIVE, lines.lines]
            if adjust is None:
                axis.differentiate(first, third, own)
                axis.slopes(third, self._slopes, lines.numbers)
                derivative_sums(block, self._slopes, np.zeros(lines.count), along, own)
            else:
                gradient_sums(first, axis.squares, own)
            np.multiply(first, 1 / transform.normalisation, out=block)

        return measure

    def _column_kernel(self, table: RealArray, slopes: bool, keep: Kept, beside: Sequence[ColumnKernel]) -> BlockKernel:
        along, axis = self._coordinates[0], self._axes[0]
        transform, narrow = self.columns.transform, keep if isinstance(keep, NarrowPlane) else None
        second, third = transform.second, transform.third

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of columns."""
            transform("forward", block, second, lines.numbers)
            if self._dispersion is not None:
                symbol_sums(second, self._dispersion.frequencies(lines), table[-1, lines.lines])
            axis.spectrum_maxima(second, table[SPECTRUM, lines.lines])
            own = table[COLUMN_DERIVATIVE, lines.lines]
            if keep is Keep.SLOPES:
                self._means[lines.numbers] = second[: lines.count, 0]
            cut = narrow if narrow is not None and narrow.holds(lines) else None
            if cut is not None:
                cut.cut(second, lines)
            if slopes:
                axis.differentiate(second, second, own)
                axis.slopes(second, third, lines.numbers)
                derivative_sums(block, third, np.zeros(lines.count), along, own)
                for look in beside:
                    look(block, third, lines)
                if keep is Keep.SLOPES:
                    block[...] = third
            else:
                gradient_sums(second, axis.squares, own)
            if cut is not None:
                cut.put(block)

        return measure

    def narrow_slopes(self, slopes: ComplexArray, plane: NarrowPlane) -> None:
        """See `Passes.narrow_slopes`."""
        second = self.columns.transform.second

        def cut(block: ComplexArray, lines: Block) -> None:
            """Make values and slopes of one block of columns."""
            if plane.holds(lines):
                self.columns.transform("forward", block, second, lines.numbers)
                plane.cut_slopes(second, self._means, lines)
                plane.put(block)

        self.columns(slopes, lambda _part: cut, back=plane.holds, wanted=plane.holds)

    def _integral(self, line_results: RealArray, columns: bool = False) -> float:
        # Σ_x |f|² = N₁ Σ_k |f̂|² for coefficients f̂ along the last axis.
        weight = self.domain.cell * (self.domain.shape[1] if columns else 1)
        return weight * ordered_sum(line_results)

    def _form(self, line_results: RealArray) -> float:
        # L₀L₁Σ ω|û|², and the columns are transformed without their factor 1/N₀.
        return float(np.prod(self.domain.length)) / self.domain.shape[0] ** 2 * ordered_sum(line_results)

    def sums(self, tables: Sequence[RealArray]) -> FieldSums:
        """The sums from the global row and column tables. *Communication*: local."""
        rows, columns = tables
        form = None
        if self._dispersion is not None:
            columns, form = columns[:-1], columns[-1]
        density, spectrum = rows[DENSITY], columns[SPECTRUM] * self._axes[1].weights

        def both(which: int) -> tuple[float, float]:
            """A sum along each axis, the first axis first."""
            first = self._integral(columns[COLUMN_DERIVATIVE][which], columns=True)
            return first, self._integral(rows[ROW_DERIVATIVE][which])

        gradient = sum(both(kernels.GRADIENT))
        shares = spectrum[kernels.LARGEST_BEYOND :], [spectrum[kernels.LARGEST, part] for part in self._axes[1].beyond]
        largest = spectrum[kernels.LARGEST].max()
        beyond = np.max([[part.max(initial=0.0) for part in parts] for parts in shares], axis=0)
        row = int(np.argmax(density[kernels.PEAK]))
        # Whole rows at the ends of the first axis, the ends of all rows on the last one.
        ends = density[kernels.PEAK, self._axes[0].ends], density[[kernels.FIRST, kernels.LAST]][self._axes[1].ends]
        edge = max(float(peaks.max()) for peaks in ends)
        column = int(density[kernels.PEAK_INDEX, row])
        tails = spectrum[kernels.LARGEST_OUTER].max(), spectrum[kernels.LARGEST, self._axes[1].outer].max()
        return FieldSums(
            mass=self._integral(density[kernels.MASS]),
            potential=self._integral(density[kernels.POTENTIAL]),
            variance=self._integral(density[kernels.SECOND_MOMENT]),
            gradient=gradient,
            quadratic=gradient if form is None else self._form(form),
            momentum=np.array([0.0 if a in self.domain.even else p for a, p in enumerate(both(kernels.CURRENT))]),
            dilation=sum(both(kernels.DILATION)),
            peak=float(density[kernels.PEAK, row]),
            edge=edge,
            peak_position=np.array([self._coordinates[0][row], self._coordinates[1][column]]),
            spectral_tail=spectral_tail(largest, tails),
            beyond=tuple(spectral_tail(largest, beyond).tolist()),
        )
