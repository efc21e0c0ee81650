"""Initial data from files: every number in its place on any number of ranks, and one message for every bad file."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.contracts import Domain
from parallel_nls.errors import UserError
from parallel_nls.output.fields import write_field
from parallel_nls.output.initial_file import read_initial_field
from tests.output.stored_fields import GRIDS, domain_of, share_of
from tests.support import random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

Numbers = NDArray[Any]

pytestmark = [pytest.mark.mpi, pytest.mark.usefixtures("in_pieces")]
PRECISIONS = [(np.complex64, np.complex64), (np.complex64, np.complex128), (np.complex128, np.complex64)]


def stored(comm: Intracomm, path: Path, points: tuple[int, ...], dtype: type = np.complex128) -> Numbers:
    """Store random numbers as a run does; return them in natural order."""
    natural: Numbers = random_field(points).astype(dtype)
    domain = domain_of(comm, points, dtype)
    write_field(path, domain, share_of(domain, natural), 5, 0.5, 0.1)
    comm.barrier()
    return natural


def read(comm: Intracomm, path: Path, points: tuple[int, ...], dtype: type = np.complex128) -> tuple[Domain, Numbers]:
    """The local share that is read."""
    domain = domain_of(comm, points, dtype)
    field = domain.allocate(domain.layouts[0])
    field[...] = np.nan
    read_initial_field(path, domain, field)
    return domain, field


@pytest.mark.parametrize(
    ("points", "written", "wanted"),
    [(points, np.complex128, np.complex128) for points in GRIDS]
    + [(points, *types) for points in ((250,), (16, 12)) for types in PRECISIONS],
)
def test_a_stored_field(
    comm: Intracomm, shared_path: Path, points: tuple[int, ...], written: type, wanted: type
) -> None:
    """Read back as written; in another precision rounded once."""
    natural = stored(comm, shared_path / "start.h5", points, written)
    domain, field = read(comm, shared_path / "start.h5", points, wanted)
    np.testing.assert_array_equal(field, share_of(domain, natural.astype(wanted)), strict=True)


ARRAYS: dict[str, Callable[[Numbers], Numbers]] = {
    "single": lambda u: u.astype(np.complex64),
    "real": lambda u: u.real.copy(),
    "other bytes": lambda u: u.astype(">c16"),
    "column order": np.asfortranarray,
}


@pytest.mark.parametrize(
    ("points", "form"),
    [(points, "complex") for points in GRIDS] + [(points, form) for points in ((12,), (3, 5)) for form in ARRAYS],
)
def test_an_array(comm: Intracomm, shared_path: Path, points: tuple[int, ...], form: str) -> None:
    """Numbers of any kind and order."""
    natural = ARRAYS.get(form, np.copy)(random_field(points))
    if comm.rank == 0:
        np.save(shared_path / "start.npy", natural)
    comm.barrier()
    domain, field = read(comm, shared_path / "start.npy", points)
    np.testing.assert_array_equal(field, share_of(domain, natural.astype(complex)), strict=True)


@pytest.mark.parametrize("name", ["start.h5", "start.npy"])
@pytest.mark.parametrize("points", [(2**18,), (512, 512)])
def test_reading_takes_little_memory(shared_path: Path, name: str, points: tuple[int, ...]) -> None:
    """No second share: pieces of an eighth only."""
    from mpi4py import MPI

    folder = shared_path / str(MPI.COMM_WORLD.rank)
    folder.mkdir()
    domain = domain_of(MPI.COMM_SELF, points)
    field = domain.allocate(domain.layouts[0])
    np.save(folder / "start.npy", np.ones(points, dtype=complex))
    write_field(folder / "start.h5", domain, field + 1, 0, 0.0, 0.0)
    tracemalloc.start()
    read_initial_field(folder / name, domain, field)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < field.nbytes / 4
    assert (field == 1).all()


def no_number(path: Path) -> None:
    """An array of text."""
    np.save(path.with_suffix(".npy"), np.array(["u"] * 12))


def cut(path: Path) -> None:
    """A stored field cut short."""
    path.write_bytes(path.read_bytes()[:3000])


def cut_array(path: Path) -> None:
    """An array cut short."""
    np.save(path.with_suffix(".npy"), np.ones(12, dtype=complex))
    path.with_suffix(".npy").write_bytes(path.with_suffix(".npy").read_bytes()[:-1])


def pickled(path: Path) -> None:
    """An array of objects, which would run code."""
    np.save(path.with_suffix(".npy"), np.array([print] * 12), allow_pickle=True)


def without(name: str) -> Callable[[Path], None]:
    """A stored field that lacks something."""

    def remove(path: Path) -> None:
        """Take it away."""
        with h5py.File(path, "r+") as file:
            del file[name]

    return remove


def uneven(path: Path) -> None:
    """Parts of different shapes."""
    with h5py.File(path, "r+") as file:
        del file["data/5/meshes/u/imag"]
        file["data/5/meshes/u/imag"] = np.zeros(11)


def twice(path: Path) -> None:
    """Two iterations in one file."""
    with h5py.File(path, "r+") as file:
        file.copy("data/5", "data/6")


def no_spacing(path: Path) -> None:
    """A mesh that does not say where its points are."""
    with h5py.File(path, "r+") as file:
        del file["data/5/meshes/u"].attrs["gridSpacing"]


def infinite(path: Path) -> None:
    """The last value is no number."""
    with h5py.File(path, "r+") as file:
        file["data/5/meshes/u/real"][-1] = np.inf


def declared(path: Path) -> None:
    """A terabyte in a small file."""
    replace_part(path, shape=(2**37,), chunks=(4096,), dtype="f8")


def bomb(path: Path) -> None:
    """Zeros that are packed ten thousandfold."""
    replace_part(path, data=np.zeros(2**21), chunks=(2**21,), compression="gzip")


def external(path: Path) -> None:
    """Values in a file of somebody else."""
    replace_part(path, shape=(12,), dtype="f8", external=[(str(path), 0, 96)])


def texts(path: Path) -> None:
    """No numbers."""
    replace_part(path, data=np.array([b"u"] * 12))


def replace_part(path: Path, **dataset: Any) -> None:
    """Another real part."""
    with h5py.File(path, "r+") as file:
        del file["data/5/meshes/u/real"]
        file["data/5/meshes/u"].create_dataset("real", **dataset)


def newer(path: Path) -> None:
    """A format of the future."""
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = np.bytes_("9.0")


def attributed(**attributes: object) -> Callable[[Path], None]:
    """A mesh that says otherwise of its points."""

    def change(path: Path) -> None:
        """Say so."""
        with h5py.File(path, "r+") as file:
            file["data/5/meshes/u"].attrs.update(attributes)

    return change


def at_nodes(path: Path) -> None:
    """Nodes beside the mesh, as older files have them."""
    with h5py.File(path, "r+") as file:
        file["data/5/nodes"] = np.linspace(-1.0, 1.0, 12) ** 3


def saved(array: Numbers) -> Callable[[Path], None]:
    """An array as it is."""
    return lambda path: np.save(path.with_suffix(".npy"), array)


# (file, what is done to start.h5 with 12 points or beside it, part of the message)
BAD = {
    "missing": ("none.h5", None, "there is no file .*none.h5"),
    "missing array": ("none.npy", None, "there is no file .*none.npy"),
    "directory": ("", None, "cannot be read .*directory"),
    "text": ("start.h5", lambda path: path.write_text("u = 1"), "holds no field; give"),
    "empty": ("start.h5", lambda path: path.write_bytes(b""), "holds no field; give"),
    "empty array": ("start.npy", lambda path: path.with_suffix(".npy").write_bytes(b""), "cannot be read as an array"),
    "text array": ("start.npy", lambda path: path.with_suffix(".npy").write_text("1 2"), "cannot be read as an array"),
    "cut": ("start.h5", cut, "start.h5 cannot be read .*truncated"),
    "cut array": ("start.npy", cut_array, "cannot be read as an array"),
    "objects": ("start.npy", pickled, "cannot be read as an array"),
    "words": ("start.npy", no_number, "holds <U1, not numbers"),
    "no data": ("start.h5", without("data"), "holds no stored field"),
    "no part": ("start.h5", without("data/5/meshes/u/imag"), "holds no stored field"),
    "uneven": ("start.h5", uneven, "real and imaginary parts have different shapes"),
    "two": ("start.h5", twice, "holds no stored field"),
    "no spacing": ("start.h5", no_spacing, "start.h5 cannot be read"),
    "declared": ("start.h5", declared, "real declares 137438953472 values, and they are not there"),
    "bomb": ("start.h5", bomb, "real declares 2097152 values, and they are not there"),
    "external": ("start.h5", external, "real lies in other files"),
    "texts": ("start.h5", texts, "real holds no numbers"),
    "newer": ("start.h5", newer, "has format 9.0"),
    "other shape": ("start.npy", saved(np.ones(13)), "holds 13 points, the run has 12; take the same grid.points"),
    "plane": ("start.npy", saved(np.ones((3, 4))), "holds 3 × 4 points, the run has 12"),
    "not a number": ("start.npy", saved(np.append(np.ones(11), np.nan)), "start.npy holds numbers that are not finite"),
    "infinite": ("start.h5", infinite, "start.h5 holds numbers that are not finite"),
    "nodes": ("start.h5", at_nodes, "holds a field at nodes of its own, .* not on the grid of a box; give its values"),
    "matrix": ("start.h5", attributed(axisLabels=np.array([b"r"])), "holds a field along the axes r, not on the grid"),
    "geometry": ("start.h5", attributed(geometry=np.bytes_("thetaMode")), "a field of the geometry 'thetaMode', not"),
    "elsewhere": (
        "start.h5",
        attributed(gridGlobalOffset=[0.0]),
        r"along x begin at 0, those of the run at -5; if it is periodic, numpy\.roll\(u, 6, axis=0\) has it at those",
    ),
    "between": (
        "start.h5",
        attributed(gridGlobalOffset=[-4.75]),
        r"begin at -4\.75, .* at -5; give its values at those",
    ),
    "one number": ("start.npy", saved(np.array(1j)), "points, the run has 12"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files(comm: Intracomm, shared_path: Path, case: str) -> None:
    """The same message on all ranks, idle ones too, and nothing hangs."""
    name, damage, message = BAD[case]
    stored(comm, shared_path / "start.h5", (12,))
    if comm.rank == 0 and damage is not None:
        damage(shared_path / "start.h5")
    comm.barrier()
    with pytest.raises(UserError, match=message) as error:
        read(comm, shared_path / name, (12,))
    assert len(set(comm.allgather(str(error.value)))) == 1


def test_another_grid(comm: Intracomm, shared_path: Path) -> None:
    """Other points, another dimension, and the same points in another box."""
    stored(comm, shared_path / "plane.h5", (3, 4))
    with pytest.raises(UserError, match=r"plane\.h5 holds 3 × 4 points, the run has 12; take the same grid\.points"):
        read(comm, shared_path / "plane.h5", (12,))
    with pytest.raises(UserError, match=r"plane\.h5 holds 3 × 4 points, the run has 4 × 3"):
        read(comm, shared_path / "plane.h5", (4, 3))
    domain = domain_of(comm, (3, 4))
    if comm.rank == 0:
        with h5py.File(shared_path / "plane.h5", "r+") as file:
            file.copy("data/5/meshes/u", "turned")
            file["turned"].attrs["axisLabels"] = [b"y", b"x"]
    comm.barrier()
    with pytest.raises(UserError, match="a field along the axes y, x, not on the grid of a box"):
        read_initial_field(shared_path / "plane.h5", domain, domain.allocate(domain.layouts[0]), "turned")
    domain.length = (10.0, 12.5)
    with pytest.raises(UserError, match=r"a box 10 × 11, the run has 10 × 12\.5; take the same grid.length"):
        read_initial_field(shared_path / "plane.h5", domain, domain.allocate(domain.layouts[0]))
