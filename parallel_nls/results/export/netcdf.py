"""netCDF-4 files, which are HDF5 with named dimensions: the series, and all fields of a grid over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.dimension_scales import Dimensions
from parallel_nls.output.series_columns import write_columns
from parallel_nls.results.export.bands import bands
from parallel_nls.results.export.files import Task
from parallel_nls.results.export.selection import Selection
from parallel_nls.results.fields import StoredField

__all__ = ["fields_tasks", "write_series"]

_NAMES = {"r'": "r_prime"}
"""Of axes, where netCDF programs would not take theirs."""
_POINT = "point"


def write_series(path: Path, selection: Selection, tell: Callable[[], None]) -> None:
    """Write all rows, each quantity with its texts, as `Run.series` has them. *Communication*: local."""
    with h5py.File(path, "w") as file:
        file.attrs.update(selection.texts)
        columns = selection.columns
        write_columns(
            file,
            {name: column.values for name, column in columns.items()},
            {name: column.attributes for name, column in columns.items()},
        )
    tell()


def fields_tasks(selection: Selection) -> list[Task]:
    """A file for all fields of each grid: fields.nc, or fields_64x64.nc and so on of a run that has refined its grid.

    *Communication*: local.
    """
    grids: dict[tuple[int, ...], list[StoredField]] = {}
    for stored in selection.fields:
        grids.setdefault(tuple(axis.points for axis in stored.axes()), []).append(stored)
    ends = ["_" + "x".join(map(str, points)) for points in grids] if len(grids) > 1 else [""] * len(grids)
    return [
        Task(Path(f"fields{end}.nc"), len(fields), partial(_write_fields, selection=selection, fields=fields))
        for end, fields in zip(ends, grids.values(), strict=True)
    ]


def _write_fields(path: Path, tell: Callable[[], None], selection: Selection, fields: Sequence[StoredField]) -> None:
    """Real and imaginary parts along time and the axes of space."""
    with h5py.File(path, "w") as file:
        file.attrs.update(selection.texts)
        dimensions = Dimensions(file)
        dimensions.add("time", len(fields), np.array([stored.time for stored in fields]))
        file["time"].attrs.update(selection.meaning.texts_of_time())
        file["step"] = np.array([stored.steps for stored in fields], dtype="<i8")
        file["step"].attrs["long_name"] = "steps taken since the start"
        dimensions.attach(file["step"], ("time",))
        axes, beside = _add_axes(file, dimensions, fields)
        shape = (len(fields), *(axis.points for axis in fields[0].axes()))
        for part in selection.parts:
            dataset = file.create_dataset(part, shape, fields[0].precision())
            dataset.attrs.update({"long_name": selection.meaning.text_of_part(part), **beside})
            dimensions.attach(dataset, ("time", *axes))
        for place, stored in enumerate(fields):
            for part in selection.parts:
                for band in bands(shape[1:]):
                    file[part][place, band] = stored.part(part, band)
            tell()
        dimensions.finish()


def _add_axes(
    file: h5py.File, dimensions: Dimensions, fields: Sequence[StoredField]
) -> tuple[list[str], dict[str, str]]:
    """Names of the dimensions of space, and what each field says of coordinates that are none."""
    names = [_NAMES.get(label, label) for label in fields[0].labels()]
    places = [stored.coordinates() for stored in fields]
    if all(np.array_equal(here, there) for one in places for here, there in zip(one, places[0], strict=True)):
        for name, values in zip(names, places[0], strict=True):
            dimensions.add(name, len(values), values)
        weights = fields[0].amplitude()
        if weights is not None:
            _add_amplitude(file, dimensions, names[0], weights)
        return names, {}
    # The points of a line move with its frame.
    dimensions.add(_POINT, len(places[0][0]))
    file[names[0]] = np.array([one[0] for one in places])
    dimensions.attach(file[names[0]], ("time", _POINT))
    return [_POINT], {"coordinates": names[0]}


def _add_amplitude(file: h5py.File, dimensions: Dimensions, axis: str, weights: RealArray) -> None:
    file["amplitude"] = weights
    file["amplitude"].attrs["long_name"] = "factor of the values along each axis of space"
    dimensions.attach(file["amplitude"], (axis,))
