"""Named dimensions of the datasets of an HDF5 file, as netCDF-4 has them: dimension scales of HDF5.

xarray, netCDF and MATLAB find by them which dataset runs along which axis.
"""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

__all__ = ["SCALE_ATTRIBUTES", "Dimensions"]

SCALE_ATTRIBUTES = ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST")
"""What names dimensions, beside the texts of a dataset."""

# What netCDF calls a scale that has no values; readers look at the first words.
_NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable.{:10d}"
_REFERENCES = np.dtype([("dataset", h5py.ref_dtype), ("dimension", np.int32)])


class Dimensions:
    """The dimensions of a file that is being made.

    Parameters
    ----------
    file : h5py.File
        Where scales and datasets are; open for writing.

    Notes
    -----
    Attributes are written one by one, in full: the high-level library of HDF5 rewrites a list of all datasets for each
    of them, and leaves bytes of it undefined, which files that are compared by `cmp` must not have.

    *Communication*: local.
    """

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._users: dict[str, list[tuple[h5py.Reference, int]]] = {}

    def add(self, name: str, size: int, labels: Sequence[str] | Sequence[int] | NDArray[np.generic] = ()) -> None:
        """Add a dimension, with a value for each entry if there are labels."""
        if len(labels):
            values = np.asarray(labels)
            text = h5py.string_dtype() if values.dtype.kind == "U" else values.dtype.newbyteorder("<")
            self._file.create_dataset(
                name, data=values.astype(object) if values.dtype.kind == "U" else values, dtype=text
            )
            self.name(name)
        else:
            self._file.create_dataset(name, (size,), ">f4")
            self._mark(name, _NO_VARIABLE.format(size))

    def name(self, name: str) -> None:
        """Make a dataset that is there the values of the dimension of its own name."""
        self._mark(name, name)

    def _mark(self, name: str, text: str) -> None:
        scale = self._file[name]
        _write_text(scale, "CLASS", "DIMENSION_SCALE")
        _write_text(scale, "NAME", text)
        self._users[name] = []

    def attach(self, dataset: h5py.Dataset, names: Sequence[str]) -> None:
        """Say along which dimensions a dataset runs, one for each of its axes."""
        lists = np.empty(len(names), dtype=object)
        for place, name in enumerate(names):
            lists[place] = np.array([self._file[name].ref], dtype=h5py.ref_dtype)
            self._users[name].append((dataset.ref, place))
        dataset.attrs.create("DIMENSION_LIST", lists, dtype=h5py.vlen_dtype(h5py.ref_dtype))

    def finish(self) -> None:
        """Tell the scales by whom they are used."""
        for name, users in self._users.items():
            if users:
                self._file[name].attrs.create("REFERENCE_LIST", np.array(users, dtype=_REFERENCES))


def _write_text(scale: h5py.Dataset, name: str, text: str) -> None:
    """Ended by a zero byte: by that HDF5 knows a scale."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(len(text) + 1)
    kind.set_strpad(h5py.h5t.STR_NULLTERM)
    attribute = h5py.h5a.create(scale.id, name.encode(), kind, h5py.h5s.create(h5py.h5s.SCALAR))
    attribute.write(np.array(text.encode(), dtype=f"S{len(text) + 1}"), mtype=kind)
