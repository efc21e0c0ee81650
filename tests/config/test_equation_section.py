"""The [equation] section: four kinds of members, by a name or by a file, each of which answers for itself."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import pytest

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.sections.equation import PythonEquation
from parallel_nls.errors import UserError
from parallel_nls.planning.resources import describe_resources
from tests.config.refusal import message_of

PLANE = "gaussian_collapse"
NAMES = 'known: "nls", "gross-pitaevskii", "defocusing-nls", "half-wave", "hartree", "hartree-hierarchy"'


def with_equation(equation: str, *overrides: str) -> Configuration:
    """A Gaussian in the plane, under another equation."""
    return load_configuration(PLANE, [f"equation={{{equation}}}", *overrides])


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python file in the current folder, from which an example takes relative paths."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    return tmp_path / "mine.py"


# [equation], is_critical, focusing_power, has_local_balance, parameters, describe, statement
ANSWERS = {
    "nls": (
        'name="nls"', True, 2.0, True, {"power": 2.0},
        "nls in 2 dimensions, nonlinearity |u|^2 u (L²-critical)", "i u_t + Δu + |u|^2 u = 0",
    ),
    "nls of another power": (
        'name="nls", power=2.5', False, 2.5, True, {"power": 2.5},
        "nls in 2 dimensions, nonlinearity |u|^2.5 u", "i u_t + Δu + |u|^2.5 u = 0",
    ),
    "gross-pitaevskii": (
        'name="gross-pitaevskii"', False, 2.0, False, {"power": 2.0, "trap": 1.0},
        "gross-pitaevskii in 2 dimensions, nonlinearity |u|^2 u, trap 1", "i u_t = -Δu + |x|² u - |u|^2 u",
    ),
    "a narrow trap": (
        'name="gross-pitaevskii", power=1, trap=1.5', False, 1.0, False, {"power": 1.0, "trap": 1.5},
        "gross-pitaevskii in 2 dimensions, nonlinearity |u|^1 u, trap 1.5", "i u_t = -Δu + 2.25|x|² u - |u|^1 u",
    ),
    "defocusing-nls": (
        'name="defocusing-nls"', False, None, False, {"power": 2.0},
        "defocusing-nls in 2 dimensions, nonlinearity -|u|^2 u", "i u_t + Δu - |u|^2 u = 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_a_member_answers_for_itself(name: str) -> None:
    """Nobody else need know which one it is."""
    section, critical, focusing, balance, parameters, text, statement = ANSWERS[name]
    equation = with_equation(section).equation
    assert (equation.dimension, equation.critical_power) == (2, 2.0)
    assert (equation.is_critical, equation.focusing_power, equation.has_local_balance) == (critical, focusing, balance)
    assert equation.parameters() == parameters
    assert (equation.describe(), equation.statement(), equation.source_file) == (text, statement, None)


@pytest.mark.parametrize("name", ["nls", "gross-pitaevskii", "defocusing-nls"])
def test_the_default_power_is_critical_on_the_line_too(name: str) -> None:
    """4/d of the dimension that is given."""
    line = ["equation.dimension=1", "grid.points=64", "grid.length=9.0", "initial.center=0"]
    equation = load_configuration(PLANE, [f"equation.name={name}", *line]).equation
    assert equation.name == name
    assert equation.parameters()["power"] == equation.critical_power == 4.0
    assert equation.is_critical == (name == "nls")


def test_a_file(mine: Path) -> None:
    """Its path is absolute, its parameters are what the user likes, and nothing is known of its peaks."""
    table = 'strength=2, width=0.5, names="a b", smooth=true, at=[1, 2.5]'
    equation = with_equation(f'file="mine.py", dimension=2, parameters={{{table}}}').equation
    assert isinstance(equation, PythonEquation)
    assert (equation.name, equation.file, equation.dimension) == ("mine", str(mine), 2)
    assert (equation.is_critical, equation.focusing_power, equation.has_local_balance) == (False, None, False)
    parameters = equation.parameters()
    assert parameters == {"strength": 2, "width": 0.5, "names": "a b", "smooth": True, "at": (1, 2.5)}
    assert [type(value) for value in parameters.values()] == [int, float, str, bool, tuple]
    given = 'strength = 2, width = 0.5, names = "a b", smooth = true, at = [1, 2.5]'
    assert equation.describe() == f"mine in 2 dimensions, of {mine}, {given}"
    assert equation.statement() == f"as {mine} has it"
    assert equation.source_file == str(mine)


def test_a_parameter_is_set_from_the_command_line(mine: Path) -> None:
    """With a table of parameters, and without one."""
    for start in ('file="mine.py"', 'file="mine.py", parameters={strength=1.0, other="x"}'):
        equation = with_equation(start, "equation.parameters.strength=2").equation
        assert equation.parameters()["strength"] == 2
        assert equation.source_file == str(mine)


@pytest.mark.parametrize(
    "section",
    ['name="gross-pitaevskii", trap=2', 'name="defocusing-nls", dimension=2, power=1.5', 'file="mine.py"',
     'file="mine.py", parameters={strength=2, steps=[1, 2.5], "größe"="\\"", smooth=false, none=[]}',
     'file="mine.py", parameters={steps=4}'],
)  # fmt: skip
def test_it_is_written_and_read_back(mine: Path, section: str) -> None:
    """As a run directory has it, from which the file of the equation may be gone."""
    configuration = with_equation(section)
    text, path = configuration.complete_toml(), mine.parent / "config.toml"
    path.write_text(text, encoding="utf-8")
    mine.unlink()
    again = load_configuration(str(path), with_files=False)
    assert again == configuration == pickle.loads(pickle.dumps(again))
    assert again.complete_toml() == text
    assert again.settings() == configuration.settings()
    assert describe_resources(configuration, 2)
    document = tomllib.loads(text)["equation"]
    assert document == configuration.settings()["equation"]


def test_parameters_are_a_section_of_their_own(mine: Path) -> None:
    """To be read and edited by people."""
    text = with_equation(f'file="{mine}", parameters={{strength=2, at=[0.5]}}').complete_toml()
    assert f'[equation]\nfile = "{mine}"\ndimension = 2\n\n[equation.parameters]\nstrength = 2\nat = [0.5]\n' in text


def test_what_is_stored_of_nls_has_not_changed() -> None:
    """Neither in config.toml nor in checkpoints."""
    configuration = load_configuration(PLANE)
    assert list(configuration.settings()["equation"].items()) == [("name", "nls"), ("dimension", 2), ("power", 2.0)]
    assert '[equation]\nname = "nls"\ndimension = 2\npower = 2.0\n\n[grid]\npoints = ' in configuration.complete_toml()


# (overrides of the Gaussian in the plane, fragments of the message)
MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "neither name nor file": (
        ["equation={dimension=2}"],
        [f'equation.name: missing; give the name ({NAMES}), or the path of a Python file, as file = "mine.py"'],
    ),
    "name and file": (
        ["equation.file=mine.py"],
        ['equation.name = "nls": excludes equation.file = "mine.py"; keep one and remove the other'],
    ),
    "no table": (["equation=[1]"], [f"equation = [1]: must be a table with a name or a file ({NAMES})"]),
    "unknown name": (
        ["equation.name=gross-pitaevski"],
        [f'equation.name = "gross-pitaevski": unknown equation; did you mean "gross-pitaevskii"? ({NAMES})'],
    ),
    "a name that is a key": (["equation.name=file"], ['equation.name = "file": unknown equation; known: "nls"']),
    "name that is no text": (["equation.name=3"], [f"equation.name = 3: unknown equation; {NAMES}"]),
    "another equation's key": (
        ["equation.trap=2"],
        ["equation.trap = 2: unknown key; it belongs in [equation] of name gross-pitaevskii"],
    ),
    "parameters of a named equation": (
        ["equation.parameters.strength=2"],
        ["equation.parameters = {strength = 2}: unknown key; it belongs in [equation] with a file"],
    ),
    "power of a file": (
        ["equation={file='mine.py', power=2}"],
        ["equation.power = 2: unknown key; it belongs in [equation] of name nls or of name gross-pitaevskii or "],
    ),
    "a key in another section": (["grid.dimension=1"], ["grid.dimension = 1: unknown key; it belongs in [equation]\n"]),
    "trap without strength": (
        ["equation={name='gross-pitaevskii', trap=0}"],
        ["equation.trap = 0: must be greater than 0; give ω in the potential ω²|x|², as trap = 1.0"],
    ),
    "no file there": (
        ["equation={file='none.py'}"],
        ['equation.file = "none.py": no such file (', "a relative path is taken from the folder of the configuration"],
    ),
    "no Python": (["equation={file='mine.txt'}"], ['equation.file = "mine.txt": does not end in .py; give such a']),
    "dimension of a file": (["equation={file='mine.py', dimension=3}"], ["equation.dimension = 3: must be 1, the"]),
    "no table of parameters": (
        ["equation={file='mine.py', parameters=1}"],
        ["equation.parameters = 1: must be a table; give a table of the equation's own keys, as {strength = 1.0}"],
    ),
    "table as a parameter": (
        ["equation={file='mine.py'}", "equation.parameters.a.b=1"],
        ["equation.parameters.a = {b = 1}: must be a number of at most 1e100, a text in quotes, true, false, or a"],
    ),
    "list of texts": (
        ["equation={file='mine.py', parameters={a=['x']}}"],
        ['equation.parameters.a = ["x"]: must be a number of at most 1e100, a text in quotes, true, false, or a list'],
    ),
    "parameter that is no argument": (
        ["equation={file='mine.py', parameters={'a b'=1}}"],
        ['equation.parameters = {"a b" = 1}: "a b" cannot be the name of a parameter; choose one that Python takes'],
    ),
    "parameter that is taken": (
        ["equation={file='mine.py', parameters={domain=1}}"],
        ['equation.parameters = {domain = 1}: "domain" cannot be the name of a parameter'],
    ),
    "bubbles": (
        ["equation.name=gross-pitaevskii", "initial={kind='bubbles', bubbles=[{center=[0,0]}], blowup_time=9}"],
        ['equation.name = "gross-pitaevskii": initial.kind = "bubbles" needs equation.name = "nls" and the critical po',
         '= 2.0; give equation.name = "nls", or choose another kind of initial data'],
    ),
    "a decomposition": (
        ["equation={file='mine.py'}", "diagnostics.families=['modulation']", "modulation.bubbles=[{center=[0,0]}]",
         "modulation.blowup_time=9.0"],
        ['mine.py": "modulation" is measured with equation.name = "nls" and the critical power 4/dimension = 2.0 alone',
         'give equation.name = "nls", or remove it from diagnostics.families'],
    ),
    "local quantities": (
        ["equation.name=defocusing-nls", "diagnostics.families=['localized']", "modulation.bubbles=[{center=[0,0]}]"],
        ['equation.name = "defocusing-nls": "localized" is measured with equation.name = "nls" alone; give equation.n'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.usefixtures("mine")
def test_a_mistake_is_named(name: str) -> None:
    """The message names key, value and remedy."""
    overrides, fragments = MISTAKES[name]
    message = message_of(PLANE, overrides) + "\n"
    assert "mistakes" not in message
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize("value", ["nan", "[1, inf]", "1e101", f"1{'0' * 400}", "[true]", "[[1]]", "1979-05-27"])
@pytest.mark.usefixtures("mine")
def test_a_parameter_is_a_value_that_every_file_can_hold(value: str) -> None:
    """Anything else is refused."""
    message = message_of(PLANE, ["equation={file='mine.py'}", f"equation.parameters.a={value}"])
    assert "must be a number of at most 1e100, a text in quotes, true, false, or a list of such numbers" in message


def test_other_equations_take_any_data_that_are_not_exact() -> None:
    """And the general families."""
    general = "diagnostics.families=['conserved', 'virial', 'resolution']"
    for name in ("gross-pitaevskii", "defocusing-nls"):
        assert load_configuration(PLANE, [f"equation.name={name}", general]).equation.name == name
    with pytest.raises(UserError, match='"distance" is measured to bubbles or solitons'):
        load_configuration(PLANE, ["equation.name=defocusing-nls", "diagnostics.families=['distance']"])
