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
    GaussianInitial,
    configuration_name,
    example_names,
    example_text,
    load_configuration,
)
from parallel_nls.config.values import StepInterval
from parallel_nls.errors import UserError
from parallel_nls.schedules import Schedule

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


def test_examples_are_the_three() -> None:
    """Three experiments are packaged; each begins by saying what it shows."""
    assert example_names() == ("gaussian_collapse", "one_bubble", "two_bubbles")
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
        "import sys, parallel_nls.config as c; c.describe_resources(c.load_configuration('two_bubbles'), 2);"
        "sys.exit(sorted({'mpi4py', 'numba', 'h5py', 'matplotlib'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
