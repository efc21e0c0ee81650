"""Arrays in row layout that the ranks of a node share: each reads and writes the rows of the others where they lie.

A *group* is the ranks of a slot that one node has. All rows of a group lie in one piece of anonymous memory (memfd of
Linux), which every rank of it maps: rank after rank, each share on a cache line. It has no name in a file system and no
size but what the node grants, and it is gone with the last process that maps it, however that ends. A rank that lets go
of its array asks nobody: numpy unmaps what no array looks at any more.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple, cast

import numpy as np
from mpi4py import MPI
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.numerics.compiled import kernel, memory_fence
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.nodes import split_by_node
from parallel_nls.parallel.sharing import NAME, mappings, objection_to_sharing

LARGEST = 64
"""Ranks of a group: each has page tables for all rows of it, of 1/512 of their bytes, so of 1/8 share at most."""
_CACHE_LINE = 64


class SharedArray(NamedTuple):
    """Memory of a group: its rows, or others.

    Attributes
    ----------
    flat : ndarray
        All of it, and what fills up cache lines.
    offsets : dict of int to int
        Where in it the part of each rank of the group begins, by their ranks in the slot.
    """

    flat: ComplexArray
    offsets: Mapping[int, int]


class Room(NamedTuple):
    """Memory of a group with rows of the layout in it.

    Attributes
    ----------
    whole : SharedArray
        All of it.
    rows : ndarray
        The first numbers of the part of this rank.
    """

    whole: SharedArray
    rows: ComplexArray


class SharedRows:
    """Where the ranks of a slot find the rows that lie on their node.

    Parameters
    ----------
    layout : Layout
        Rows, on a process grid of one slot.
    dtype : numpy dtype
        Of the arrays.

    Attributes
    ----------
    trouble : str
        Why an array is not shared although it was wanted, the same on all ranks; empty if nothing went wrong.
    groups : tuple of tuples of int
        The ranks of the slot by the group that each is in; empty as long as nobody asked for memory, and if each would
        be alone in its group.

    Notes
    -----
    Whether memory is shared is decided by all ranks together, for each array: so all go the same way with it.
    *Communication*: construction is local; `allocate`, `room`, `settle` and `close` are collective over the slot.
    """

    def __init__(self, layout: Layout, dtype: DTypeLike) -> None:
        self.layout, self.dtype = layout, np.dtype(dtype)
        (self._comm,) = layout.grid.slot_comms
        self.trouble = ""
        self._group: MPI.Intracomm | None = None
        self.groups: tuple[tuple[int, ...], ...] = ()
        self._wanted, self._used = True, False
        self._known: dict[int, tuple[weakref.ref[ComplexArray], SharedArray]] = {}

    @property
    def exchange(self) -> str:
        """How columns change hands, as far as arrays were allocated: for people to read. *Communication*: local."""
        if self.layout.grid.size == 1:
            return "none"
        if not self._used:
            return "messages"
        if len(self.groups) == 1:
            return "shared memory"
        return f"shared memory of at most {max(map(len, self.groups))} ranks, messages between nodes"

    def allocate(self) -> ComplexArray | None:
        """A zero array of the layout in memory that the group shares; None, on all ranks, where nothing is shared.

        Notes
        -----
        *Communication*: collective over the slot, a few small messages; none on one rank.
        """
        found = self._memory(self.layout.sizes)
        self._used |= found is not None
        return None if found is None else self._enlisted(found)

    def room(self, sizes: Sequence[int]) -> Room | None:
        """Zero memory that the group shares, with more than rows in it; None, on all ranks, where nothing is shared.

        Parameters
        ----------
        sizes : sequence of int
            Numbers in the part of each rank of the slot, of its rows at least.

        Notes
        -----
        Between groups rows arrive there: those that get none share no rows either. *Communication*: as `allocate`.
        """
        found = self._memory(sizes)
        if found is None and len(self.groups) > 1:
            self.close()
            self._used = False
        return None if found is None else Room(found, self._enlisted(found))

    def reach(self, field: ComplexArray) -> SharedArray | None:
        """Where all rows of an array lie, if all ranks of the slot share it; else None, on all of them. Local."""
        return self.find(field) if len(self.groups) == 1 else None

    def find(self, field: ComplexArray) -> SharedArray | None:
        """Where the rows of an array from `allocate` or `room` lie; None of any other, of copies and views. Local."""
        reference, rows = self._known.get(id(field), (None, None))
        return rows if reference is not None and reference() is field else None

    def settle(self) -> None:
        """Wait until all ranks of the group are here; then each sees what the others have written.

        Notes
        -----
        *Communication*: collective over the group.
        """
        if self._group is not None:
            publish()
            self._group.Barrier()
            publish()

    def close(self) -> None:
        """Give the communicator back; arrays stay, but are shared no more. *Communication*: collective."""
        if self._group is not None:
            self._group.Free()
            self._group = None
        self._known.clear()
        self._wanted = False

    def _find_group(self) -> MPI.Intracomm | None:
        """Who shares memory with this rank; None on all ranks if any does not want it, or all are alone."""
        comm = self._comm
        if self._group is not None or comm is None or comm.size == 1 or not self._wanted:
            return self._group
        objections = [text for text in comm.allgather(objection_to_sharing()) if text]
        node = split_by_node(comm)
        parts = -(-node.size // LARGEST)
        self._group = group = cast(MPI.Intracomm, node.Split(node.rank * parts // node.size, node.rank))
        node.Free()
        first = comm.allgather(group.bcast(comm.rank))
        self.groups = tuple(
            tuple(rank for rank in range(comm.size) if first[rank] == head) for head in sorted(set(first))
        )
        if objections or len(self.groups) == comm.size:
            self.close()
        return self._group

    def _memory(self, sizes: Sequence[int]) -> SharedArray | None:
        """Memory of the group with a part for each rank; None on all ranks if any does not get it."""
        group, comm = self._find_group(), self._comm
        if group is None or comm is None:
            return None
        line, place, offsets = _CACHE_LINE // self.dtype.itemsize, 0, {}
        for rank in next(members for members in self.groups if comm.rank in members):
            offsets[rank] = place
            place += -(-sizes[rank] // line) * line
        flat, trouble = self._mapped(group, place, offsets[comm.rank], sizes[comm.rank])
        found = [text for text in comm.allgather(trouble) if text]
        if flat is None or found:
            self.trouble = self.trouble or found[0]
            return None
        return SharedArray(flat, offsets)

    def _mapped(self, group: MPI.Intracomm, size: int, first: int, own: int) -> tuple[ComplexArray | None, str]:
        """New memory of the group, of which each rank reserves its own part; or why it is not to be had."""
        item, descriptor, told = self.dtype.itemsize, -1, None
        flat: ComplexArray | None = None
        trouble = ""
        try:
            if group.rank == 0:
                descriptor = os.memfd_create(NAME)
                os.ftruncate(descriptor, size * item)
                told = os.getpid(), descriptor, _identity(descriptor)
        except OSError as error:
            trouble = _sentence(error)
        told = group.bcast(told)
        try:
            if told is not None:
                descriptor = _opened(descriptor, *told)
                if own:
                    os.posix_fallocate(descriptor, first * item, own * item)
                memory = mmap.mmap(descriptor, size * item)
                mappings.add(memory)
                flat = np.frombuffer(memory, dtype=self.dtype)
        except (OSError, ValueError) as error:
            trouble = _sentence(error)
        # Until all have opened it, it must be open here.
        group.Barrier()
        if descriptor >= 0:
            os.close(descriptor)
        return flat, trouble

    def _enlisted(self, rows: SharedArray) -> ComplexArray:
        """The own part of the memory, by which `find` knows it as long as it lives."""
        shape, start = self.layout.local_shape, rows.offsets[self.layout.grid.comm.rank]
        own = rows.flat[start : start + prod(shape)].reshape(shape)
        known, key = self._known, id(own)
        # An array that is gone takes its entry along, ahead of any other that gets its number.
        known[key] = weakref.ref(own, lambda _: known.pop(key, None)), rows
        return own


@kernel
def publish() -> None:
    """Order what this rank has read and written before and after."""
    memory_fence()


def _identity(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def _opened(own: int, process: int, descriptor: int, identity: tuple[int, int]) -> int:
    """The memory that another process has made; where processes are hidden it may be another one, or none."""
    if own >= 0:
        return own
    found = os.open(f"/proc/{process}/fd/{descriptor}", os.O_RDWR | os.O_CLOEXEC)
    if _identity(found) != identity:
        os.close(found)
        raise OSError("ranks of a node do not see each other's processes")
    return found


def _sentence(error: Exception) -> str:
    return f"ranks of a node share no memory ({getattr(error, 'strerror', None) or error})"
