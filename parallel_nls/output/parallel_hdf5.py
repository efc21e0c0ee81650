"""Collective HDF5 of distributed arrays: a global dataset, each rank its region, in small pieces.

Only active ranks open the file, and every one of them has something to write in every piece, so that no collective
call ever meets an empty selection. The bytes of the file do not depend on the number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from parallel_nls.contracts import Domain
from parallel_nls.errors import UserError
from parallel_nls.output.pieces import Piece, array_pieces, field_pieces
from parallel_nls.parallel.layout import Layout

Convert = Callable[[NDArray[Any]], NDArray[Any]]


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


def write_distributed(dataset: h5py.Dataset, layout: Layout, array: NDArray[Any], convert: Convert) -> None:
    """Write ``convert(array)`` into a dataset that holds the global array as it is, some rows at a time.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of the global shape of the layout.
    layout : Layout
        Which region this rank owns.
    array : ndarray
        The local share.
    convert : callable
        Elementwise, for instance the real part; may return a view.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    _write(dataset, array_pieces(layout), array, convert)


def write_field_part(dataset: h5py.Dataset, domain: Domain, field: NDArray[Any], convert: Convert) -> None:
    """Write ``convert(field)`` into a dataset in natural order, of the shape ``domain.points``.

    Parameters
    ----------
    dataset : h5py.Dataset
        Real or complex numbers.
    domain : FourierDomain or LineDomain
        The grid.
    field : ndarray
        Local share in physical layout; kept.
    convert : callable
        Elementwise, for instance the real part; may return a view.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    _write(dataset, field_pieces(domain), field, convert)


def read_distributed(dataset: h5py.Dataset, layout: Layout, array: NDArray[Any]) -> None:
    """Inverse of `write_distributed`: fill the local share. *Communication*: collective over the active ranks."""
    _read(dataset, array_pieces(layout), array)


def read_field_part(dataset: h5py.Dataset, domain: Domain, array: NDArray[Any]) -> None:
    """Inverse of `write_field_part`: fill the local share, or a view of it such as its real part, in any precision.

    Notes
    -----
    *Communication*: collective over the active ranks.
    """
    _read(dataset, field_pieces(domain), array)


def _write(dataset: h5py.Dataset, pieces: Iterable[Piece], array: NDArray[Any], convert: Convert) -> None:
    for piece in pieces:
        values = piece.to_file(convert(array[piece.local]))
        with dataset.collective:
            dataset[piece.selection] = values


def _read(dataset: h5py.Dataset, pieces: Iterable[Piece], array: NDArray[Any]) -> None:
    for piece in pieces:
        with dataset.collective:
            values = dataset[piece.selection]
        array[piece.local] = piece.from_file(values)
