"""Quantities of the user's own: tables [[diagnostics.own]]."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_nls.config import load_configuration
from parallel_nls.config.sections.own import OwnQuantity
from tests.config.refusal import message_of

PLANE = "gaussian_collapse"


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python file in the current folder, from which an example takes relative paths."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    return tmp_path / "mine.py"


def own(*tables: str) -> str:
    """An override with such tables."""
    return f"diagnostics.own=[{', '.join(f'{{{table}}}' for table in tables)}]"


def test_a_function_is_called_as_its_quantity(mine: Path) -> None:
    """Unless another is named; the path is absolute."""
    tables = own('name="tail", file="mine.py"', 'name="other", file="./mine.py", function="Monitor"')
    found = load_configuration(PLANE, [tables]).diagnostics.own
    assert found == (
        OwnQuantity(name="tail", file=str(mine), function="tail"),
        OwnQuantity(name="other", file=str(mine), function="Monitor"),
    )
    assert load_configuration(PLANE, [tables, "diagnostics.own.0.function=f"]).diagnostics.own[0].function == "f"


def test_they_are_written_and_read_back(mine: Path) -> None:
    """As a run directory has them, from which their file may be gone; they belong to what a run's data depend on."""
    configuration = load_configuration(PLANE, [own('name="tail", file="mine.py"', 'name="b", file="mine.py"')])
    text, path = configuration.complete_toml(), mine.parent / "config.toml"
    table = f'[[diagnostics.own]]\nname = "tail"\nfile = "{mine}"\nfunction = "tail"\n'
    assert f'families = ["conserved", "virial", "resolution"]\n\n{table}\n[[diagnostics.own]]\nname = "b"\n' in text
    path.write_text(text, encoding="utf-8")
    mine.unlink()
    again = load_configuration(str(path), with_files=False)
    assert again == configuration
    assert again.complete_toml() == text
    first = {"name": "tail", "file": str(mine), "function": "tail"}
    assert configuration.settings()["diagnostics"]["own"][0] == first


def test_runs_without_them_are_stored_as_before() -> None:
    """Neither config.toml nor the settings in checkpoints name them."""
    configuration = load_configuration(PLANE)
    assert list(configuration.settings()["diagnostics"]) == ["every", "families"]
    assert "own" not in configuration.complete_toml()
    assert load_configuration(PLANE, ["diagnostics.own=[]"]) == configuration


# (tables, fragments of the message)
MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "the coordinate": (
        ['name="time", file="mine.py"'],
        ['diagnostics.own.0.name = "time": is what a column of every series is called; choose another name'],
    ),
    "twice": (
        ['name="a", file="mine.py"', 'name="b", file="mine.py"', 'name="a", file="mine.py", function="f"'],
        ['diagnostics.own.2.name = "a": is given twice; choose another name, or remove one of the tables'],
    ),
    "no name": (
        ['name="a b", file="mine.py", function="f"'],
        ['diagnostics.own.0.name = "a b": cannot be the name of a quantity; give one of letters, as name = "tail'],
    ),
    "no function": (
        ['name="a", file="mine.py", function="f()"'],
        ['diagnostics.own.0.function = "f()": cannot be the name of a function; give the name of one in the file'],
    ),
    "missing": (
        ['function="f"'],
        ['own.0.name: missing; give the name of the quantity in the series, as name = "tail_mass"',
         'own.0.file: missing; give the path of a Python file, as file = "mine.py"'],
    ),
    "no file there": (['name="a", file="none.py"'], ['diagnostics.own.0.file = "none.py": no such file (']),
    "unknown key": (
        ['name="a", file="mine.py", fle=1'], ['diagnostics.own.0.fle = 1: unknown key; did you mean "file"?'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    """The message names key, value and remedy."""
    tables, fragments = MISTAKES[name]
    message = message_of(PLANE, [own(*tables)])
    for fragment in fragments:
        assert fragment in message
    assert message.count("diagnostics.own") == len(fragments) + 1  # once in the override


def test_no_list_of_tables() -> None:
    """Says how one is written."""
    assert "must be a list; give one table [[diagnostics.own]] with name and file" in message_of(
        PLANE, ["diagnostics.own.name=a"]
    )
