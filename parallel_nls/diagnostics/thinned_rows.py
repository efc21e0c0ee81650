"""Every m-th row of a field that rests half-transformed: what a fit needs of a field that is finer than its bubbles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.diagnostics.narrow_field import NarrowField
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.parallel.layout import ProcessGrid
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH, transform_rows

GradientKernel = Callable[[ComplexArray, tuple[ComplexArray, ComplexArray], Block], None]
"""``kernel(block, (across, along), lines)``: rows of u, and of its derivatives across and along them."""


class Rows(Protocol):
    """Whoever knows which rows each rank has."""

    @property
    def grid(self) -> ProcessGrid:
        """The ranks."""

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """As `Layout.line_numbers`. *Communication*: local."""


@dataclass(frozen=True)
class ThinnedLayout:
    """The rows of a layout whose numbers are multiples of ``every``, numbered anew.

    Attributes
    ----------
    layout : Layout or ThinnedLayout
        Of all rows.
    every : int
        1 for all.
    """

    layout: Rows
    every: int

    @property
    def grid(self) -> ProcessGrid:
        """The ranks."""
        return self.layout.grid

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """As `Layout.line_numbers`, of the rows that remain. *Communication*: local."""
        numbers = self.layout.line_numbers(axis, rank)
        kept: IndexArray = numbers[numbers % self.every == 0] // self.every
        return kept


def spread_rows(count: int, total: int) -> IndexArray:
    """Which of ``total`` rows hold ``count`` others, as evenly as it can be. *Communication*: local."""
    rows: IndexArray = np.arange(count) * total // count
    return rows


@dataclass(frozen=True)
class SpreadLayout:
    """As many rows as there are of a narrow field, spread over those of a layout, numbered anew.

    Attributes
    ----------
    layout : Layout
        Of all rows.
    count, total : int
        Rows of the narrow field, and all.
    """

    layout: Rows
    count: int
    total: int

    @property
    def grid(self) -> ProcessGrid:
        """The ranks."""
        return self.layout.grid

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """As `Layout.line_numbers`, of the rows of the narrow field. *Communication*: local."""
        numbers = self.layout.line_numbers(axis, rank)
        following = -(-numbers * self.count // self.total)  # of the narrow rows the first one that is not ahead
        kept: IndexArray = following[(following < self.count) & (following * self.total // self.count == numbers)]
        return kept


class ThinnedRows:
    """Visits every m-th row, and sums over them.

    Parameters
    ----------
    layout : Layout, ThinnedLayout or SpreadLayout
        Of the rows of a field.
    every : int
        m.

    Attributes
    ----------
    count : int
        Local rows that are visited.
    places : ndarray of int
        Their local numbers among all rows.

    Notes
    -----
    *Communication*: construction and `visit` are local, `gather` and `merge` are collective, one message.
    """

    def __init__(self, layout: Rows, every: int) -> None:
        numbers = layout.line_numbers(1)
        self.places = np.flatnonzero(numbers % every == 0)
        own = numbers[self.places]
        self.count = len(own)
        self.blocks = [
            Block(first, len(part), part, slice(first, first + len(part)))
            for first in range(0, len(own), WIDTH)
            for part in [own[first : first + WIDTH]]
        ]
        self._comm = layout.grid.comm
        self._reducer = Reducer(layout.grid.comm, [(ThinnedLayout(layout, every), 1)])

    def visit(
        self,
        completed: Completed | NarrowField,
        kernel: Callable[[ComplexArray, Block], None],
        wanted: Callable[[Block], bool] | None = None,
    ) -> None:
        """Run ``kernel(block, lines)`` over rows of u; lines are counted among those visited, numbered among all.

        Blocks that are not wanted are left out: none of their rows may add anything.
        """
        for block in self.blocks if wanted is None else filter(wanted, self.blocks):
            places = self.places[block.lines]
            if isinstance(completed, NarrowField):
                kernel(completed.block(places, block.numbers), block)
            else:
                kernel(_completed_block(completed, places, block), block)

    def gather(self, table: RealArray) -> RealArray:
        """The global table of local sums, (quantities, rows), the same on every rank."""
        (whole,) = self._reducer.gather([table])
        return whole

    def merge(self, sums: RealArray) -> RealArray:
        """The sums of all ranks, the same on every rank; each number is that of one row, and 0 on all other ranks.

        Notes
        -----
        Nothing is rounded: numbers are added to zeros. *Communication*: collective, one message.
        """
        whole = np.empty_like(sums)
        self._comm.Allreduce(sums, whole)
        return whole


def _completed_block(completed: Completed, places: IndexArray, block: Block) -> ComplexArray:
    """Rows of u with the pending flow done, in the second block of their transform."""
    transform = completed.rows.transform
    rows = completed.field.reshape(-1, transform.length)
    transform_rows(transform, "backward", rows, places, transform.second, block.numbers)
    if completed.kick is not None:
        completed.kick(transform.second, block)
    return transform.second
