"""The last pass of a sample whose decomposition alone is wanted: by values of the field, and R's own spectrum.

Nobody needs the derivative of the field then: R takes the place of the field in the spare buffer, half-transformed, and
‖∇R‖ follows from its coefficients along its rows, and then along its columns.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial

import numpy as np

from parallel_nls.bubbles.fit.passes import Field
from parallel_nls.bubbles.functional_sums import GRADIENT, OF_BUBBLE, OF_FIELD
from parallel_nls.bubbles.parameters import PACKED, Parameters
from parallel_nls.bubbles.profile_rows import REACH, UsedPoints, new_row, profile_table
from parallel_nls.bubbles.remainder_sums import change_sums, remainder_sums
from parallel_nls.bubbles.row_points import RowPoints
from parallel_nls.bubbles.row_slopes import LineSlopes
from parallel_nls.diagnostics.narrow_field import put_low
from parallel_nls.diagnostics.narrow_plane import WHOLE, NarrowPlane, NarrowPlanes
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import Reducer, ordered_sum, ordered_sums
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.sweeps import Block, BlockKernel

APART = 20.0
"""Scales between a center and the edge from which on a bubble without images, and so R, is periodic for a spectrum."""

WITHIN = 16.0
"""Scales from a center beyond which a small change of a bubble is below 1e-5 of what it is near it."""


class RemainderPass:
    """Integrals with R of a plane, and what R leaves behind for those who change its bubbles.

    Parameters
    ----------
    passes : Passes
        Over fields in the plane.
    narrow : NarrowPlanes
        Theirs.
    points_of : callable
        ``points_of(share, steps)``: of the whole plane, or of a narrow one.

    Notes
    -----
    *Communication*: construction is local; `functionals` is collective, a pass over columns and a message, so is
    `change`, a message; the rest is local.
    """

    def __init__(
        self, passes: Passes, narrow: NarrowPlanes, points_of: Callable[[int, tuple[int, int]], RowPoints]
    ) -> None:
        self._passes, self._points_of = passes, points_of
        self._domain, self._profiles = as_box(passes.equation.domain), profile_table(2)
        self._narrow = narrow
        self._reducer_of, self._slopes_of = cache(self._make_reducer), cache(self._make_slopes)
        # Of all points of a row, and of those that show a change; those of other shares are let go.
        self._rooms = lru_cache(maxsize=2)(lambda count, n: (new_row(count, n), new_row(count, n)))
        self._load()

    def _load(self) -> None:
        """Fetch compiled code with that of a first sample: a later one, which needs it first, would stand out."""
        plane, points = self._plane(WHOLE), self._points_of(WHOLE, (1, 1))
        along, count = points.places.along, points.bands.order.size
        line, used = np.zeros((1, along.size), np.complex128), UsedPoints.of_rows(np.zeros(1), along, folded=False)
        bubbles, rooms = np.ones((count, PACKED)), self._rooms(count, along.size)
        out = np.zeros((2 * (OF_BUBBLE * count + OF_FIELD), 2))[:, :1]  # part of a table, as ever
        half = len(out) // 2
        remainder_sums(line, self._profiles, bubbles, used, REACH, points.bands, rooms[0], line, out[:half])
        change_sums(line, self._profiles, (bubbles, bubbles), used, WITHIN, points.bands, rooms, out)
        put_low(line, 1.0, plane.local_rows[:0], line)
        self._slopes_of(WHOLE)[1].squares(Block(0, 1, np.zeros(1, np.int64), slice(0, 1)))

    def serves(self, parameters: Parameters) -> bool:
        """Whether R is periodic for its spectrum: no bubble near the edge."""
        apart = 0.5 * np.array(self._domain.length) - np.abs(parameters.center)
        return bool((apart >= APART * parameters.scale[:, None]).all())

    def functionals(self, field: Field, spare: ComplexArray, parameters: Parameters, share: int) -> RealArray:
        """Integrals of `functional_sums` at these parameters, (13K + 4,), but for those that take a derivative of R.

        Parameters
        ----------
        field : Completed or NarrowField
            The field. A narrow one lies in ``spare``, and is lost.
        spare : ndarray
            Local share in physical layout; filled with R, for `change`.
        parameters : Parameters
            Of the bubbles.
        share : int
            Of the plane, in sixteenths.
        """
        plane, points = self._plane(share), self._points_of(share, (1, 1))
        rows = line_table(OF_BUBBLE * parameters.count + OF_FIELD, points.thinned.count)
        columns = line_table(1, self._passes.columns.count)
        points.thinned.visit(field, self._row_kernel(plane, points, parameters, spare, rows))
        kernel = partial(self._column_kernel, plane, columns)
        self._passes.columns(spare, kernel, wanted=plane.holds, take=plane.taken)
        of_rows, of_columns = self._reducer_of(share).gather([rows, columns])
        sums = points.cell * ordered_sums(of_rows)
        # Coefficients along the rows have the factor 1/N₁.
        across = points.cell * plane.grid.shape[1] * ordered_sum(of_columns)
        sums[OF_BUBBLE * parameters.count + GRADIENT] += across
        return sums

    def change(
        self,
        spare: ComplexArray,
        share: int,
        before: Parameters,
        after: Parameters,
        steps: tuple[int, int],
        meets: Callable[[Parameters, float], Callable[[Block], bool]],
    ) -> tuple[RealArray, RealArray]:
        """As `RowIntegrals.change`, by R as `functionals` has left it; the first has no ∫|∇R|²."""
        plane, points = self._plane(share), self._points_of(share, steps)
        known = self._profiles, (before.packed(), after.packed())
        n, height = points.places.along.size, OF_BUBBLE * before.count + OF_FIELD
        rooms = self._rooms(before.count, n)
        table = line_table(2 * height, points.thinned.count)

        def measure(block: ComplexArray, lines: Block) -> None:
            """Add one block of rows."""
            change_sums(block, *known, points.of_block(lines), WITHIN, points.bands, rooms, table[:, lines.lines])

        points.thinned.visit(plane.field(spare), measure, meets(after, WITHIN))
        sums = points.cell * ordered_sums(points.thinned.gather(table))
        return sums[:height], sums[height:]

    def _plane(self, share: int) -> NarrowPlane:
        return self._narrow.plane(share, False)

    def _row_kernel(
        self, plane: NarrowPlane, points: RowPoints, parameters: Parameters, spare: ComplexArray, table: RealArray
    ) -> BlockKernel:
        _, slopes = self._slopes_of(plane.share)
        known = self._profiles, parameters.packed()
        room, _ = self._rooms(parameters.count, points.places.along.size)
        places, unit, own = plane.local_rows, 1 / plane.grid.shape[1], OF_BUBBLE * parameters.count + GRADIENT

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows, and put R in its place."""
            out = table[:, lines.lines]
            remainder_sums(block, *known, points.of_block(lines), REACH, points.bands, room, slopes.values, out)
            out[own] = slopes.squares(lines)
            put_low(slopes.spectrum, unit, places[lines.lines], spare)

        return measure

    def _column_kernel(self, plane: NarrowPlane, table: RealArray, part: slice) -> BlockKernel:
        (slopes, _), own = self._slopes_of(plane.share), table[0, part]

        def measure(_block: ComplexArray, lines: Block) -> None:
            """Sum over one block of columns; those besides that it has hold what is left of the field, not R."""
            if plane.holds(lines):
                own[lines.lines] = np.where(plane.is_low[lines.numbers], slopes.squares(lines), 0.0)

        return measure

    def _make_slopes(self, share: int) -> tuple[LineSlopes, LineSlopes]:
        """Along columns and along rows."""
        columns, rows = self._plane(share).transforms
        return LineSlopes(columns, self._domain.length[0]), LineSlopes(rows, self._domain.length[1])

    def _make_reducer(self, share: int) -> Reducer:
        return Reducer(self._domain.comm, [(self._plane(share).spread, 1), (self._domain.layouts[1], 0)])
