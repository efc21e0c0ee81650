"""Decomposition into profile and remainder, how parameters move, and the laws for them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.half_wave.inhomogeneity import Homogeneous, Rational
from parallel_nls.half_wave.modulation import Decomposer, Parameters, Rates
from parallel_nls.half_wave.profile import BlowUpProfile, blow_up_profile
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.half_wave.tracking import Tracking
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.rational import RationalAxis
from tests.half_wave.solutions import blow_up_run

FLAT, CURVED = blow_up_profile(), blow_up_profile(-1.0)
AXIS = FLAT.state.axis
CASES = [
    (FLAT, 1.02 * FLAT.at(0.15), 1.0, (1.00008481152, 0.156068033457, 0.00144862855804), 0.03158459),
    (
        FLAT,
        FLAT.at(0.15) + 0.03 * (1 + 1j) * AXIS.coefficients(np.exp(-(AXIS.x**2))),
        1.0,
        (1.00122957921, 0.140751771012, 0.0146757510748),
        0.03617191731,
    ),
    (CURVED, 1.01 * CURVED.at(0.12, 0.3), 0.3, (0.299987827323, 0.122411150012, 0.000576960344942), 0.01574779654),
]


@pytest.mark.parametrize(("profile", "function", "frame", "expected", "size"), CASES)
def test_reference_decompositions(
    profile: BlowUpProfile,
    function: ComplexArray,
    frame: float,
    expected: tuple[float, float, float],
    size: float,
) -> None:
    """To all digits; the pairings are 0, and the parts give the whole."""
    decomposer = Decomposer(profile)
    found = decomposer(AXIS, function, decomposer.guess(AXIS, function, frame), frame)
    p = found.parameters
    assert (p.scale, p.b, p.phase) == pytest.approx(expected, rel=6e-12, abs=6e-12)
    assert found.remainder_l2 == pytest.approx(size, rel=3e-9)
    assert found.steps <= 5
    tests = (AXIS.Lambda(profile.at(p.b, p.scale)), profile.b_derivative(p.b), profile.rho(p.b))
    assert max(abs(np.vdot(f, found.remainder).imag) for f in tests) < 1e-14


def test_other_axes_and_phases() -> None:
    """The parameters of a profile come back from another axis and frame, at any phase."""
    axis, decomposer = RationalAxis(256, 2.2), Decomposer(CURVED)
    function = AXIS.resampled(CURVED.at(0.1, 0.05), axis) * np.exp(-2.5j)
    found = decomposer(axis, function, decomposer.guess(axis, function, 0.05), 0.05)
    assert found.parameters.scale == pytest.approx(0.05, rel=1e-12)
    assert found.parameters.b == pytest.approx(0.1, rel=1e-12)
    assert found.parameters.phase == pytest.approx(-2.5, abs=1e-12)
    assert found.remainder_l2 < 1e-11


def test_waves_far_out_are_measured_where_they_are_resolved() -> None:
    """‖ε‖, ‖D^½ε‖ and the parameters beside those on many more points: the profile's own take far waves for others."""
    axis, fine, decomposer = RationalAxis(256, 3.0), RationalAxis(1536, 3.0), Decomposer(CURVED)
    function = AXIS.resampled(CURVED.at(0.1, 0.05), axis).astype(complex)
    function[200:250] += 3e-6j  # next to the axis of the profile these stand beyond what it resolves
    start = Parameters(0.05, 0.1, 0.0)
    found = decomposer(axis, function, start, 0.05)
    p = found.parameters
    factor = p.scale / 0.05
    rest = -fine.coefficients(AXIS.evaluate(CURVED.at(p.b, p.scale), fine.x / factor)) / math.sqrt(factor)
    rest[: axis.points] += function * np.exp(-1j * p.phase)
    assert found.remainder_l2 == pytest.approx(fine.norm(rest), rel=1e-10)
    assert found.remainder_half == pytest.approx(math.sqrt(factor * fine.inner(rest, fine.D(rest))), rel=1e-10)
    # The conditions hold for the function itself, by integrals over the points of the finer axis.
    for f in (AXIS.Lambda(CURVED.at(p.b, p.scale)), CURVED.b_derivative(p.b), CURVED.rho(p.b)):
        tested = fine.coefficients(AXIS.evaluate(f, fine.x / factor)) / math.sqrt(factor)
        assert abs(np.vdot(tested, rest).imag) < 1e-13


@pytest.mark.parametrize("wrong", [np.ones(1), np.ones(AXIS.points - 1), np.full(AXIS.points, np.nan)])
def test_coefficients_of_another_axis(wrong: ComplexArray) -> None:
    """One message, by the guess and by the call: a single number would be taken for each of them."""
    decomposer = Decomposer(FLAT)
    for refused in (lambda: decomposer.guess(AXIS, wrong), lambda: decomposer(AXIS, wrong, Parameters(1.0, 0.1, 0.0))):
        with pytest.raises(UserError, match=rf"^coefficients: give {AXIS.points} finite ones, as axis\.coeff"):
            refused()


def test_what_is_not_near_the_profile() -> None:
    """It is refused."""
    decomposer = Decomposer(FLAT)
    function = AXIS.coefficients(AXIS.x**2 * np.exp(-(AXIS.x**2) / 8)).astype(complex)
    with pytest.raises(UserError, match="too far from the blow-up profile"):
        decomposer(AXIS, function, Parameters(1.0, 0.1, 0.0))


def test_rates_are_those_of_the_solution() -> None:
    """λ_s, b_s and γ_s from one moment, and by differences of decompositions along a solution with k(x)."""
    k, step = Rational(), 2e-3
    run, state = blow_up_run(k, scale=0.3, b=0.2, axis=RationalAxis(256, 2.0))
    decomposer = Decomposer(CURVED)
    seen = []
    guess = Parameters(0.3, 0.2, 0.0)
    for n in range(5):
        found = decomposer(run.axis, run.coefficients(state)[0], guess, state.scale)
        seen.append(found)
        if n < 4:
            guess = decomposer.predict(found.parameters, step)
            for _ in range(4):
                run.advance(state, step / 4)
    weights = np.array([1, -8, 0, 8, -1]) / (12 * step)
    table = np.array([(f.parameters.scale, f.parameters.b, f.parameters.phase) for f in seen])
    scale, b = table[2, :2]
    moved = scale * (weights @ table)
    rates = decomposer.rates(seen[2], k)
    expected = (moved[0] / scale + b, moved[1] + b**2 / 2, moved[2] - 1)
    assert (rates.scale, rates.b, rates.phase) == pytest.approx(expected, abs=3e-9)
    assert rates.size == max(abs(rates.scale), abs(rates.b), abs(rates.phase)) > 1e-3


def test_rates_of_the_profile() -> None:
    """On Q_P itself the law of the profile holds up to Φ_P: b⁵ for the scale, b⁶ for b and the phase."""
    decomposer = Decomposer(FLAT)
    for b in (0.025, 0.05):
        found = decomposer(AXIS, FLAT.at(b), Parameters(1.0, b, 0.0))
        rates = decomposer.rates(found, Homogeneous())
        assert rates.scale / b**5 == pytest.approx(-0.138, rel=0.02)
        assert rates.b / b**6 == pytest.approx(-0.094, rel=0.02)
        assert rates.phase / b**6 == pytest.approx(0.5, rel=0.01)


def test_constants_of_the_law() -> None:
    """c₄ and c_λ, and ½ of the mass coefficients that they come from."""
    flat, curved = RefinedLaw.of(FLAT), RefinedLaw.of(CURVED)
    assert flat.c4 == pytest.approx(0.134570819727, rel=4e-12)
    assert (flat.c_scale, flat.drift) == (0, 0)
    assert curved.c_scale == pytest.approx(0.129069912301, rel=4e-12)
    mass = [AXIS.norm(FLAT.at(b)) ** 2 - FLAT.state.mass for b in (0.05, 0.1)]
    assert mass == pytest.approx([FLAT.m4 * 0.05**4, FLAT.m4 * 0.1**4], rel=0.02)


def test_the_law_conserves_what_it_says() -> None:
    """λE along b_s and λ_s to the order b⁷, and 2c₄b³δM off the critical mass."""
    law, b, scale, h = RefinedLaw.of(CURVED), 0.05, 0.002, 1e-3
    for excess, bound in ((0.0, 1e-9), (-1e-4, 2.0 * law.c4 * b**3 * 1e-4)):
        rate = law.b_rate(b, scale, excess)
        later = law.energy(b + h * rate, scale * math.exp(-b * h), excess)
        earlier = law.energy(b - h * rate, scale * math.exp(b * h), excess)
        assert abs(later - earlier) / (2 * h) * scale < 1.1 * bound


def test_time_and_scale() -> None:
    """The time left by quadrature, its expansion, the reference times, and b from the energy."""
    flat, curved = RefinedLaw.of(FLAT), RefinedLaw.of(CURVED)
    assert flat.time_left(1.0, 0.00412734970843) == pytest.approx(9.9636, abs=3e-4)
    assert curved.time_left(0.2, 0.0258481682171) == pytest.approx(1.84785, abs=6e-6)
    errors = []
    for scale in (0.02, 0.01):
        time = curved.time_left(scale, 0.0258481682171)
        errors.append(curved.scale_at(time, 0.0258481682171) / scale - 1)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.02)
    b = curved.b_at(0.1, 0.03)
    assert curved.energy(b, 0.1) == pytest.approx(0.03, rel=1e-14)
    assert flat.speed(0.00412734970843) == pytest.approx(15.6292, abs=5e-5)


@pytest.mark.parametrize("excess", [0.0, -1e-4, 1e-4])
def test_the_law_over_long_times(excess: float) -> None:
    """λ falls as `time_left` says, or turns; E is kept as far as the law keeps it; and back, with all turns of γ."""
    law, scale, b = RefinedLaw.of(CURVED), 0.1, 0.1
    energy = law.energy(b, scale, excess)
    elapsed = 3.0 if excess < 0 else 0.9 * law.time_left(scale, energy, excess)
    after = law.follow(scale, b, 0.3, elapsed, excess)
    assert law.energy(*after[1::-1], excess) == pytest.approx(energy, rel=b**2)
    assert law.follow(*after, -elapsed, excess) == pytest.approx((scale, b, 0.3), rel=1e-6)
    if excess < 0:
        assert after[1] < 0 < law.bounce(excess, energy) < after[0]
    else:
        assert law.time_left(after[0], energy, excess) == pytest.approx(elapsed / 9, rel=b**2)
        assert np.isnan(law.follow(scale, b, 0.3, 1.2 * elapsed, excess)).all()
    halves = law.follow(*law.follow(scale, b, 0.3, elapsed / 2, excess), elapsed / 2, excess)
    assert halves == pytest.approx(after, rel=1e-7)


def test_time_left_above_critical_mass() -> None:
    """λ_t = −b at the energy and the excess that are kept; the excess takes over, and T − t comes to be λ/b."""
    law, energy, excess, h = RefinedLaw.of(CURVED), 0.0258481682171, 1e-3, 1e-5
    for scale in (0.2, 1e-3):
        b = law.b_at(scale, energy, excess)
        assert law.energy(b, scale, excess) == pytest.approx(energy, rel=1e-10)
        ends = [law.time_left(scale * (1 + sign * h), energy, excess) for sign in (1, -1)]
        assert (ends[0] - ends[1]) / (2 * h * scale) == pytest.approx(1 / b, rel=1e-8)
    late = law.time_left(1e-7, energy, excess)
    assert late == pytest.approx(1e-7 / law.b_at(1e-7, energy, excess), rel=1e-4)
    assert law.time_left(0.01, -1e-4, excess) > law.time_left(0.01, energy, excess)


def test_no_time_is_left_below_critical_mass() -> None:
    """A lack of mass that turns the solution; one that is only rounding counts as none; what is no number."""
    law, energy = RefinedLaw.of(CURVED), 0.0258481682171
    with pytest.raises(UserError, match=r"below critical by 0\.0004 and an energy of 0\.0258482 nothing blows up"):
        law.time_left(0.2, energy, -4e-4)
    assert law.time_left(0.2, energy, -1e-9) == law.time_left(0.2, energy)
    waves = -5.6e-8, 0.004127  # what runs away from the solution of `half_wave_blowup`, down to λ = 0.0032
    assert law.time_left(0.0032, waves[1], waves[0]) == law.time_left(0.0032, waves[1])
    for scale, excess in ((5e-4, waves[0]), (1.0, -1e-5)):
        with pytest.raises(UserError, match="nothing blows up"):
            law.time_left(scale, waves[1], excess)
    with pytest.raises(UserError, match="does not reach scale = nan"):
        law.time_left(math.nan, energy)


def test_bounces_and_their_limits() -> None:
    """|δM|/(2E); none without a lack of mass, and no b where the energy is too small."""
    law = RefinedLaw.of(CURVED)
    assert law.bounce(-3.578e-05 * law.mass, 0.00417123720459) == pytest.approx(0.010592, rel=2e-4)
    with pytest.raises(UserError, match="no bounce with a mass excess of 1e-05"):
        law.bounce(1e-5, 0.004)
    with pytest.raises(UserError, match=r"energy = 0\.001 of a solution of critical mass does not reach scale = 0\.5"):
        law.b_at(0.5, 0.001)


def test_predictions() -> None:
    """Over a step of natural time 0.5 they miss by little, where no prediction would miss a half turn."""
    decomposer = Decomposer(FLAT)
    later = decomposer.predict(Parameters(0.1, 0.1, 3.0), 0.05)
    time = 2 * 0.1 / 0.1
    assert later.scale == pytest.approx(0.1 * (1 - 0.05 / time) ** 2, rel=1e-4)
    assert later.phase == pytest.approx(3 + 0.05 / 0.1 / (1 - 0.05 / time), rel=1e-4)


@pytest.mark.parametrize(("scale", "known"), [(0.32, True), (0.33, False)])
def test_where_k_varies_within_the_scale_the_law_tells_no_time(scale: float, known: bool) -> None:
    """From λ = 1.31/√|k''(0)| on, where the profile is none either."""
    tracking, law = Tracking(Decomposer(blow_up_profile(-16.0))), RefinedLaw.of(blow_up_profile(-16.0))
    parameters, energy = Parameters(scale, 0.2, 0.0), law.energy(0.2, scale)
    told = tracking.note(0.0, parameters, Rates(0.0, 0.0, 0.0), (0.0, 0.0), law.mass, energy)
    assert math.isfinite(float(told["law_time"])) is known
    assert told["scale"] == scale


def test_a_little_lack_of_mass_does_not_keep_the_law_from_a_time() -> None:
    """Up to a millionth of it, that turns the solution at less than a hundredth of its scale."""
    law = RefinedLaw.of(FLAT)
    assert not law.turns(1e-3, 0.02, -0.9 * 2 * 0.02 * 1e-5)
    assert law.turns(1e-3, 0.02, -1.1 * 2 * 0.02 * 1e-5)
    assert law.turns(1.0, 2.0, -1.1e-6 * law.mass)
