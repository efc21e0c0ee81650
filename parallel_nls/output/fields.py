"""Stored fields: HDF5 by the openPMD standard, and an XDMF index for ParaView.

A file holds the meshes ``u`` (components real, imag) and ``density`` = |u|², in the precision of the run, so that any
reader without complex numbers can open it. u[i, j] belongs to x = -L/2 + i·dx, y = -L/2 + j·dy; on a line u[n] to
x = -L/2 + n·dx; on a radial axis γ[i, j] to ``nodes[i]``, ``nodes[j]``, and holds γ(r, r') times ``amplitude`` of both.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import StoredDomain
from parallel_nls.output.durable_files import replace_file
from parallel_nls.output.parallel_hdf5 import add_distributed, filling
from parallel_nls.output.run_paths import FORMAT_VERSION

Complex = NDArray[np.complexfloating]
Real = NDArray[np.floating]


def _real(u: Complex) -> Real:
    return u.real


def _imag(u: Complex) -> Real:
    return u.imag


def _density(u: Complex) -> Real:
    return u.real * u.real + u.imag * u.imag


_MESHES = {
    "u/real": _real,
    "u/imag": _imag,
    "density": _density,
}


def write_field(path: Path, domain: StoredDomain, field: Complex, steps: int, time: float, step_size: float) -> None:
    """Store u.

    Parameters
    ----------
    path : Path
        The new file.
    domain : Domain
        The grid.
    field : ndarray, complex128 or complex64
        Local share in physical layout; kept.
    steps, time, step_size : int, float, float
        Steps taken since the start, simulated time, and length of the last step (dimensionless, signed).

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective over all ranks; idle ones join the verdicts only.
    """

    def lay_out(file: h5py.File) -> None:
        """Write all but the numbers."""
        _write_root(file)
        base = file.create_group(f"data/{steps}")
        base.attrs.update({"time": time, "dt": step_size, "timeUnitSI": 1.0})
        if domain.nodes is not None:
            base["nodes"] = domain.nodes
        if domain.amplitude is not None:
            base["amplitude"] = domain.amplitude
        meshes = base.create_group("meshes")
        for name in _MESHES:
            dataset = add_distributed(meshes, name, domain.points, field.real.dtype)
            dataset.attrs.update({"unitSI": 1.0, "position": np.zeros(len(domain.points))})
        for name in ("u", "density"):
            _write_mesh(meshes[name], domain)

    with filling(path, domain, lay_out) as writer:
        for name, convert in _MESHES.items():
            writer.write_field(f"data/{steps}/meshes/{name}", domain, field, convert)


def _write_root(file: h5py.File) -> None:
    file.attrs.update(
        {
            "openPMD": np.bytes_("1.1.0"),
            "openPMDextension": np.uint32(0),
            "basePath": np.bytes_("/data/%T/"),
            "meshesPath": np.bytes_("meshes/"),
            "iterationEncoding": np.bytes_("fileBased"),
            "iterationFormat": np.bytes_("field_%08T"),
            "software": np.bytes_("parallel_nls"),
            "format_version": np.bytes_(FORMAT_VERSION),
        }
    )


def _write_mesh(mesh: h5py.Group | h5py.Dataset, domain: StoredDomain) -> None:
    mesh.attrs.update(
        {
            "geometry": np.bytes_("cartesian"),
            "dataOrder": np.bytes_("C"),
            "axisLabels": np.array([label.encode() for label in domain.labels]),
            "gridSpacing": np.array(domain.spacing),
            "gridGlobalOffset": np.array(domain.origin),
            "gridUnitSI": 1.0,
            "unitDimension": np.zeros(7),
            "timeOffset": 0.0,
        }
    )


@dataclass(frozen=True)
class Snapshot:
    """An entry of the XDMF index: steps since the start, and simulated time."""

    steps: int
    time: float
    file: str


def write_xdmf(path: Path, domain: StoredDomain, snapshots: list[Snapshot]) -> None:
    """Write the index of all stored fields for ParaView; by rank 0 alone. *Communication*: local.

    ParaView's horizontal axis is the fastest one of the arrays: y of a plane, x of a line, which is a grid of 1 × N.
    """
    root = ET.Element("Xdmf", Version="3.0")
    collection = ET.SubElement(
        ET.SubElement(root, "Domain"),
        "Grid",
        Name="fields",
        GridType="Collection",
        CollectionType="Temporal",
    )
    for snapshot in snapshots:
        _add_grid(collection, domain, snapshot)
    ET.indent(root)
    replace_file(path, ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_grid(collection: ET.Element, domain: StoredDomain, snapshot: Snapshot) -> None:
    points, origin, spacing = domain.points, domain.origin, domain.spacing
    if len(points) == 1:
        points, origin, spacing = (1, *points), (0.0, *origin), (*spacing, *spacing)
    precision = str(domain.dtype.itemsize // 2)
    grid = ET.SubElement(collection, "Grid", Name="u", GridType="Uniform")
    ET.SubElement(grid, "Time", Value=repr(snapshot.time))
    size = _words(points)
    ET.SubElement(grid, "Topology", TopologyType="2DCoRectMesh", Dimensions=size)
    geometry = ET.SubElement(grid, "Geometry", GeometryType="ORIGIN_DXDY")
    for values in (origin, spacing):
        item = ET.SubElement(geometry, "DataItem", Format="XML", Dimensions="2", Precision="8")
        item.text = _words(values)
    for label, name in (("density", "density"), ("real", "u/real"), ("imag", "u/imag")):
        attribute = ET.SubElement(grid, "Attribute", Name=label, Center="Node")
        item = ET.SubElement(attribute, "DataItem", Format="HDF", Dimensions=size, Precision=precision)
        item.text = f"{snapshot.file}:/data/{snapshot.steps}/meshes/{name}"


def _words(values: tuple[float, ...]) -> str:
    return " ".join(repr(value) for value in values)
