"""Reading a run directory back: the exact numbers, plain texts, and one clear message for everything else."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import parallel_nls
from parallel_nls.config import load_configuration
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.figures.run_figures import plot_run
from parallel_nls.output.dimension_scales import SCALE_ATTRIBUTES
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.results.reader import Run, describe_run, open_run

ROWS, STEPS = 6, 10
OVERRIDES = (
    "grid.points=[32,24]",
    "grid.length=[40,30]",
    "time.start=-2.0",
    "time.stop=-1.5",
    "time.step=0.05",
    "diagnostics.every={steps=2}",
    "output.fields_every={steps=4}",
    'limits.spectral_tail="off"',
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of ten steps, not to be changed."""
    from mpi4py import MPI

    from parallel_nls.running.run import run

    root = tmp_path_factory.mktemp("reader") / "bubble"
    run(load_configuration("one_bubble", OVERRIDES), MPI.COMM_SELF, root)
    return root


@pytest.fixture
def changed(stored: Path, tmp_path: Path) -> Path:
    """A copy of the run that a test may damage."""
    return Path(shutil.copytree(stored, tmp_path / "copy"))


@pytest.fixture
def opened(stored: Path) -> Run:
    """The run, opened by the public name."""
    run = parallel_nls.open_run(stored)
    assert isinstance(run, Run)
    return run


def test_series_are_the_stored_numbers(opened: Run, stored: Path) -> None:
    """Every dataset is a variable over time with its texts; vectors have the labels x and y."""
    series = opened.series
    with h5py.File(stored / "series.h5", "r") as file:
        assert set(file) == {*series.data_vars, "time", "axis"}
        assert file["axis"].asstr()[()].tolist() == ["x", "y"]
        for name in {*series.data_vars, "time"}:
            np.testing.assert_array_equal(series[name].values, file[name][()], strict=True)
            texts = {key: text for key, text in file[name].attrs.items() if key not in SCALE_ATTRIBUTES}
            assert series[name].attrs == texts
    assert series.sizes == {"time": ROWS, "axis": 2}
    assert list(series.axis.values) == ["x", "y"]
    assert series.momentum.dims == ("time", "axis")
    assert series.attrs["title"] == "One bubble"
    assert list(series.step.values) == [0, 2, 4, 6, 8, 10]
    assert float(series.mass.sel(time=-1.5)) == series.mass.values[-1]


def test_fields_are_listed_and_read(opened: Run, stored: Path) -> None:
    """By place and by steps, with the numbers, coordinates and time of the file."""
    assert [(f.steps, round(f.time, 12)) for f in opened.fields] == [(0, -2.0), (4, -1.8), (8, -1.6), (10, -1.5)]
    u = opened.field(1)
    with h5py.File(RunPaths(stored).field(4), "r") as file:
        base = file["data/4"]
        expected = base["meshes/u/real"][()] + 1j * base["meshes/u/imag"][()]
        assert u.attrs == {"time": base.attrs["time"], "steps": 4}
        np.testing.assert_array_equal(opened.fields[1].density(), base["meshes/density"][()])
        piece = opened.fields[1].density(slice(3, 7), slice(5, 6))
        np.testing.assert_array_equal(piece, base["meshes/density"][3:7, 5:6])
    np.testing.assert_array_equal(u.values, expected, strict=True)
    assert u.dims == ("x", "y")
    assert u.shape == (32, 24)
    np.testing.assert_allclose(u.x.values, -20 + 1.25 * np.arange(32), rtol=1e-15)
    np.testing.assert_allclose(u.y.values, -15 + 1.25 * np.arange(24), rtol=1e-15)
    assert u.identical(opened.field(steps=4))
    assert opened.field().attrs["steps"] == STEPS


def test_the_axes_are_not_exchanged(opened: Run) -> None:
    """The mass and the variance along each axis, from the field and its coordinates, are those of the series."""
    u = opened.field(-1)
    cell = 1.25**2
    density = np.abs(u) ** 2
    last = opened.series.isel(time=-1)
    assert float(density.sum()) * cell == pytest.approx(float(last.mass), rel=1e-13)
    assert float((density * (u.x**2 + u.y**2)).sum()) * cell == pytest.approx(float(last.variance), rel=1e-13)


def test_configuration_and_summary(opened: Run, stored: Path) -> None:
    """The configuration is the validated one; the summary is the file."""
    assert opened.config == load_configuration("one_bubble", OVERRIDES)
    assert opened.finished
    assert opened.summary == json.loads((stored / "summary.json").read_text())
    assert opened.summary["steps"] == STEPS


@pytest.mark.parametrize("wanted", [{"index": 4}, {"index": -5}, {"steps": 5}])
def test_a_field_that_is_not_there(opened: Run, wanted: dict[str, int]) -> None:
    """The message lists those there are."""
    with pytest.raises(UserError, match=r"stores no field .* 0, 4, 8, 10"):
        opened.field(**wanted)


@pytest.mark.parametrize("wanted", [{"index": "last"}, {"index": 1.5}, {"steps": "4"}])
def test_a_field_by_no_number(opened: Run, wanted: dict[str, Any]) -> None:
    """The argument is named, and what it should be."""
    name, value = next(iter(wanted.items()))
    with pytest.raises(ArgumentError, match=f"^{name} = {value!r}: is no whole number; give a place in fields"):
        opened.field(**wanted)


def test_a_misspelt_quantity_as_an_attribute(opened: Run) -> None:
    """As by brackets it is told with the nearest; others are asked for with a default."""
    with pytest.raises(AttributeError, match="did you mean 'sup_norm'"):
        _ = opened.series.sup_nrom
    assert getattr(opened.series, "nothing_like_it", None) is None
    assert not hasattr(opened.series, "_repr_nothing_")


def test_no_run(tmp_path: Path) -> None:
    """Missing, a file, an empty directory."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, message in (("none", "no run directory"), ("file", "is a file"), ("empty", "holds no config")):
        for function in (open_run, describe_run):
            with pytest.raises(UserError, match=message):
                function(tmp_path / name)


def test_an_unfinished_run(changed: Path, opened: Run) -> None:
    """Without a summary the series can be read, and the description says that the run has not ended."""
    (changed / "summary.json").unlink()
    run = open_run(changed)
    assert not run.finished
    with pytest.raises(UserError, match="it was killed"):
        _ = run.summary
    assert run.series.equals(opened.series)
    last = "; last row: t = -1.5, step 10 of 10\n"
    told = describe_run(changed)
    assert f"without a word: it was killed, or its machine failed{last}" in told
    assert f"  go on with: parallel-nls resume {changed}\n" in told


def test_a_run_that_the_disk_ended_is_not_said_to_be_killed(changed: Path) -> None:
    """As log.txt has it; but not where a later job was cut off."""
    (changed / "summary.json").unlink()
    refused = "fields/field_00000010.h5: the file system refuses it (No space left on device)"
    (changed / "log.txt").write_text(f"2026-01-02 03:04:05  ended: {refused}\n")
    assert f"ended       by the disk: {refused}; last row: t = -1.5" in describe_run(changed)
    assert f"  go on with: parallel-nls resume {changed}\n" in describe_run(changed)
    assert open_run(changed).state.text == f"ended by the disk: {refused}"
    with pytest.raises(
        UserError, match=rf"no summary.json: it was ended by the disk: {re.escape(refused)}; its series"
    ):
        _ = open_run(changed).summary
    with (changed / "log.txt").open("a") as file:
        file.write("2026-01-02 03:05:05  192 points on 1 rank, resumed\n")
    assert "ended       without a word: it was killed" in describe_run(changed)


def test_whether_an_unfinished_run_goes_on_is_told_by_its_lock(changed: Path) -> None:
    """A job of this machine holds it; of another machine nobody can tell."""
    (changed / "summary.json").unlink()
    lock = RunLock(changed / ".lock")
    lock.take()
    told = describe_run(changed)
    assert re.search(r"ended +no: a job is working on it: process \d+ on \S+; last row: t = -1.5", told)
    assert "resume" not in told
    assert "a job is working on it" in open_run(changed)._repr_html_()
    with pytest.raises(UserError, match="it is still running; "):
        _ = open_run(changed).summary
    lock.release()
    (changed / ".lock").write_text("process 1 on elsewhere\n")
    told = describe_run(changed)
    assert "no: still running, or killed; last row: t = -1.5" in told
    assert f"if it was killed, go on with: parallel-nls resume {changed}\n" in told
    with pytest.raises(UserError, match="it is still running, or was killed"):
        _ = open_run(changed).summary


def test_checkpoints_are_told_by_their_steps(changed: Path) -> None:
    """Of more digits than names have, and none of the files of other names."""
    for name in ("state_100000000.h5", "state_99999990.h5", "state_mine.h5"):
        (changed / "checkpoints" / name).touch()
    assert re.search(r"checkpoints/ +\d states after steps .*99999990, 100000000\n", describe_run(changed))


def test_rows_that_are_not_complete_are_left_out(changed: Path) -> None:
    """A run killed while it wrote its last row."""
    with h5py.File(changed / "series.h5", "r+") as file:
        for name in ("mass", "momentum"):
            file[name].resize(ROWS - 1, axis=0)
    assert open_run(changed).series.sizes["time"] == ROWS - 1


def test_a_series_that_is_being_written(changed: Path) -> None:
    """Another process holds the file open for writing, with HDF5's lock on it."""
    code = "import h5py, sys; f = h5py.File(sys.argv[1], 'r+', locking=True); print('open', flush=True); input()"
    command = [sys.executable, "-c", code, str(changed / "series.h5")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        if writer.stdout is None:
            pytest.fail("no pipe")
        assert writer.stdout.readline() == "open\n"
        rows = open_run(changed).series.sizes["time"]
        writer.communicate("\n")
    assert rows == ROWS


@pytest.mark.parametrize("file", ["series.h5", "summary.json"])
def test_damaged_files(changed: Path, file: str) -> None:
    """A file cut short: one message that names it."""
    path = changed / file
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match=f"{path.name} cannot be read"):
        describe_run(changed)


def test_a_damaged_field_is_told_beside_the_others(changed: Path) -> None:
    """A file cut short: the description warns of it, and is there."""
    path = changed / "fields/field_00000004.h5"
    path.write_bytes(path.read_bytes()[:100])
    assert re.search(rf"warning .*{path.name}", describe_run(changed))


def test_a_missing_folder_of_fields_is_told(changed: Path, tmp_path: Path) -> None:
    """By who asks for fields, with the remedy; the description and the series go on without."""
    shutil.rmtree(changed / "fields")
    lost = rf"run '{changed}' has lost its stored fields: there is no folder {changed / 'fields'}"
    opened = open_run(changed)
    for call in (lambda: opened.fields, opened.field, lambda: opened.export("vtk"), lambda: opened.export("netcdf")):
        with pytest.raises(
            UserError, match=rf"{lost}; put it back from a copy, or compute .* run {changed}/config\.toml"
        ):
            call()
    with pytest.raises(UserError, match=lost):
        plot_run(changed, to=tmp_path / "figures")
    assert f"warning     {lost}\n" in describe_run(changed)
    assert opened.export("netcdf", tmp_path / "series", only=["series"]) == [tmp_path / "series/series.nc"]
    assert opened.export("csv", tmp_path / "mass", only=["mass"]) == [tmp_path / "mass/series.csv"]
    assert plot_run(changed, only=["conservation"], to=tmp_path / "figures")


def test_a_missing_series(changed: Path) -> None:
    """Where the run has ended a message says how to have it back, else that there is none yet."""
    (changed / "series.h5").unlink()
    with pytest.raises(UserError, match=r"has ended, and its series\.h5 is missing: .*: parallel-nls resume "):
        _ = open_run(changed).series
    RunPaths(changed).summary.unlink()
    again = f"; go on with: parallel-nls resume {changed}"
    with pytest.raises(UserError, match=f"has no row yet: it ended before its first row{again}$"):
        _ = open_run(changed).series
    RunPaths(changed).lock.write_text("process 1 on elsewhere\n")
    with pytest.raises(UserError, match="it is starting, or ended before its first row; if it was killed, go on"):
        _ = open_run(changed).series
    RunPaths(changed).lock.unlink()
    lock = RunLock(RunPaths(changed).lock)
    lock.take()
    with pytest.raises(UserError, match=r"has no row yet: it is starting$"):
        _ = open_run(changed).series
    lock.release()


def test_commands_can_be_typed_as_they_are_told(changed: Path) -> None:
    """A directory with a space is in quotes in them, and what they name is there."""
    moved = changed.rename(changed.with_name("a run, é"))
    (moved / "summary.json").unlink(missing_ok=True)
    told = describe_run(moved)
    commands = [line.partition("parallel-nls ")[2] for line in told.splitlines() if "parallel-nls " in line]
    assert len(commands) >= 2
    for command in commands:
        _, path, *others = shlex.split(command)
        assert Path(path) == moved, command
        assert not others


@pytest.mark.parametrize(("version", "message"), [("2.0", "has format 2.0.*update"), ("?", "no format version")])
def test_formats_of_the_future_are_refused(changed: Path, version: str, message: str) -> None:
    """In the series, the fields and the summary."""
    paths = RunPaths(changed)
    for file in (paths.series, paths.field(4)):
        with h5py.File(file, "r+") as opened:
            opened.attrs["format_version"] = np.bytes_(version)
    paths.summary.write_text(json.dumps(json.loads(paths.summary.read_text()) | {"format_version": version}))
    run = open_run(changed)
    for name in ("series", "fields", "summary"):
        with pytest.raises(UserError, match=message):
            getattr(run, name)


def test_newer_minor_versions_are_read(changed: Path, opened: Run) -> None:
    """Only a new major version changes what is there."""
    with h5py.File(changed / "series.h5", "r+") as file:
        file.attrs["format_version"] = np.bytes_("1.7")
    assert open_run(changed).series.equals(opened.series)


def test_the_description_of_a_finished_run(stored: Path) -> None:
    """Says what it was, how it ended, and what there is, with the numbers of the files."""
    text = describe_run(stored)
    mass = open_run(stored).series.mass.values[-1]
    for part in (
        "One bubble",
        "nls in 2 dimensions, nonlinearity |u|^2 u (L²-critical)",
        "32 × 24 points in a periodic box 40 × 30",
        "1 bubble, blow-up time T = 0",
        "t = -2 to -1.5, step 0.05",
        "done at t = -1.5: stop time reached",
        "10 (60 transform pairs)",
        "on 1 rank",
        f"{mass:.8g}",
        "6 rows of 14 quantities",
        "4 fields at t = -2, -1.8, -1.6, -1.5",
        "none yet; draw them with",
    ):
        assert part in text, part
    assert max(map(len, text.splitlines())) < 160
    assert not any(line.endswith(" ") for line in text.splitlines())
