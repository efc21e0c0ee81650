"""Whatever a file holds, loading it either works or raises UserError, and what loads works throughout."""

from __future__ import annotations

import json
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
    example_names,
    example_text,
    load_configuration,
)
from parallel_nls.config.differences import changed_settings
from parallel_nls.config.toml_text import toml_document, toml_value
from parallel_nls.errors import UserError
from parallel_nls.planning.resources import describe_resources
from tests.config.mutations import EXAMPLES, damaged_files, mutated_documents, overrides, values


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every drawn example overwrites."""
    folder = tmp_path_factory.mktemp("mutations")
    for name in ("start.npy", "mine.py"):
        (folder / name).write_text("")
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
    assert describe_resources(configuration, 1 if configuration.system == "line" else 3)
    exercise_modulation(configuration)
    frames = configuration.frames
    for schedule in (configuration.sample_schedule, configuration.field_schedule):
        assert schedule.due(0)
        assert schedule.due(frames.count)
    assert frames.time(0) != frames.time(1)
    assert (configuration.pairs is None) == configuration.adaptive == (frames.unit == "frame")
    dimension = configuration.equation.dimension
    assert configuration.equation.describe()
    assert configuration.equation.statement()
    assert all(name.isidentifier() for name in configuration.equation.parameters())
    assert configuration.grid.describe()
    assert all(configuration.initial.describe(dimension))
    assert all(configuration.initial.describe_changes())
    assert changed_settings(configuration, json.loads(json.dumps(configuration.settings()))) == []
    grid = configuration.grid
    if grid.space != "box":
        assert grid.shape == ((grid.points[0],) * 2 if grid.space == "radius" else (2, *grid.points))
    else:
        assert len(grid.points) == dimension
        assert prod(grid.shape) == prod(grid.points)
    if isinstance(configuration.initial, GaussianInitial):
        assert len(configuration.initial.center) == dimension
    if isinstance(configuration.initial, SolitonsInitial):
        assert all(len(wave.velocity) == len(wave.center) == dimension for wave in configuration.initial.solitons)


def exercise_modulation(configuration: Configuration) -> None:
    """Use what the families that are measured on bubbles ask of it."""
    families, reference = configuration.diagnostics.modulated_families, configuration.modulated
    assert ("modulation" in configuration.settings()) == bool(families)
    if families:
        assert reference is not None
        assert reference.bubbles == configuration.modulation.bubbles
        assert all(len(bubble.center) == configuration.equation.dimension for bubble in reference.bubbles)
        assert reference.blowup_time > max(configuration.time.start, configuration.time.stop)
        assert families == ("localized",) or reference.blowup_time == configuration.modulation.blowup_time


@settings(max_examples=250)
@given(document=mutated_documents())
def test_mutated_document(scratch: Path, document: dict[str, Any]) -> None:
    """A file with wrong, missing or unexpected values is refused politely or works."""
    scratch.write_text(toml_document(document), encoding="utf-8")
    if configuration := load_or_none(scratch):
        exercise(configuration, scratch)


@settings(max_examples=120)
@given(content=damaged_files())
def test_mutated_bytes(scratch: Path, content: bytes) -> None:
    """A file with a damaged stretch is refused politely or works."""
    scratch.write_bytes(content)
    if configuration := load_or_none(scratch):
        exercise(configuration, scratch)


@settings(max_examples=120)
@given(override=overrides(), text=st.sampled_from(EXAMPLES))
def test_overrides(scratch: Path, override: str, text: str) -> None:
    """An override of any path by any value is refused politely or works."""
    scratch.write_text(text, encoding="utf-8")
    if configuration := load_or_none(scratch, (override,)):
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
    document = tomllib.loads(example_text(name))
    assert tomllib.loads(toml_document(document)) == document
