"""The sweep along the distributed axis of a plane.

A rank's columns cross its own rows, and those of the other ranks. Its own are used in place; so are those of the ranks
of its node, where they share the memory of the field (`SharedRows`). All others arrive in a second array of column
layout and leave from there. So a message carries only what really changes hands, and on one rank, or within one node,
nothing moves at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.shared_rows import SharedArray, SharedRows
from parallel_nls.parallel.transpose import Transpose
from parallel_nls.spectral.blocks import gather_run, scatter_run
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import WIDTH, LineTransform, aligned_zeros


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


class _Piece(NamedTuple):
    """Part of all columns: positions ``span``, in the flat array ``where`` from ``offset`` on, ``stride`` apart."""

    where: Literal["own", "shared", "arrived"]
    offset: int
    stride: int
    span: tuple[int, int]

    def folded(self, length: int) -> tuple[_Piece, _Piece]:
        """The positions of even numbers, and those of odd numbers backwards. *Communication*: local."""
        (first, end), stride = self.span, self.stride
        even, odd = first + first % 2, end - 1 - end % 2
        few, many = max(0, (end - even + 1) // 2), max(0, (odd - first + 2) // 2)
        turned = length - 1 - (odd - 1) // 2
        return (
            _Piece(self.where, self.offset + (even - first) * stride, 2 * stride, (even // 2, even // 2 + few)),
            _Piece(self.where, self.offset + (odd - first) * stride, -2 * stride, (turned, turned + many)),
        )

    def is_followed_by(self, other: _Piece) -> bool:
        """Whether the next positions stand where this piece would go on. *Communication*: local."""
        end = self.offset + (self.span[1] - self.span[0]) * self.stride
        return (self.where, self.stride, end) == (other.where, other.stride, other.offset)


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
    *Communication*: a call takes two all-to-alls; none on one rank. Where the ranks of a node share a field, it takes
    two barriers of these ranks, and all-to-alls only between several nodes.
    """

    def __init__(self, domain: SweptColumns, folded: LineTransform | None = None) -> None:
        self._layouts = rows, columns = domain.layouts
        self.transpose, self._shared = domain.transposes[0], domain.shared_rows
        sweep = domain.sweeps[1][0]
        self.blocks, self._is_folded = sweep.blocks, folded is not None
        self.transform = sweep.transform if folded is None else folded
        sizes = [int(np.prod(layout.local_shape)) for layout in (rows, columns)]
        memory = aligned_zeros((max(sizes),), domain.dtype)
        self.spare = memory[: sizes[0]].reshape(rows.local_shape)
        self._arrived = memory[: sizes[1]].reshape(columns.local_shape)
        self._pieces_of: dict[bool, list[_Piece]] = {}

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
        shared = None if self._shared is None else self._shared.find(field)
        here = (self._layouts[0].grid.comm.rank,) if shared is None else tuple(shared.offsets)
        self.transpose.forward(field, self._arrived, here)
        self._settle(shared)
        pieces = self._pieces(field, shared)
        transform = self.transform
        first, second = transform.first, transform.second
        for block in self.blocks:
            self._gather(pieces, block)
            transform("forward", first, second, block.numbers)
            kernel(second, block)
            transform("backward", second, first, block.numbers)
            for array, (_, offset, stride, span) in pieces:
                scatter_run(first, array, offset + block.first, stride, (0, block.count), span)
        self.transpose.backward(self._arrived, field, here)
        self._settle(shared)

    def _settle(self, shared: SharedArray | None) -> None:
        """Where rows are shared, no rank goes on before all are done with them."""
        if shared is not None and self._shared is not None:
            self._shared.settle()

    def _gather(self, pieces: list[tuple[ComplexArray, _Piece]], block: Block) -> None:
        first = self.transform.first
        for array, (_, offset, stride, span) in pieces:
            gather_run(array, offset + block.first, stride, first, (0, block.count), span)
        if block.count < WIDTH:
            first[block.count :] = 0

    def _pieces(self, field: ComplexArray, shared: SharedArray | None) -> list[tuple[ComplexArray, _Piece]]:
        """Of what this rank's columns are made up, from the first position to the last."""
        known, key = self._pieces_of, shared is not None
        if key not in known:
            known[key] = self._made_pieces({} if shared is None else shared.offsets)
        arrays = {"own": field.reshape(-1), "arrived": self._arrived.reshape(-1)}
        if shared is not None:
            arrays["shared"] = shared.flat
        return [(arrays[piece.where], piece) for piece in known[key]]

    def _made_pieces(self, offsets: Mapping[int, int]) -> list[_Piece]:
        """Rows of one rank after another, those that follow each other in memory as one."""
        rows, columns = self._layouts
        width, whole, first = columns.local_shape[1], rows.shape[1], columns.local_region[1].start
        pieces: list[_Piece] = []
        for rank in range(rows.grid.size if rows.grid.active else 0):
            span = rows.region(rank)[0]
            if rank in offsets:
                piece = _Piece("shared", offsets[rank] + first, whole, (span.start, span.stop))
            elif rank == rows.grid.comm.rank:
                piece = _Piece("own", first, whole, (span.start, span.stop))
            else:
                piece = _Piece("arrived", span.start * width, width, (span.start, span.stop))
            last = pieces[-1] if pieces else None
            if last is not None and last.is_followed_by(piece):
                pieces[-1] = last._replace(span=(last.span[0], span.stop))
            else:
                pieces.append(piece)
        return [part for piece in pieces for part in piece.folded(rows.shape[0])] if self._is_folded else pieces
