"""Bubbles S and solitary waves W: they solve the equation, S = P_T(W), and their invariants have closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.pseudo_conformal import PseudoConformal
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from tests.profiles.periodic_box import PeriodicBox

DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])
BLOWUP_TIME = 0.3
# Center or velocity in the plane (its first part on the line), frequency, phase.
PARAMETERS = [((0.0, 0.0), 1.0, 0.0), ((1.0, -0.75), 0.8, 0.6), ((-0.5, 2.0), 1.25, -2.0)]
EACH = pytest.mark.parametrize(("vector", "frequency", "phase"), PARAMETERS)


def bubble(dimension: int, vector: tuple[float, ...], frequency: float, phase: float) -> BubbleSum:
    """One bubble with its center in R^d."""
    return BubbleSum([Bubble(vector[:dimension], frequency, phase)], BLOWUP_TIME)


def soliton(dimension: int, vector: tuple[float, ...], frequency: float, phase: float) -> SolitonSum:
    """One solitary wave with its velocity in R^d; it starts elsewhere than at the origin."""
    return SolitonSum([Soliton(vector[:dimension], (0.4, -0.3)[:dimension], frequency, phase)])


def box(dimension: int, scale: float, offset: float) -> PeriodicBox:
    """Wide enough for the tails of Q, to 1e-13, and fine enough for its spectrum."""
    return PeriodicBox(dimension, 1536 if dimension == 1 else 640, 60 * scale + 2 * offset)


@DIMENSIONS
@pytest.mark.parametrize("remaining", [1.0, 0.6])
@EACH
def test_a_bubble_solves_the_equation(
    dimension: int, remaining: float, vector: tuple[float, ...], frequency: float, phase: float
) -> None:
    """Residual i S_t + ΔS + |S|^{4/d}S below 1e-10 of ΔS."""
    grid = box(dimension, frequency * remaining, max(np.abs(vector)))
    profile = bubble(dimension, vector, frequency, phase)
    assert grid.residual(profile, BLOWUP_TIME - remaining, step=0.006 * remaining) <= 1e-10


@DIMENSIONS
@pytest.mark.parametrize("time", [-0.7, 0.9])
@EACH
def test_a_solitary_wave_solves_the_equation(
    dimension: int, time: float, vector: tuple[float, ...], frequency: float, phase: float
) -> None:
    """Residual i W_t + ΔW + |W|^{4/d}W below 1e-11 of ΔW."""
    grid = box(dimension, frequency, 3.0)
    profile = soliton(dimension, vector, frequency, phase)
    assert grid.residual(profile, time, step=0.016 * frequency**2) <= 1e-11


@pytest.mark.parametrize("power", [1.0, 2.0, 3.5, 6.0])
@EACH
def test_a_solitary_wave_of_any_power(power: float, vector: tuple[float, ...], frequency: float, phase: float) -> None:
    """On the line, at the accuracy of those of the critical power; its height is Q(0)ω^{-2/p}."""
    grid = box(1, frequency, 3.0)
    wave = Soliton(vector[:1], (0.4,), frequency, phase)
    profile = SolitonSum([wave], (), power)
    assert grid.residual(profile, 0.9, 0.016 * frequency**2, power) <= 1e-10
    top = values(profile, 0.9, (np.array([[0.4 + vector[0] * 0.9]]),))
    assert abs(top[0, 0]) == pytest.approx((power / 2 + 1) ** (1 / power) * frequency ** (-2 / power), rel=2e-15)


def test_the_critical_power_is_the_default() -> None:
    """With the same bits; closed form and table agree; another power of the plane is refused."""
    x = np.linspace(-20, 20, 801)[None, :]
    waves = [Soliton((1.3,), (0.4,), 0.8, 0.2)]
    default, named, close = (values(SolitonSum(waves, (), power), 0.3, (x,)) for power in (None, 4.0, 4.0 + 1e-15))
    assert np.array_equal(default, named)
    assert np.abs(close - default).max() <= 4e-15
    with pytest.raises(ValueError, match="the plane are known with power 2 only, not with 3"):
        SolitonSum([Soliton((1.0, 0.0))], (), 3.0)


@DIMENSIONS
@EACH
def test_invariants_of_a_bubble(dimension: int, vector: tuple[float, ...], frequency: float, phase: float) -> None:
    """Mass ‖Q‖², energy ω²‖yQ‖²/8, no momentum."""
    remaining, state = 0.8, ground_state(dimension)
    grid = box(dimension, frequency * remaining, max(np.abs(vector)))
    field = grid.of(bubble(dimension, vector, frequency, phase), BLOWUP_TIME - remaining)
    mass, energy, momentum = grid.invariants(field)
    assert mass == pytest.approx(state.mass, rel=1e-13, abs=0)
    assert energy == pytest.approx(frequency**2 * state.second_moment / 8, rel=1e-12, abs=0)
    assert np.abs(momentum).max() <= 1e-12


@DIMENSIONS
@EACH
def test_invariants_of_a_solitary_wave(
    dimension: int, vector: tuple[float, ...], frequency: float, phase: float
) -> None:
    """Mass ‖Q‖², energy |v|²‖Q‖²/8, momentum v‖Q‖²/2."""
    state, velocity = ground_state(dimension), np.array(vector[:dimension])
    grid = box(dimension, frequency, 3.0)
    mass, energy, momentum = grid.invariants(grid.of(soliton(dimension, vector, frequency, phase), 0.9))
    assert mass == pytest.approx(state.mass, rel=1e-13, abs=0)
    assert abs(energy - velocity @ velocity * state.mass / 8) <= 1e-12 * state.gradient_norm_squared
    np.testing.assert_allclose(momentum, velocity * state.mass / 2, rtol=0, atol=1e-12 * state.mass)


@DIMENSIONS
@pytest.mark.parametrize("remaining", [1.0, 0.55, 0.1])
def test_bubbles_are_transformed_solitary_waves(dimension: int, remaining: float) -> None:
    """S_k = P_T(W_k) with x_k = v_k, to 1e-13 of the largest value, for each k and for the sum."""
    vectors = [(vector[:dimension], frequency, phase) for vector, frequency, phase in PARAMETERS]
    grid = PeriodicBox(dimension, 3000 if dimension == 1 else 300, 12.0)
    for chosen in (*([one] for one in vectors), vectors):
        bubbles = BubbleSum([Bubble(*parameters) for parameters in chosen], BLOWUP_TIME)
        waves = SolitonSum([Soliton(v, frequency=frequency, phase=phase) for v, frequency, phase in chosen])
        expected = grid.of(bubbles, BLOWUP_TIME - remaining)
        found = grid.of(PseudoConformal(waves, BLOWUP_TIME), BLOWUP_TIME - remaining)
        assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max()


@EACH
def test_solitary_waves_on_the_line_in_closed_form(vector: tuple[float, ...], frequency: float, phase: float) -> None:
    """W = ω^{-1/2} 3^{1/4} sech^{1/2}(2(x-c-vt)/ω) exp(i[v(x-c)/2 - v²t/4 + t/ω² + ϑ])."""
    velocity, time = vector[0], 1.7
    x = np.linspace(-9.0, 9.0, 721)
    found = values(soliton(1, vector, frequency, phase), time, (x[None, :],))[0]
    angle = velocity * (x - 0.4) / 2 - velocity**2 * time / 4 + time / frequency**2 + phase
    shape = np.sqrt(np.sqrt(3) / np.cosh(2 * (x - 0.4 - velocity * time) / frequency) / frequency)
    assert np.abs(found - shape * np.exp(1j * angle)).max() <= 4e-15


@DIMENSIONS
def test_a_sum_is_the_sum(dimension: int) -> None:
    """Each part with its own parameters; the weight multiplies all of them; what was in the block stays."""
    coordinates = PeriodicBox(dimension, 60, 12.0).coordinates
    start = values(bubble(dimension, *PARAMETERS[1]), 0.1, coordinates)
    bubbles = BubbleSum([Bubble(vector[:dimension], *rest) for vector, *rest in PARAMETERS], BLOWUP_TIME)
    waves = SolitonSum([Soliton(v[:dimension], (0.4, -0.3)[:dimension], *rest) for v, *rest in PARAMETERS])
    for whole, single in ((bubbles, bubble), (waves, soliton)):
        separate = sum(values(single(dimension, *parameters), -0.5, coordinates) for parameters in PARAMETERS)
        block = start.copy()
        whole.add_to(block, -0.5, coordinates, weight=-0.5)
        assert np.abs(block - start + 0.5 * separate).max() <= 1e-15 * np.abs(start).max()


@DIMENSIONS
def test_values_at_the_center(dimension: int) -> None:
    """|S| = Q(0)(ω(T-t))^{-d/2} at the phase 1/(ω²(T-t)) + ϑ; |W| = Q(0)ω^{-d/2} at |v|²t/4 + t/ω² + ϑ."""
    peak = ground_state(dimension).peak
    for vector, frequency, phase in PARAMETERS:
        center = tuple(np.array([[x]]) for x in vector[:dimension])
        found = values(bubble(dimension, vector, frequency, phase), -0.2, center)
        exact = peak / (0.5 * frequency) ** (dimension / 2) * np.exp(1j * (2 / frequency**2 + phase))
        assert abs(found[0, 0] - exact) <= 4e-15 * abs(exact)
        velocity = np.array(vector[:dimension])
        center = tuple(np.array([[c + 0.7 * v]]) for c, v in zip((0.4, -0.3), velocity, strict=False))
        found = values(soliton(dimension, vector, frequency, phase), 0.7, center)
        angle = 0.7 * (velocity @ velocity / 4 + 1 / frequency**2) + phase
        assert abs(found[0, 0] - peak / frequency ** (dimension / 2) * np.exp(1j * angle)) <= 4e-15 * abs(exact)


@pytest.mark.parametrize("time", [BLOWUP_TIME, 0.4, np.nan])
def test_there_is_nothing_at_the_blowup_time(time: float) -> None:
    """Neither for bubbles nor for transformed profiles; the message names both times."""
    for profile in (bubble(1, *PARAMETERS[0]), PseudoConformal(soliton(1, *PARAMETERS[0]), BLOWUP_TIME)):
        with pytest.raises(UserError, match=f"blows up at T = 0.3 and has no values at t = {time}"):
            values(profile, time, (np.zeros((1, 4)),))
