"""Valid configurations: examples, overrides, defaults, the complete file."""

from __future__ import annotations

import pickle
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from parallel_nls.config import (
    BubblesInitial,
    FileInitial,
    GaussianInitial,
    PythonInitial,
    SolitonParameters,
    SolitonsInitial,
    configuration_name,
    example_names,
    example_text,
    load_configuration,
)
from parallel_nls.config.sections.values import StepInterval
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.schedules import Frames, Schedule

MINIMAL = """
equation.name = "nls"
grid = {points = [8, 5], length = [4, 4]}
initial = {kind = "gaussian", amplitude = 1, width = 1}
time = {start = 0, stop = 1, step = 0.004}
"""


@pytest.fixture
def minimal(tmp_path: Path) -> str:
    """Return the path of a file with required keys only."""
    path = tmp_path / "minimal.toml"
    path.write_text(MINIMAL)
    return str(path)


def test_examples_are_those_of_the_package() -> None:
    """Each begins by saying what it shows."""
    assert example_names() == (
        "defocusing",
        "gaussian_collapse",
        "gaussian_collapse_1d",
        "half_wave_blowup",
        "half_wave_bounce",
        "half_wave_box",
        "half_wave_inhomogeneous",
        "half_wave_threshold",
        "hartree_plane_2d",
        "inverse_square_collapse",
        "localized_virial",
        "mean_field_limit",
        "one_bubble",
        "radial_2d",
        "remainder_1d",
        "remainder_2d",
        "softened_no_collapse",
        "solitary_wave_1d",
        "soliton_collision_1d",
        "soliton_collision_2d",
        "three_bubbles",
        "trap",
        "two_bubbles",
        "two_bubbles_1d",
        "two_solitons_1d",
    )
    assert all(example_text(name).startswith("# ") for name in example_names())


def test_unknown_example() -> None:
    """The text of an example that is not there is refused with the nearest name."""
    with pytest.raises(UserError, match=r"no example 'one_buble'; did you mean \"one_bubble\"\?"):
        example_text("one_buble")


def test_two_bubbles() -> None:
    """The main job is the one described: two bubbles from T - t = 0.5 to 0.125, four fields."""
    configuration = load_configuration("two_bubbles")
    assert isinstance(configuration.initial, BubblesInitial)
    assert [bubble.center for bubble in configuration.initial.bubbles] == [(-2.0, 0.0), (2.0, 0.0)]
    assert configuration.grid.points == (1024, 1024)
    frames, fields = configuration.frames, configuration.field_schedule
    assert (frames.start, frames.frame, frames.count) == (-0.5, 0.000625, 600)
    due = [frames.time(n) for n in range(frames.count + 1) if fields.due(n)]
    assert due == [-0.5, -0.375, -0.25, -0.125]
    assert configuration.sample_schedule.total == 101
    assert configuration.pairs == 3600
    assert not configuration.adaptive
    assert (configuration.equation.parameters()["power"], configuration.grid.shape) == (2.0, (1024, 1024))


LINE = """
equation = {name = "nls", dimension = 1}
grid = {points = 3000, length = 60}
initial = {kind = "solitons", solitons = [{}, {velocity = 3, center = [5], frequency = 2, phase = 0.5}]}
time = {start = -1, stop = 1, tolerance = 1e-6}
"""


@pytest.fixture
def line(tmp_path: Path) -> str:
    """Return the path of a file of two solitary waves on the line under a tolerance."""
    path = tmp_path / "line.toml"
    path.write_text(LINE)
    return str(path)


def test_line(line: str) -> None:
    """On the line a number alone is a list of one; the power and the vectors that are not given follow from it."""
    configuration = load_configuration(line)
    assert (configuration.equation.dimension, configuration.equation.parameters()["power"]) == (1, 4.0)
    assert (configuration.grid.points, configuration.grid.length) == ((3000,), (60.0,))
    assert (configuration.grid.spacing, configuration.grid.shape) == ((0.02,), (50, 60))
    assert isinstance(configuration.initial, SolitonsInitial)
    assert configuration.initial.solitons == (
        SolitonParameters(velocity=(0.0,), center=(0.0,), frequency=1.0, phase=0.0),
        SolitonParameters(velocity=(3.0,), center=(5.0,), frequency=2.0, phase=0.5),
    )
    assert configuration.initial.smallest_scale() == 1.0
    assert configuration.initial.solitons[1].center_at(-1.0) == (2.0,)
    assert load_configuration(line, ["grid.points=[3000]"]) == configuration


@pytest.mark.parametrize("override", ["grid.points=9973", "grid.points=68719476736", "initial.solitons.1.velocity=314"])
def test_extremes_of_the_line(line: str, override: str) -> None:
    """Short lines may have any length, and the longest and the fastest that is allowed is."""
    assert load_configuration(line, ["time.start=0", override]).adaptive


def test_power_of_choice(line: str) -> None:
    """Initial data that solve no equation go with any power; without one it is the critical one."""
    gaussian = 'initial={kind="gaussian", amplitude=1, width=1}'
    configuration = load_configuration(line, [gaussian, "equation.power=3"])
    assert configuration.equation.parameters()["power"] == 3.0
    assert isinstance(configuration.initial, GaussianInitial)
    assert configuration.initial.center == (0.0,)
    assert load_configuration(line, ["equation.power=4"]).equation.parameters()["power"] == 4.0
    assert load_configuration("gaussian_collapse", ["equation.power=16"]).equation.parameters()["power"] == 16.0


def test_solitons_may_share_a_center_at_different_velocities(line: str) -> None:
    """Two waves that pass through each other at time 0 are two."""
    configuration = load_configuration(line, ["initial.solitons.1.center=0"])
    assert isinstance(configuration.initial, SolitonsInitial)
    assert [wave.center for wave in configuration.initial.solitons] == [(0.0,), (0.0,)]


def test_tolerance(line: str) -> None:
    """A tolerance leaves steps and pairs open; frames are 1/100 of the run, each sampled."""
    configuration = load_configuration(line)
    assert configuration.adaptive
    assert (configuration.time.step, configuration.time.tolerance, configuration.time.frame) == (None, 1e-6, 0.02)
    assert configuration.frames == Frames(-1.0, 0.02, 100, "frame")
    assert configuration.pairs is None
    assert configuration.diagnostics.every == StepInterval(steps=1)
    assert load_configuration(line, ["time.stop=-3"]).frames == Frames(-1.0, -0.02, 100, "frame")


@pytest.mark.parametrize(
    ("overrides", "frame", "sampling", "fields"),
    [
        (["diagnostics.every=0.5", "output.fields_every=0.25"], 0.25, 2, 1),
        (["diagnostics.every=0.5", "output.fields_every=3.7"], 0.5, 1, None),  # longer than the run: never
        (["diagnostics.every=3.7"], 0.02, None, None),
        (["diagnostics.every=0.5", "output.fields_every={steps=3}"], 0.5, 1, 3),
        (["time.frame=0.001", "output.fields_every=0.25"], 0.001, 20, 250),
        (["time.frame=2", "diagnostics.every=2.5"], 2.0, None, None),
    ],
)
def test_frame(line: str, overrides: list[str], frame: float, sampling: int | None, fields: int | None) -> None:
    """The default frame is the shortest interval within the run; schedules count frames."""
    configuration = load_configuration(line, overrides)
    assert configuration.time.frame == frame
    assert configuration.frames.count == round(2 / frame)
    assert configuration.sample_schedule == Schedule(sampling, configuration.frames.count)
    assert configuration.field_schedule == Schedule(fields, configuration.frames.count)
    assert f"frame = {frame!r}" in configuration.complete_toml().splitlines()


def test_step_in_place_of_a_tolerance(line: str) -> None:
    """Overrides lead from a tolerance to a step and back; what is off is not written out."""
    stepped = load_configuration(line, ["time.tolerance=off", "time.step=0.25"])
    assert (stepped.time.step, stepped.time.tolerance, stepped.time.frame) == (0.25, None, None)
    assert "tolerance" not in stepped.complete_toml()
    assert load_configuration(line, ["time.step=off"]) == load_configuration(line)
    assert "step =" not in load_configuration(line).complete_toml().replace("{steps =", "")


@pytest.fixture
def with_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, not the current one, with a configuration and the files that initial data come from."""
    (tmp_path / "data").mkdir()
    for name in ("start.h5", "data/start.npy", "start.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "run.toml").write_text(MINIMAL)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


@pytest.mark.parametrize("path", ["start.h5", "./start.h5", "data/start.npy", "elsewhere/../start.h5"])
def test_files_lie_beside_the_configuration(with_files: Path, path: str) -> None:
    """A relative path is taken from the configuration's folder, made absolute, and written so."""
    override = f'initial={{kind="file", file="{path}"}}'
    configuration = load_configuration("../run.toml", [override])
    assert isinstance(configuration.initial, FileInitial)
    assert Path(configuration.initial.file).is_absolute()
    assert Path(configuration.initial.file).samefile(with_files / path)
    absolute = load_configuration("../run.toml", [override, f"initial.file={with_files / path}"])
    assert isinstance(absolute.initial, FileInitial)
    assert absolute.initial.file == str(with_files / path)
    (with_files / "elsewhere" / "config.toml").write_text(configuration.complete_toml())
    assert load_configuration("config.toml") == configuration


def test_python_function(with_files: Path) -> None:
    """The function is called u0 unless named; an example takes files from the current folder."""
    overrides = ['initial={kind="python", file="start.py"}']
    configuration = load_configuration(str(with_files / "run.toml"), overrides)
    assert configuration.initial == PythonInitial(kind="python", file=str(with_files / "start.py"), function="u0")
    (with_files / "elsewhere" / "other.py").write_text("")
    example = load_configuration("gaussian_collapse", [*overrides, "initial.file=other.py", "initial.function='ψ'"])
    assert isinstance(example.initial, PythonInitial)
    assert (example.initial.file, example.initial.function) == (str(with_files / "elsewhere" / "other.py"), "ψ")


def test_a_run_outlives_its_file(with_files: Path) -> None:
    """The configuration of a run that has begun is read without the file that it began from."""
    path = str(with_files / "run.toml")
    overrides = ['initial={kind="file", file="start.h5"}']
    configuration = load_configuration(path, overrides)
    (with_files / "start.h5").unlink()
    assert load_configuration(path, overrides, with_files=False) == configuration
    with pytest.raises(UserError, match="no such file"):
        load_configuration(path, overrides)


@pytest.mark.parametrize(
    ("scheme", "pairs"),
    [
        ("strang", 1),
        ("suzuki4", 5),
        ("blanes-moan-prk4", 6),
        ("blanes-moan-rkn4", 6),
        ("blanes-moan-rkn6", 11),
        ("kahan-li6", 9),
        ("kahan-li8", 17),
    ],
)
def test_pairs_of_each_scheme(minimal: str, scheme: str, pairs: int) -> None:
    """A fixed step costs what its scheme's stages do."""
    configuration = load_configuration(minimal, [f"time.scheme={scheme}"])
    assert configuration.pairs == 250 * pairs
    assert len(SCHEMES) == 7


def test_numbers_may_be_written_as_integers(minimal: str) -> None:
    """A whole number in the file is a number."""
    configuration = load_configuration(minimal)
    assert configuration.grid.length == (4.0, 4.0)
    assert isinstance(configuration.time.stop, float)


def test_defaults(minimal: str) -> None:
    """What a file leaves out takes the documented values."""
    configuration = load_configuration(minimal)
    assert isinstance(configuration.initial, GaussianInitial)
    assert (configuration.initial.center, configuration.initial.chirp) == ((0.0, 0.0), 0.0)
    assert configuration.time.scheme == "blanes-moan-rkn4"
    assert configuration.grid.precision == "double"
    assert configuration.diagnostics.families == ("conserved", "virial", "resolution")
    assert (configuration.limits.spectral_tail, configuration.limits.sup_norm) == (1e-5, inf)
    assert configuration.field_schedule == Schedule(every=None, last=250)
    assert configuration.diagnostics.every == StepInterval(steps=2)
    assert configuration.sample_schedule == Schedule(every=2, last=250)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("title='αβγ'", ("title", "αβγ")),
        ("title = unquoted", ("title", "unquoted")),
        ("title = a/path-of/three.parts", ("title", "a/path-of/three.parts")),
        ("title=../up", ("title", "../up")),
        ("grid.precision=single", ("grid.precision", "single")),
        ("grid.precision=single", ("grid.bytes_per_point", 8)),
        ("limits.sup_norm=50", ("limits.sup_norm", 50.0)),
        ('limits.spectral_tail="off"', ("limits.spectral_tail", inf)),
        ("grid.points.1=16", ("grid.points", (8, 16))),
        ("time.step=0.25", ("time.step", 0.25)),
        ("diagnostics.every=2.0", ("diagnostics.every", 2.0)),
        ("output.fields_every={steps=7}", ("output.fields_every", StepInterval(steps=7))),
        ("output.fields_every=off", ("output.fields_every", None)),
    ],
)
def test_override(minimal: str, override: str, expected: tuple[str, object]) -> None:
    """An override reaches the value that its path names."""
    value: object = load_configuration(minimal, [override])
    for part in expected[0].split("."):
        value = getattr(value, part)
    assert value == expected[1]


def test_override_of_a_bubble_and_later_ones_win() -> None:
    """List entries count from 0, and the last override of a key is the one that holds."""
    overrides = ["initial.bubbles.1.center=[3, 1]", "initial.bubbles.1.center.1=-1.5", "time.stop=-0.7"]
    configuration = load_configuration("two_bubbles", overrides)
    assert isinstance(configuration.initial, BubblesInitial)
    assert configuration.initial.bubbles[1].center == (3.0, -1.5)
    assert configuration.frames.frame == -0.000625
    assert configuration.frames.count == 320


@pytest.mark.parametrize("name", example_names())
def test_complete_file_loads_back_equal(name: str, tmp_path: Path) -> None:
    """config.toml of a run directory says all that the run was given; a second round changes nothing."""
    overrides = [r'title="q\" \\ \u007f \u0001 é\n"', "limits.sup_norm=off"]
    configuration = load_configuration(name, overrides)
    path = tmp_path / "config.toml"
    path.write_text(configuration.complete_toml(), encoding="utf-8")
    again = load_configuration(str(path))
    assert again == configuration
    assert again.complete_toml() == configuration.complete_toml()


def test_complete_file_writes_every_key(minimal: str) -> None:
    """Defaults are written out, the sampling interval in steps; "off" where nothing is in force."""
    lines = load_configuration(minimal).complete_toml().splitlines()
    for line in (
        'title = ""',
        "dimension = 2",
        "power = 2.0",
        "center = [0.0, 0.0]",
        'precision = "double"',
        "chirp = 0.0",
        'scheme = "blanes-moan-rkn4"',
        "every = {steps = 2}",
        "spectral_tail = 1e-05",
        'sup_norm = "off"',
        'fields_every = "off"',
    ):
        assert line in lines


def test_configuration_is_immutable_and_pickles() -> None:
    """Rank 0 broadcasts the object; nobody changes it."""
    configuration = load_configuration("one_bubble")
    assert pickle.loads(pickle.dumps(configuration)) == configuration
    with pytest.raises(ValueError, match="frozen"):
        configuration.time.step = 1.0


def test_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    """Editors that begin a file with a mark are no reason to refuse it."""
    path = tmp_path / "marked.toml"
    path.write_text(MINIMAL, encoding="utf-8-sig")
    assert load_configuration(str(path)).grid.points == (8, 5)


def test_example_beside_its_run_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory of that name does not hide an example; a file does."""
    monkeypatch.chdir(tmp_path)
    Path("two_bubbles").mkdir()
    assert load_configuration("two_bubbles").title == "Two bubbles"
    Path("one_bubble").write_text(MINIMAL)
    assert load_configuration("one_bubble").title == ""


@pytest.mark.parametrize(("path", "name"), [("two_bubbles", "two_bubbles"), ("a/b/my run.toml", "my run")])
def test_name(path: str, name: str) -> None:
    """A run is named after its file."""
    assert configuration_name(path) == name


def test_light_imports() -> None:
    """Help and dry runs load neither MPI, numba, h5py nor matplotlib."""
    code = (
        "import sys, parallel_nls.config as c, parallel_nls.planning.resources as r;"
        "r.describe_resources(c.load_configuration('two_bubbles'), 2);"
        "sys.exit(sorted({'mpi4py', 'numba', 'h5py', 'matplotlib'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
