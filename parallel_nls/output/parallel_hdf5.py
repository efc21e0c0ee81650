"""HDF5 files of distributed arrays: rank 0 lays a file out, all ranks fill it, each its region, in small pieces.

Laid out means: all groups, attributes and small datasets are written, all distributed datasets have their place, and
the disk has granted the room. So a full disk is met by rank 0 alone and before the collective part, and the bytes of
the file do not depend on the number of ranks.

The collective part is parallel HDF5 where h5py has it: only active ranks open the file, and every one of them has
something to write in every piece, so that no collective call ever meets an empty selection. A serial h5py writes the
same pieces through rank 0, one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.contracts import StoredDomain
from parallel_nls.output.durable_files import make_new, require_own, reserve
from parallel_nls.output.pieces import Piece, array_pieces, field_pieces
from parallel_nls.output.refusals import Refusals, stored_by_root
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.spectral.pencils import Place

_LARGEST_PIECE = 2**26  # bytes that a rank writes in one call
_METADATA = 2**16  # bytes, more than groups and attributes ever take
Convert = Callable[[NDArray[Any]], NDArray[Any]]


def hdf5_version() -> str:
    """Version of the HDF5 library. *Communication*: local."""
    return str(h5py.version.hdf5_version)


def is_parallel() -> bool:
    """Whether this h5py writes in parallel; if not, rank 0 writes for all. *Communication*: local."""
    return bool(h5py.get_config().mpi)


def add_distributed(group: h5py.Group, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> h5py.Dataset:
    """Give a distributed array its place in a file that rank 0 lays out.

    Parameters
    ----------
    group : h5py.Group
        Where it goes.
    name : str
        Of the dataset.
    shape : sequence of int
        Global shape.
    dtype : dtype
        As in memory; stored little-endian.

    Returns
    -------
    h5py.Dataset
        Contiguous, its room set aside; the content is not defined yet.

    Notes
    -----
    *Communication*: local; of rank 0.
    """
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.CONTIGUOUS)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    properties.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    return group.create_dataset(name, shape=tuple(shape), dtype=dtype.newbyteorder("<"), dcpl=properties)


@contextmanager
def filling(
    path: Path, domain: StoredDomain, lay_out: Callable[[h5py.File], None], small: int = 0
) -> Iterator[DistributedWriter]:
    """Make a file: rank 0 lays it out, then all ranks fill its distributed datasets within this context.

    Parameters
    ----------
    path : Path
        The new file; an old one is replaced.
    domain : Domain
        Whose ranks write.
    lay_out : callable
        Called on rank 0 with the new file.
    small : int
        Bytes of the small datasets that it writes.

    Yields
    ------
    DistributedWriter
        To be used by all ranks alike.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones join the verdicts only.
    """

    def prepare() -> None:
        """Write all but the distributed data, and claim their room; without it, leave none of it taken."""
        try:
            make_new(path)
            reserve(path, small + _METADATA)
            with h5py.File(path, "w", locking=False) as file:
                lay_out(file)
            reserve(path)
            require_own()  # all ranks open it by its name
        except (OSError, RuntimeError):
            path.unlink(missing_ok=True)
            raise

    stored_by_root(domain.comm, path, prepare)
    with adding(path, domain) as writer:
        yield writer


@contextmanager
def adding(path: Path, place: Place) -> Iterator[DistributedWriter]:
    """Fill distributed datasets of a file that is laid out, of another place perhaps than those filled before.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones join the verdicts only.
    """
    writer = DistributedWriter(path, place)
    yield writer
    # Not after an exception: closing is collective, and the other ranks may never come here.
    writer.close()
    writer.refusals.settle()


class DistributedWriter:
    """Fills the distributed datasets of a file that is laid out; made by `filling`.

    A rank that the file system refuses goes on to the end, since the others count on its part.

    Parameters
    ----------
    path : Path
        The file.
    place : Place
        Whose ranks write.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """

    def __init__(self, path: Path, place: Place) -> None:
        self.path, self.grid = path, place.grid
        self.refusals = Refusals(place.comm, path)
        self._file: h5py.File | None = None
        if not self.grid.active:
            return
        with self.refusals.noted():
            if is_parallel():
                self._file = h5py.File(path, "r+", driver="mpio", comm=self.grid.active_comm)
            elif place.comm.rank == 0:
                self._file = h5py.File(path, "r+", locking=False)
        if is_parallel() and not self.grid.active_comm.allreduce(self._file is not None, MPI.LAND):
            # None of them writes; closing would be collective as well.
            self._file = None

    def write_array(self, name: str, layout: Layout, array: NDArray[Any]) -> None:
        """Write a global array as it is.

        Parameters
        ----------
        name : str
            The dataset, of the global shape of the layout.
        layout : Layout
            Which region this rank owns.
        array : ndarray
            The local share.
        """
        if self.grid.active:
            # Nothing is converted, so that pieces cost no memory; each costs a collective call.
            share = layout.largest_share(0) * prod(layout.shape[1:]) * array.itemsize
            self._write(name, array_pieces(layout, -(-share // _LARGEST_PIECE)), array, lambda part: part)

    def write_field(self, name: str, domain: StoredDomain, field: NDArray[Any], convert: Convert) -> None:
        """Write ``convert(field)`` in natural order.

        Parameters
        ----------
        name : str
            The dataset, of the shape ``domain.points``.
        domain : Domain
            Where the field lies.
        field : ndarray
            Local share in physical layout; kept.
        convert : callable
            Elementwise, for instance the real part; may return a view.
        """
        if self.grid.active:
            self._write(name, field_pieces(domain), field, convert)

    def _write(self, name: str, pieces: Iterable[Piece], array: NDArray[Any], convert: Convert) -> None:
        for piece in pieces:
            values = piece.to_file(convert(array[piece.local]))
            if is_parallel():
                with self.refusals.noted():
                    self._write_together(name, piece, values)
            else:
                self._write_through_root(name, piece, values)

    def _write_together(self, name: str, piece: Piece, values: NDArray[Any]) -> None:
        if self._file is not None:
            dataset = self._file[name]
            with dataset.collective:
                dataset[piece.selection] = values

    def _write_through_root(self, name: str, piece: Piece, values: NDArray[Any]) -> None:
        comm = self.grid.active_comm
        if comm.rank > 0:
            comm.send((piece.selection, values), 0)
            return
        for rank in range(comm.size):
            selection, part = (piece.selection, values) if rank == 0 else comm.recv(source=rank)
            with self.refusals.noted():
                if self._file is not None:
                    self._file[name][selection] = part

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with self.refusals.noted():
                self._file.close()


def read_arrays(path: Path, layout: Layout, arrays: Mapping[str, NDArray[Any]], refusals: Refusals) -> None:
    """Fill local shares from datasets that hold global arrays as they are.

    Parameters
    ----------
    path : Path
        The file, looked at before.
    layout : Layout
        Which region this rank owns.
    arrays : mapping
        Local shares, or views of them, by the names of the datasets; in any precision.
    refusals : Refusals
        Collects what the file system refuses this rank, which goes on to the end; to be settled by all ranks.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    _read(path, layout.grid, lambda: array_pieces(layout), arrays, refusals)


def read_field_parts(path: Path, domain: StoredDomain, arrays: Mapping[str, NDArray[Any]], refusals: Refusals) -> None:
    """Fill local shares, or views such as a real part, from datasets in natural order; otherwise as `read_arrays`."""
    _read(path, domain.grid, lambda: field_pieces(domain), arrays, refusals)


def _read(
    path: Path,
    grid: ProcessGrid,
    pieces: Callable[[], Iterable[Piece]],
    arrays: Mapping[str, NDArray[Any]],
    refusals: Refusals,
) -> None:
    if not grid.active:
        return
    together = {"driver": "mpio", "comm": grid.active_comm} if is_parallel() else {"locking": False}
    file: h5py.File | None = None
    with refusals.noted():
        file = h5py.File(path, "r", **together)
    if is_parallel() and not grid.active_comm.allreduce(file is not None, MPI.LAND):
        return  # closing would be collective as well
    if file is None:
        return
    for name, array in arrays.items():
        for piece in pieces():
            with refusals.noted():
                dataset = file[name]
                with dataset.collective if is_parallel() else nullcontext():
                    values = dataset[piece.selection]
                array[piece.local] = piece.from_file(values)
    with refusals.noted():
        file.close()


def holds_array(path: Path, layout: Layout, name: str, array: NDArray[Any]) -> bool:
    """Whether a dataset holds the bits of a local share, as the file system gives them back.

    Parameters
    ----------
    path, layout, name, array
        As for `read_arrays`.

    Notes
    -----
    *Communication*: local; every active rank reads its own pieces.
    """
    if not layout.grid.active:
        return True
    with h5py.File(path, "r", locking=False) as file:
        dataset = file[name]
        return all(
            np.array_equal(dataset[piece.selection].view(np.uint8), array[piece.local].view(np.uint8))
            for piece in array_pieces(layout)
        )
