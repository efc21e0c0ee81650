"""Packed messages between groups of ranks, on their way while other columns are worked on.

MPI packs what lies far apart by its types, so that no packing buffer is held; what arrives lies row after row in memory
that a group shares. Thousands of ranks so send few messages, and large ones; see `packing` for who sends what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.packing import Packing

__all__ = ["Exchange"]

_THERE, _BACK = 1000, 2000
"""Tags, to which the number of a piece is added."""


class _Message(NamedTuple):
    """What a carrier sends and receives in a piece: to and from ``partner``, from these places to those."""

    partner: int
    packed: MPI.Datatype
    arrived: slice


class Exchange:
    """The columns of a group out of the rows of all others, and back to them.

    Parameters
    ----------
    comm : MPI.Comm
        The ranks of the slot.
    packing : Packing
        Who sends what.
    places : mapping of int to int
        Where the rows of the ranks of the own group begin in the flat array that they share.
    row_length : int
        Points of a row.
    dtype : numpy dtype
        Of the arrays.

    Notes
    -----
    *Communication*: construction is local; the rest is between carriers, without a barrier: ranks of a group wait for
    each other as `begin`, `receive`, `give_back` and `finish` say.
    """

    def __init__(
        self, comm: MPI.Intracomm, packing: Packing, places: Mapping[int, int], row_length: int, dtype: np.dtype
    ) -> None:
        self._comm, self.packing = comm, packing
        self._places, self._row_bytes = places, row_length * dtype.itemsize
        self._type, self._size = MPI.Datatype.fromcode(dtype.char), dtype.itemsize
        others, arrivals = packing.carried(comm.rank), packing.arrivals(packing.group_of[comm.rank])
        self._messages = [
            [self._message(other, piece, places[other]) for other in others] for piece, places in enumerate(arrivals)
        ]
        self._sent: list[list[MPI.Request]] = [[] for _ in self._messages]
        self._awaited: list[list[MPI.Request]] = [[] for _ in self._messages]

    def begin(self, field: ComplexArray, arrived: ComplexArray) -> None:
        """Send all columns on their way; all ranks of the group are done with their rows, and with the last sweep.

        Parameters
        ----------
        field : ndarray
            Flat, with the rows of the group.
        arrived : ndarray
            Flat, shared by the group; overwritten.
        """
        comm = self._comm
        for piece, messages in enumerate(self._messages):
            tag = _THERE + piece
            self._awaited[piece] = [comm.Irecv(arrived[m.arrived], m.partner, tag) for m in messages]
        for piece, messages in enumerate(self._messages):
            tag = _THERE + piece
            self._sent[piece] = [comm.Isend([field, 1, m.packed], m.partner, tag) for m in messages]

    def receive(self, piece: int) -> None:
        """Wait for what this rank carries of a piece: all is there when all ranks of the group have waited."""
        MPI.Request.Waitall(self._awaited[piece])

    def give_back(self, piece: int, field: ComplexArray, arrived: ComplexArray) -> None:
        """Send a piece back from where it arrived; all ranks of the group are done with their columns of it."""
        comm, messages, tag = self._comm, self._messages[piece], _BACK + piece
        MPI.Request.Waitall(self._sent[piece])
        self._awaited[piece] = [comm.Irecv([field, 1, m.packed], m.partner, tag) for m in messages]
        self._sent[piece] = [comm.Isend(arrived[m.arrived], m.partner, tag) for m in messages]

    def advance(self) -> None:
        """Let messages go on that are on their way: MPI moves them while it is called. *Communication*: local."""
        if self._messages[0]:
            self._comm.Iprobe(MPI.ANY_SOURCE, _BACK - 1)

    def finish(self) -> None:
        """Wait for all that went back: all rows are there when all ranks of the group have waited."""
        for requests in (*self._awaited, *self._sent):
            MPI.Request.Waitall(requests)

    def close(self) -> None:
        """Give the MPI types back. *Communication*: local."""
        for message in (message for messages in self._messages for message in messages):
            message.packed.Free()
        self._messages = [[] for _ in self._messages]

    def _message(self, other: int, piece: int, start: int) -> _Message:
        packing, own = self.packing, self.packing.group_of[self._comm.rank]
        count = sum(packing.rows(other)) * packing.row_size(own, piece)
        return _Message(packing.carrier(other, own), self._packed(other, piece), slice(start, start + count))

    def _packed(self, other: int, piece: int) -> MPI.Datatype:
        """The columns of all ranks of another group out of the rows of all ranks of this one, row after row."""
        packing, own = self.packing, self.packing.group_of[self._comm.rank]
        runs = [packing.columns(rank, piece) for rank in packing.groups[other]]
        row = self._type.Create_indexed([part.stop - part.start for part in runs], [part.start for part in runs])
        spaced = row.Create_resized(0, self._row_bytes)
        places = [self._places[rank] * self._size for rank in packing.groups[own]]
        packed = spaced.Create_hindexed(packing.rows(own), places).Commit()
        row.Free()
        spaced.Free()
        return packed
