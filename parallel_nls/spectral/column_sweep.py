"""The sweep along the distributed axis of a plane.

A rank's columns cross its own rows, and those of the other ranks. Its own are used in place; so are those of the ranks
of its node, where they share the memory of the field (`SharedRows`). All others arrive in a second array and leave from
there, a piece at a time, while the columns of another piece are worked on (`Exchange`). So a message carries only what
really changes hands, and on one rank, or within one node, nothing moves at all.
"""

from __future__ import annotations

from functools import cached_property, partial
from math import prod
from typing import Any, NamedTuple, Protocol

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.exchange import Exchange
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.shared_rows import SharedArray, SharedRows
from parallel_nls.parallel.transpose import Transpose
from parallel_nls.spectral.crossings import (
    Crossing,
    crossings_by_piece,
    crossings_here,
    gather_crossings,
    scatter_crossings,
)
from parallel_nls.spectral.direct_columns import Places, addresses_of, direct_columns
from parallel_nls.spectral.gains import LineGain
from parallel_nls.spectral.separable import SeparableKernel
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import LineTransform, aligned_zeros


class SweptColumns(Protocol):
    """What has rows in its first layout and whole columns in its second, as a `LayoutChain` of a plane has."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """complex128 or complex64. *Communication*: local."""

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Rows and columns. *Communication*: local."""

    @property
    def transposes(self) -> tuple[Transpose, ...]:
        """From the one to the other. *Communication*: local."""

    @property
    def sweeps(self) -> tuple[tuple[Sweep, ...], ...]:
        """That of the columns is the first of the second layout. *Communication*: local."""

    @property
    def shared_rows(self) -> SharedRows | None:
        """Of fields whose rows the ranks of a node share. *Communication*: local."""


Part = tuple[list[Block], list[Crossing]]


class _Way(NamedTuple):
    """How a rank gets at its columns: by messages or without; by piece of them which blocks, made up of what."""

    exchange: Exchange | None
    parts: list[Part]


class ColumnSweep:
    """Transform, kernel, inverse transform along the first axis of a field with distributed rows.

    Parameters
    ----------
    domain : SweptColumns
        A plane, or a line folded into one.
    folded : LineTransform, optional
        In place of the transform of a column, of values that come in the order of `cosine.fold_evenly`.

    Attributes
    ----------
    spare : ndarray, complex128
        The second array, in row layout: free between calls, overwritten by each.
    transform : LineTransform
        Of a column.

    Notes
    -----
    *Communication*: construction is collective. A call is an `Exchange` between all ranks, or, of a field that is
    shared, between nodes: none on one of them. Ranks that share it wait for each other ahead of the sweep and behind
    it, and with an exchange once a piece and once more.
    """

    def __init__(self, domain: SweptColumns, folded: LineTransform | None = None) -> None:
        self._layouts = rows, columns = domain.layouts
        self.transpose, self._shared = domain.transposes[0], domain.shared_rows
        sweep = domain.sweeps[1][0]
        self.blocks, self._is_folded = sweep.blocks, folded is not None
        self.transform = sweep.transform if folded is None else folded
        sizes = list(map(max, rows.sizes, columns.sizes))
        rank, room = rows.grid.comm.rank, None if self._shared is None else self._shared.room(sizes)
        if room is None:
            self._window = None
            self._memory = aligned_zeros((sizes[rank] if rows.grid.active else 0,), domain.dtype)
            self.spare = self._memory[: prod(rows.local_shape)].reshape(rows.local_shape)
        else:
            self._window, start = room.whole.flat, room.whole.offsets[rank]
            self._memory, self.spare = self._window[start : start + sizes[rank]], room.rows
        self._ways: dict[tuple[tuple[int, int], ...], _Way] = {}
        self._direct = None if folded is not None else direct_columns(self.transform)

    @property
    def normalisation(self) -> float:
        """That of the transform of a column. *Communication*: local."""
        return self.transform.normalisation

    def gain(self, kernel: BlockKernel) -> LineGain:
        """What a pair of transforms adds with such a kernel between them; see `gains`. *Communication*: local."""
        if self._direct is not None and isinstance(kernel, SeparableKernel):
            return self._direct.gain
        return self.transform.gain

    def __call__(self, field: ComplexArray, kernel: BlockKernel) -> None:
        """Run the sweep in place.

        Parameters
        ----------
        field : ndarray, complex128
            Local share in row layout, C-contiguous.
        kernel : callable
            ``kernel(block, lines)`` changes the (32, length) block of unnormalised coefficients. Columns that our
            kernels transform are multiplied where they lie, if it is a `SeparableKernel`.
        """
        shared = None if self._shared is None else self._shared.find(field)
        exchange, parts = self._way(shared)
        here = field.reshape(-1) if shared is None else shared.flat
        arrived = self._memory if shared is None or self._window is None else self._window
        self._settle(shared)
        if exchange is None:
            self._work(parts[0], here, arrived, kernel, None)
        else:
            exchange.begin(here, arrived)
            for number, part in enumerate(parts):
                exchange.receive(number)
                self._settle(shared)
                if number > 0:
                    exchange.give_back(number - 1, here, arrived)
                self._work(part, here, arrived, kernel, exchange)
            self._settle(shared)
            exchange.give_back(len(parts) - 1, here, arrived)
            exchange.finish()
        self._settle(shared)

    def _work(
        self,
        part: Part,
        here: ComplexArray,
        arrived: ComplexArray,
        kernel: BlockKernel,
        exchange: Exchange | None,
    ) -> None:
        """Transform, kernel and back, of one part of the columns."""
        blocks, found = part
        crossings = [(here if crossing.where == "here" else arrived, crossing) for crossing in found]
        work = partial(self._work_on_copy, crossings, kernel)
        if self._direct is not None and isinstance(kernel, SeparableKernel):
            work = partial(self._direct, crossings, addresses_of(crossings, self.transform.length), kernel)
            # Without messages nothing waits for a block to be done: one call for all columns.
            blocks = self._together if exchange is None else blocks
        for block in blocks:
            work(block)
            if exchange is not None:
                exchange.advance()

    @cached_property
    def _together(self) -> list[Block]:
        """All columns of this rank as one block, or none."""
        if not self.blocks:
            return []
        numbers = np.concatenate([block.numbers for block in self.blocks])
        return [Block(self.blocks[0].first, len(numbers), numbers, slice(0, len(numbers)))]

    def _work_on_copy(self, crossings: Places, kernel: BlockKernel, block: Block) -> None:
        transform = self.transform
        first, second = transform.first, transform.second
        gather_crossings(crossings, block, first)
        transform("forward", first, second, block.numbers)
        kernel(second, block)
        transform("backward", second, first, block.numbers)
        scatter_crossings(first, block, crossings)

    def _settle(self, shared: SharedArray | None) -> None:
        """Where rows are shared, no rank goes on before all are done with them."""
        if shared is not None and self._shared is not None:
            self._shared.settle()

    def _way(self, shared: SharedArray | None) -> _Way:
        """How columns are to be had of a field that is shared, or is not."""
        known, key = self._ways, () if shared is None else tuple(shared.offsets.items())
        if key not in known:
            known[key] = self._found_way(shared)
        return known[key]

    def _found_way(self, shared: SharedArray | None) -> _Way:
        rows, columns = self._layouts
        size, rank = rows.grid.size if rows.grid.active else 0, rows.grid.comm.rank
        places = {rank: 0} if shared is None else shared.offsets
        if size <= len(places):
            return _Way(None, [(self.blocks, self._folded(crossings_here(rows, columns, places)))])
        alone = [(r,) for r in range(size)]
        groups = alone if shared is None or self._shared is None else self._shared.groups
        exchange = self.transpose.exchange(groups, places)
        parts = [
            ([block for block in self.blocks if block.first in own], self._folded(crossings))
            for own, crossings in crossings_by_piece(rows, columns, places, exchange)
        ]
        return _Way(exchange, parts)

    def _folded(self, crossings: list[Crossing]) -> list[Crossing]:
        if not self._is_folded:
            return crossings
        return [part for crossing in crossings for part in crossing.folded(self._layouts[0].shape[0])]
