"""The datasets of a series in an HDF5 file: columns with their texts, and named dimensions with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.output.dimension_scales import Dimensions
from parallel_nls.output.series_axes import axes_of

__all__ = ["CHUNK", "write_columns"]

CHUNK = 128  # rows
_NOT_YET = {"f": np.nan, "i": -1}


def write_columns(
    file: h5py.File,
    columns: Mapping[str, NDArray[np.generic]],
    texts: Mapping[str, Mapping[str, str]],
    growing: bool = False,
) -> None:
    """Write all columns into an empty file, to which rows can be appended; time is the first dimension of all.

    Parameters
    ----------
    file : h5py.File
        Open for writing.
    columns : mapping of str to ndarray, (rows, ...)
        By name, `time` among them.
    texts : mapping of str to mapping
        Attributes of each.
    growing : bool, optional
        Whether rows are to be added while others read. HDF5 may tell them of a row before it tells where the chunk is
        that begins with it: then they find NaN in it, or -1, no zeros.

    Notes
    -----
    *Communication*: local.
    """
    axes = axes_of({name: column.shape[1:] for name, column in columns.items()})
    for name, column in columns.items():
        tail = column.shape[1:]
        form: dict[str, Any] = {"maxshape": (None, *tail), "chunks": (CHUNK, *tail)}
        if growing:
            form["fillvalue"] = _NOT_YET[column.dtype.kind]
        dataset = file.create_dataset(name, data=column, dtype=column.dtype.newbyteorder("<"), **form)
        dataset.attrs.update(texts[name])
    dimensions = Dimensions(file)
    dimensions.name("time")
    for axis in {axis.name: axis for found in axes.values() for axis in found}.values():
        dimensions.add(axis.name, axis.size, axis.labels)
    for name, found in axes.items():
        if name != "time":
            dimensions.attach(file[name], ("time", *(axis.name for axis in found)))
    dimensions.finish()
