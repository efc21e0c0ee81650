"""Exports without the programs that read them: which files, what is in them, and what is refused before any is made."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.errors import StorageError, UserError
from parallel_nls.output.fields import write_field
from parallel_nls.results.export import export_run
from parallel_nls.results.reader import Run, open_run
from tests.output.bubble_runs import Recipe, write_run
from tests.output.stored_fields import domain_of, share_of
from tests.support import random_field

NODES = np.array([0.5, 1.5, 4.0, 6.0])


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that this module only reads."""
    return write_run(tmp_path_factory.mktemp("export") / "run", Recipe(dimension=2, count=2))


@pytest.fixture
def run(stored: Path) -> Run:
    """The run, opened anew."""
    return open_run(stored)


def add_field(run: Run, steps: int, points: tuple[int, ...], nodes: np.ndarray | None = None, **labels: object) -> None:
    """One more stored field, of single precision; with nodes of density matrices, or of half waves on the line."""
    domain = domain_of(MPI.COMM_SELF, points, np.complex64)
    path = run.paths.field(steps)
    write_field(path, domain, share_of(domain, random_field(points, steps).astype(np.complex64)), steps, steps, 0.1)
    with h5py.File(path, "r+") as file:
        if nodes is not None:
            file[f"data/{steps}/nodes"] = nodes
        for name, value in labels.items():
            if name == "amplitude":
                file[f"data/{steps}/amplitude"] = value
            else:
                file[f"data/{steps}/meshes/density"].attrs[name] = value


def emptied(stored: Path, folder: Path) -> Run:
    """The run without its fields."""
    root = Path(shutil.copytree(stored, folder / "copy"))
    for path in (root / "fields").iterdir():
        path.unlink()
    return open_run(root)


def test_files_and_progress(run: Run, tmp_path: Path) -> None:
    """Names by format, in the order in which they are made; a part of the work a field."""
    parts: list[tuple[int, int]] = []
    made = export_run(run, "vtk", tmp_path / "v", tell=lambda done, total: parts.append((done, total)))
    steps = [one.steps for one in run.fields]
    assert [path.name for path in made] == [*(f"field_{n:08d}.vti" for n in steps), "fields.pvd"]
    assert parts == [(k, len(steps)) for k in range(1, len(steps) + 1)]
    assert [path.name for path in run.export("netcdf", tmp_path / "n")] == ["series.nc", "fields.nc"]
    assert run.export("csv", tmp_path / "one.csv") == [tmp_path / "one.csv"]
    for word in ("variance", "fields"):
        assert run.export("netcdf", tmp_path / f"{word}.nc", [word]) == [tmp_path / f"{word}.nc"]
    names = ["fields.nc", "n", "one.csv", "v", "variance.nc"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    text = (tmp_path / "v" / "fields.pvd").read_text()
    assert all(f'timestep="{one.time!r}" part="0" file="{one.path.stem}.vti"' in text for one in run.fields)


def test_names_and_times(run: Run, tmp_path: Path) -> None:
    """What is named, in the interval, its ends with it."""
    times = run.columns["time"].values
    span = (float(times[10]), float(times[0]))
    run.export("netcdf", tmp_path, ["center", "density"], span)
    with h5py.File(tmp_path / "series.nc") as series, h5py.File(tmp_path / "fields.nc") as fields:
        assert set(series) == {"time", "step", "center", "bubble", "axis"}
        np.testing.assert_array_equal(series["center"], run.columns["center"].values[:11])
        assert set(fields) == {"time", "step", "x", "y", "density"}
        assert fields["time"][()].tolist() == [one.time for one in run.fields[:2]]
    run.export("csv", tmp_path / "c.csv", ["virial_residual", "boost"], (times[3], times[3]))
    lines = [line for line in (tmp_path / "c.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["time", "step", "virial_residual", "boost_1_x", "boost_1_y", "boost_2_x", "boost_2_y"]
    assert [float(rows[0][name]) for name in ("time", "boost_2_y")] == [times[3], run.columns["boost"].values[3, 1, 1]]


def test_other_fields(stored: Path, tmp_path: Path) -> None:
    """Density matrices with nodes and amplitude; half waves whose points move; grids that become finer."""
    run = emptied(stored, tmp_path)
    add_field(run, 1, (4, 4), NODES, amplitude=2 * NODES, axisLabels=np.bytes_(["r", "r'"]))
    run.export("netcdf", tmp_path / "matrix", ["fields"])
    with h5py.File(tmp_path / "matrix" / "fields.nc") as file:
        assert file["u_imag"].dtype == np.dtype("<f4")
        assert [file["u_imag"].dims[k][0].name for k in range(3)] == ["/time", "/r", "/r_prime"]
        np.testing.assert_array_equal(file["r_prime"], NODES)
        np.testing.assert_array_equal(file["amplitude"], 2 * NODES)
    assert [path.name for path in run.export("vtk", tmp_path / "v")] == ["field_00000001.vtr", "fields.pvd"]
    run = emptied(stored, tmp_path / "line")
    for steps in (1, 2):
        add_field(run, steps, (4,), NODES / steps)
    run.export("netcdf", tmp_path / "moving", ["u"])
    with h5py.File(tmp_path / "moving" / "fields.nc") as file:
        np.testing.assert_array_equal(file["x"], [NODES, NODES / 2])
        assert file["u_real"].attrs["coordinates"] == "x"
        assert [file["x"].dims[k][0].name for k in range(2)] == ["/time", "/point"]
    run = emptied(stored, tmp_path / "finer")
    add_field(run, 1, (4, 6))
    add_field(run, 2, (8, 12))
    made = run.export("netcdf", tmp_path / "finer" / "n", ["fields"])
    assert [path.name for path in made] == ["fields_4x6.nc", "fields_8x12.nc"]


def test_what_makes_no_sense(run: Run, tmp_path: Path) -> None:
    """One message that says what there is; nothing is left behind."""
    (tmp_path / "series.csv").write_text("mine")
    for kind, to, only, times, message in (
        ("hdf", None, (), None, "format 'hdf': is none; there are netcdf, vtk, csv"),
        ("csv", None, ("mas",), None, "only 'mas': the run has nothing of that name for csv; there are: series, "),
        ("csv", None, ("u",), None, "only 'u': csv takes no fields; choose the format netcdf or vtk for it"),
        ("vtk", None, ("scale",), None, "only 'scale': vtk takes no series; choose the format netcdf or csv for it"),
        ("vtk", None, (), (5.0, 6.0), "has nothing from t = 5 to 6 that was asked for; its rows go from t = -0.8"),
        ("netcdf", tmp_path / "a.nc", (), None, "netcdf makes series.nc, fields.nc; give a folder for it"),
        ("csv", tmp_path / "a.nc", (), None, "csv makes series.csv; give a folder for it, or a name that ends in .csv"),
        (
            "csv",
            tmp_path / "a.txt",
            (),
            None,
            "csv makes series.csv; give a folder for it, or a name that ends in .csv",
        ),
        ("csv", tmp_path, (), None, "series.csv is there already; give another place"),
        ("csv", tmp_path / "series.csv" / "below", (), None, "cannot be written"),
    ):
        with pytest.raises(UserError, match=message.replace("(", r"\(")):
            run.export(kind, to, only, times)
    assert [path.name for path in tmp_path.iterdir()] == ["series.csv"]
    assert not (run.paths.root / "export").exists()


def test_a_link_in_the_place_of_the_folder_is_refused(stored: Path, tmp_path: Path) -> None:
    """Nothing is written where it leads."""
    run = open_run(shutil.copytree(stored, tmp_path / "run"))
    (tmp_path / "other").mkdir()
    (tmp_path / "run" / "export").symlink_to(tmp_path / "other")
    with pytest.raises(UserError, match="export is a link to elsewhere"):
        run.export("csv")
    assert not list((tmp_path / "other").iterdir())


def test_a_disk_that_refuses(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of the file in question."""

    def full(*_: object) -> None:
        """No room."""
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("parallel_nls.results.export.netcdf.write_columns", full)
    with pytest.raises(StorageError, match=r"series\.nc: the file system refuses it \(No space left"):
        run.export("netcdf", tmp_path)
    assert list(tmp_path.iterdir()) == []
