"""The global transpose: hand one slot of the process grid from one axis to another.

One all-to-all over the ranks of that slot, straight between the two arrays by MPI subarray types, so that no packing
buffer is held. A transpose can also be taken piece by piece, for samples that must not hold a third full array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.exchange import Exchange
from parallel_nls.parallel.layout import Layout, share
from parallel_nls.parallel.packing import Packing


class Transpose:
    """Redistribution between two layouts that differ in one slot.

    Parameters
    ----------
    source, target : Layout
        Layouts on the same grid; one slot distributes another axis in ``target``.
    dtype : numpy dtype
        Element type.
    pieces, granule : int
        For `piece`: the whole axis of the source is cut so that a piece is at most 1/``pieces`` of a share, though
        always a multiple of ``granule`` lines.

    Raises
    ------
    ValueError
        If the layouts do not differ in exactly one slot.

    Notes
    -----
    *Communication*: construction is local; `forward`, `backward`, `piece` and `piece_back` are collective over the
    slot.
    """

    def __init__(self, source: Layout, target: Layout, dtype: np.dtype, pieces: int = 8, granule: int = 1) -> None:
        slots = [i for i, (a, b) in enumerate(zip(source.axes, target.axes, strict=True)) if a != b]
        if source.grid is not target.grid or source.shape != target.shape or len(slots) != 1:
            raise ValueError(f"no transpose leads from axes {source.axes} to axes {target.axes}")
        self.source, self.target = source, target
        self.comm = source.grid.slot_comms[slots[0]]
        self.parts = source.grid.dims[slots[0]]
        self.released, self.taken = source.axes[slots[0]], target.axes[slots[0]]
        self.width = granule * -(-target.largest_share(self.taken) // (pieces * granule))
        self.pieces = -(-target.largest_share(self.taken) // self.width)
        self.dtype, self._granule = dtype, granule
        self._type = MPI.Datatype.fromcode(dtype.char)
        self._exchanges: dict[tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, int], ...]], Exchange] = {}

    def forward(self, source: ComplexArray, target: ComplexArray) -> None:
        """Fill ``target`` (target layout) from ``source`` (source layout). *Communication*: one all-to-all."""
        if self.comm is not None:
            send, receive = self._whole
            self.comm.Alltoallw([source, *send], [target, *receive])

    def backward(self, target: ComplexArray, source: ComplexArray) -> None:
        """Fill ``source`` from ``target``; inverse of `forward`. *Communication*: one all-to-all."""
        if self.comm is not None:
            send, receive = self._whole
            self.comm.Alltoallw([target, *receive], [source, *send])

    def exchange(self, groups: Sequence[tuple[int, ...]], places: Mapping[int, int]) -> Exchange:
        """The same between groups of ranks that share rows of a plane, as `Exchange`; made once.

        Parameters
        ----------
        groups : sequence of tuples of int
            The ranks of the slot, each in one group.
        places : mapping of int to int
            Where the rows of the ranks of the own group begin.

        Notes
        -----
        For a rank of the slot; idle ones exchange nothing. *Communication*: local.
        """
        key = tuple(groups), tuple(places.items())
        if key not in self._exchanges:
            packing = Packing(self.source, self.target, groups, self.dtype.itemsize, self._granule)
            comm = cast(MPI.Intracomm, self.comm)
            self._exchanges[key] = Exchange(comm, packing, places, self.source.shape[1], self.dtype)
        return self._exchanges[key]

    def close(self) -> None:
        """Give the MPI types back. *Communication*: local."""
        _free(*self.__dict__.pop("_whole", ()))
        for exchange in self._exchanges.values():
            exchange.close()
        self._exchanges.clear()

    def piece_range(self, index: int) -> tuple[int, int]:
        """Local range of the taken axis in the target layout that piece ``index`` covers (may be empty)."""
        own = self.target.local_shape[self.taken]
        return min(index * self.width, own), min((index + 1) * self.width, own)

    def piece(self, source: ComplexArray, index: int, target: ComplexArray) -> None:
        """Fill ``target`` with piece ``index`` of the transposed array.

        Parameters
        ----------
        source : ndarray
            Array in the source layout.
        index : int
            From 0 to ``pieces`` - 1; every rank of the slot calls all of them, in the same order.
        target : ndarray
            Shape of the target share with its ``taken`` axis cut to ``piece_range(index)``.
        """
        if self.comm is not None:
            send, receive = self._messages(index * self.width, self.width, target.shape)
            self.comm.Alltoallw([source, *send], [target, *receive])
            _free(send, receive)

    def piece_back(self, target: ComplexArray, index: int, source: ComplexArray) -> None:
        """Put piece ``index`` of the transposed array back to its places in ``source``; inverse of `piece`."""
        if self.comm is not None:
            send, receive = self._messages(index * self.width, self.width, target.shape)
            self.comm.Alltoallw([target, *receive], [source, *send])
            _free(send, receive)

    @cached_property
    def _whole(self) -> tuple[list[object], list[object]]:
        return self._messages(0, self.target.largest_share(self.taken), self.target.local_shape)

    def _messages(self, offset: int, width: int, received: Sequence[int]) -> tuple[list[object], list[object]]:
        sends, receives = [], []
        for part in range(self.parts):
            start, count = share(self.source.shape[self.taken], self.parts, part)
            low, high = min(offset, count), min(offset + width, count)
            sends.append((start + low, high - low))
            receives.append(share(self.source.shape[self.released], self.parts, part))
        return (
            self._subarrays(self.source.local_shape, self.taken, sends),
            self._subarrays(received, self.released, receives),
        )

    def _subarrays(self, shape: Sequence[int], axis: int, ranges: list[tuple[int, int]]) -> list[object]:
        """Counts, displacements and types of an all-to-all; a part with nothing in it is an empty message."""
        counts, types = [], []
        for start, count in ranges:
            sizes, starts = list(shape), [0] * len(shape)
            sizes[axis], starts[axis] = count, start
            if 0 in sizes:
                counts.append(0)
                types.append(self._type.Dup())
            else:
                counts.append(1)
                types.append(self._type.Create_subarray(list(shape), sizes, starts).Commit())
        return [counts, [0] * len(counts), types]


def _free(*messages: list[object]) -> None:
    for _, _, types in messages:
        for datatype in types:  # type: ignore[attr-defined]
            if isinstance(datatype, MPI.Datatype):
                datatype.Free()
