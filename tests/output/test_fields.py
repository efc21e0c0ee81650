"""Stored fields: natural order, the same bytes on any number of ranks, and what other programs read in them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls import __version__
from parallel_nls.output.fields import write_field
from parallel_nls.output.parallel_hdf5 import add_distributed, filling, holds_array, read_arrays
from parallel_nls.output.refusals import Refusals
from parallel_nls.results.fields import read_stored_field
from tests.output.stored_fields import GRIDS, box, domain_of, line_at_nodes, share_of
from tests.support import parts_of, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

STEPS, TIME, STEP_SIZE = 30, -0.25, -0.0125
AXES = (b"x", b"y")


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.mpi
@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("points", GRIDS)
def test_bytes_and_numbers(comm: Intracomm, shared_path: Path, points: tuple[int, ...], dtype: type) -> None:
    """On every number of ranks the same file, and in it the numbers in natural order, exactly."""
    natural: NDArray[Any] = random_field(points).astype(dtype)
    contents = []
    with parts_of(comm, {1, comm.size}) as parts:
        for ranks, part in parts.items():
            path = shared_path / f"{ranks}.h5"
            domain = domain_of(part, points, dtype)
            write_field(path, domain, share_of(domain, natural), STEPS, TIME, STEP_SIZE)
            part.barrier()
            contents.append(path.read_bytes())
    assert len(set(contents)) == 1
    comm.barrier()
    with h5py.File(shared_path / "1.h5", "r") as file:
        meshes = file[f"data/{STEPS}/meshes"]
        real = natural.real.dtype
        expected = natural.real * natural.real + natural.imag * natural.imag
        stored = {"u/real": natural.real, "u/imag": natural.imag, "density": expected}
        for name, numbers in stored.items():
            assert meshes[name].dtype == real.newbyteorder("<")
            np.testing.assert_array_equal(meshes[name][()], numbers, strict=True)


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.mpi
@pytest.mark.parametrize("points", GRIDS)
def test_arrays_as_they_are(comm: Intracomm, shared_path: Path, points: tuple[int, ...]) -> None:
    """What checkpoints use: the folded line is stored folded, and read back on any rank count."""
    domain = domain_of(comm, points)
    whole = random_field(domain.shape)
    layout, path = domain.layouts[0], shared_path / "array.h5"
    with filling(path, domain, lambda file: add_distributed(file, "field", domain.shape, whole.dtype)) as writer:
        writer.write_array("field", layout, whole[layout.local_region])
    again = np.zeros(layout.local_shape, dtype=complex)
    refusals = Refusals(comm, path)
    read_arrays(path, layout, {"field": again}, refusals)
    refusals.settle()
    np.testing.assert_array_equal(again, whole[layout.local_region])
    assert holds_array(path, layout, "field", again)
    again.real = np.nextafter(again.real, np.inf)
    assert holds_array(path, layout, "field", again) == (not domain.grid.active or again.size == 0)
    with h5py.File(path, "r") as file:
        np.testing.assert_array_equal(file["field"][()], whole)


def test_writing_takes_little_memory(tmp_path: Path) -> None:
    """No second share: pieces of an eighth only."""
    from mpi4py import MPI

    for points in ((2**18,), (512, 512)):
        domain = domain_of(MPI.COMM_SELF, points)
        field = domain.allocate(domain.layouts[0])
        tracemalloc.start()
        write_field(tmp_path / "field.h5", domain, field, STEPS, TIME, STEP_SIZE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert field.nbytes / 16 <= peak < field.nbytes / 4


@pytest.mark.parametrize("points", [(12,), (4, 6)])
def test_openpmd(tmp_path: Path, points: tuple[int, ...]) -> None:
    """One entry an axis, x first, and the attributes that the standard asks for."""
    from mpi4py import MPI

    domain = domain_of(MPI.COMM_SELF, points)
    write_field(tmp_path / "field.h5", domain, domain.allocate(domain.layouts[0]), STEPS, TIME, STEP_SIZE)
    with h5py.File(tmp_path / "field.h5", "r") as file:
        assert file.attrs["openPMD"] == b"1.1.0"
        assert file.attrs["basePath"] == b"/data/%T/"
        assert file.attrs["softwareVersion"] == __version__.encode()
        assert list(file["data"]) == [str(STEPS)]
        base = file[f"data/{STEPS}"]
        assert dict(base.attrs) == {"time": TIME, "dt": STEP_SIZE, "timeUnitSI": 1.0}
        for name in ("u", "density", "u_real", "u_imag"):
            attributes = base["meshes"][name].attrs
            assert tuple(attributes["axisLabels"]) == AXES[: len(points)]
            np.testing.assert_array_equal(attributes["gridSpacing"], np.array(box(points)) / points)
            np.testing.assert_array_equal(attributes["gridGlobalOffset"], -np.array(box(points)) / 2)
        for part in ("real", "imag"):
            assert base["meshes"][f"u_{part}"] == base["meshes/u"][part]  # one dataset of two names
        for name in ("u/real", "u/imag", "density"):
            np.testing.assert_array_equal(base["meshes"][name].attrs["position"], np.zeros(len(points)), strict=True)


def test_nodes_are_told_by_their_numbers(tmp_path: Path) -> None:
    """There is no other name for them in openPMD than the index; what reads nodes has the places themselves."""
    places = line_at_nodes(12)
    write_field(tmp_path / "field.h5", places, np.arange(12.0) + 0j, STEPS, TIME, STEP_SIZE)
    with h5py.File(tmp_path / "field.h5", "r") as file:
        attributes = file[f"data/{STEPS}/meshes/u_real"].attrs
        assert attributes["axisLabels"].tolist() == [b"index of x"]
        assert (attributes["gridGlobalOffset"].tolist(), attributes["gridSpacing"].tolist()) == ([0.0], [1.0])
    stored = read_stored_field(tmp_path / "field.h5")
    assert stored.labels() == ("x",)
    np.testing.assert_array_equal(stored.coordinates()[0], places.nodes)
