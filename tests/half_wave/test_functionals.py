"""Mass, energy, momentum; the cut-off; J_A and the identity for its derivative."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parallel_nls.half_wave.cutoff import cutoff_derivatives
from parallel_nls.half_wave.functionals import functionals
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Rational
from parallel_nls.half_wave.localized_energy import Decomposed, Localization, LocalizedEnergy, Motion
from parallel_nls.half_wave.modulation import Decomposer, Parameters
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.spectral.rational import RationalAxis
from tests.half_wave.references import MASS
from tests.half_wave.solutions import blow_up_run

AXIS = RationalAxis(768, 2.5)
AT = Localization(0.5, 0.2, 5.0)
STATE = ground_state()
BUBBLE = AXIS.coefficients(0.5**-0.5 * STATE.axis.evaluate(STATE.coefficients, AXIS.x / 0.5)).astype(complex)
EPSILON = AXIS.coefficients(0.05 * (1 + 0.5j) * np.exp(-(1 - 0.4j) * AXIS.x**2))


@pytest.fixture(scope="module")
def energy() -> LocalizedEnergy:
    """J_A with k(x)."""
    return LocalizedEnergy(AXIS, Rational())


def test_the_ground_state_has_no_energy() -> None:
    """In any frame; ‖D^{1/2}u‖² grows as 1/Λ; its peak is at 0, between the points."""
    found = functionals(STATE.axis, STATE.coefficients, frame=0.25)
    assert found.energy == pytest.approx(0, abs=1e-13)
    assert found.half_derivative == pytest.approx(4 * MASS, rel=1e-14)
    assert found.sup_norm == pytest.approx(2 * STATE.peak, rel=1e-14)


@pytest.mark.parametrize("function", ["gaussian", "sech"])
def test_thresholds_of_the_energy(function: str) -> None:
    """A·exp(−x²/2) and A·sech x have E = 0 at a known A, and known mass there."""
    axis = RationalAxis(256, 2.0)
    x = axis.x
    if function == "gaussian":
        values, square, mass = np.exp(-(x**2) / 2), math.sqrt(8 / math.pi), 2 * math.sqrt(2)
    else:
        values, square, mass = 1 / np.cosh(np.minimum(x, 300)), 6 * math.log(2) / math.pi, 12 * math.log(2) / math.pi
    found = functionals(axis, axis.coefficients(math.sqrt(square) * values).astype(complex))
    assert found.mass == pytest.approx(mass, rel=1e-12)
    assert found.energy == pytest.approx(0, abs=1e-12)


def test_momentum() -> None:
    """Of e^{iκx}f with f real: κ∫f²; even functions have none."""
    axis = RationalAxis(128, 1.5)
    even, odd = axis.split(np.exp(0.7j * axis.whole - axis.whole**2))
    found = functionals(axis, even, odd, Homogeneous(), 0.5)
    assert found.momentum == pytest.approx(0.7 * math.sqrt(math.pi / 2) / 0.5, rel=1e-12)
    assert found.mass == pytest.approx(math.sqrt(math.pi / 2), rel=1e-13)
    assert found.quartic == pytest.approx(math.sqrt(math.pi / 4) / 0.5, rel=1e-12)
    assert functionals(axis, even).momentum == 0


def test_the_cutoff() -> None:
    """Values of the reference, both ends, φ'' as the slope of φ', φ'''' as the second difference of φ''."""
    first, second, _ = cutoff_derivatives(np.array([1.5]))
    assert (first[0], second[0]) == pytest.approx((2.13843491992583, 3.16530475977739), rel=5e-15)
    first, second, fourth = cutoff_derivatives(np.array([-3.0, 0.4, 1.0, 2.0]))
    assert first == pytest.approx([math.exp(-3) - 3, 0.4, 1.0, 3 - math.exp(-2)], rel=1e-15)
    assert second == pytest.approx([math.exp(-3), 1, 1, math.exp(-2)], rel=1e-15)
    assert fourth == pytest.approx([math.exp(-3), 0, 0, math.exp(-2)], rel=1e-15)
    x, h = np.array([-1.7, 1.1, 1.3, 1.62, 1.9]), 1e-4
    one, other = cutoff_derivatives(x + h), cutoff_derivatives(x - h)
    _, second, fourth = cutoff_derivatives(x)
    assert (one[0] - other[0]) / (2 * h) == pytest.approx(second, abs=1e-6)
    assert (one[1] - 2 * second + other[1]) / h**2 == pytest.approx(fourth, rel=1e-4, abs=1e-3)


def test_terms_of_the_localized_energy(energy: LocalizedEnergy) -> None:
    """Those of the reference, to all digits."""
    terms = energy.terms(BUBBLE, EPSILON, AT)
    assert terms["kinetic"] == pytest.approx(0.0016828640022295437, rel=1e-13)
    assert terms["mass"] == pytest.approx(0.003916606679108768, rel=1e-13)
    assert terms["nonlinear"] == pytest.approx(0.009053619797711746, rel=1e-12)
    assert terms["virial"] == pytest.approx(0.00015666426856562866, rel=2e-12)
    assert energy.value(BUBBLE, EPSILON, AT) == pytest.approx(-0.0032974848478078056, rel=2e-12)


def test_integrals_over_s(energy: LocalizedEnergy) -> None:
    """Closed form, quadrature and reference; with the weight 1 it is ‖D^{1/2}ε‖²."""
    _, second, fourth = cutoff_derivatives(AXIS.x / 2.5)
    found = energy.s_integral(EPSILON, second)
    assert found == pytest.approx(0.0034256991242612696, rel=1e-9)
    assert energy.s_integral(EPSILON, second, method="quadrature") == pytest.approx(found, rel=2e-9)
    found = energy.s_integral(EPSILON, fourth, gradient=False)
    assert energy.s_integral(EPSILON, fourth, gradient=False, method="quadrature") == pytest.approx(found, rel=1e-9)
    assert energy.s_integral(EPSILON, np.ones(768)) == pytest.approx(0.0033657280044590873, rel=1e-12)


def test_the_derivative_closes(energy: LocalizedEnergy) -> None:
    """All terms against a difference along the solution, to rounding; without those of higher order by O(ε³)."""
    bump = AXIS.coefficients(np.exp(-(AXIS.x**2)) * (0.1 + 0.2j))
    motion = Motion(-0.23, -0.05, 0.3j * BUBBLE + 0.2 * AXIS.Lambda(BUBBLE) + bump)
    rate, h = energy.remainder_rate(BUBBLE, EPSILON, motion), 0.004

    def moved(n: int) -> float:
        """J_A n steps on."""
        at = Localization(0.5 + n * h * motion.scale, 0.2 + n * h * motion.b, 5.0)
        return energy.value(BUBBLE + n * h * motion.profile, EPSILON + n * h * rate, at)

    difference = sum(w * (moved(n) - moved(-n)) for n, w in ((1, 45), (2, -9), (3, 1))) / (60 * h)
    terms = energy.derivative(BUBBLE, EPSILON, AT, motion)
    assert sum(terms.values()) == pytest.approx(difference, abs=2e-12)
    assert min(abs(term) for term in terms.values()) > 1e-6
    small = energy.derivative(BUBBLE, 0.1 * EPSILON, AT, motion)
    # Of second order in ε, but for the term with ψ, of first.
    assert small["pair"] == pytest.approx(0.01 * terms["pair"], rel=1e-12)


def test_terms_of_higher_order(energy: LocalizedEnergy) -> None:
    """Where Q̃ solves the equation, so that ψ = 0, what is left out of (4.9) is of order 3 in ε."""
    values = np.abs(AXIS.values(BUBBLE)) ** 2 * AXIS.values(BUBBLE) * Rational().value(AXIS.x)
    motion = Motion(-0.2, 0.0, -1j * (AXIS.D(BUBBLE) - AXIS.coefficients(values)))
    sizes = [energy.derivative(BUBBLE, size * EPSILON, AT, motion) for size in (0.02, 0.01)]
    assert abs(sizes[0]["psi"]) < 1e-12
    assert sizes[0]["cubic"] / sizes[1]["cubic"] == pytest.approx(8, rel=0.02)


def test_the_identity_along_a_solution() -> None:
    """dJ_A/dt of decompositions with k(x), from all terms, and by differences in time."""
    k, step, cutoff = Rational(), 2e-3, 4.0
    run, state = blow_up_run(k, scale=0.3, axis=RationalAxis(256, 2.0))
    profile = blow_up_profile(k.curvature)
    decomposer, guess = Decomposer(profile), Parameters(0.3, 0.2, 0.0)
    values, terms = [], {}
    for _ in range(5):
        found = decomposer(run.axis, run.coefficients(state)[0], guess, state.scale)
        parts = Decomposed.of(profile, found, decomposer.rates(found, k), RationalAxis(512, 4.0))
        at = Localization(found.parameters.scale, found.parameters.b, cutoff)
        measured = LocalizedEnergy(parts.axis, k)
        values.append(measured.value(parts.Q, parts.epsilon, at))
        if len(values) == 3:
            terms = measured.derivative(parts.Q, parts.epsilon, at, parts.motion)
        guess = decomposer.predict(found.parameters, step)
        for _ in range(4):
            run.advance(state, step / 4)
    difference = float(np.array([1, -8, 0, 8, -1]) @ values) / (12 * step)
    assert abs(difference) > 1e-5
    assert sum(terms.values()) == pytest.approx(difference, rel=2e-7)
