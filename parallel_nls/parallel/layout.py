"""Who owns which part of a global array.

A *process grid* arranges the active ranks in slots, for instance 6 ranks as (2, 3). A *layout* hands every slot
one axis of the array to distribute, in contiguous shares; all other axes are whole on each rank. Ranks beyond the
grid are idle: their shares are empty and they join collective calls only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from mpi4py import MPI

from parallel_nls.errors import ArgumentError
from parallel_nls.numerics.arrays import IndexArray


def share(length: int, parts: int, index: int) -> tuple[int, int]:
    """Return (start, count) of part ``index`` of ``length`` items cut into ``parts`` nearly equal pieces.

    Notes
    -----
    *Communication*: local.
    """
    quotient, remainder = divmod(length, parts)
    return index * quotient + min(index, remainder), quotient + (index < remainder)


class ProcessGrid:
    """The active ranks of a communicator, arranged in slots.

    Parameters
    ----------
    comm : MPI.Comm
        Any communicator; ranks from ``prod(dims)`` on stay idle.
    dims : sequence of int
        Ranks in each slot.

    Raises
    ------
    ValueError
        If the grid needs more ranks than the communicator has.

    Attributes
    ----------
    active_comm : MPI.Comm
        The active ranks; a null communicator on an idle one.
    slot_comms : tuple of MPI.Comm or None
        The ranks that differ from this one in a single slot.

    Notes
    -----
    *Communication*: construction is collective over ``comm`` (one split for each slot and one for the active ranks).
    """

    def __init__(self, comm: MPI.Intracomm, dims: Sequence[int]) -> None:
        self.comm = comm
        self.dims = tuple(int(n) for n in dims)
        self.size = math.prod(self.dims)
        if not 1 <= self.size <= comm.size:
            fits = f"give whole numbers whose product is from 1 to {comm.size}"
            raise ArgumentError(f"a process grid of {self.dims} does not fit on {comm.size} ranks; {fits}")
        self.active = comm.rank < self.size
        self.active_comm = comm.Split(0 if self.active else MPI.UNDEFINED)
        self.slot_comms: tuple[MPI.Intracomm | None, ...]
        if len(self.dims) == 1:
            self.slot_comms = (cast(MPI.Intracomm, self.active_comm) if self.active else None,)
        else:
            self.slot_comms = tuple(self._split(slot) for slot in range(len(self.dims)))

    def _split(self, slot: int) -> MPI.Intracomm | None:
        if not self.active:
            self.comm.Split(MPI.UNDEFINED)
            return None
        others = list(self.coordinates(self.comm.rank))
        others[slot] = 0
        colour = int(np.ravel_multi_index(others, self.dims))
        return cast(MPI.Intracomm, self.comm.Split(colour, self.comm.rank))

    def close(self) -> None:
        """Give the communicators back; again it does nothing. *Communication*: collective over the active ranks."""
        if len(self.dims) > 1:
            for part in self.slot_comms:
                if part:
                    part.Free()
        if self.active and self.active_comm:
            self.active_comm.Free()

    def coordinates(self, rank: int) -> tuple[int, ...]:
        """Position of an active rank in the grid. *Communication*: local."""
        return tuple(int(i) for i in np.unravel_index(rank, self.dims))


@dataclass(frozen=True)
class Layout:
    """A global array cut over a process grid; holds no data.

    Parameters
    ----------
    grid : ProcessGrid
        The ranks.
    shape : tuple of int
        Global shape.
    axes : tuple of int
        ``axes[slot]`` is the axis that the slot distributes.

    Notes
    -----
    *Communication*: all methods are local.
    """

    grid: ProcessGrid
    shape: tuple[int, ...]
    axes: tuple[int, ...]

    def region(self, rank: int) -> tuple[slice, ...]:
        """Global index ranges that ``rank`` of the communicator owns (all empty for an idle rank)."""
        if rank >= self.grid.size:
            return tuple(slice(0, 0) for _ in self.shape)
        region = [slice(0, n) for n in self.shape]
        coordinates = self.grid.coordinates(rank)
        for axis, parts, index in zip(self.axes, self.grid.dims, coordinates, strict=True):
            start, count = share(self.shape[axis], parts, index)
            region[axis] = slice(start, start + count)
        return tuple(region)

    @cached_property
    def local_region(self) -> tuple[slice, ...]:
        """Global index ranges of this rank."""
        return self.region(self.grid.comm.rank)

    @cached_property
    def local_shape(self) -> tuple[int, ...]:
        """Shape of this rank's share."""
        return tuple(part.stop - part.start for part in self.local_region)

    @property
    def sizes(self) -> list[int]:
        """How many numbers each rank owns."""
        regions = map(self.region, range(self.grid.size))
        return [math.prod(part.stop - part.start for part in region) for region in regions]

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """Global numbers of the lines along ``axis`` that a rank owns, in its local (row-major) order.

        A line is one full axis; lines are numbered row-major over the global shape without that axis.
        """
        region = self.local_region if rank is None else self.region(rank)
        numbers = np.zeros((), dtype=np.int64)
        for other, (part, length) in enumerate(zip(region, self.shape, strict=True)):
            if other != axis:
                numbers = numbers[..., None] * length + np.arange(part.start, part.stop)
            elif part.stop - part.start == 0:
                return np.zeros(0, dtype=np.int64)
        return numbers.ravel()

    def largest_share(self, axis: int) -> int:
        """Longest extent of ``axis`` on any rank; the same number on all ranks."""
        for slot, distributed in enumerate(self.axes):
            if distributed == axis:
                return share(self.shape[axis], self.grid.dims[slot], 0)[1]
        return self.shape[axis]
