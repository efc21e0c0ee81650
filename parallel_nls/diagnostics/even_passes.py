"""Passes over a field in the plane that is even: its peak may lie on an axis of symmetry, between the points.

The interpolant of n values u_j at x_j = (j + ½)h, half a period of an even function, is at the origin

    u(0) = (1/n) Σ_j (−1)^j cot(π(2j + 1)/4n) u_j,

the sum of its cosines in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Equation
from parallel_nls.diagnostics.passes import ColumnKernel, FieldSums, Kept
from parallel_nls.diagnostics.plane_passes import ROW_DERIVATIVE, SPECTRUM, PlanePasses
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.sweeps import Block, BlockKernel

__all__ = ["EvenPlanePasses"]

ON_AXIS = ROW_DERIVATIVE.stop
"""Row of the row table: |u|² at y = 0 of each row."""
ACROSS = slice(SPECTRUM.stop, SPECTRUM.stop + 2)
"""Rows of the column table: real and imaginary part of û(0, k₁)."""


@kernel
def fill_origins(block: ComplexArray, weights: RealArray, re: RealArray, im: RealArray) -> None:
    """Σ weights(j)·u(b, j) of each row of a block."""
    for b in range(re.size):
        real = imaginary = 0.0
        for j in range(weights.size):
            u = complex(block[b, j])
            real += weights[j] * u.real
            imaginary += weights[j] * u.imag
        re[b], im[b] = real, imaginary


def origin_weights(length: int) -> RealArray:
    """What `fill_origins` takes for u(0) of a line of so many values. *Communication*: local."""
    j = np.arange(length)
    return np.asarray((1.0 - 2.0 * (j % 2)) / (length * np.tan(np.pi * (2 * j + 1) / (4 * length))))


class EvenPlanePasses(PlanePasses):
    """Sums over one field in the plane that is even about the origin of one axis or both; see `Passes`.

    Parameters
    ----------
    equation : Equation
        On a plane with an axis that is even.

    Notes
    -----
    *Communication*: as of `PlanePasses`.
    """

    more = 1, 2

    def __init__(self, equation: Equation) -> None:
        super().__init__(equation)
        self._weights = [origin_weights(n) for n in self.domain.shape]

    def _row_kernel(self, table: RealArray, adjust: BlockKernel | None, beside: Sequence[BlockKernel]) -> BlockKernel:
        def look(block: ComplexArray, lines: Block) -> None:
            """|u|² at y = 0."""
            re, im = np.empty((2, lines.count))
            fill_origins(block, self._weights[1], re, im)
            table[ON_AXIS, lines.lines] = _squares(re, im)

        looks = (look,) if 1 in self.domain.even and adjust is None else ()
        return super()._row_kernel(table, adjust, (*beside, *looks))

    def _column_kernel(self, table: RealArray, slopes: bool, keep: Kept, beside: Sequence[ColumnKernel]) -> BlockKernel:
        measure = super()._column_kernel(table, slopes, keep, beside)
        if 0 not in self.domain.even or not slopes:
            return measure

        def act(block: ComplexArray, lines: Block) -> None:
            """û(0, k₁) besides."""
            fill_origins(block, self._weights[0], *table[ACROSS, lines.lines])
            measure(block, lines)

        return act

    def sums(self, tables: Sequence[RealArray]) -> FieldSums:
        """The sums from the global row and column tables; the peak is that of points and axes of symmetry."""
        rows, columns = tables
        found, (across, along) = super().sums(tables), self._coordinates
        # |u|², x and y of what lies on the axes.
        candidates = [(rows[ON_AXIS], across, np.zeros(len(across)))]
        if 0 in self.domain.even:
            line, origin = self._line(columns[ACROSS]), np.zeros((2, 1))
            candidates.append((_squares(line[0].real, line[0].imag), np.zeros(len(along)), along))
            if 1 in self.domain.even:
                fill_origins(line, self._weights[1], *origin)
                candidates.append((_squares(*origin), np.zeros(1), np.zeros(1)))
        for densities, x, y in candidates:
            place = int(np.argmax(densities))
            if densities[place] > found.peak:
                found = replace(found, peak=float(densities[place]), peak_position=np.array([x[place], y[place]]))
        return found

    def _line(self, parts: RealArray) -> ComplexArray:
        """u(0, y) at the points y."""
        transform = self.rows.transform
        transform.first[...] = 0
        transform.first[0] = parts[0] + 1j * parts[1]
        transform("backward", transform.first, transform.second, np.zeros(1, np.int64))
        return transform.second[:1]


def _squares(re: NDArray[np.floating], im: NDArray[np.floating]) -> RealArray:
    return np.asarray(re * re + im * im, dtype=np.float64)
