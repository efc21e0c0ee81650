"""The [grid] section is a union by its basis, of which there is one so far."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from parallel_nls.config import load_configuration
from parallel_nls.config.messages import describe_mistakes
from parallel_nls.config.sections.grid import FourierGrid
from parallel_nls.config.sections.union import UnionByKey
from parallel_nls.config.sections.values import Section
from tests.config.refusal import message_of


def test_the_default_is_written_nowhere() -> None:
    """Files and checkpoints stay as they were before there was the key."""
    configuration = load_configuration("two_bubbles", ["grid.basis=fourier"])
    assert configuration == load_configuration("two_bubbles")
    assert isinstance(configuration.grid, FourierGrid)
    assert configuration.grid.basis == "fourier"
    assert list(configuration.settings()["grid"]) == ["points", "length", "precision"]
    assert "basis" not in configuration.complete_toml()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "grid.basis=fourrier",
            'grid.basis = "fourrier": unknown basis; did you mean "fourier"? (known: "fourier", "rational")',
        ),
        ("grid.basis=3", 'grid.basis = 3: unknown basis; known: "fourier"'),
        ("grid=3", "grid = 3: must be a table; give the section [grid] with points and length"),
        ("time.basis=fourier", 'time.basis = "fourier": unknown key; it belongs in [grid]'),
        ("grid.point=3", 'grid.point = 3: unknown key; did you mean "points"? (known: "basis", "points", "length", '),
    ],
)
def test_a_mistake_is_named(override: str, said: str) -> None:
    """With the bases that there are."""
    assert said in message_of("two_bubbles", [override])


class Rational(Section):
    """A later member."""

    tag: ClassVar[str] = "<rational>"
    basis: Literal["rational"]
    scale: float


class Run(Section):
    """A configuration with one basis more."""

    grid: Annotated[FourierGrid | Rational, UnionByKey("basis", "basis", default="fourier")]


def test_a_later_basis_is_one_more_class() -> None:
    """Messages, the default, and the choice come with it."""
    adapter = TypeAdapter(Run)
    assert adapter.validate_python({"grid": {"basis": "rational", "scale": 2.0}}).grid == Rational(
        basis="rational", scale=2.0
    )
    assert isinstance(adapter.validate_python({"grid": {"points": [8], "length": [4.0]}}).grid, FourierGrid)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"grid": {"points": [8], "length": [4.0], "scale": 2.0}})
    (line,) = describe_mistakes(caught.value, Run)
    assert line == "grid.scale = 2.0: unknown key; it belongs in [grid] of basis rational"
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python({"grid": {"basis": "radial"}})
    (line,) = describe_mistakes(caught.value, Run)
    assert line == 'grid.basis = "radial": unknown basis; did you mean "rational"? (known: "fourier", "rational")'
