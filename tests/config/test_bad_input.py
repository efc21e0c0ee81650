"""Every bad input ends in one UserError that names the key, the value and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.refusal import message_of

KINDS = 'known: "bubbles", "solitons", "gaussian", "mixture", "thermal", "profile", "sech", "file", "python"'

# (overrides of the packaged two_bubbles, fragments of the message)
MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "unknown key": (["time.stpe=1e-3"], ['time.stpe = 0.001: unknown key; did you mean "step"?']),
    "unknown key, none near": (["grid.zzzz=1"], ["grid.zzzz = 1: unknown key; known:", '"points", "length"']),
    "key of another section": (["grid.stop=1"], ["grid.stop = 1: unknown key; it belongs in [time]"]),
    "almost a key of an inner table": (
        ["diagnostics.every={step=3}"],
        ['diagnostics.every.step = 3: unknown key; did you mean "steps"?'],
    ),
    "key outside any section": (["step=1"], ["step = 1: unknown key; it belongs in [time]"]),
    "unknown section": (["tiem.step=1"], ['tiem = {step = 1}: unknown section; did you mean "time"?']),
    "unknown key of a bubble": (
        ["initial.bubbles.1.freqency=1"],
        ['initial.bubbles.1.freqency = 1: unknown key; did you mean "frequency"?'],
    ),
    "unknown key of an interval": (
        ["diagnostics.every={stps=3}"],
        ['diagnostics.every.stps = 3: unknown key; did you mean "steps"?'],
    ),
    "text for a number": (['time.start="soon"'], ['time.start = "soon": must be a number', "start = -0.5"]),
    "boolean for a number": (["time.step=true"], ["time.step = true: must be a number", "step = 1e-3"]),
    "boolean for a count": (["grid.points=[true,64]"], ["grid.points.0 = true: must be a whole number"]),
    "fraction for a count": (["grid.points=[64.0,64]"], ["grid.points.0 = 64.0: must be a whole number"]),
    "boolean for a list": (["grid.points=true"], ["grid.points = true: must be a list", "points = [512, 512]"]),
    "plain fraction for a count": (["grid.points=64.5"], ["grid.points.0 = 64.5: must be a whole number"]),
    "empty list": (["grid.length=[]"], ["grid.length = []: needs at least 1 entry", "length = [20.0, 20.0]"]),
    "number for a text": (["time.scheme=4"], ["time.scheme = 4: must be a text in quotes"]),
    "number for a section": (["time=1"], ["time = 1: must be a table", "[time]"]),
    "list for a section": (["time=[{start=0}]"], ["time = [{start = 0}]: must be a table"]),
    "number for the initial data": (["initial=1"], ["initial = 1: must be a table with a kind", '"bubbles"']),
    "date for a title": (["title=1979-05-27"], ["title = 1979-05-27: must be a text in quotes"]),
    "negative length": (
        ["grid.length.1=-20"],
        ["grid.length.1 = -20: must be greater than 0", "[-L/2, L/2)"],
    ),
    "zero length": (["grid.length=[0.0,20]"], ["grid.length.0 = 0.0: must be greater than 0"]),
    "NaN length": (["grid.length=[nan,20]"], ["grid.length.0 = nan: must be a finite number"]),
    "infinite length": (["grid.length=[20,inf]"], ["grid.length.1 = inf: must be a finite number"]),
    "vanishing length": (["grid.length=[20,1e-310]"], ["grid.length.1 = 1e-310: must be at least 1e-100"]),
    "length beyond all floats": (
        [f"grid.length.0=1{'0' * 400}"],
        ["grid.length.0 = 1000", "must be a number"],
    ),
    "zero points": (["grid.points=[0,64]"], ["grid.points.0 = 0: must be at least 4", "points = [512, 512]"]),
    "negative points": (["grid.points=[64,-64]"], ["grid.points.1 = -64: must be at least 4"]),
    "absurd points": ([f"grid.points.0=1{'0' * 400}"], ["must be at most 68719476736"]),
    "more points than an axis of the plane may have": (
        ["grid.points=[64,1073741825]"],
        ["grid.points.1 = 1073741825: must be at most 1073741824 in the plane; give fewer points"],
    ),
    "too few axes of points": (
        ["grid.points=[64]"],
        ["grid.points = [64]: 1 number, and equation.dimension = 2; give one number for each axis"],
    ),
    "number for two axes": (["grid.length=20"], ["grid.length = [20.0]: 1 number, and equation.dimension = 2"]),
    "too many axes of length": (
        ["grid.length=[9,9,9]"],
        ["grid.length = [9.0, 9.0, 9.0]: 3 numbers, and equation.dimension = 2"],
    ),
    "a plane for a line": (
        ["equation.dimension=1"],
        [
            "grid.points = [1024, 1024]: 2 numbers, and equation.dimension = 1",
            "initial.bubbles.1.center = [2.0, 0.0]: 2 numbers",
            "4 mistakes",
        ],
    ),
    "center of another dimension": (
        ["initial.bubbles.0.center=[1]"],
        ["initial.bubbles.0.center = [1.0]: 1 number", "one number for each axis"],
    ),
    "wrong dimension": (["equation.dimension=3"], ["equation.dimension = 3: must be 1, the line, or 2, the plane"]),
    "boolean for a dimension": (
        ["equation.dimension=true"],
        ["equation.dimension = true: must be a whole number; give the number of space dimensions, 1 or 2"],
    ),
    "zero power": (["equation.power=0"], ["equation.power = 0: must be greater than 0", "critical 4/dimension"]),
    "large power": (["equation.power=16.5"], ["equation.power = 16.5: must be at most 16"]),
    "power as text": (["equation.power=cubic"], ['equation.power = "cubic": must be a number; give p in |u|^p u']),
    "bubbles of another power": (
        ["equation.power=3"],
        [
            'equation.power = 3.0: initial.kind = "bubbles" needs the critical power 4/dimension = 2.0; ',
            "; remove power, or choose another kind of initial data",
        ],
    ),
    "unknown equation": (
        ["equation.name=nlls"],
        ['equation.name = "nlls": unknown equation; did you mean "nls"?'],
    ),
    "unknown scheme": (
        ["time.scheme=strong"],
        ['time.scheme = "strong": unknown scheme; did you mean "strang"?'],
    ),
    "unknown precision": (["grid.precision=quadruple"], ['"quadruple": unknown precision', '"double"']),
    "unknown family": (
        ['diagnostics.families=["virial","distence"]'],
        ['diagnostics.families.1 = "distence": unknown family; did you mean "distance"?'],
    ),
    "family twice": (['diagnostics.families=["virial","virial"]'], ['"virial" is given twice; remove one']),
    "unknown kind": (
        ["initial.kind=buble"],
        ['initial.kind = "buble": unknown kind; did you mean "bubbles"?'],
    ),
    "kind of another type": (["initial.kind=3"], ["initial.kind = 3: unknown kind", KINDS]),
    "missing kind": (["initial={}"], ["initial.kind: missing", KINDS]),
    "missing section": (
        ["time={}"],
        ["time.start: missing", "time.stop: missing", "time.step: missing; give"],
    ),
    "no bubbles": (
        ["initial.bubbles=[]"],
        ["initial.bubbles = []: needs at least 1 entry", "[[initial.bubbles]]"],
    ),
    "bubble without a place": (
        ["initial.bubbles=[{}]"],
        ["initial.bubbles.0.center: missing", "center = [-2.0, 0.0]"],
    ),
    "bubble right of the box": (
        ["initial.bubbles.0.center=[10.24,0]"],
        [
            "initial.bubbles.0.center = [10.24, 0.0]: outside the box [-10.24, 10.24) × [-10.24, 10.24)",
            "enlarge grid.length",
        ],
    ),
    "bubble below the box": (["initial.bubbles.1.center.1=-10.5"], ["[2.0, -10.5]: outside the box"]),
    "bubbles at one place": (
        ["initial.bubbles.0.center=[2,0]"],
        ["initial.bubbles.1.center = [2.0, 0.0]: at the same place as initial.bubbles.0.center", "remove"],
    ),
    "zero frequency": (
        ["initial.bubbles.1.frequency=0"],
        ["initial.bubbles.1.frequency = 0: must be greater than 0"],
    ),
    "negative frequency": (
        ["initial.bubbles.0.frequency=-1.5"],
        ["frequency = -1.5: must be greater than 0", "ω"],
    ),
    "NaN limit": (
        ["limits.spectral_tail=nan"],
        ['limits.spectral_tail = nan: must be greater than 0, or "off"'],
    ),
    "zero limit": (["limits.sup_norm=0"], ['limits.sup_norm = 0: must be greater than 0, or "off"']),
    "misspelt off": (["limits.sup_norm=of"], ['limits.sup_norm = "of": must be a number', 'or "off"']),
    "override without a value": (
        ["time.step"],
        ["--set 'time.step': not of the form key=value", "--set time.stop=-0.1"],
    ),
    "override without a key": (["=3"], ["--set '=3': not of the form key=value"]),
    "override below a number": (["time.step.x=3"], ["time.step = 0.000625 is not a table; it has no 'x'"]),
    "override beyond a list": (
        ["grid.points.2=3"],
        ["the list has 2 entries, counted from 0; there is no entry '2'"],
    ),
    "digits that single precision has not": (
        ["grid.precision=single", "time.step=off", "time.tolerance=1e-6"],
        ['time.tolerance = 1e-06: lost in the rounding of grid.precision = "single"; give at least 1e-05'],
    ),
    "override of a list by name": (["initial.bubbles.left.phase=1"], ["there is no entry 'left'"]),
    "override that is no TOML": (["title=two words"], ["'two words' is not a TOML value; write a number"]),
    "override of two lines": (["title=1\ntime=2"], ["is not a TOML value"]),
    "override of stray bytes": (['title="\udc80"'], ["is not a TOML value"]),
}


@pytest.mark.parametrize(("overrides", "fragments"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_named(overrides: list[str], fragments: list[str]) -> None:
    """The message names key, value and remedy."""
    message = message_of("two_bubbles", overrides)
    for fragment in fragments:
        assert fragment in message


def test_one_mistake_takes_one_line() -> None:
    """A single mistake, a misspelt required key included, is one line that names the file."""
    message = message_of("two_bubbles", ["time={start=-0.5, stop=-0.1, stpe=1e-3}"])
    assert message.startswith("configuration 'two_bubbles' with --set ")
    assert 'time.stpe = 0.001: unknown key; did you mean "step"?' in message
    assert "missing" not in message
    assert "\n" not in message


def test_all_mistakes_are_named_at_once() -> None:
    """Several mistakes come in one message, a line each."""
    lines = message_of("two_bubbles", ["grid.points=[0,64]", "time.step=0", "title=1"]).splitlines()
    assert lines[0].endswith(": 3 mistakes")
    assert {line.split(" = ")[0].strip() for line in lines[1:]} == {"grid.points.0", "time.step", "title"}


# (bytes of the file, fragments of the message)
FILES: dict[str, tuple[bytes, list[str]]] = {
    "broken": (b"[time]\nstart = -0.5\nstop = = 3\n", ["not valid TOML", "line 3, column 8"]),
    "key twice": (b"[time]\nstart = 1\nstart = 2\n", ["not valid TOML", "line 3"]),
    "binary": (b"\x89HDF\r\n\x1a\n\0\0\0", ["a binary file, not TOML text"]),
    "UTF-16": ("[time]".encode("utf-16"), ["a binary file, not TOML text; give a text file in UTF-8"]),
    "Latin-1": (b'[time]\ntitle = "Bl\xe4schen"\n', ["not UTF-8 text (line 2); save the file as UTF-8"]),
    "empty": (b"", ["is empty; begin from an example: parallel-nls examples two_bubbles"]),
    "only comments": (b"# nothing\n\n", ["is empty"]),
    "deeply nested": (b"a = " + b"[" * 100_000, ["nested too deeply"]),
    "endless number": (b"a = " + b"1" * 5000, ["not valid TOML"]),
    "large": (b"# " + b"x" * 2**20, ["larger than 1048576 bytes"]),
    "only an equation": (
        b'[equation]\nname = "nls"\n',
        ["grid: missing", "initial: missing", "time: missing; give"],
    ),
}


@pytest.mark.parametrize(("content", "fragments"), FILES.values(), ids=FILES.keys())
def test_bad_file_is_named(content: bytes, fragments: list[str], tmp_path: Path) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / "run.toml"
    path.write_bytes(content)
    message = message_of(str(path))
    assert message.startswith("configuration ")
    assert "run.toml" in message
    for fragment in fragments:
        assert fragment in message


def test_a_sweep_in_the_place_of_a_configuration(tmp_path: Path) -> None:
    """It is told what it is, not what a configuration would need."""
    (tmp_path / "scan.toml").write_text('configuration = "trap"\n[vary]\ntime.step = [1e-3]\n')
    assert message_of(str(tmp_path / "scan.toml")).endswith("scan.toml': is a sweep; type parallel-nls sweep")


def test_missing_file(tmp_path: Path) -> None:
    """A path that leads nowhere is named, with the examples."""
    message = message_of(str(tmp_path / "absent.toml"))
    assert "absent.toml': no such file or example; give the path of a TOML file" in message
    assert '"gaussian_collapse", "gaussian_collapse_1d", "half_wave_blowup"' in message
    (tmp_path / "mine.toml").touch()
    assert f"no such file or example; did you mean '{tmp_path}/mine.toml'? Else give" in message_of(
        f"{tmp_path}/mime.toml"
    )
    assert "did you mean" not in message_of(str(tmp_path / "none" / "mime.toml"))
    assert f"did you mean '{tmp_path}/mine.toml'? Else give" in message_of(f"{tmp_path}/mine")


def test_misspelt_example() -> None:
    """The nearest example is offered."""
    assert 'did you mean "two_bubbles"?' in message_of("two_bubles")


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "\udc80"])
def test_impossible_path(path: str) -> None:
    """A path that no file can have is a mistake like any other."""
    assert "give the path of a" in message_of(path)


def test_directory(tmp_path: Path) -> None:
    """A directory is no configuration."""
    assert "is a directory; give the TOML file itself" in message_of(str(tmp_path))


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system refuses to open is named with the system's reason."""

    def refuse(*_: object) -> None:
        """Stand in for a file without permission; root may read everything."""
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "run.toml"
    path.write_text("")
    monkeypatch.setattr(Path, "open", refuse)
    assert "cannot be read (Permission denied)" in message_of(str(path))
