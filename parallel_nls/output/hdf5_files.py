"""Opening HDF5 files of a run for reading, and the version of their format."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from parallel_nls.config.stored_hdf5 import open_unlocked
from parallel_nls.errors import UnreadableError, UserError, error_number
from parallel_nls.output.run_paths import FORMAT_VERSION

_SMALL = 2**20  # bytes that nobody needs to look at
_LABELS = 2**16  # names of the entries of a dimension
_PACKED = 1000  # times that compressed numbers are smaller, at most


def check_version(stored: object, path: Path) -> None:
    """Refuse a file whose major format version is newer than this package's.

    Raises
    ------
    UserError
        If it is, or if the version cannot be read.
    """
    text = stored.decode("utf-8", "replace") if isinstance(stored, bytes) else str(stored)
    try:
        major = int(text.split(".")[0])
    except ValueError:
        raise UserError(f"{path} names no format version; it is no file of a run") from None
    known = int(FORMAT_VERSION.split(".")[0])
    if major > known:
        raise UserError(f"{path} has format {text}, this parallel_nls reads up to {known}.x; update it")


def check_stored(group: h5py.Group | h5py.Dataset, path: Path) -> None:
    """Refuse a dataset, or a group of some, with less than it declares: reading takes memory for what is not there.

    Raises
    ------
    UserError
        If a dataset lies elsewhere (virtual or external), is of no plain numbers, or has lost its values.

    Notes
    -----
    *Communication*: local.
    """
    found: list[str] = []

    def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
        """Note what is wrong with a dataset."""
        if isinstance(item, h5py.Dataset):
            found.extend(_objections(name, item))

    def follow(name: str, link: object) -> None:
        """Note a name that leads elsewhere, perhaps into another file."""
        if isinstance(link, h5py.SoftLink | h5py.ExternalLink):
            found.append(f"{name} is a link to elsewhere")

    if isinstance(group, h5py.Dataset):
        look(group.name, group)
    else:
        group.visititems_links(follow)
        if not found:
            group.visititems(look)
    if found:
        raise UserError(f"{path} is damaged, or no stored field: {found[0]}")


def _objections(name: str, item: h5py.Dataset) -> Iterator[str]:
    """Yield what is wrong with a dataset, at most one text."""
    if item.is_virtual or item.external:
        yield f"{name} lies in other files"
    elif item.dtype.kind not in "biufc" and not _is_labels(item):
        yield f"{name} holds no numbers"
    elif item.nbytes > _SMALL and item.nbytes > item.id.get_storage_size() * (_PACKED if item.chunks else 1):
        shape = " × ".join(map(str, item.shape))
        yield f"{name} declares {shape} values, and they are not there"


def _is_labels(item: h5py.Dataset) -> bool:
    """Whether a dataset is a dimension whose entries have names, not more than an axis may have."""
    return bool(item.is_scale) and h5py.check_string_dtype(item.dtype) is not None and item.size <= _LABELS


@contextmanager
def open_hdf5(path: Path, of_run: bool = True) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading, without a lock: its run may still write it.

    Parameters
    ----------
    path : Path
        Of the file.
    of_run : bool, optional
        Whether it must be one of a run, and say in which format; files of other programs do not.

    Raises
    ------
    UserError
        If it is missing, damaged or too new, also while it is read.
    UnreadableError
        If the disk does not give it back.
    """
    try:
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is no file")
        with open_unlocked(path) as file:
            if of_run:
                check_version(file.attrs.get("format_version"), path)
            yield file
    except FileNotFoundError:
        raise UserError(f"{path} is missing") from None
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        if error_number(error) == errno.EIO:
            raise UnreadableError(f"{path}: the file system refuses it ({os.strerror(errno.EIO)})") from None
        raise UserError(f"{path} cannot be read ({error}); is it still being written, or damaged?") from None
