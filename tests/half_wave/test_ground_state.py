"""The ground state of the line and of periodic boxes, and the operators linearized at it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.half_wave.box_state import BoxGroundState, box_coefficients, box_limit, richardson
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.linearized import LinearizedOperators
from parallel_nls.half_wave.profile import blow_up_profile
from tests.half_wave.references import BOX_SLOPES, INTEGRAL, MASS, PEAK, SAMPLES, TAIL


@pytest.mark.parametrize("points", [128, 192])
def test_numbers(points: int) -> None:
    """14 digits of Q(0) and ‖Q‖², and ‖D^{1/2}Q‖² = ‖Q‖² = ½‖Q‖₄⁴ as well."""
    state = ground_state(points)
    assert state.peak == pytest.approx(PEAK, rel=2e-15)
    for value in (state.mass, state.half_derivative, state.quartic / 2):
        assert value == pytest.approx(MASS, rel=4e-15)
    assert state.integral == pytest.approx(INTEGRAL, rel=5e-15)
    assert state.tail == pytest.approx(TAIL, rel=5e-13)


def test_values_and_identities() -> None:
    """Q at the places of the reference, L₊ΛQ = −Q, L₋Q = 0, and Q the same object the second time."""
    state = ground_state()
    axis, operators = state.axis, LinearizedOperators(state)
    for x, value in SAMPLES.items():
        assert axis.evaluate(state.coefficients, np.array(x)) == pytest.approx(value, rel=3e-12)
    scaled = axis.Lambda(state.coefficients)
    assert axis.norm(operators.plus @ scaled + state.coefficients) < 1e-13
    assert operators.solve_plus(-state.coefficients) == pytest.approx(scaled, abs=1e-14)
    assert axis.norm(operators.minus @ state.coefficients) < 1e-13
    assert ground_state() is state


def test_a_solution_with_a_defect() -> None:
    """L₋ reaches only what is orthogonal to Q: what is not is told, and left out."""
    state = ground_state()
    operators = LinearizedOperators(state)
    function = state.axis.coefficients(np.exp(-(state.axis.x**2)))
    found, defect = operators.solve_minus(operators.minus @ function + 0.3 * state.coefficients)
    assert defect == pytest.approx(0.3 * np.sqrt(MASS), rel=1e-13)
    rest = function - state.axis.inner(state.coefficients, function) / MASS * state.coefficients
    assert found == pytest.approx(rest, abs=1e-13)


def test_coercivity() -> None:
    """The least values on even functions that the analysis needs to be positive, and the one that is not."""
    profile = blow_up_profile()
    operators, Q = LinearizedOperators(profile.state), profile.state.coefficients
    plus, minus = operators.plus, operators.minus
    assert operators.lowest(plus) == pytest.approx(-5.11890243, abs=5e-9)
    assert operators.lowest(plus, (Q, profile.S10)) == pytest.approx(0.99634, abs=5e-6)
    assert operators.lowest(plus, (Q, profile.S10), "H1/2") == pytest.approx(0.2384684, abs=5e-8)
    assert operators.lowest(minus, (profile.rho1,)) == pytest.approx(0.2470873, abs=5e-8)
    assert operators.lowest(minus, (profile.rho1,), "H1/2") == pytest.approx(0.0996802, abs=5e-8)
    assert operators.lowest(minus) == pytest.approx(0.0, abs=1e-13)


def test_too_few_points() -> None:
    """They are refused, on the line and in a box."""
    with pytest.raises(UserError, match=r"16 points of scale 1\.5 do not resolve the ground state; take more"):
        ground_state(16)
    with pytest.raises(UserError, match=r"64 points in \[-40, 40\) do not resolve the ground state"):
        BoxGroundState(40.0, 64)
    with pytest.raises(UserError, match="points = 33 of the box must be even"):
        BoxGroundState(40.0, 33)


def test_a_box() -> None:
    """Its own ground state, not that of the line; few Krylov steps."""
    box = BoxGroundState(40.0, 2700)
    found = box.numbers()
    assert found.mass == pytest.approx(2.471058156624, abs=2e-12)
    assert found.half_derivative == pytest.approx(2.464162653596, abs=2e-12)
    assert found.quartic == pytest.approx(4.93522081022, abs=6e-12)
    assert found.peak == pytest.approx(1.88976031, abs=5e-9)
    assert max(box.krylov_steps) <= 15


def test_boxes_come_near_the_line() -> None:
    """The law in L⁻², by extrapolation and by perturbation: 6 digits of its coefficients, 11 of the limits."""
    limits, slopes = (asdict(numbers) for numbers in box_limit([80.0, 160.0, 320.0]))
    line = {"mass": MASS, "half_derivative": MASS, "quartic": 2 * MASS, "peak": PEAK, "integral": INTEGRAL}
    expected = asdict(box_coefficients())
    for name, value in line.items():
        assert limits[name] == pytest.approx(value, rel=4e-12), name
        assert slopes[name] == pytest.approx(expected[name], rel=5e-7), name
        assert expected[name] == pytest.approx(BOX_SLOPES[name], rel=5e-6), name
    assert expected["mass"] == pytest.approx(BOX_SLOPES["mass"], rel=2e-9)


def test_extrapolation() -> None:
    """Exact for a polynomial in L⁻²; one box alone has no limit."""
    lengths = [10.0, 20.0, 40.0]
    values = [1.5 + 3 / length**2 - 7 / length**4 for length in lengths]
    assert richardson(lengths, values) == pytest.approx(1.5, rel=1e-14)
    with pytest.raises(UserError, match="two boxes or more"):
        richardson([10.0], [1.0])
