"""Digits that `info` shows: none that is known to be rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parallel_nls import open_run
from parallel_nls.results.reader import describe_run
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
