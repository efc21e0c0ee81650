"""Numbers of the ground state and of the blow-up profile of half waves: their values, and the digits that are told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.studies.half_wave_states import describe_numbers, ground_state_numbers, profile_numbers
from tests.running.half_waves import short

if TYPE_CHECKING:
    from pathlib import Path


def test_the_states_of_the_equation() -> None:
    """Q(0) and ‖Q‖² to 14 digits, constants of the profile to 12."""
    told = describe_numbers(ground_state_numbers(short()))
    assert "Q(0)             1.890641702052" in told
    assert "mass             2.469335527047" in told
    assert told.startswith("k(x)             1, in the place of equation.inhomogeneity\n")
    assert describe_numbers(ground_state_numbers(load_configuration("half_wave_blowup"))).startswith("peak ")
    numbers = profile_numbers(short())
    assert numbers["e1"] == pytest.approx(0.102071106153244, rel=1e-12)
    assert numbers["(Q, rho1)"] == pytest.approx(-2 * numbers["e1"], rel=1e-12)
    assert abs(numbers["solvability defect of rho2"]) < 1e-13
    at_0 = {"S10": 0.29584300855389, "T20": -0.12961675313218, "T02": 0.065720892655176, "S30": 0.0096577846069,
            "T40": -8.62830177e-05, "rho1": 0.09675781128642, "rho2": -0.2 * 0.00200929783432}  # fmt: skip
    squares = {"S10": 0.11724513976902, "T20": 0.048299211268188, "T02": 0.0034011441450849, "S30": 0.059498368038118,
               "T40": 0.1594814507, "rho1": 0.095672726555339, "rho2": 0.04 * 0.22566601384895}  # fmt: skip
    assert {name: numbers["values_at_0"][name] for name in at_0} == pytest.approx(at_0, rel=1e-9)
    assert {name: numbers["norms"][name] ** 2 for name in squares} == pytest.approx(squares, rel=1e-9)
    small = profile_numbers(short("initial.b=0.1", "initial.scale=0.1"))
    assert small["residual_l2"] == pytest.approx(0.000143373, rel=1e-5)
    assert small["residual_h1"] == pytest.approx(0.00051744, rel=1e-5)
    assert "c_scale                     0.12906991230138" in describe_numbers(numbers)
    assert "values_at_0: T40            -8.62830177e-05" in describe_numbers(numbers)
    assert re.search(r"solvability defect of S10   \|·\| ≤ [1-9]e-1[56]$", describe_numbers(numbers), re.MULTILINE)
    with pytest.raises(UserError, match="of the half-wave equation alone"):
        ground_state_numbers(load_configuration("two_bubbles"))


def test_of_the_profile_no_digit_is_told_that_another_axis_lacks(tmp_path: Path) -> None:
    """A residual below rounding is none; of a k in Python k''(0) has some eleven digits, and what follows from it."""
    told = describe_numbers(profile_numbers(load_configuration("half_wave_blowup", ["initial.b=1e-3"])))
    assert re.search(r"residual_l2                 \|·\| ≤ [1-9]e-1[45]$", told, re.MULTILINE)
    assert "c_scale                     0\n" in told
    assert "b                           0.001\n" in told
    (tmp_path / "k.py").write_text("def k(x):\n    return 0.4 + 0.6 / (1 + 2 * x**2)\n")
    overrides = [f"equation.inhomogeneity={{kind='python',file='{tmp_path / 'k.py'}'}}"]
    by_differences = profile_numbers(load_configuration("half_wave_inhomogeneous", overrides))
    errors = by_differences["errors"]
    assert abs(by_differences["curvature"] + 2.4) <= errors["curvature"] <= 1e-8
    assert re.search(r"curvature                   -2\.40{7,10}\n", describe_numbers(by_differences))
    overrides = ["equation.inhomogeneity={kind='rational',base=0.4,height=0.6,curvature=2.0}"]
    exact = profile_numbers(load_configuration("half_wave_inhomogeneous", overrides))
    assert abs(by_differences["c_scale"] - exact["c_scale"]) <= errors["c_scale"]
    assert exact["errors"]["curvature"] == 0
