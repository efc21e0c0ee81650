"""Starts from stored fields: with their time, by any name, from any file, on other points of the same box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.output.initial_file import read_initial_field
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from tests.output.stored_fields import domain_of, share_of
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration
    from parallel_nls.numerics.arrays import ComplexArray

pytestmark = pytest.mark.mpi

COMMON = ["diagnostics.families=['conserved']", "limits.spectral_tail=off", "diagnostics.every={steps=1}"]
LINE = ["equation.dimension=1", "grid.length=[20.0]"]
PLANE = ["equation.dimension=2", "grid.length=[12.0,11.0]"]
CHOICES = {1: LINE, 2: PLANE}
TEN = "{start=0.0, stop=0.01, step=0.001}"
FREE = "{stop=0.26, step=0.001}"


def config_of(points: tuple[int, ...], initial: str, *more: str, times: str = TEN) -> Configuration:
    """A run from what a file holds."""
    space = CHOICES[len(points)]
    given = [*COMMON, *space, f"grid.points={list(points)}", f"initial={initial}", f"time={times}", *more]
    return load_configuration("gaussian_collapse", given)


def stored(path: Path, *more: str) -> str:
    """Initial data of a file, as --set takes them."""
    return f"{{kind='file', file='{path}'{''.join(f', {part}' for part in more)}}}"


def natural(simulation: Simulation) -> ComplexArray:
    """The whole field by its points."""
    whole = gather_field(simulation.domain.layouts[0], simulation.field())
    order = simulation.domain.natural_order
    return np.ascontiguousarray(whole.transpose(order).reshape(simulation.domain.points))


def waves(points: tuple[int, ...], bandwidth: int) -> ComplexArray:
    """A trigonometric polynomial with |m| ≤ bandwidth on each axis, at some points of the box."""
    numbers = range(-bandwidth, bandwidth + 1)
    generator = np.random.default_rng(7)
    shape = (len(numbers),) * len(points)
    found: Any = generator.standard_normal((*shape, 2)).view(complex)[..., 0]
    for n in points:
        phases = np.exp(2j * np.pi * np.outer(np.arange(n) - n / 2, numbers) / n)
        found = np.moveaxis(np.tensordot(phases, found, (1, 0)), 0, -1)
    return np.asarray(found)


@pytest.mark.parametrize(
    ("source", "target"),
    [((30,), (96,)), ((96,), (30,)), ((45,), (32,)), ((12, 15), (32, 12)), ((12, 15), (12, 30)), ((24, 20), (16, 15))],
)
def test_a_field_of_other_points_is_its_polynomial(
    comm: Intracomm, shared_path: Path, source: tuple[int, ...], target: tuple[int, ...]
) -> None:
    """Exact on finer axes, on coarser ones that hold all its waves, and on both at once."""
    if comm.rank == 0:
        np.save(shared_path / "start.npy", waves(source, 5))
    comm.Barrier()
    config = config_of(target, stored(shared_path / "start.npy", "interpolate=true"))
    found = natural(Simulation(config, comm))
    expected = waves(target, 5)
    assert np.abs(found - expected).max() <= 4e-15 * np.abs(expected).max() * len(source)


@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize(("source", "target"), [((45,), (128,)), ((24, 20), (16, 27))])
def test_it_has_the_same_bits_on_any_ranks(
    comm: Intracomm, shared_path: Path, source: tuple[int, ...], target: tuple[int, ...]
) -> None:
    """Beside one rank of the same job."""
    from mpi4py import MPI

    path = shared_path / "start.npz"
    if comm.rank == 0:
        np.savez_compressed(path, u=waves(source, 5), time=0.5)
    comm.Barrier()
    config = config_of(target, stored(path, "interpolate=true"))
    assert digest(natural(Simulation(config, comm))) == digest(natural(Simulation(config, MPI.COMM_SELF)))


def test_waves_that_the_grid_does_not_hold_are_not_dropped(comm: Intracomm, shared_path: Path) -> None:
    """By one message; and without the key other points are refused, with it another box."""
    if comm.rank == 0:
        np.save(shared_path / "start.npy", waves((45,), 9))
    comm.Barrier()
    path = shared_path / "start.npy"
    with pytest.raises(UserError, match=r"45 points, the run has 16: waves .* more than rounding, 1e-13; give more"):
        Simulation(config_of((16,), stored(path, "interpolate=true")), comm)
    with pytest.raises(UserError, match=r"take the same grid\.points, or initial\.interpolate = true"):
        Simulation(config_of((16,), stored(path)), comm)
    run(config_of((45,), stored(path), "time.stop=0.001"), comm, shared_path / "run", quiet=True)
    field = shared_path / "run" / "fields" / "field_00000001.h5"
    other = config_of((90,), stored(field, "interpolate=true"), "grid.length=30.0")
    with pytest.raises(UserError, match=r"a box 20, the run has 30; take the same grid\.length"):
        Simulation(other, comm)


def test_a_stored_field_brings_its_time(comm: Intracomm, shared_path: Path) -> None:
    """The start is that of the file, and the field is that of the file; the stored run knows the number."""
    first = load_configuration(
        "gaussian_collapse", [*COMMON, *LINE, "grid.points=60", "time.stop=0.05", "initial.center=0.0"]
    )
    run(first, comm, shared_path / "first", quiet=True)
    field = shared_path / "first" / "fields" / "field_00000100.h5"
    config = config_of((60,), stored(field, "time='stored'"), times="{stop=0.06, step=0.0005}")
    assert config.time.start == pytest.approx(0.05, rel=1e-15)
    assert config.frames.count == 20
    assert f"start = {config.time.start!r}" in config.complete_toml()
    assert 'time = "stored"' not in config.complete_toml()
    outcome = run(config, comm, shared_path / "second", quiet=True)
    assert outcome.exit_code == 0
    comm.Barrier()
    with h5py.File(field) as old, h5py.File(shared_path / "second" / "fields" / "field_00000000.h5") as new:
        assert new["data/0"].attrs["time"] == config.time.start
        for part in ("real", "imag"):
            difference = old[f"data/100/meshes/u/{part}"][()] - new[f"data/0/meshes/u/{part}"][()]
            assert np.abs(difference).max() <= 4e-15  # that of a transform and its inverse


def written(comm: Intracomm, folder: Path, u: ComplexArray) -> None:
    """The same numbers in files of all kinds, with the time 0.25."""
    if comm.rank == 0:
        np.savez(folder / "one.npz", psi=u, time=0.25)
        np.savez_compressed(folder / "two.npz", psi=u, other=np.asfortranarray(u), time=np.array([0.25]))
        np.save(folder / "bare.npy", u)
        np.savez(folder / "text.npz", psi=np.array(["a"]))
        (folder / "broken.npz").write_bytes(b"no archive")
        with h5py.File(folder / "other.hdf5", "w") as file:
            file.create_dataset("waves/psi", data=u, chunks=u.shape, compression="gzip")
            file["waves"].attrs["time"] = 0.25
            file["parts/real"], file["parts/imag"], file["parts/time"] = u.real, u.imag, 0.25
            file["modulus"] = np.abs(u)
            file["modulus"].attrs["time"] = 0.25
        with h5py.File(folder / "foreign.h5", "w") as file:
            file["psi"] = u
    comm.Barrier()


FILES: dict[str, tuple[str, Callable[[ComplexArray], Any]]] = {
    "the only array": ("one.npz", lambda u: u),
    "by name": ("two.npz:psi", lambda u: u),
    "in column order": ("two.npz:other", lambda u: u),
    "a dataset": ("other.hdf5:waves/psi", lambda u: u),
    "two parts": ("other.hdf5:parts", lambda u: u),
    "real numbers": ("other.hdf5:modulus", np.abs),
}


@pytest.mark.parametrize("points", [(60,), (14, 9)])
def test_files_of_other_programs(comm: Intracomm, shared_path: Path, points: tuple[int, ...]) -> None:
    """Every number in its place, with the time that each holds."""
    u = waves(points, 3)
    written(comm, shared_path, u)
    for file, made in FILES.values():
        name, _, dataset = file.partition(":")
        parts = ["time='stored'", *([f"dataset='{dataset}'"] if dataset else [])]
        config = config_of(points, stored(shared_path / name, *parts), times=FREE)
        assert config.time.start == 0.25
        domain = domain_of(comm, points)
        field = domain.allocate(domain.layouts[0])
        read_initial_field(shared_path / name, domain, field, dataset or None)
        np.testing.assert_array_equal(field, share_of(domain, made(u).astype(complex)), strict=True)
        domain.close()
    assert np.abs(natural(Simulation(config, comm)) - np.abs(u)).max() <= 4e-15 * np.abs(u).max()


BAD = {
    "several": (("two.npz",), "holds several arrays, or none; name one by initial.dataset; known: \"psi\", \"other\""),
    "misspelt": (("two.npz", "dataset='psy'"), "holds no array 'psy'; did you mean \"psi\""),
    "no archive": (("broken.npz",), "cannot be read as an archive of numpy"),
    "words": (("text.npz",), "holds <U1, not numbers"),
    "a name of nothing": (("bare.npy", "dataset='psi'"), "is one array, without names; remove initial.dataset"),
    "no dataset": (("other.hdf5", "dataset='waves/phi'"), "holds no dataset 'waves/phi'; did you mean \"waves/psi\""),
    "unnamed": (("foreign.h5",), "holds no stored field; name one of its datasets, as initial.dataset = 'psi'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_file(comm: Intracomm, shared_path: Path, case: str) -> None:
    """One message on all ranks."""
    written(comm, shared_path, waves((12,), 2))
    (name, *parts), message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        Simulation(config_of((12,), stored(shared_path / name, *parts)), comm)
    assert len(set(comm.allgather(str(caught.value)))) == 1


def test_mistakes_about_the_time(comm: Intracomm, shared_path: Path) -> None:
    """Another start, a file without a time, no file; and what a system without a box does not take."""
    written(comm, shared_path, waves((12,), 2))
    asked = "time='stored'"
    for name, parts, times, message in (
        ("one.npz", [asked], TEN, r"time\.start = 0\.0: initial\.time = \"stored\" takes it from"),
        ("bare.npy", [asked], FREE, r"holds no time, which initial\.time = \"stored\" asks for; remove it"),
        ("foreign.h5", [asked, "dataset='psi'"], FREE, "holds no time"),
        ("none.npz", [asked], FREE, r"initial\.file = .*: no such file .*none\.npz"),
        ("one.npz", ["time='sorted'"], TEN, r"unknown time of a file; known: \"stored\"|did you mean \"stored\""),
    ):
        with pytest.raises(UserError, match=message):
            config_of((12,), stored(shared_path / name, *parts), times=times)
    half = f"initial={stored(shared_path / 'one.npz', 'interpolate=true')}"
    with pytest.raises(UserError, match=r"initial\.interpolate = true: is for fields in boxes"):
        load_configuration("half_wave_blowup", [half])


@pytest.mark.ranks(1, 3)
def test_a_run_begins_anew_with_its_own_file_alone(comm: Intracomm, shared_path: Path) -> None:
    """Where no checkpoint is left, the numbers that it started from are needed again: others are refused."""
    path, root = shared_path / "start.npy", shared_path / "run"
    first, other = waves((64,), 5), waves((64,), 6)

    def lose(numbers: ComplexArray) -> None:
        """Put numbers into the file, and take away all but the beginnings of the run."""
        if comm.rank == 0:
            np.save(path, numbers)
            for name in (*root.glob("checkpoints/*"), *root.glob("summary.json")):
                name.unlink()
        comm.Barrier()

    lose(first)
    run(config_of((64,), stored(path)), comm, root, quiet=True)
    series = (root / "series.h5").read_bytes()
    comm.Barrier()
    lose(other)
    with pytest.raises(UserError, match=r"start\.npy is not the file with which the run was begun; put that back"):
        resume(comm, root, quiet=True)
    lose(first)
    if comm.rank == 0:
        (root / "run.json").unlink()  # a new one holds the checksum again
    comm.Barrier()
    resume(comm, root, quiet=True)
    assert (root / "series.h5").read_bytes() == series
    comm.Barrier()
    lose(other)
    with pytest.raises(UserError, match="is not the file with which the run was begun"):
        resume(comm, root, quiet=True)
