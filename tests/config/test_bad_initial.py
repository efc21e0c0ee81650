"""Bad input about lines, solitary waves and files ends in one UserError that names key, value and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_nls.config import example_text
from tests.config.refusal import message_of

# (overrides of the packaged two_solitons_1d, fragments of the message)
ON_THE_LINE: dict[str, tuple[list[str], list[str]]] = {
    "prime length": (
        ["grid.points=10007"],
        [
            "grid.points = 10007: a line is cut into a plane, and the squarest is 1 × 10007, out of proportion",
            "; the nearest that can be cut: points = 10005 or points = 10008",
        ],
    ),
    "length of unlike factors": (
        ["grid.points=[1000002]"],
        ["the squarest is 6 × 166667", "the nearest that can be cut: points = 1000000 or points = 1000004"],
    ),
    "longest length but one": (
        ["grid.points=68719476731"],
        ["points = 68719476728 or points = 68719476732"],
    ),
    "too long": (["grid.points=68719476737"], ["grid.points.0 = 68719476737: must be at most 68719476736"]),
    "too short": (["grid.points=3"], ["grid.points.0 = 3: must be at least 4"]),
    "two axes": (["grid.points=[64,64]"], ["grid.points = [64, 64]: 2 numbers, and equation.dimension = 1"]),
    "solitons of another power": (
        ["equation={name='nls', dimension=2, power=3}"],
        ['equation.power = 3.0: initial.kind = "solitons" needs the critical power 4/dimension = 2.0; remove power'],
    ),
    "no solitons": (
        ["initial.solitons=[]"],
        ["initial.solitons = []: needs at least 1 entry", "[[initial.solitons]]"],
    ),
    "unknown key of a soliton": (
        ["initial.solitons.0.speed=1"],
        ['initial.solitons.0.speed = 1: unknown key; known: "velocity", "center", "frequency", "phase"'],
    ),
    "velocity of another dimension": (
        ["initial.solitons.1.velocity=[1,2]"],
        ["initial.solitons.1.velocity = [1.0, 2.0]: 2 numbers, and equation.dimension = 1"],
    ),
    "no velocity in a list": (
        ["initial.solitons.1.velocity=[]"],
        ["initial.solitons.1.velocity = []: needs at least 1 entry; give v, one number for each axis"],
    ),
    "velocity as text": (
        ["initial.solitons.0.velocity=fast"],
        ['initial.solitons.0.velocity = "fast": must be a list; give v'],
    ),
    "velocity beyond the grid": (
        ["initial.solitons.0.velocity=-322"],
        [
            "initial.solitons.0.velocity = [-322.0]: |v|/2 is not less than the grid's largest wavenumber 160.8",
            "; choose a slower wave or more grid.points",
        ],
    ),
    "negative frequency": (
        ["initial.solitons.0.frequency=-1"],
        ["initial.solitons.0.frequency = -1: must be greater than 0; give ω"],
    ),
    "soliton outside": (
        ["initial.solitons.0.center=40"],
        ["initial.solitons.0.center = [40.0]: outside the box [-40.0, 40.0); move the center"],
    ),
    "soliton outside at the start": (
        ["time.start=-5"],
        [
            "initial.solitons.0.center = [-8.0]: at time.start = -5.0 the wave is at [-48.0], outside the box",
            "initial.solitons.1.center = [8.0]: at time.start = -5.0 the wave is at [48.0], outside the box",
        ],
    ),
    "solitons of one place and velocity": (
        ["initial.solitons.1.center=-8", "initial.solitons.1.velocity=8"],
        [
            "initial.solitons.1.center = [-8.0]: at the same place as initial.solitons.0.center,",
            "and of the same velocity",
            "; move one, change its velocity or remove it",
        ],
    ),
    "key of a soliton outside its table": (
        ["initial.blowup_time=0"],
        ["initial.blowup_time = 0: unknown key; it belongs in [initial] of kind bubbles"],
    ),
}


@pytest.mark.parametrize(("overrides", "fragments"), ON_THE_LINE.values(), ids=ON_THE_LINE.keys())
def test_mistake_on_the_line_is_named(overrides: list[str], fragments: list[str]) -> None:
    """The message names key, value and remedy."""
    message = message_of("two_solitons_1d", overrides)
    for fragment in fragments:
        assert fragment in message


# (initial section, fragments of the message); the folder holds start.npy, start.py, notes.txt and the folder old.npy
FROM_FILES: dict[str, tuple[str, list[str]]] = {
    "absent file": (
        '{kind="file", file="absent.h5"}',
        ['initial.file = "absent.h5": no such file (', "/absent.h5); a relative path is taken from the folder of"],
    ),
    "directory": ('{kind="file", file="old.npy"}', ['initial.file = "old.npy": is a directory (']),
    "file of another kind": (
        '{kind="file", file="notes.txt"}',
        ['initial.file = "notes.txt": does not end in .h5, .hdf5, .npy or .npz; give such a file'],
    ),
    "Python file as a field": ('{kind="file", file="start.py"}', ["does not end in .h5, .hdf5, .npy or .npz"]),
    "no path": ('{kind="file", file=""}', ['initial.file = "": does not end in .h5, .hdf5, .npy or .npz']),
    "impossible path": (r'{kind="file", file="a\u0000b.npy"}', ["no such file ("]),
    "endless path": (f'{{kind="file", file="{"x" * 300}.npy"}}', ["no such file ("]),
    "file without a path": ('{kind="file"}', ["initial.file: missing; give the path of a stored field or of an array"]),
    "number for a path": ('{kind="file", file=3}', ["initial.file = 3: must be a text in quotes; give the path"]),
    "function of a field": (
        '{kind="file", file="start.npy", function="u0"}',
        ['initial.function = "u0": unknown key; it belongs in [initial] of kind python'],
    ),
    "absent Python file": ('{kind="python", file="absent.py"}', ['initial.file = "absent.py": no such file (']),
    "array as a Python file": ('{kind="python", file="start.npy"}', ["does not end in .py; give such a file"]),
    "name of no function": (
        '{kind="python", file="start.py", function="u 0"}',
        ['initial.function = "u 0": cannot be the name of a function', 'function = "u0"'],
    ),
}


@pytest.mark.parametrize(("initial", "fragments"), FROM_FILES.values(), ids=FROM_FILES.keys())
def test_mistake_about_a_file_is_named(initial: str, fragments: list[str], tmp_path: Path) -> None:
    """The message names key, value and remedy."""
    (tmp_path / "run.toml").write_text(example_text("gaussian_collapse"))
    for name in ("start.npy", "start.py", "notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "old.npy").mkdir()
    message = message_of(str(tmp_path / "run.toml"), [f"initial={initial}"])
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize("kind", ["gaussian", "python"])
def test_only_waves_have_a_distance(kind: str, tmp_path: Path) -> None:
    """The distance to bubbles or solitary waves needs some."""
    (tmp_path / "start.py").write_text("")
    overrides = ['diagnostics.families=["virial", "distance"]']
    if kind == "python":
        overrides.append(f'initial={{kind="python", file="{tmp_path}/start.py"}}')
    message = message_of("gaussian_collapse", overrides)
    assert 'diagnostics.families = ["virial", "distance"]: "distance" is measured to bubbles or solitons' in message
    assert f'initial.kind = "{kind}"; remove it' in message


def test_gaussian_outside_the_box() -> None:
    """A Gaussian's center is held to the box too."""
    message = message_of("gaussian_collapse", ["initial.center=[0, 8]"])
    assert "initial.center = [0.0, 8.0]: outside the box [-8.0, 8.0) × [-8.0, 8.0)" in message
