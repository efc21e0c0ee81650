"""Where the columns of a rank cross the rows of all ranks: in memory that it reaches, or in what arrives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.exchange import Exchange
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.blocks import gather_run, scatter_run
from parallel_nls.spectral.sweeps import Block

__all__ = ["Crossing", "crossings_by_piece", "crossings_here", "gather_crossings", "scatter_crossings"]


class Crossing(NamedTuple):
    """Part of all columns of a rank.

    Attributes
    ----------
    where : str
        "here": in rows that the rank reaches; "arrived": in the array of what came by messages.
    offset, stride : int
        In this array, flat: the first position of local column 0, and from one position to the next.
    span : tuple of int
        Positions on a column, from the first up to the second.
    """

    where: Literal["here", "arrived"]
    offset: int
    stride: int
    span: tuple[int, int]

    def folded(self, length: int) -> tuple[Crossing, Crossing]:
        """The positions of even numbers, and those of odd numbers backwards. *Communication*: local."""
        (first, end), stride = self.span, self.stride
        even, odd = first + first % 2, end - 1 - end % 2
        few, many = max(0, (end - even + 1) // 2), max(0, (odd - first + 2) // 2)
        turned = length - 1 - (odd - 1) // 2
        return (
            Crossing(self.where, self.offset + (even - first) * stride, 2 * stride, (even // 2, even // 2 + few)),
            Crossing(self.where, self.offset + (odd - first) * stride, -2 * stride, (turned, turned + many)),
        )

    def is_followed_by(self, other: Crossing) -> bool:
        """Whether it has the next positions, and these stand where this part would go on. *Communication*: local."""
        end = self.offset + (self.span[1] - self.span[0]) * self.stride
        return (self.where, self.stride, self.span[1], end) == (other.where, other.stride, other.span[0], other.offset)


def crossings_here(
    rows: Layout, columns: Layout, places: Mapping[int, int], spans: Sequence[tuple[int, int]] | None = None
) -> list[Crossing]:
    """What local columns are made up of in rows that a rank reaches; nothing on an idle one.

    Parameters
    ----------
    rows, columns : Layout
        Of a plane.
    places : mapping of int to int
        Where the rows of ranks begin in the flat array of all that it reaches.
    spans : sequence of (int, int), optional
        Positions on a column that the first rows of each rank hold, where these are not their own.

    Notes
    -----
    *Communication*: local.
    """
    if not rows.grid.active:
        return []
    first, whole = columns.local_region[1].start, rows.shape[1]
    held = {rank: _span(rows, rank) if spans is None else spans[rank] for rank in places}
    return _joined(Crossing("here", place + first, whole, held[rank]) for rank, place in places.items())


def crossings_by_piece(
    rows: Layout, columns: Layout, places: Mapping[int, int], exchange: Exchange
) -> list[tuple[range, list[Crossing]]]:
    """Local columns of each piece of an exchange, and what they are made up of.

    Parameters
    ----------
    rows, columns, places
        As of `crossings_here`.
    exchange : Exchange
        By which the other rows come.

    Notes
    -----
    *Communication*: local.
    """
    rank, first = rows.grid.comm.rank, columns.local_region[1].start
    here, found = crossings_here(rows, columns, places), []
    for piece in range(exchange.packing.pieces):
        own = exchange.packing.columns(rank, piece)
        local = range(own.start - first, own.stop - first)
        arrived = (
            Crossing("arrived", offset - local.start, stride, _span(rows, owner))
            for owner, offset, stride in exchange.packing.arrived_rows(rank, piece)
        )
        found.append((local, _joined((*here, *arrived))))
    return found


def gather_crossings(crossings: Iterable[tuple[ComplexArray, Crossing]], block: Block, target: ComplexArray) -> None:
    """Fill a block of columns from where they lie; rows that hold none with zeros. *Communication*: local."""
    for array, (_, offset, stride, span) in crossings:
        gather_run(array, offset + block.first, stride, target, (0, block.count), span)
    target[block.count :] = 0


def scatter_crossings(source: ComplexArray, block: Block, crossings: Iterable[tuple[ComplexArray, Crossing]]) -> None:
    """Inverse of `gather_crossings`. *Communication*: local."""
    for array, (_, offset, stride, span) in crossings:
        scatter_run(source, array, offset + block.first, stride, (0, block.count), span)


def _joined(crossings: Iterable[Crossing]) -> list[Crossing]:
    """From the first position to the last, those that follow each other in memory as one."""
    found: list[Crossing] = []
    for crossing in sorted(crossings, key=lambda crossing: crossing.span):
        last = found[-1] if found else None
        if last is not None and last.is_followed_by(crossing):
            found[-1] = last._replace(span=(last.span[0], crossing.span[1]))
        else:
            found.append(crossing)
    return found


def _span(rows: Layout, rank: int) -> tuple[int, int]:
    own = rows.region(rank)[0]
    return own.start, own.stop
