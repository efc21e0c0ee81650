"""The grids of fields.xmf, the XDMF index of the stored fields for ParaView and VisIt, and the points of planes.

A plane lies in x and y, a line along x, matrices of a radial axis in r and r'. An image of XDMF runs fastest along x,
but stored fields run fastest along their last axis, y: so a plane is a structured grid, whose points a file of its own
names, a few kilobytes for as many points as there may be. A line needs none.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import StoredDomain
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.durable_files import replace_file
from parallel_nls.output.fields import PARTS
from parallel_nls.output.run_paths import FORMAT_VERSION

__all__ = ["Snapshot", "add_grid", "points_image", "write_points"]

_CHUNK = 512  # points of an axis
_POINTS = "points"


@dataclass(frozen=True)
class Snapshot:
    """An entry of the index: steps since the start, simulated time, and the grid: points, first one, spacing.

    ``nodes`` are the points on each axis, where they are not evenly spaced.
    """

    steps: int
    time: float
    file: str
    points: tuple[int, ...]
    origin: tuple[float, ...]
    spacing: tuple[float, ...]
    nodes: RealArray | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, domain: StoredDomain, steps: int, time: float, file: str) -> Snapshot:
        """The entry of a field on a grid. *Communication*: local."""
        return cls(steps, time, file, domain.points, domain.origin, domain.spacing, domain.nodes)

    @property
    def grid_file(self) -> str:
        """Name of the file of the points of a plane; not as those of fields, in whose place programs would take it."""
        return f"grid_{'x'.join(map(str, self.points))}.hdf"

    def coordinates(self) -> tuple[RealArray, ...]:
        """The points on each axis. *Communication*: local."""
        if self.nodes is not None:
            return (self.nodes,) * len(self.points)
        axes = zip(self.origin, self.spacing, self.points, strict=True)
        return tuple(low + step * np.arange(float(n)) for low, step, n in axes)


def write_points(folder: Path, snapshots: Iterable[Snapshot]) -> None:
    """Write the files of points of these fields that are missing; OSError if the file system refuses.

    By rank 0 alone. *Communication*: local.
    """
    for snapshot in {one.grid_file: one for one in snapshots if len(one.points) > 1}.values():
        grid = folder / snapshot.grid_file
        if not grid.exists():
            replace_file(grid, points_image(*snapshot.coordinates()))


def points_image(x: RealArray, y: RealArray) -> bytes:
    """The bytes of a file of the points (x_i, y_j, 0) of a plane, (N₀, N₁, 3).

    Of each coordinate there are many equal parts, which are compressed once; of z, which is 0, none are stored.
    """
    with h5py.File("points", "w", driver="core", backing_store=False) as file:
        file.attrs["format_version"] = np.bytes_(FORMAT_VERSION)
        shape = len(x), len(y)
        chunk = min(_CHUNK, shape[0]), min(_CHUNK, shape[1])
        dataset = file.create_dataset(_POINTS, (*shape, 3), "<f8", chunks=(*chunk, 1), compression="gzip")
        for component, values in enumerate((x, y)):
            others = range(0, shape[1 - component], chunk[1 - component])
            for first, packed in _chunks(values, component, chunk):
                for other in others:
                    place = (first, other) if component == 0 else (other, first)
                    dataset.id.write_direct_chunk((*place, component), packed)
        file.flush()
        image: bytes = file.id.get_file_image()
        return image


def _chunks(values: RealArray, axis: int, chunk: tuple[int, int]) -> Iterator[tuple[int, bytes]]:
    """First index, and the compressed values of a chunk along an axis; they are equal along the other one."""
    for first in range(0, len(values), chunk[axis]):
        part = np.zeros(chunk[axis])
        part[: len(values) - first] = values[first : first + chunk[axis]]
        whole: NDArray[Any] = np.broadcast_to(part[:, None] if axis == 0 else part, chunk).astype("<f8")
        yield first, zlib.compress(whole.tobytes())


def add_grid(collection: ET.Element, dtype: np.dtype[Any], snapshot: Snapshot, meshes: Sequence[str]) -> None:
    """Add the entry of one field, of these complex meshes. *Communication*: local."""
    grid = ET.SubElement(collection, "Grid", Name="u", GridType="Uniform")
    ET.SubElement(grid, "Time", Value=repr(snapshot.time))
    # Of three axes, arrays as well, whatever they have in their file: the reader of XDMF 2 cuts them as it cuts a grid.
    size = _words((1,) * (3 - len(snapshot.points)) + snapshot.points)
    if len(snapshot.points) > 1:
        _add_plane(grid, snapshot, size)
    elif snapshot.nodes is None:
        _add_line(grid, snapshot, size)
    else:
        _add_nodes(grid, snapshot, size)
    parts = [(f"{mesh}_{part}", f"{mesh}/{part}") for mesh in meshes for part in PARTS]
    for label, name in (("density", "density"), *parts):
        attribute = ET.SubElement(grid, "Attribute", Name=label, AttributeType="Scalar", Center="Node")
        _add_data(attribute, f"{snapshot.file}:/data/{snapshot.steps}/meshes/{name}", size, dtype.itemsize // 2)


def _add_plane(grid: ET.Element, snapshot: Snapshot, size: str) -> None:
    ET.SubElement(grid, "Topology", TopologyType="3DSMesh", Dimensions=size)
    geometry = ET.SubElement(grid, "Geometry", GeometryType="XYZ")
    _add_data(geometry, f"{snapshot.grid_file}:/{_POINTS}", f"{_words(snapshot.points)} 3")


def _add_line(grid: ET.Element, snapshot: Snapshot, size: str) -> None:
    """Of evenly spaced points; the last of the numbers are those of x."""
    ET.SubElement(grid, "Topology", TopologyType="3DCoRectMesh", Dimensions=size)
    geometry = ET.SubElement(grid, "Geometry", GeometryType="ORIGIN_DXDYDZ")
    for values in ((0.0, 0.0, *snapshot.origin), snapshot.spacing * 3):
        _add_numbers(geometry, values)


def _add_nodes(grid: ET.Element, snapshot: Snapshot, size: str) -> None:
    """Of points that the field itself names."""
    ET.SubElement(grid, "Topology", TopologyType="3DRectMesh", Dimensions=size)
    geometry = ET.SubElement(grid, "Geometry", GeometryType="VXVYVZ")
    _add_data(geometry, f"{snapshot.file}:/data/{snapshot.steps}/nodes", _words(snapshot.points))
    for _ in range(2):
        _add_numbers(geometry, (0.0,))


def _add_data(parent: ET.Element, place: str, size: str, precision: int = 8) -> None:
    item = ET.SubElement(
        parent, "DataItem", Format="HDF", NumberType="Float", Dimensions=size, Precision=str(precision)
    )
    item.text = place


def _add_numbers(parent: ET.Element, values: tuple[float, ...]) -> None:
    size = str(len(values))
    item = ET.SubElement(parent, "DataItem", Format="XML", NumberType="Float", Dimensions=size, Precision="8")
    item.text = _words(values)


def _words(values: tuple[float, ...]) -> str:
    return " ".join(repr(value) for value in values)
