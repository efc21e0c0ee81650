"""Solutions on the line: orders of the schemes, symmetries, and blow-up at critical mass with its laws."""

from __future__ import annotations

import cmath
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.half_wave.box_state import BoxGroundState
from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.ground_state import ground_state
from parallel_nls.half_wave.inhomogeneity import FromPython, Homogeneous, Rational
from parallel_nls.half_wave.initial import profile_data
from parallel_nls.half_wave.modulation import Decomposer, Decomposition, Parameters
from parallel_nls.half_wave.profile import blow_up_profile
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.rational import RationalAxis
from tests.half_wave.references import MASS
from tests.half_wave.solutions import at_zero, blow_up_run, follow, numbers

SMALL = RationalAxis(64, 1.5)


@pytest.mark.parametrize(
    ("scheme", "order", "steps"),
    [
        ("strang", 2, 64),
        ("suzuki4", 4, 24),
        ("blanes-moan-prk4", 4, 24),
        ("blanes-moan-rkn4", 4, 24),
        ("kahan-li6", 6, 16),
        ("kahan-li8", 8, 10),
    ],
)
def test_orders(scheme: str, order: int, steps: int) -> None:
    """Of every scheme that is admitted, on |ξ| and with k(x), from errors of three step sizes at t = 1."""
    found = []
    for number in (steps, 2 * steps, 4 * steps, 8 * steps):
        run, state = blow_up_run(Rational(), axis=SMALL, scheme=scheme)
        for _ in range(number):
            run.advance(state, 1 / number)
        found.append(state.field)
    differences = [np.linalg.norm(one - other) for one, other in pairwise(found)]
    assert np.log2(differences[0] / differences[1]) == pytest.approx(order, abs=0.35)
    assert np.log2(differences[1] / differences[2]) == pytest.approx(order, abs=0.25)


def test_a_scheme_that_loses_its_order() -> None:
    """It is refused, with the reason."""
    with pytest.raises(
        UserError, match=r"blanes-moan-rkn6.*quadratic in the wavenumber; for \|ξ\| its order falls to 4"
    ):
        HalfWave(SMALL, composition("blanes-moan-rkn6"))
    scheme, found = replace(composition("blanes-moan-rkn6"), needs_quadratic=False), []
    for number in (32, 64, 128):
        _, start = blow_up_run(Rational(), axis=SMALL)
        run = HalfWave(SMALL, scheme, Rational())
        for _ in range(number):
            run.advance(start, 1 / number)
        found.append(start.field)
    coarse, fine = (np.linalg.norm(one - other) for one, other in pairwise(found))
    assert np.log2(coarse / fine) == pytest.approx(4, abs=0.3)


def test_the_standing_wave() -> None:
    """e^{it}Q(x), and Λ^{−1/2}e^{it/Λ}Q(x/Λ) in a frame of another scale."""
    state = ground_state()
    for scale in (1.0, 0.1):
        run = HalfWave(state.axis, composition("kahan-li8"))
        field = run.start(state.coefficients.astype(complex), scale=scale)
        follow(run, field, 0.025, scale)
        expected = cmath.exp(1j) * state.values / scale**0.5
        assert run.physical(field) == pytest.approx(expected, rel=1e-11, abs=2e-11)
        assert run.places(field) == pytest.approx(scale * state.axis.x)
        assert field.scale == scale


def test_backward_in_time() -> None:
    """A palindrome returns to its start, to rounding."""
    run, state = blow_up_run(Rational(), axis=SMALL)
    start = state.copied()
    for step in (0.05,) * 10 + (-0.05,) * 10:
        run.advance(state, step)
    assert state.field == pytest.approx(start.field, abs=1e-12)
    assert state.time == pytest.approx(0, abs=1e-15)


def test_functions_without_parity() -> None:
    """A shifted solution is the shifted solution; mass, energy and momentum stay."""
    axis, shift = RationalAxis(128, 1.5), 0.3
    x = axis.whole

    def start(places: np.ndarray) -> np.ndarray:
        """Moving to the right, about."""
        return np.asarray(0.8 / (1 - 1j * places) ** 2 + 0.5 / (1 + places**2))

    moved = []
    for center in (0.0, shift):
        run = HalfWave(axis, composition("kahan-li6"))
        state = run.start(*axis.split(start(x - center)))
        first = numbers(run, state)
        follow(run, state, 0.02, 0.5)
        last = numbers(run, state)
        assert last.mass + state.left_behind == pytest.approx(first.mass, rel=1e-12)
        assert last.energy == pytest.approx(first.energy, rel=1e-9)
        assert last.momentum == pytest.approx(first.momentum, rel=1e-8)
        assert first.momentum > 0.5
        moved.append(run.coefficients(state))
        assert run.physical(state).shape == x.shape
    places = np.linspace(-3, 3, 13)
    values = [
        axis.evaluate(even, p) + axis.evaluate(odd, p, "odd")
        for (even, odd), p in zip(moved, (places, places + shift), strict=True)
    ]
    assert values[1] == pytest.approx(values[0], abs=2e-8)


def test_both_parities_hold_the_even_ones() -> None:
    """An odd part of 0 stays 0, and the even part goes its way."""
    run, state = blow_up_run(axis=SMALL)
    both = run.start(run.coefficients(state)[0], np.zeros(64, dtype=complex))
    for _ in range(20):
        run.advance(state, 0.05)
        run.advance(both, 0.05)
    assert both.field[0] == pytest.approx(state.field[0], abs=1e-13)
    assert np.abs(both.field[1]).max() < 1e-15


def test_the_same_bits() -> None:
    """Of two runs over changes of the frame, and of one that goes on from what was stored."""
    run, state = blow_up_run(axis=SMALL)
    follow(run, state, 0.05, 2.0)
    other_run, other = blow_up_run(axis=SMALL)
    follow(other_run, other, 0.05, 2.0)
    copy = FrameState.of_arrays(other.arrays(), other.time, other.steps)
    assert other.scale < 1
    follow(run, state, 0.05, 3.0)
    follow(other_run, copy, 0.05, 3.0)
    assert copy.field.tobytes() == state.field.tobytes()
    assert (copy.scale, copy.time, copy.left_behind) == (state.scale, state.time, state.left_behind)


def test_frames_of_a_growing_scale() -> None:
    """Backward in time the solution spreads; frames grow with it."""
    run, state = blow_up_run(axis=RationalAxis(128, 1.5), b=-0.2)
    follow(run, state, 0.02, 3.0)
    assert state.scale == pytest.approx(1 / 0.8**2)
    # Its complex conjugate is a solution backward in time, which begins further from blow-up.
    law = Decomposer(blow_up_profile()).law
    assert law.time_left(run.scale_of(state), numbers(run, state).energy) == pytest.approx(12.963, abs=0.01)


def test_what_is_no_longer_resolved() -> None:
    """The run ends, with the place."""
    axis = RationalAxis(48, 1.5)
    run = HalfWave(axis, composition("suzuki4"))
    state = run.start(axis.coefficients(3 * np.exp(-(axis.x**2))).astype(complex))
    with pytest.raises(UserError, match="48 points do not resolve the solution at t = 0"):
        follow(run, state, 0.05, 2.0)
    with pytest.raises(UserError, match="0 or not finite at t = 0"):
        follow(run, run.start(np.zeros(48)), 0.05, 2.0)


@pytest.mark.parametrize(
    ("b", "scale", "points", "words"),
    [
        (0.0, 1.0, 64, r"b = 0\.0 of the blow-up profile must be positive"),
        (0.1, -1.0, 64, r"scale = -1\.0 of the blow-up profile must be positive"),
        (0.1, 1.0, 16, r"16 points of scale 1\.5 do not resolve the blow-up profile"),
    ],
)
def test_bad_initial_data(b: float, scale: float, points: int, words: str) -> None:
    """So is a k that the theory does not know."""
    axis = RationalAxis(points, 1.5)
    with pytest.raises(UserError, match=words):
        profile_data(axis, b, scale)
    with pytest.raises(UserError, match=r"k\(0\) = 0\.5"):
        profile_data(axis, 0.1, 1.0, FromPython(lambda x: np.asarray(0.5 / (1 + x**2))))


def test_bad_input() -> None:
    """One sentence each."""
    run, state = blow_up_run(axis=SMALL)
    with pytest.raises(UserError, match=r"natural_step = 0\.0 must be positive"):
        next(run.evolve(state, 0.0))
    with pytest.raises(UserError, match=r"scale = -1\.0 of a frame must be positive"):
        run.start(np.ones(64), scale=-1.0)
    for parts, told in (
        ((np.ones(3),), "even: give 64 finite coefficients"),
        ((np.ones(64), np.full(64, np.nan)), "odd: "),
    ):
        with pytest.raises(UserError, match=told):
            run.start(*parts)
    with pytest.raises(UserError, match="k = 3: is no inhomogeneity"):
        HalfWave(SMALL, composition("suzuki4"), 3)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"points = 25\.5: is not a whole number"):
        RationalAxis(25.5, 1.0)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"half_length = -40\.0: must be greater than 0"):
        BoxGroundState(-40.0, 100)
    with pytest.raises(UserError, match=r"absorption = -1\.0 must not be negative"):
        HalfWave(SMALL, composition("suzuki4"), absorption=-1.0)
    tilted = HalfWave(SMALL, composition("suzuki4"), FromPython(lambda x: np.asarray(1 / (1 + (x - 0.1) ** 2))))
    with pytest.raises(UserError, match="k is not even, so that solutions do not stay even"):
        tilted.start(np.ones(64))
    tilted.advance(tilted.start(np.ones(64), np.zeros(64)), 0.01)
    with pytest.raises(UserError, match=r"shrinking = 1\.0 of the frame must be at least 0\.5, and below 1"):
        HalfWave(SMALL, composition("suzuki4"), shrinking=1.0)


class Watched:
    """A run to a small scale, decomposed now and then."""

    def __init__(self, k: Rational | Homogeneous, scale: float, scale_until: float) -> None:
        self.run, self.state = blow_up_run(k, scale=scale)
        self.decomposer = Decomposer(blow_up_profile(k.curvature))
        self.first = numbers(self.run, self.state)
        self.found: list[tuple[float, Decomposition, float]] = []
        parameters, before, frame = Parameters(scale, 0.2, 0.0), 0.0, 0.0
        for _ in self.run.evolve(self.state, 0.02, scale_until=scale_until):
            if self.state.scale == frame:
                continue
            parameters = self.decomposer.predict(parameters, self.state.time - before)
            found = self.decomposer(self.run.axis, self.run.coefficients(self.state)[0], parameters, self.state.scale)
            self.found.append((self.state.time, found, numbers(self.run, self.state).half_derivative))
            parameters, before, frame = found.parameters, self.state.time, self.state.scale

    def fitted_blow_up_time(self, largest_scale: float) -> float:
        """Where the straight line through 1/‖D^{1/2}u‖ reaches 0."""
        late = [(t, half**-0.5) for t, found, half in self.found if found.parameters.scale < largest_scale]
        times, values = np.array(late).T
        slope, start = np.polyfit(times, values, 1)
        return float(-start / slope)

    def blow_up_times(self) -> list[float]:
        """From each decomposition, by the refined law."""
        left = self.decomposer.law.time_left
        return [time + left(found.parameters.scale, self.first.energy) for time, found, _ in self.found]


def test_blow_up_at_critical_mass() -> None:
    """From λ = 1 to 0.004: the time of blow-up, λ‖D^{1/2}u‖² = ‖Q‖², the energy law; mass that leaves is counted."""
    watched = Watched(Homogeneous(), 1.0, 0.004)
    assert watched.first.energy == pytest.approx(0.00412734970843, rel=1e-11)
    scales = np.array([found.parameters.scale for _, found, _ in watched.found])
    assert scales[-1] < 0.0051
    late = [
        found.parameters.scale * half / MASS - 1 for _, found, half in watched.found if found.parameters.scale < 0.25
    ]
    assert max(np.abs(late)) < 2e-5
    # The law leaves out t⁶, the energy of waves that have left, ….
    assert np.abs(np.array(watched.blow_up_times())[scales < 0.03] - 9.964).max() < 5e-4
    assert watched.fitted_blow_up_time(0.05) == pytest.approx(9.9642, abs=3e-4)
    law = watched.decomposer.law
    for _, found, _ in watched.found:
        p = found.parameters
        if 0.02 < p.scale < 0.9:
            assert law.energy(p.b, p.scale) == pytest.approx(watched.first.energy, rel=6e-4)
    last = numbers(watched.run, watched.state)
    assert watched.state.left_behind == pytest.approx(5.5e-8, rel=0.03)
    assert last.energy == pytest.approx(watched.first.energy, rel=1e-4)
    assert watched.run.content(watched.state) < 1e-6
    assert last.mass + watched.state.left_behind == pytest.approx(MASS, abs=1e-10)
    # What has left is missing in the bubble, whose b follows the law for this lack.
    rates = watched.decomposer.rates(watched.found[-1][1], Homogeneous())
    p = watched.found[-1][1].parameters
    lack = (rates.b - p.b**2 / 2 - law.b_rate(p.b, p.scale)) * 4 * law.e1
    assert lack == pytest.approx(-watched.state.left_behind, rel=0.3)
    # γ = 4A₀²/|t| + O(1).
    time, found, _ = watched.found[-1]
    assert found.parameters.phase * (9.9642 - time) == pytest.approx(4 * law.e1 / watched.first.energy, rel=0.1)


def test_blow_up_with_an_inhomogeneity() -> None:
    """k(x) = ½ + 1/(2(1 + x²)), from λ = b = 0.2."""
    watched = Watched(Rational(), 0.2, 0.008)
    assert watched.first.energy == pytest.approx(0.0258481682171, rel=1e-11)
    assert watched.blow_up_times()[3:] == pytest.approx([1.845] * (len(watched.found) - 3), abs=1e-3)


# t, ‖D^{1/2}u‖², |u(0)| and arg u(0), where it is known.
HOMOGENEOUS = (
    (2.0, 3.861055355, 2.3606940436, 2.525915636),
    (4.0, 6.87778797, 3.152738591, 0.409802097),
    (6.0, 15.55941, 4.7441573, 2.49828574),
)
INHOMOGENEOUS = ((0.4, 19.6261398634, 5.3223497184, None), (0.8, 36.69473446, 7.281954722, None))


@pytest.mark.parametrize(("k", "scale", "known"), [(Homogeneous(), 1.0, HOMOGENEOUS), (Rational(), 0.2, INHOMOGENEOUS)])
def test_against_reference_solutions(
    k: Rational | Homogeneous, scale: float, known: tuple[tuple[float, float, float, float | None], ...]
) -> None:
    """‖D^{1/2}u‖² and u(0), to the digits of the reference or nearly so."""
    run, state = blow_up_run(k, scale=scale)
    for time, half, peak, angle in known:
        follow(run, state, 0.01, time)
        assert numbers(run, state).half_derivative == pytest.approx(half, rel=3e-7)
        u = at_zero(run, state)
        assert abs(u) == pytest.approx(peak, rel=1e-7)
        assert angle is None or abs(cmath.phase(u * cmath.exp(-1j * angle))) < 1e-6


def test_reference_parameters() -> None:
    """(λ, b) of the homogeneous solution at a time."""
    run, state = blow_up_run()
    follow(run, state, 0.02, 3.73013930)
    decomposer = Decomposer(blow_up_profile())
    even = run.coefficients(state)[0]
    p = decomposer(run.axis, even, decomposer.guess(run.axis, even, state.scale), state.scale).parameters
    assert p.scale == pytest.approx(0.392215, abs=6e-7)
    assert p.b == pytest.approx(0.1256667, abs=6e-8)


def test_a_bounce_below_critical_mass() -> None:
    """Q_P(0.3) itself lacks mass: it turns at |δM|/(2E), up to the next order in b, and spreads again."""
    run, state = blow_up_run(b=0.3, normalise=False, axis=RationalAxis(192, 3.0))
    first = numbers(run, state)
    law = Decomposer(blow_up_profile()).law
    expected = law.bounce(first.mass - MASS, first.energy)
    scales = list(run.evolve(state, 0.02, until=7.0))
    assert min(scales) == pytest.approx(0.023207, rel=2e-4)
    assert min(scales) == pytest.approx(expected, rel=0.01)
    assert scales[-1] > 1.2 * min(scales)


def test_waves_are_absorbed_not_reflected() -> None:
    """A wave packet that runs outward leaves; what comes back of it is small, and far less than without absorption."""
    axis = RationalAxis(128, 3.0)
    wave = axis.coefficients(np.exp(-(axis.x**2) / 2) * np.cos(3 * axis.x)).astype(complex)
    near = axis.x < 4
    sizes = []
    for absorption in (0.0, 10.0):
        run = HalfWave(axis, composition("strang"), FromPython(np.zeros_like), absorption=absorption, shrinking=0.5)
        state = run.start(1e-3 * wave)
        first = numbers(run, state).mass
        for _ in run.evolve(state, 0.1, until=30.0, limit=1.0):
            pass
        assert numbers(run, state).mass + state.left_behind == pytest.approx(first, rel=1e-12)
        assert absorption == 0 or run.content(state) < 1e-3
        sizes.append(float(np.abs(run.physical(state)[: near.sum()]).max()) / 1e-3)
    assert sizes[1] < 2e-3 < 0.1 * sizes[0]
