"""The points of rows that the modulation analysis sums over: all of a grid, or some, with what is known there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.row_bands import RowBands
from parallel_nls.bubbles.profile_rows import UsedPoints
from parallel_nls.diagnostics.narrow_plane import NarrowPlane
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block


@dataclass(frozen=True)
class RowPoints:
    """The points that are summed over.

    Attributes
    ----------
    cell : float
        Weight of a point in an integral.
    places : RowPlaces
        Where all rows are, and the points that are used along one.
    bands : RowBands
        Φ_k there.
    thinned : ThinnedRows
        The rows.
    steps : (int, int)
        From one row to the next, and from one point of a row.

    Notes
    -----
    *Communication*: local.
    """

    cell: float
    places: RowPlaces
    bands: RowBands
    thinned: ThinnedRows
    steps: tuple[int, int]

    @classmethod
    def of(cls, of: Passes | NarrowPlane, localization: Localization, steps: tuple[int, int]) -> RowPoints:
        """Those of passes over a field, or of a narrow one."""
        grid = of.grid if isinstance(of, NarrowPlane) else of.equation.domain
        rows, step = steps
        across, along, folded = grid.row_places
        places = RowPlaces(across, along[::step].copy(), folded)
        bands = RowBands.of(localization, places.along.size)
        return cls(grid.cell * rows * step, places, bands, of.thinned(rows), steps)

    def of_block(self, lines: Block) -> UsedPoints:
        """Those of a block of the rows."""
        return self._of_blocks[lines.first]

    @cached_property
    def _of_blocks(self) -> dict[int, UsedPoints]:
        """By their first rows: every sample asks for them."""
        (across, along, folded), step = self.places, self.steps[1]
        blocks = self.thinned.blocks
        return {own.first: UsedPoints.of_rows(across[own.numbers], along, folded, step) for own in blocks}
