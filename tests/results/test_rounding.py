"""Digits that `info` shows: none that is known to be rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from parallel_nls import open_run
from parallel_nls.results.reader import describe_run
from parallel_nls.results.refined_law import law_doubts
from parallel_nls.results.rounding import known_rounding, without_rounding
from tests.stored_runs import store_run


@pytest.mark.parametrize(
    ("value", "rounding", "shown"),
    [
        (1.23456789, 0.0, " 1.2345679"),
        (-3.9129144e-11, 1.1e-15, "-3.913e-11"),
        (6.13e-16, 4.4e-16, " 6e-16"),
        (3e-16, 4.4e-16, "<5e-16"),
        (0.0, 4.4e-16, " 0"),
        (0.96283277, 4.4e-16, " 0.96283277"),
        (float("nan"), 4.4e-16, " nan"),
    ],
)
def test_a_number_without_its_rounding(value: float, rounding: float, shown: str) -> None:
    """Fewer digits, one at least, or what it is below; all others as they are."""
    assert without_rounding(value, 8, rounding) == shown


def test_what_cancels_is_known(tmp_path: Path) -> None:
    """Twice the rounding of the parts: of the mass, of the terms of the energy, of ‖u‖‖∇u‖."""
    columns = {
        "step": np.arange(2), "time": np.array([-0.5, -0.4]), "mass": np.full(2, 3.0), "energy": np.full(2, 0.5),
        "momentum": np.full((2, 2), 1e-15), "orthogonality": np.full(2, 2e-15),
        "energy_defect": np.full(2, 3.9129144e-11),
    }  # fmt: skip
    for precision, unit in (("double", np.finfo(float).eps), ("single", np.finfo(np.float32).eps)):
        run = open_run(store_run(tmp_path / precision, columns, f"grid.precision={precision}"))
        sizes = {
            name: known_rounding(name, run.columns, {"energy": 50.0}, run.config) / float(unit) for name in run.columns
        }
        expected = {"energy": 100.0, "orthogonality": 6.0, "energy_defect": 100.0, "momentum": 2 * np.sqrt(300.0)}
        assert {name: size for name, size in sizes.items() if size > 0} == pytest.approx(expected)


def test_info_shows_no_rounding(tmp_path: Path) -> None:
    """Of the energy beyond that of the bubbles four digits hold."""
    columns = {
        "step": np.arange(2), "time": np.array([-0.5, -0.4]), "energy": np.full(2, 5.2345678),
        "energy_defect": np.full(2, 3.9129144e-11),
    }  # fmt: skip
    told = describe_run(store_run(tmp_path / "run", columns))
    assert " 5.2345678\n" in told
    assert "3.9129" not in told
    assert " 3.913e-11\n" in told


def test_a_law_that_changes_along_the_run(tmp_path: Path) -> None:
    """Of law_time the digits of the last half of the rows; what it changed by, and that b is large, if so."""
    steady: dict[str, ArrayLike] = {"step": np.arange(4), "time": np.linspace(0.0, 0.3, 4), "b": np.full(4, 0.2)}
    good = describe_run(store_run(tmp_path / "good", steady | {"law_time": [9.9634, 9.9634, 9.9634, 9.9640]}))
    assert " 9.96\n" in good
    assert "law_time went" not in good
    rough: dict[str, ArrayLike] = {"law_time": [6.0, np.nan, 5.1, 5.0], "b": [0.2, 0.25, 0.3, 0.35]}
    told = describe_run(store_run(tmp_path / "rough", steady | rough))
    # The law is told of ended runs.
    assert " 5\n" in told
    columns = open_run(tmp_path / "rough").columns
    lines = [line for _, line in law_doubts(columns)]
    assert "from 6 to 5, by up to 17 % of the time that was left" in lines[0]
    assert "b was up to 0.35" in lines[1]
    assert not list(law_doubts(open_run(tmp_path / "good").columns))
