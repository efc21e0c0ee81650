"""How the local share of a field lies in a file: the one place that knows, for any domain, writing and reading.

Files hold a field in natural order: a plane as its (N₀, N₁) array, a line as its N numbers. In memory the line is
folded, u[a, b] = u(x_n) with n = N_a·b + a, and cut into rows: of every N_a numbers a rank owns the same few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import StoredDomain
from parallel_nls.parallel.layout import Layout, share

PIECES = 8
SMALLEST = 2**14
"""Numbers of a share for which one more piece saves memory worth a collective call."""


@dataclass(frozen=True)
class Piece:
    """A part of a local share and its place in a file.

    Attributes
    ----------
    local : tuple of slice
        Indices of the local share.
    selection : tuple of slice or MultiBlockSlice
        Indices of the stored dataset.
    fold : int or None
        N_a if the file holds the numbers of a folded line, None if it holds the array as it is.
    rows : slice
        Global rows of the local share.
    """

    local: tuple[slice, ...]
    selection: Any  # h5py has no types
    rows: slice
    fold: int | None = None

    def to_file(self, part: NDArray[Any]) -> NDArray[Any]:
        """A part of the share in the order of the file. *Communication*: local."""
        return np.ascontiguousarray(part if self.fold is None else part.T.reshape(-1))

    def from_file(self, values: NDArray[Any]) -> NDArray[Any]:
        """What the file holds in the order of the share; inverse of `to_file`. *Communication*: local."""
        if self.fold is None:
            return values
        return values.reshape(-1, self.rows.stop - self.rows.start).T

    def cut_from(self, whole: NDArray[Any]) -> NDArray[Any]:
        """The same part from an array in natural order, as a view. *Communication*: local."""
        if self.fold is None:
            part: NDArray[Any] = whole[self.selection]
            return part
        return whole.reshape(-1, self.fold)[self.local[1], self.rows].T


def array_pieces(layout: Layout, most: int = PIECES) -> Iterator[Piece]:
    """Cut the local share along its first axis, for files that hold the array as it is.

    Parameters
    ----------
    layout : Layout
        Which region of the array this rank owns; the rank must be active.
    most : int
        Pieces, the same on every rank; fewer where some rank has not so many rows, or the shares are small.

    Yields
    ------
    Piece
        As many on every active rank and none of them empty, so that every rank has something in every collective call.

    Notes
    -----
    *Communication*: local.
    """
    smallest = min(part.stop - part.start for part in (layout.region(rank)[0] for rank in range(layout.grid.size)))
    count = min(most, smallest, _worth(layout))
    first, *rest = layout.local_region
    for index in range(count):
        start, length = share(first.stop - first.start, count, index)
        rows = slice(first.start + start, first.start + start + length)
        yield Piece((slice(start, start + length),), (rows, *rest), rows)


def _worth(layout: Layout) -> int:
    """How many pieces the largest share is worth."""
    return -(-prod(layout.largest_share(axis) for axis in range(len(layout.shape))) // SMALLEST)


def field_pieces(domain: StoredDomain) -> Iterator[Piece]:
    """Cut the local share of a physical field, for files that hold it in natural order; otherwise as `array_pieces`."""
    if domain.natural_order == tuple(range(len(domain.shape))):
        yield from array_pieces(domain.layouts[0])
        return
    # The only other order is that of a folded line.
    rows, row_length = domain.layouts[0].local_region[0], domain.shape[1]
    count = min(PIECES, row_length, _worth(domain.layouts[0]))
    for index in range(count):
        start, length = share(row_length, count, index)
        selection = h5py.MultiBlockSlice(
            start=start * domain.shape[0] + rows.start,
            stride=domain.shape[0],
            count=length,
            block=rows.stop - rows.start,
        )
        yield Piece((slice(None), slice(start, start + length)), selection, rows, fold=domain.shape[0])
