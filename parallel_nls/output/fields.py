"""Stored fields: HDF5 by the openPMD standard, and an XDMF index for ParaView.

A file holds the meshes ``u`` (components real, imag) and ``density`` = |u|², all double precision, so that any reader
without complex numbers can open it. u[i, j] belongs to x = -L/2 + i·dx, y = -L/2 + j·dy.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.output.layout_of_run import AXES, FORMAT_VERSION
from parallel_nls.output.parallel_hdf5 import open_collectively, write_distributed
from parallel_nls.spectral.domain import FourierDomain


def _real(u: NDArray[np.complex128]) -> NDArray[np.float64]:
    return u.real


def _imag(u: NDArray[np.complex128]) -> NDArray[np.float64]:
    return u.imag


def _density(u: NDArray[np.complex128]) -> NDArray[np.float64]:
    return u.real * u.real + u.imag * u.imag


_MESHES = {
    "u/real": _real,
    "u/imag": _imag,
    "density": _density,
}


def write_field(
    path: Path, domain: FourierDomain, field: NDArray[np.complex128], frames: int, time: float, frame: float
) -> None:
    """Store u.

    Parameters
    ----------
    path : Path
        The new file.
    domain : FourierDomain
        The plane.
    field : ndarray, complex128
        Local share in physical layout; kept.
    frames, time, frame : int, float, float
        Frames since the start, simulated time, and length of a frame (dimensionless).

    Notes
    -----
    *Communication*: collective over all ranks; idle ones pass through.
    """
    if not domain.grid.active:
        return
    with open_collectively(path, domain.layouts[0], "w") as file:
        _write_root(file)
        base = file.create_group(f"data/{frames}")
        base.attrs.update({"time": time, "dt": frame, "timeUnitSI": 1.0})
        meshes = base.create_group("meshes")
        for name, convert in _MESHES.items():
            dataset = meshes.create_dataset(name, shape=domain.shape, dtype="<f8")
            dataset.attrs.update({"unitSI": 1.0, "position": np.zeros(2)})
            write_distributed(dataset, domain.layouts[0], field, convert)
        for name in ("u", "density"):
            _write_mesh(meshes[name], domain)


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


def _write_mesh(mesh: h5py.Group | h5py.Dataset, domain: FourierDomain) -> None:
    mesh.attrs.update(
        {
            "geometry": np.bytes_("cartesian"),
            "dataOrder": np.bytes_("C"),
            "axisLabels": np.array(AXES, dtype="S1"),
            "gridSpacing": np.array(domain.spacing),
            "gridGlobalOffset": np.array([-extent / 2 for extent in domain.length]),
            "gridUnitSI": 1.0,
            "unitDimension": np.zeros(7),
            "timeOffset": 0.0,
        }
    )


@dataclass(frozen=True)
class Snapshot:
    """An entry of the XDMF index: frames since the start, and simulated time."""

    frames: int
    time: float
    file: str


def write_xdmf(path: Path, domain: FourierDomain, snapshots: list[Snapshot]) -> None:
    """Write the index of all stored fields for ParaView; by rank 0 alone. *Communication*: local.

    ParaView's horizontal axis is the fastest one of the arrays, which is y.
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
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_grid(collection: ET.Element, domain: FourierDomain, snapshot: Snapshot) -> None:
    size = " ".join(str(n) for n in domain.shape)
    grid = ET.SubElement(collection, "Grid", Name="u", GridType="Uniform")
    ET.SubElement(grid, "Time", Value=repr(snapshot.time))
    ET.SubElement(grid, "Topology", TopologyType="2DCoRectMesh", Dimensions=size)
    geometry = ET.SubElement(grid, "Geometry", GeometryType="ORIGIN_DXDY")
    for values in ([-extent / 2 for extent in domain.length], domain.spacing):
        item = ET.SubElement(geometry, "DataItem", Format="XML", Dimensions="2", Precision="8")
        item.text = " ".join(repr(value) for value in values)
    for label, name in (("density", "density"), ("real", "u/real"), ("imag", "u/imag")):
        attribute = ET.SubElement(grid, "Attribute", Name=label, Center="Node")
        item = ET.SubElement(attribute, "DataItem", Format="HDF", Dimensions=size, Precision="8")
        item.text = f"{snapshot.file}:/data/{snapshot.frames}/meshes/{name}"
