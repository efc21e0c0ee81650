"""Columns of a field that rests in rows, where they lie or a piece at a time: samples must not hold another share.

Where a rank reaches all rows, it passes over its columns in place. Else a piece, of at most an eighth of a share, is
transposed out of the field, passes through its sweep, and, if wanted, goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.parallel.shared_rows import SharedArray
from parallel_nls.spectral.crossings import Crossing, crossings_here, gather_crossings, scatter_crossings
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import Direction, aligned_zeros


@lean_kernel
def put_at(values: ComplexArray, places: IndexArray, block: ComplexArray) -> None:
    """Write columns to these places of the columns of a block. *Communication*: local."""
    for b in range(block.shape[0]):
        source, target = values[b], block[b]
        for i in range(places.size):
            target[places[i]] = source[i]


@lean_kernel
def take_from(block: ComplexArray, places: IndexArray, values: ComplexArray) -> None:
    """Read what `put_at` has written. *Communication*: local."""
    for b in range(block.shape[0]):
        source, target = block[b], values[b]
        for i in range(places.size):
            target[i] = source[places[i]]


@dataclass(frozen=True, eq=False)
class ColumnPart:
    """Shorter columns, which the first rows of each rank hold.

    Attributes
    ----------
    spans : sequence of (int, int)
        Positions on them that each active rank holds.
    places : ndarray of int
        Where these are on whole columns.
    values : ndarray, complex, (32, n)
        A block of them.
    """

    spans: Sequence[tuple[int, int]]
    places: IndexArray
    values: ComplexArray


class ColumnPieces:
    """Passes over the columns of a field in row layout.

    Parameters
    ----------
    domain : LayoutChain
        A plane, or a line folded into one.

    Attributes
    ----------
    count : int
        Local columns.
    transform : LineTransform
        Of a column.

    Notes
    -----
    *Communication*: construction is local; a call takes one all-to-all a piece, two if it puts the pieces back. Of a
    field that the ranks of one node share it takes two barriers, on one rank nothing.
    """

    def __init__(self, domain: LayoutChain) -> None:
        self._domain, self.transpose = domain, domain.transposes[0]
        self.transform = domain.sweeps[1][0].transform
        self.count = len(domain.layouts[1].line_numbers(0))

    def __call__(
        self,
        field: ComplexArray,
        kernel: Callable[[slice], BlockKernel],
        before: Direction | None = None,
        after: Direction | None = None,
        back: bool | Callable[[Block], bool] = False,
        wanted: Callable[[Block], bool] | None = None,
        take: ColumnPart | None = None,
        give: ColumnPart | None = None,
    ) -> None:
        """Run one pass.

        Parameters
        ----------
        field : ndarray
            Local share in row layout; changed only if ``back``.
        kernel : callable
            ``kernel(columns)`` makes the block kernel for a slice of local columns.
        before, after : "forward", "backward" or None
            Unnormalised transforms around the kernel.
        back : bool or callable
            Whether the columns go back into ``field``, or tells it of a block; what does not is not needed any more.
        wanted : callable, optional
            Of which blocks anything is; the kernel may be spared others, and does nothing with them.
        take, give : ColumnPart, optional
            What the kernel gets, and what goes back, where that is not all of the columns; nothing is transformed then.
        """
        shared, alone = self._domain.shared_rows, self._domain.grid.size == 1
        rows = SharedArray(field.reshape(-1), {0: 0}) if alone else None if shared is None else shared.reach(field)
        if rows is not None:
            self._settle()
            blocks = list(filter(wanted, self._domain.sweeps[1][0].blocks))
            self._in_place(rows, blocks, kernel(slice(0, self.count)), before, after, back, take, give)
            self._settle()
            return
        for i, ((low, high), sweep) in enumerate(self._sweeps):
            shape = self._domain.layouts[1].local_shape[0], high - low
            piece = self._buffer[: prod(shape)].reshape(shape)
            self.transpose.piece(field, i, piece)
            sweep(piece, piece if back else None, before, _of_parts(kernel(slice(low, high)), take, give), after)
            if back:
                self.transpose.piece_back(piece, i, field)

    def _in_place(
        self,
        rows: SharedArray,
        blocks: Sequence[Block],
        kernel: BlockKernel,
        before: Direction | None,
        after: Direction | None,
        back: bool | Callable[[Block], bool],
        take: ColumnPart | None,
        give: ColumnPart | None,
    ) -> None:
        transform, taken, given = self.transform, self._crossings(rows, take), self._crossings(rows, give)
        for block in blocks:
            values, other = transform.first if take is None else take.values, transform.second
            gather_crossings(taken, block, values)
            if before is not None:
                transform(before, values, other, block.numbers)
                values, other = other, values
            kernel(values, block)
            if back(block) if callable(back) else back:
                if after is not None:
                    transform(after, values, other, block.numbers)
                    values = other
                scatter_crossings(values if give is None else give.values, block, given)

    def _crossings(self, rows: SharedArray, part: ColumnPart | None) -> list[tuple[ComplexArray, Crossing]]:
        layouts, spans = self._domain.layouts, None if part is None else part.spans
        return [(rows.flat, crossing) for crossing in crossings_here(layouts[0], layouts[1], rows.offsets, spans)]

    def _settle(self) -> None:
        """Where ranks share the field, none goes on before all have come so far."""
        if self._domain.shared_rows is not None:
            self._domain.shared_rows.settle()

    @cached_property
    def _sweeps(self) -> list[tuple[tuple[int, int], Sweep]]:
        """Local columns of each piece, and what passes over it."""
        domain, numbers = self._domain, self._domain.layouts[1].line_numbers(0)
        length, ranges = domain.layouts[1].local_shape[0], map(self.transpose.piece_range, range(self.transpose.pieces))
        return [
            ((low, high), Sweep((length, high - low), 0, domain.shape[0], numbers[low:high], self.transform))
            for low, high in ranges
        ]

    @cached_property
    def _buffer(self) -> ComplexArray:
        return aligned_zeros((self._domain.layouts[1].local_shape[0] * self.transpose.width,), self._domain.dtype)


def _of_parts(kernel: BlockKernel, take: ColumnPart | None, give: ColumnPart | None) -> BlockKernel:
    """The same kernel where whole columns come by."""
    if take is None and give is None:
        return kernel

    def act(block: ComplexArray, lines: Block) -> None:
        """Read a part of each column, write one, or both."""
        if take is not None:
            take_from(block, take.places, take.values)
        kernel(block if take is None else take.values, lines)
        if give is not None:
            put_at(give.values, give.places, block)

    return act
