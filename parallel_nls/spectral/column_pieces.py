"""Columns of a field that rests in rows, a piece at a time: for samples, which must not hold another share.

A piece holds at most an eighth of a share. It is transposed out of the field, passes through its sweep, and, if wanted,
goes back to where it came from.
"""

from __future__ import annotations

from collections.abc import Callable

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.sweeps import BlockKernel, Sweep
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
    *Communication*: construction is local; a call takes one all-to-all a piece, two if it puts the pieces back.
    """

    def __init__(self, domain: LayoutChain) -> None:
        self.transpose = domain.transposes[0]
        self.transform = domain.sweeps[1][0].transform
        layout = domain.layouts[1]
        numbers = layout.line_numbers(0)
        self.count, length = len(numbers), layout.local_shape[0]
        self._ranges = [self.transpose.piece_range(i) for i in range(self.transpose.pieces)]
        self._sweeps = [
            Sweep((length, high - low), 0, domain.shape[0], numbers[low:high], self.transform)
            for low, high in self._ranges
        ]
        self._length = length
        self._buffer = aligned_zeros((length * self.transpose.width,), domain.dtype)

    def __call__(
        self,
        field: ComplexArray,
        kernel: Callable[[slice], BlockKernel],
        before: Direction | None = None,
        after: Direction | None = None,
        back: bool = False,
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
        back : bool
            Whether the columns go back into ``field``.
        """
        for i, ((low, high), sweep) in enumerate(zip(self._ranges, self._sweeps, strict=True)):
            shape = (self._length, high - low)
            piece = self._buffer[: shape[0] * shape[1]].reshape(shape)
            self.transpose.piece(field, i, piece)
            sweep(piece, piece if back else None, before, kernel(slice(low, high)), after)
            if back:
                self.transpose.piece_back(piece, i, field)
