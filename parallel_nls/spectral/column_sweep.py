"""The sweep along the distributed axis of a plane.

A rank's columns cross its own rows, where they are used in place, and the rows of the other ranks, which arrive in a
second array of column layout and leave from there. So a message carries only what really changes hands, and on one
rank nothing moves at all.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.transpose import Transpose
from parallel_nls.spectral.blocks import gather_run, scatter_run
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import WIDTH, aligned_zeros


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


class _Piece(NamedTuple):
    """Part of all columns: positions ``span``, in a flat array from ``offset`` on, ``stride`` apart."""

    array: ComplexArray
    offset: int
    stride: int
    span: tuple[int, int]


class ColumnSweep:
    """Transform, kernel, inverse transform along the first axis of a field with distributed rows.

    Parameters
    ----------
    domain : SweptColumns
        A plane, or a line folded into one.

    Attributes
    ----------
    spare : ndarray, complex128
        The second array, in row layout: free between calls, overwritten by each.
    transform : LineTransform
        Of a column.

    Notes
    -----
    *Communication*: a call takes two all-to-alls; none on one rank.
    """

    def __init__(self, domain: SweptColumns) -> None:
        rows, columns = domain.layouts
        self.transpose = domain.transposes[0]
        sweep = domain.sweeps[1][0]
        self.blocks, self.transform = sweep.blocks, sweep.transform
        sizes = [int(np.prod(layout.local_shape)) for layout in (rows, columns)]
        memory = aligned_zeros((max(sizes),), domain.dtype)
        self.spare = memory[: sizes[0]].reshape(rows.local_shape)
        self._arrived = memory[: sizes[1]].reshape(columns.local_shape)
        own, (length, width) = rows.local_region[0], columns.local_shape
        flat = self._arrived.reshape(-1)
        foreign = [(0, own.start), (own.stop, length)]
        self._foreign = [_Piece(flat, start * width, width, (start, stop)) for start, stop in foreign if stop > start]
        self._own, self._first = (own.start, own.stop), columns.local_region[1].start

    @property
    def normalisation(self) -> float:
        """That of the transform of a column. *Communication*: local."""
        return self.transform.normalisation

    def __call__(self, field: ComplexArray, kernel: BlockKernel) -> None:
        """Run the sweep in place.

        Parameters
        ----------
        field : ndarray, complex128
            Local share in row layout, C-contiguous.
        kernel : callable
            ``kernel(block, lines)`` changes the (32, length) block of unnormalised coefficients.
        """
        self.transpose.forward(field, self._arrived, own=False)
        pieces = [*self._foreign, _Piece(field.reshape(-1), self._first, field.shape[1], self._own)]
        transform = self.transform
        first, second = transform.first, transform.second
        for block in self.blocks:
            self._gather(pieces, block)
            transform("forward", first, second, block.numbers)
            kernel(second, block)
            transform("backward", second, first, block.numbers)
            for array, offset, stride, span in pieces:
                scatter_run(first, array, offset + block.first, stride, (0, block.count), span)
        self.transpose.backward(self._arrived, field, own=False)

    def _gather(self, pieces: list[_Piece], block: Block) -> None:
        first = self.transform.first
        for array, offset, stride, span in pieces:
            gather_run(array, offset + block.first, stride, first, (0, block.count), span)
        if block.count < WIDTH:
            first[block.count :] = 0
