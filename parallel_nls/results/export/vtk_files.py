"""Fields as XML files of VTK, for ParaView, VisIt and PyVista: an image or a rectilinear grid each, and their times.

x is horizontal, as VTK has it: the fastest axis of a file is the first of a field.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.export.bands import bands
from parallel_nls.results.export.files import Task
from parallel_nls.results.export.selection import Selection
from parallel_nls.results.fields import StoredField

__all__ = ["vtk_tasks"]

_TYPES = {4: "Float32", 8: "Float64"}
_SPACE = 3  # axes of VTK, whatever those of a field
_HEADER = np.dtype("<u8")  # bytes of each array


def vtk_tasks(selection: Selection) -> list[Task]:
    """A file for each field, and fields.pvd, which names them with their times. *Communication*: local."""
    fields = selection.fields
    names = [f"{stored.path.stem}.{'vtr' if stored.has_nodes() else 'vti'}" for stored in fields]
    tasks = [
        Task(Path(name), 1, partial(_write_field, selection=selection, stored=stored))
        for name, stored in zip(names, fields, strict=True)
    ]
    return [*tasks, Task(Path("fields.pvd"), 0, lambda path, tell: _write_collection(path, names, fields))]  # noqa: ARG005


def _write_field(path: Path, tell: Callable[[], None], selection: Selection, stored: StoredField) -> None:
    places, number, parts = stored.coordinates(), stored.precision(), selection.parts
    arrays = list(places) + [np.zeros(1)] * (_SPACE - len(places)) if stored.has_nodes() else []
    sizes = [array.nbytes for array in arrays]
    sizes += [int(np.prod([len(axis) for axis in places])) * number.itemsize] * len(parts)
    with path.open("wb") as file:
        file.write(_header(stored, places, selection, number, sizes))
        for array in arrays:
            _write_size(file, array.nbytes)
            file.write(array.astype("<f8").tobytes())
        for part, size in zip(parts, sizes[len(arrays) :], strict=True):
            _write_size(file, size)
            _write_part(file, stored, part, number)
        file.write(b"\n</AppendedData>\n</VTKFile>\n")
    tell()


def _write_size(file: BinaryIO, size: int) -> None:
    file.write(np.array(size, dtype=_HEADER).tobytes())


def _write_part(file: BinaryIO, stored: StoredField, part: str, number: np.dtype[np.floating]) -> None:
    """The first axis fastest."""
    shape = [axis.points for axis in stored.axes()]
    for band in bands(shape, axis=len(shape) - 1):
        values: NDArray[np.floating] = stored.part(part, *[slice(None)] * (len(shape) - 1), band)
        file.write(np.ascontiguousarray(values.T, dtype=number).tobytes())


def _header(
    stored: StoredField,
    places: Sequence[RealArray],
    selection: Selection,
    number: np.dtype[np.floating],
    sizes: Sequence[int],
) -> bytes:
    """All in front of the numbers."""
    parts = selection.parts
    kind = "RectilinearGrid" if stored.has_nodes() else "ImageData"
    ends = [len(axis) - 1 for axis in places] + [0] * (_SPACE - len(places))
    extent = " ".join(f"0 {end}" for end in ends)
    root = ET.Element("VTKFile", type=kind, version="1.0", byte_order="LittleEndian", header_type="UInt64")
    grid = ET.SubElement(root, kind, WholeExtent=extent)
    if not stored.has_nodes():
        axes = stored.axes()
        rest = _SPACE - len(axes)
        grid.set("Origin", _words([axis.low for axis in axes] + [0.0] * rest))
        grid.set("Spacing", _words([axis.spacing for axis in axes] + [axes[0].spacing] * rest))
    _add_facts(grid, stored, selection.meaning.comment())
    piece = ET.SubElement(grid, "Piece", Extent=extent)
    points = ET.SubElement(piece, "PointData", Scalars=parts[0])
    offsets = np.concatenate([[0], np.cumsum([size + _HEADER.itemsize for size in sizes])]).tolist()
    first = len(sizes) - len(parts)
    for part, offset in zip(parts, offsets[first:], strict=False):
        _add_array(points, part, number.itemsize, offset)
    if first:
        coordinates = ET.SubElement(piece, "Coordinates")
        for axis, offset in zip("xyz", offsets, strict=False):
            _add_array(coordinates, axis, 8, offset)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True).removesuffix(b"</VTKFile>")
    return text + b'<AppendedData encoding="raw">\n_'


def _add_facts(grid: ET.Element, stored: StoredField, comment: str) -> None:
    """Add time, steps, and a text, of which VTK wants the bytes as numbers and a 0 behind them."""
    data = ET.SubElement(grid, "FieldData")
    for name, kind, value in (("TimeValue", "Float64", repr(stored.time)), ("step", "Int64", str(stored.steps))):
        array = ET.SubElement(data, "DataArray", type=kind, Name=name, NumberOfTuples="1", format="ascii")
        array.text = value
    if comment:
        array = ET.SubElement(data, "DataArray", type="String", Name="comment", NumberOfTuples="1", format="ascii")
        array.text = " ".join(map(str, (*comment.encode(), 0)))


def _add_array(parent: ET.Element, name: str, itemsize: int, offset: int) -> None:
    ET.SubElement(parent, "DataArray", type=_TYPES[itemsize], Name=name, format="appended", offset=str(offset))


def _write_collection(path: Path, names: Sequence[str], fields: Sequence[StoredField]) -> None:
    root = ET.Element("VTKFile", type="Collection", version="1.0", byte_order="LittleEndian")
    collection = ET.SubElement(root, "Collection")
    for name, stored in zip(names, fields, strict=True):
        ET.SubElement(collection, "DataSet", timestep=repr(stored.time), part="0", file=name)
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _words(values: Sequence[float]) -> str:
    return " ".join(repr(value) for value in values)
