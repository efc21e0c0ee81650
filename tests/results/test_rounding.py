"""Digits that `info` shows: none that is known to be rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from parallel_nls import load_configuration, open_run
from parallel_nls.diagnostics.differences import weighted_sum, weights_at
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
    """Twice the rounding of the parts: of the mass, of the terms of the energy, of ‖u‖‖∇u‖, of the largest place."""
    columns = {
        "step": np.arange(2), "time": np.array([-0.5, -0.4]), "mass": np.full(2, 3.0), "energy": np.full(2, 0.5),
        "momentum": np.full((2, 2), 1e-15), "orthogonality": np.full(2, 2e-15),
        "energy_defect": np.full(2, 3.9129144e-11), "center": np.full((2, 1, 2), [-2.0, 1.8635507e-14]),
    }  # fmt: skip
    for precision, unit in (("double", np.finfo(float).eps), ("single", np.finfo(np.float32).eps)):
        run = open_run(store_run(tmp_path / precision, columns, f"grid.precision={precision}"))
        sizes = {
            name: known_rounding(name, run.columns, {"energy": 50.0}, run.config) / float(unit) for name in run.columns
        }
        expected = {
            "energy": 100.0, "orthogonality": 6.0, "energy_defect": 100.0, "momentum": 2 * np.sqrt(300.0),
            "center": 4.0,
        }  # fmt: skip
        assert {name: size for name, size in sizes.items() if size > 0} == pytest.approx(expected)


def test_what_is_relative_to_the_largest_is_rounded_as_one(tmp_path: Path) -> None:
    """`spectral_tail` and `edge` of fields; the square roots of a density matrix lose half of the digits."""
    columns = {
        "step": np.arange(2), "time": np.array([0.0, 0.1]),
        "spectral_tail": np.full(2, 2e-6), "edge": np.full(2, 7e-11),
    }  # fmt: skip
    unit = 2 * float(np.finfo(float).eps)
    run = open_run(store_run(tmp_path / "field", columns))
    assert {known_rounding(name, run.columns, {}, run.config) for name in ("spectral_tail", "edge")} == {unit}
    matrices = load_configuration("mean_field_limit")
    assert known_rounding("spectral_tail", run.columns, {}, matrices) == pytest.approx(unit / 4e-6)
    assert known_rounding("edge", run.columns, {}, matrices) == pytest.approx(np.sqrt(unit))


@pytest.mark.parametrize("bubbles", [(), (2,)])
def test_a_residual_knows_what_its_differences_round(tmp_path: Path, bubbles: tuple[int, ...]) -> None:
    """Of the virial identity and of those of bubbles: what perturbed rows change it by is of that order.

    Swapping x and y of a run at this spacing of rows gave residuals of 5.7·10⁻¹³ and 4.3·10⁻¹³ with eight digits each.
    """
    rng = np.random.default_rng(3)
    times = np.linspace(0.0, 0.05, 21)
    ones = np.ones(bubbles)
    function, right, residual = "variance_rate", None, "virial_residual"
    if bubbles:
        function, right, residual = "local_mass", "local_current", "mass_identity"

    def stored(epsilon: float) -> dict[str, np.ndarray]:
        """Rows of a function of slope 65 that are rounded so, and the residual of its slope."""
        values = np.multiply.outer(2.0 + 65.0 * times, ones)
        values = values * (1 + epsilon * rng.uniform(-1, 1, values.shape))
        sides = weighted_sum(weights_at(times, 20, slice(14, 21)), values[14:]) - 65.0
        rows = {
            "step": np.arange(21),
            "time": times,
            function: values,
            residual: np.multiply.outer(np.ones(21), sides / 65.0),
        }
        return rows | ({right: np.multiply.outer(np.full(21, 32.5), ones)} if right else {})

    runs = [open_run(store_run(tmp_path / str(n), stored(np.finfo(float).eps))) for n in range(8)]
    found = np.array([np.ravel(run.columns[residual].values[-1]) for run in runs])
    known = known_rounding(residual, runs[0].columns, {}, runs[0].config)
    assert known / 100 < float(np.ptp(found, axis=0).max()) < 2 * known


def test_local_currents_and_their_terms_are_rounded_as_the_field_is(tmp_path: Path) -> None:
    """Of symmetric bubbles both vanish; s of the residual, 2.3 here, and m tell what they are sums of.

    Exchanging the axes of such a run changed J by 1.3·10⁻¹⁶, and its terms by 1.5·10⁻¹³; all were told in eight digits.
    """
    times = np.linspace(0.0, 0.05, 11)
    zeros, scale, mass = np.full((11, 2), 7.4450221e-17), 2.3, 11.7
    terms = np.full((11, 2, 3), 1.2449039e-14)
    acceleration = np.full((11, 2), 1.4829353e-14)
    columns: dict[str, ArrayLike] = {
        "step": np.arange(11), "time": times, "local_mass": np.full((11, 2), mass), "local_current": zeros,
        "local_terms": terms, "local_acceleration": acceleration, "current_identity": -acceleration / scale,
    }  # fmt: skip
    root = store_run(tmp_path / "run", columns)
    run, unit = open_run(root), 2 * float(np.finfo(float).eps)
    known = {name: known_rounding(name, run.columns, {}, run.config) / unit for name in columns}
    current = np.sqrt(mass * scale)
    assert known["local_current"] == pytest.approx(current, rel=1e-3)
    assert known["local_terms"] == pytest.approx(scale, rel=1e-3)
    assert known["local_acceleration"] == pytest.approx(scale, rel=1e-3)
    weights = np.abs(weights_at(times, 10, slice(4, 11)))
    assert known["current_identity"] == pytest.approx(weights.sum() * current / scale, rel=1e-3)
    told = describe_run(root)
    assert " <3e-15 <3e-15\n" in told
    assert " 1e-14  1e-14  1e-14\n" in told


def test_parameters_and_their_derivatives(tmp_path: Path) -> None:
    """β is rounded as a phase is; λ² times a derivative as that of the phase, or of γ, by seven rows."""
    times = np.linspace(0.0, 0.05, 11)
    columns: dict[str, ArrayLike] = {
        "step": np.arange(11), "time": times, "scale": np.full((11, 1), 0.3), "chirp": np.full((11, 1), 0.25),
        "phase": np.full((11, 1), 3.0), "boost": np.full((11, 1, 2), [9.5990656e-05, -7.0400914e-17]),
        "modulation_parts": np.full((11, 1, 5), 1e-6), "modulation_defect": np.full((11, 1), 1.2345678e-6),
    }  # fmt: skip
    root = store_run(tmp_path / "run", columns)
    run, unit = open_run(root), 2 * float(np.finfo(float).eps)
    known = {name: known_rounding(name, run.columns, {}, run.config) / unit for name in columns}
    derivative = 0.09 * np.abs(weights_at(times, 10, slice(4, 11))).sum()
    assert known["boost"] == 1
    assert known["modulation_parts"] == pytest.approx(0.25 * derivative)
    assert known["modulation_defect"] == pytest.approx(3 * derivative)
    told = describe_run(root)
    assert " 9.5990656e-05 <5e-16" in told
    assert " 1.23457e-06\n" in told


def test_a_run_without_summary_knows_the_size_of_its_momentum(tmp_path: Path) -> None:
    """Of one that goes on, or was killed, the energy stands for its parts."""
    columns: dict[str, ArrayLike] = {
        "step": np.arange(2), "time": [0.0, 0.1], "mass": np.full(2, 11.7), "energy": np.full(2, 1.737),
        "momentum": np.full((2, 2), 1.6528113e-17),
    }  # fmt: skip
    assert " <3e-15 <3e-15" in describe_run(store_run(tmp_path / "run", columns))


def test_estimates_are_told_in_two_digits(tmp_path: Path) -> None:
    """As the line of the error tells them."""
    columns: dict[str, ArrayLike] = {"step": np.arange(2), "time": [0.0, 0.1], "error_estimate": [0.0, 1.6374739e-06]}
    assert " 1.6e-06" in describe_run(store_run(tmp_path / "run", columns)).partition("error_estimate")[2][:12]


@pytest.mark.parametrize(
    ("name", "parts"), [("left_behind", "mass"), ("virial_defect", "kinetic"), ("closure_error", "trace")]
)
def test_sums_of_other_systems_are_rounded_as_their_parts(tmp_path: Path, name: str, parts: str) -> None:
    """What moving frames leave behind as the mass; Tr of 4V + 2(x − y)·∇V, 0 of 1/r², as that of −Δ."""
    columns: dict[str, ArrayLike] = {"step": [0], "time": [0.0], parts: [2.5], name: [1e-17]}
    run = open_run(store_run(tmp_path / "run", columns))
    assert known_rounding(name, run.columns, {}, run.config) == 5 * float(np.finfo(float).eps)


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
