"""Whatever a file holds, loading it either works or raises UserError, and what loads works throughout."""

from __future__ import annotations

import tomllib
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nls.config import (
    Configuration,
    GaussianInitial,
    SolitonsInitial,
    describe_resources,
    example_names,
    example_text,
    load_configuration,
)
from parallel_nls.config.toml_text import toml_document, toml_value
from parallel_nls.errors import UserError

EXAMPLES = {name: tomllib.loads(example_text(name)) for name in example_names()}
WORDS = (
    "step",
    "steps",
    "tolerance",
    "frame",
    "power",
    "precision",
    "single",
    "center",
    "velocity",
    "solitons",
    "file",
    "python",
    "function",
    "start.npy",
    "kind",
    "every",
    "bubbles",
    "gaussian",
    "strang",
    "off",
    "nls",
    "",
)

characters = st.characters(codec="utf-8")
scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.integers(4, 2**37),
    st.floats(),
    st.sampled_from([0, -1, 2, 1e-300, 1e300, -1e308, 1e308, 10**400, 0.1, 5e-324, 0.25]),
    st.sampled_from(WORDS),
    st.text(characters, max_size=8),
)
keys = st.one_of(st.sampled_from(WORDS), st.text(characters, max_size=6))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


def places(document: Any) -> list[tuple[Any, Any]]:
    """Return every container of a document with each of its keys or indices."""
    entries = document.items() if isinstance(document, dict) else enumerate(document)
    found = []
    for key, value in entries:
        found.append((document, key))
        if isinstance(value, (dict, list)):
            found += places(value)
    return found


@st.composite
def mutated_documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an example with up to three values replaced, removed, renamed or added."""
    document: dict[str, Any] = tomllib.loads(example_text(draw(st.sampled_from(example_names()))))
    for _ in range(draw(st.integers(0, 3))):
        if not (candidates := places(document)):
            break
        container, key = draw(st.sampled_from(candidates))
        action = draw(st.sampled_from(["replace", "remove", "rename", "add"]))
        if action == "replace":
            container[key] = draw(values)
        elif action == "remove":
            del container[key]
        elif isinstance(container, list):
            container.append(draw(values))
        else:
            container[draw(keys)] = container.pop(key) if action == "rename" else draw(values)
    return document


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every drawn example overwrites."""
    folder = tmp_path_factory.mktemp("mutations")
    (folder / "start.npy").write_text("")
    return folder / "run.toml"


def load_or_none(path: Path, overrides: tuple[str, ...] = ()) -> Configuration | None:
    """Load a file; None where it is refused with a message that can be printed."""
    try:
        return load_configuration(str(path), overrides)
    except UserError as error:
        str(error).encode("utf-8")
        return None


def exercise(configuration: Configuration, path: Path) -> None:
    """Use all that a run and a dry run ask of a configuration."""
    path.write_text(configuration.complete_toml(), encoding="utf-8")
    assert load_configuration(str(path)) == configuration
    assert describe_resources(configuration, 3)
    frames = configuration.frames
    for schedule in (configuration.sample_schedule, configuration.field_schedule):
        assert schedule.due(0)
        assert schedule.due(frames.count)
    assert frames.time(0) != frames.time(1)
    assert (configuration.pairs is None) == configuration.adaptive == (frames.unit == "frame")
    dimension = configuration.equation.dimension
    assert len(configuration.grid.points) == dimension
    assert prod(configuration.grid.shape) == prod(configuration.grid.points)
    if isinstance(configuration.initial, GaussianInitial):
        assert len(configuration.initial.center) == dimension
    if isinstance(configuration.initial, SolitonsInitial):
        assert all(len(wave.velocity) == len(wave.center) == dimension for wave in configuration.initial.solitons)


@settings(max_examples=250)
@given(document=mutated_documents())
def test_mutated_document(scratch: Path, document: dict[str, Any]) -> None:
    """A file with wrong, missing or unexpected values is refused politely or works."""
    scratch.write_text(toml_document(document), encoding="utf-8")
    if configuration := load_or_none(scratch):
        exercise(configuration, scratch)


@settings(max_examples=120)
@given(name=st.sampled_from(example_names()), data=st.data())
def test_mutated_bytes(scratch: Path, name: str, data: st.DataObject) -> None:
    """A file with a damaged stretch is refused politely or works."""
    content = example_text(name).encode()
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, min(begin + 20, len(content))))
    scratch.write_bytes(content[:begin] + data.draw(st.binary(max_size=6)) + content[end:])
    if configuration := load_or_none(scratch):
        exercise(configuration, scratch)


@settings(max_examples=120)
@given(
    path=st.lists(
        st.one_of(st.sampled_from(["time", "grid", "initial", "points", "0", "1", *WORDS]), keys), max_size=4
    ),
    value=st.one_of(values.map(toml_value), st.text(max_size=8)),
    name=st.sampled_from(example_names()),
)
def test_overrides(scratch: Path, path: list[str], value: str, name: str) -> None:
    """An override of any path by any value is refused politely or works."""
    scratch.write_text(example_text(name), encoding="utf-8")
    if configuration := load_or_none(scratch, (f"{'.'.join(path)}={value}",)):
        exercise(configuration, scratch)


def equal(left: Any, right: Any) -> bool:
    """Return whether two TOML values are the same, types and NaN included."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return type(left) is type(right) and repr(left) == repr(right)


@settings(max_examples=120)
@given(value=values)
def test_toml_values_read_back(value: Any) -> None:
    """What is written as TOML is read back as it was, any text and any key included."""
    assert equal(tomllib.loads(f"value = {toml_value(value)}")["value"], value)


@pytest.mark.parametrize("name", example_names())
def test_toml_documents_read_back(name: str) -> None:
    """Sections and arrays of tables are read back as they were."""
    assert tomllib.loads(toml_document(EXAMPLES[name])) == EXAMPLES[name]
