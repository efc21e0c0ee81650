"""What groups of ranks send each other of a plane, piece by piece, and who carries it: numbers alone, no messages.

A *group* is the ranks that share the rows of a field (`SharedRows`), or one rank alone. Columns are exchanged in
*pieces*, a few blocks of each rank at a time. What a group has for another one in a piece is one message: the columns
of all ranks there, out of the rows of all ranks here. One rank of each group, its *carrier*, handles it. Plans, which
load no MPI, ask here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from parallel_nls.parallel.layout import Layout

__all__ = ["ArrivedRows", "Packing", "pieces_of"]

MOST, LEAST = 8, 2**18
"""Pieces, and bytes of a message below which there are fewer of them."""


class ArrivedRows(NamedTuple):
    """The rows of one rank where the columns of another cross them.

    Attributes
    ----------
    rank : int
        Whose rows.
    offset, stride : int
        In the array of what arrives: the first point of the first row, and from row to row.
    """

    rank: int
    offset: int
    stride: int


def pieces_of(message: float, blocks: int) -> int:
    """Return in how many pieces a message is sent.

    Parameters
    ----------
    message : float
        Bytes between two groups.
    blocks : int
        Of columns, on the fullest rank: there are no more pieces.

    Notes
    -----
    *Communication*: local.
    """
    return max(1, min(MOST, blocks, int(message // LEAST)))


class Packing:
    """The messages of a plane's columns between groups, the same on all ranks.

    Parameters
    ----------
    rows, columns : Layout
        On the same process grid of one slot.
    groups : sequence of tuples of int
        The ranks of the slot, each in one group.
    itemsize : int
        Bytes of a point.
    width : int
        Columns of a block: pieces are cut between blocks.

    Attributes
    ----------
    pieces : int
        How many.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(
        self, rows: Layout, columns: Layout, groups: Sequence[tuple[int, ...]], itemsize: int, width: int
    ) -> None:
        self.groups, self._width = tuple(groups), width
        self._rows = [_length(rows.region(rank)[0]) for rank in range(rows.grid.size)]
        self._columns = [columns.region(rank)[1] for rank in range(rows.grid.size)]
        message = rows.shape[0] * rows.shape[1] * itemsize / len(self.groups) ** 2
        self.pieces = pieces_of(message, -(-columns.largest_share(1) // width))
        self._arrivals: dict[int, list[dict[int, int]]] = {}

    @cached_property
    def group_of(self) -> dict[int, int]:
        """The number of the group of each rank."""
        return {rank: number for number, group in enumerate(self.groups) for rank in group}

    def carrier(self, number: int, other: int) -> int:
        """The rank of a group that sends to another one and receives from it; others are dealt out in turns."""
        group, count = self.groups[number], len(self.groups)
        return group[((other - number) % count - 1) % len(group)]

    def carried(self, rank: int) -> list[int]:
        """The groups that a rank carries for, the one that follows its own first."""
        own, count = self.group_of[rank], len(self.groups)
        others = ((own + shift) % count for shift in range(1, count))
        return [other for other in others if self.carrier(own, other) == rank]

    def columns(self, rank: int, piece: int) -> slice:
        """Global columns of a rank in a piece: whole blocks, as many in each piece as can be."""
        own = self._columns[rank]
        blocks = -(-_length(own) // self._width)
        first, end = (own.start + self._width * (part * blocks // self.pieces) for part in (piece, piece + 1))
        return slice(min(first, own.stop), min(end, own.stop))

    def rows(self, number: int) -> list[int]:
        """How many each rank of a group has."""
        return [self._rows[rank] for rank in self.groups[number]]

    def row_size(self, number: int, piece: int) -> int:
        """Points of a row that all ranks of a group take in a piece."""
        return sum(_length(self.columns(rank, piece)) for rank in self.groups[number])

    def arrivals(self, number: int) -> list[dict[int, int]]:
        """By piece and other group: where what it sends begins in the array of a group in which all arrives."""
        if number not in self._arrivals:
            self._arrivals[number] = self._found_arrivals(number)
        return self._arrivals[number]

    def _found_arrivals(self, number: int) -> list[dict[int, int]]:
        place, found = 0, []
        for piece in range(self.pieces):
            size, places = self.row_size(number, piece), {}
            for other in range(len(self.groups)):
                if other != number:
                    places[other] = place
                    place += sum(self.rows(other)) * size
            found.append(places)
        return found

    def arrived_rows(self, rank: int, piece: int) -> list[ArrivedRows]:
        """Where a rank's columns of a piece cross the rows of other groups, by their ranks."""
        number = self.group_of[rank]
        size, members = self.row_size(number, piece), self.groups[number]
        before = sum(_length(self.columns(member, piece)) for member in members[: members.index(rank)])
        found = []
        for other, start in self.arrivals(number)[piece].items():
            place = start + before
            for owner, rows in zip(self.groups[other], self.rows(other), strict=True):
                found.append(ArrivedRows(owner, place, size))
                place += rows * size
        return sorted(found)


def _length(part: slice) -> int:
    return int(part.stop - part.start)
