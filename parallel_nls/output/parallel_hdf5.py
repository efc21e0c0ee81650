"""Collective HDF5 of distributed arrays: a global dataset, each rank its region, in small pieces.

Only active ranks open the file, and every one of them has something to write in every piece, so that no collective
call ever meets an empty selection. The bytes of the file do not depend on the number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.parallel.layout import Layout, share

PIECES = 8


def check_parallel_hdf5() -> None:
    """Refuse an h5py that cannot write in parallel.

    Raises
    ------
    UserError
        If it cannot.

    Notes
    -----
    *Communication*: local; the same everywhere, as all ranks run one installation.
    """
    if not h5py.get_config().mpi:
        raise UserError("this h5py is serial; build it against parallel HDF5 (scripts/setup does)")


def open_collectively(path: Path, layout: Layout, mode: str) -> h5py.File:
    """Open a file on the active ranks of a layout.

    Raises
    ------
    UserError
        If this h5py cannot write in parallel.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    check_parallel_hdf5()
    return h5py.File(path, mode, driver="mpio", comm=layout.grid.active_comm)


def write_distributed(
    dataset: h5py.Dataset, layout: Layout, array: NDArray[Any], convert: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    """Write ``convert(array)`` into a global dataset, a piece of the first axis at a time.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of the global shape of the layout.
    layout : Layout
        Which region this rank owns.
    array : ndarray
        The local share.
    convert : callable
        Elementwise, for instance the real part; must return a new or contiguous array.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    for local, region in _pieces(layout):
        with dataset.collective:
            dataset[region] = np.ascontiguousarray(convert(array[local]))


def read_distributed(dataset: h5py.Dataset, layout: Layout, array: NDArray[Any]) -> None:
    """Fill the local share ``array`` from a global dataset. *Communication*: collective over the active ranks."""
    for local, region in _pieces(layout):
        with dataset.collective:
            array[local] = dataset[region]


def _pieces(layout: Layout) -> list[tuple[slice, tuple[slice, ...]]]:
    """Local slices of the first axis and the global regions they cover; as many on every active rank."""
    smallest = min(part.stop - part.start for part in (layout.region(rank)[0] for rank in range(layout.grid.size)))
    count = min(PIECES, smallest)
    first, *rest = layout.local_region
    pieces = []
    for index in range(count):
        start, length = share(first.stop - first.start, count, index)
        region = (slice(first.start + start, first.start + start + length), *rest)
        pieces.append((slice(start, start + length), region))
    return pieces
