"""fields.xmf and the points that it refers to: every number of a field where it belongs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.output.field_index import FieldIndex
from parallel_nls.output.fields import U, write_field
from parallel_nls.output.paraview_grids import Snapshot, points_image
from tests.output.stored_fields import domain_of, share_of
from tests.support import random_field

STEPS, TIME = 30, -0.25
NODES = np.array([0.5, 1.5, 4.0])


def read(item: ET.Element, folder: Path) -> NDArray[np.floating]:
    """The numbers of a DataItem, in its precision."""
    shape = [int(word) for word in item.attrib["Dimensions"].split()]
    if item.attrib["Format"] == "XML":
        return np.array((item.text or "").split(), dtype=float).reshape(shape)
    name, _, dataset = (item.text or "").partition(":")
    with h5py.File(folder / name) as file:
        stored: NDArray[np.floating] = file[dataset][()]
    assert stored.itemsize == int(item.attrib["Precision"])
    return stored.reshape(shape)


def places(grid: ET.Element, folder: Path) -> NDArray[np.floating]:
    """(points, 3): x, y, z of all points of a grid, in the order of the numbers of its attributes."""
    topology, geometry = grid.find("Topology"), grid.find("Geometry")
    assert topology is not None
    assert geometry is not None
    size = [int(word) for word in topology.attrib["Dimensions"].split()]
    items = [read(item, folder) for item in geometry]
    kind = topology.attrib["TopologyType"], geometry.attrib["GeometryType"]
    if kind == ("3DSMesh", "XYZ"):
        return items[0].reshape(-1, 3)
    if kind == ("3DCoRectMesh", "ORIGIN_DXDYDZ"):
        axes = [low + step * np.arange(n) for low, step, n in zip(*items, size, strict=True)][::-1]
    else:
        assert kind == ("3DRectMesh", "VXVYVZ")
        axes = items
    assert [len(axis) for axis in axes] == size[::-1]
    return np.array([(x, y, z) for z in axes[2] for y in axes[1] for x in axes[0]])


@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("points", [(40,), (20, 22), (5, 3)])
def test_numbers_and_their_places(tmp_path: Path, points: tuple[int, ...], dtype: type) -> None:
    """A plane lies in x and y, a line along x, and the number of each point is that of the field."""
    domain = domain_of(MPI.COMM_SELF, points, dtype)
    natural: NDArray[Any] = random_field(points).astype(dtype)
    write_field(tmp_path / "b.h5", domain, share_of(domain, natural), STEPS, TIME, 0.1)
    FieldIndex(tmp_path / "fields.xmf", domain.dtype, U).write([Snapshot.of(domain, STEPS, TIME, "b.h5")])
    (grid,) = ET.parse(tmp_path / "fields.xmf").getroot().findall("Domain/Grid/Grid")
    assert [item.attrib["Value"] for item in grid.findall("Time")] == [repr(TIME)]
    axes = [low + step * np.arange(n) for low, step, n in zip(domain.origin, domain.spacing, points, strict=True)]
    axes += [np.zeros(1)] * (3 - len(axes))
    expected = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    np.testing.assert_allclose(places(grid, tmp_path), expected, rtol=0, atol=1e-14)
    found = {item.attrib["Name"]: read(item[0], tmp_path).ravel() for item in grid.findall("Attribute")}
    assert list(found) == ["density", "u_real", "u_imag"]
    np.testing.assert_array_equal(found["u_real"] + 1j * found["u_imag"], natural.ravel(), strict=True)


def test_points_that_are_not_evenly_spaced(tmp_path: Path) -> None:
    """Of a line those of the field itself; of a matrix on a radial axis r along x, and r' along y."""
    line = Snapshot(STEPS, TIME, "b.h5", (3,), (0.5,), (1.0,), NODES)
    matrix = Snapshot(STEPS, TIME, "b.h5", (3, 3), (0.5, 0.5), (1.0, 1.0), NODES)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file[f"data/{STEPS}/nodes"] = NODES
    FieldIndex(tmp_path / "fields.xmf", complex, U).write([line, matrix])
    grids = ET.parse(tmp_path / "fields.xmf").getroot().findall("Domain/Grid/Grid")
    np.testing.assert_array_equal(places(grids[0], tmp_path), [(x, 0, 0) for x in NODES])
    np.testing.assert_array_equal(places(grids[1], tmp_path), [(x, y, 0) for x in NODES for y in NODES])


@pytest.mark.parametrize("shape", [(700, 3), (3, 700), (1030, 520)])
def test_points_beyond_a_chunk(tmp_path: Path, shape: tuple[int, int]) -> None:
    """All of them, in a file that takes little room."""
    x, y = (np.linspace(-1, 1, n) for n in shape)
    (tmp_path / "grid.hdf").write_bytes(points_image(x, y))
    with h5py.File(tmp_path / "grid.hdf") as file:
        found = file["points"][()]
    np.testing.assert_array_equal(found[..., 0], np.broadcast_to(x[:, None], shape))
    np.testing.assert_array_equal(found[..., 1], np.broadcast_to(y, shape))
    assert not found[..., 2].any()
    if min(shape) > 500:
        assert (tmp_path / "grid.hdf").stat().st_size < found.nbytes / 100


def test_points_are_stored_once_a_grid(tmp_path: Path) -> None:
    """Of a run that refines its grid one file each; what is there is not written again."""
    grids = [domain_of(MPI.COMM_SELF, points) for points in ((4, 6), (4, 6), (8, 12))]
    snapshots = [Snapshot.of(grid, step, 0.1 * step, "a.h5") for step, grid in enumerate(grids)]
    FieldIndex(tmp_path / "fields.xmf", complex, U).write(snapshots[:2])
    first = (tmp_path / "grid_4x6.hdf").stat().st_ino
    FieldIndex(tmp_path / "fields.xmf", complex, U).write(snapshots)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fields.xmf", "grid_4x6.hdf", "grid_8x12.hdf"]
    assert (tmp_path / "grid_4x6.hdf").stat().st_ino == first
