"""Every m-th row of a field that rests half-transformed: what a fit needs of a field that is finer than its bubbles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.transforms import WIDTH, transform_rows


@dataclass(frozen=True)
class ThinnedLayout:
    """The rows of a layout whose numbers are multiples of ``every``, numbered anew.

    Attributes
    ----------
    layout : Layout
        Of all rows.
    every : int
        1 for all.
    """

    layout: Layout
    every: int

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """As `Layout.line_numbers`, of the rows that remain. *Communication*: local."""
        numbers = self.layout.line_numbers(axis, rank)
        kept: IndexArray = numbers[numbers % self.every == 0] // self.every
        return kept


class ThinnedRows:
    """Visits every m-th row, and sums over them.

    Parameters
    ----------
    layout : Layout
        Physical form.
    every : int
        m.

    Attributes
    ----------
    count : int
        Local rows that are visited.
    places : ndarray of int
        Their local numbers among all rows.
    every : int
        m.

    Notes
    -----
    *Communication*: construction and `visit` are local, `gather` and `merge` are collective, one message.
    """

    def __init__(self, layout: Layout, every: int) -> None:
        numbers, self.every = layout.line_numbers(1), every
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

    def among(self, lines: Block) -> tuple[IndexArray, slice]:
        """Which rows of a block of all rows are among them, and their places in a table. *Communication*: local."""
        rows = np.flatnonzero(lines.numbers % self.every == 0)
        first = int(np.searchsorted(self.places, lines.first))
        return rows, slice(first, first + len(rows))

    def visit(
        self,
        completed: Completed,
        kernel: Callable[[ComplexArray, Block], None],
        wanted: Callable[[Block], bool] | None = None,
    ) -> None:
        """Run ``kernel(block, lines)`` over rows of u; lines are counted among those visited, numbered among all.

        Blocks that are not wanted are left out: none of their rows may add anything.
        """
        transform = completed.rows.transform
        second, length = transform.second, transform.length
        for block in self.blocks if wanted is None else filter(wanted, self.blocks):
            rows = completed.field.reshape(-1, length)
            transform_rows(transform, "backward", rows, self.places[block.lines], second, block.numbers)
            if completed.kick is not None:
                completed.kick(second, block)
            kernel(second, block)

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
