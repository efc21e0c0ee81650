"""Columns of a field that rests in rows, where they lie or a piece at a time: samples must not hold another share.

Where a rank reaches all rows, it passes over its columns in place. Else a piece, of at most an eighth of a share, is
transposed out of the field, passes through its sweep, and, if wanted, goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import prod

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.shared_rows import SharedArray
from parallel_nls.spectral.crossings import crossings_here, gather_crossings, scatter_crossings
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import Direction, aligned_zeros


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
        """
        shared, alone = self._domain.shared_rows, self._domain.grid.size == 1
        rows = SharedArray(field.reshape(-1), {0: 0}) if alone else None if shared is None else shared.reach(field)
        if rows is not None:
            self._settle()
            blocks = list(filter(wanted, self._domain.sweeps[1][0].blocks))
            self._in_place(rows, blocks, kernel(slice(0, self.count)), before, after, back)
            self._settle()
            return
        for i, ((low, high), sweep) in enumerate(self._sweeps):
            shape = self._domain.layouts[1].local_shape[0], high - low
            piece = self._buffer[: prod(shape)].reshape(shape)
            self.transpose.piece(field, i, piece)
            sweep(piece, piece if back else None, before, kernel(slice(low, high)), after)
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
    ) -> None:
        transform = self.transform
        layouts = self._domain.layouts
        crossings = [(rows.flat, crossing) for crossing in crossings_here(layouts[0], layouts[1], rows.offsets)]
        for block in blocks:
            values, other = transform.first, transform.second
            gather_crossings(crossings, block, values)
            if before is not None:
                transform(before, values, other, block.numbers)
                values, other = other, values
            kernel(values, block)
            if back(block) if callable(back) else back:
                if after is not None:
                    transform(after, values, other, block.numbers)
                    values = other
                scatter_crossings(values, block, crossings)

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
