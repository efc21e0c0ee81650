"""Digits of a decomposition that a finer grid of the same function changes are not shown."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config.loading import validate_document
from parallel_nls.decompose.command import DecompositionOutcome, decompose
from parallel_nls.decompose.request import Request
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.running.opening import open_simulation
from tests.cli.stored_bubbles import line_domain, store_profile, two_bubbles

NUMBER = re.compile(r"-?\d+(?:\.(\d*))?(?:e([+-]\d+))?")
COARSE = {1: (400,), 2: (168, 144)}


@dataclass(frozen=True)
class Perturbed:
    """Two bubbles, and waves between and upon them."""

    dimension: int

    def add_to(self, block: NDArray[Any], time: float, coordinates: tuple[RealArray, ...], weight: float = 1.0) -> None:
        """Add its values."""
        rest = (0.0,) * (self.dimension - 1)
        BubbleSum(two_bubbles(self.dimension), 0.0).add_to(block, time, coordinates, weight)
        Gaussian(0.05, 0.8, (1.0, *rest), wavevector=(1.5, *rest)).add_to(block, time, coordinates, weight)
        Gaussian(0.04, 0.7, (-1.5, *rest), wavevector=(-1.0, *rest)).add_to(block, time, coordinates, weight)


def decomposed(tmp_path: Path, dimension: int, refined: int) -> tuple[dict[str, Any], DecompositionOutcome]:
    """What is said of it on a grid so many times as fine."""
    path = tmp_path / f"{refined}.h5"
    points = [refined * n for n in COARSE[dimension]]
    store_profile(path, line_domain(MPI.COMM_SELF, *points), Perturbed(dimension), -0.4)
    centers = tuple(bubble.center for bubble in two_bubbles(dimension))
    outcome = decompose(MPI.COMM_SELF, Request(path, centers=centers, blowup_time=0.0, json=path.with_suffix(".json")))
    document: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return document, outcome


def rows_of(text: str) -> dict[str, list[str]]:
    """The numbers of the table and of the functionals, by what they are."""
    lines = [
        line for line in text.splitlines() if line[:35].strip() and not line.startswith(("at the edge", "bubble "))
    ]
    named = {line[:35].strip(): line[35:].split() for line in lines if len(line) > 35}
    return {name: numbers for name, numbers in named.items() if all(NUMBER.fullmatch(text) for text in numbers)}


def unit(text: str) -> float:
    """Of the last digit of a number."""
    found = NUMBER.fullmatch(text)
    assert found is not None
    return float(10.0 ** (int(found[2] or 0) - len(found[1] or "")))


@pytest.mark.parametrize("dimension", [1, 2])
def test_no_digit_is_shown_that_a_finer_grid_changes(tmp_path: Path, dimension: int) -> None:
    """Of a field whose tail is 1e-6, and of the same function on three times the points."""
    document, outcome = decomposed(tmp_path, dimension, 1)
    _, finer = decomposed(tmp_path, dimension, 3)
    coarse, fine = rows_of(outcome.text), rows_of(finer.text)
    assert 1e-7 < max(document["spectral_tail"]) < 1e-4
    assert len(coarse.keys() & fine.keys()) >= 20
    off = {
        name: max(
            abs(float(text) - float(other)) / max(unit(text), 1e-14)
            for text, other in zip(numbers, fine[name], strict=True)
        )
        for name, numbers in coarse.items()
        if name in fine
    }
    assert max(off.values()) < 2, off
    changes = document["grid_changes"]
    assert changes["remainder_gradient"] > 1e-9, "there is nothing to be told"
    assert max(changes["scale"]) < changes["remainder_gradient"]


@pytest.mark.parametrize("where", ["command.open_simulation", "setting.validate_document"])
def test_a_grid_that_cannot_be_refined_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Where twice the points are too many the table stands, and says that it was compared with nothing."""
    known: dict[str, Any] = {"command.open_simulation": open_simulation, "setting.validate_document": validate_document}

    def refusing(config: Any, place: Any) -> Any:
        """Refuse what is larger than the field."""
        points = config["grid"]["points"] if isinstance(config, dict) else config.grid.points
        if tuple(points) != COARSE[1]:
            raise UserError("the node has not the memory")
        return known[where](config, place)

    monkeypatch.setattr(f"parallel_nls.decompose.{where}", refusing)
    document, outcome = decomposed(tmp_path, 1, 1)
    assert document["grid_changes"] is None
    assert "digits are not compared with those on twice the points: the node has not the memory" in outcome.text
    assert np.isfinite(document["scale"]).all()
