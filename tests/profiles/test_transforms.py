"""P_T and its inverse, and the symmetry group: laws on arbitrary profiles, and what they do to exact solutions."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.pseudo_conformal import InversePseudoConformal, PseudoConformal
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.profiles.symmetries import Symmetry, Transformed
from tests.profiles.periodic_box import PeriodicBox

DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])
WAVE = Soliton((0.5, -1.0), (0.2, 0.1), 0.9, 0.4)


class Polynomial:
    """No solution of anything: 1 + t²/2 + (2 + i t)x₁ + i x₁x_d - x_d³/4."""

    def add_to(
        self, block: NDArray[Any], time: float, coordinates: tuple[NDArray[np.float64], ...], weight: float = 1.0
    ) -> None:
        """Add it to a block."""
        x, y = coordinates[0], coordinates[-1]
        block += weight * (1 + time**2 / 2 + (2 + 1j * time) * x + 1j * x * y - y**3 / 4)


class CubicSoliton:
    """√2 sech(x) e^{it}, which solves i u_t + u_xx + |u|²u = 0 on the line."""

    def add_to(
        self, block: NDArray[Any], time: float, coordinates: tuple[NDArray[np.float64], ...], weight: float = 1.0
    ) -> None:
        """Add it to a block."""
        block += weight * np.sqrt(2) / np.cosh(coordinates[0]) * np.exp(1j * time)


def waves(dimension: int) -> SolitonSum:
    """A solitary wave that moves, on the line or in the plane."""
    return SolitonSum([Soliton(WAVE.velocity[:dimension], WAVE.center[:dimension], WAVE.frequency, WAVE.phase)])


# ---- the pseudo-conformal transform


@DIMENSIONS
@pytest.mark.parametrize("time", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("blowup_time", [0.0, -1.5, 2.0])
def test_the_inverse_undoes_the_transform(dimension: int, time: float, blowup_time: float) -> None:
    """In both orders, on a polynomial, a chirped Gaussian and a solitary wave."""
    coordinates = PeriodicBox(dimension, 30, 6.0).coordinates
    for profile in (Polynomial(), Gaussian(1.5, 0.7, (0.3, -0.2)[:dimension], 0.8), waves(dimension)):
        there = InversePseudoConformal(PseudoConformal(profile, blowup_time), blowup_time)
        back = PseudoConformal(InversePseudoConformal(profile, blowup_time), blowup_time)
        for round_trip, moment in ((there, time), (back, blowup_time - time)):
            expected = values(profile, moment, coordinates)
            found = values(round_trip, moment, coordinates)
            assert np.abs(found - expected).max() <= 2e-14 * np.abs(expected).max()


@DIMENSIONS
def test_the_transform_as_it_is_written(dimension: int) -> None:
    """(T-t)^{-d/2} u(1/(T-t), x/(T-t)) e^{-i|x|²/(4(T-t))} at one point, with T - t = 1/2; the weight is a factor."""
    point = (np.array([[0.6]]), np.array([[-0.4]]))[:dimension]
    block = np.full((1, 1), 3.0 + 1j)
    PseudoConformal(Polynomial(), 2.0).add_to(block, 1.5, point, weight=-2.0)
    first, last = 1.2, (1.2 if dimension == 1 else -0.8)
    u = 3 + (2 + 2j) * first + 1j * first * last - last**3 / 4
    square = 0.36 if dimension == 1 else 0.52
    exact = 3 + 1j - 2 * 2 ** (dimension / 2) * u * np.exp(-0.5j * square)
    assert abs(block[0, 0] - exact) <= 1e-14


def test_the_inverse_needs_a_positive_time() -> None:
    """The message names it."""
    with pytest.raises(UserError, match=r"positive times, not at -0\.5"):
        values(InversePseudoConformal(Polynomial(), 0.0), -0.5, (np.zeros((1, 4)),))


# ---- the symmetry group

numbers = st.floats(-2.0, 2.0, allow_subnormal=False)
pairs = st.tuples(numbers, numbers)
symmetries = st.builds(
    Symmetry, velocity=pairs, position=pairs, time=numbers, scale=st.floats(0.5, 2.0), phase=st.floats(-3.0, 3.0)
)


def flat(symmetry: Symmetry) -> list[float]:
    """All parameters in a row, empty vectors as zeros."""
    velocity, position, *rest = astuple(symmetry)
    return [*(velocity or (0.0, 0.0)), *(position or (0.0, 0.0)), *rest]


def assert_same(a: Symmetry, b: Symmetry) -> None:
    """Equal up to rounding."""
    np.testing.assert_allclose(flat(a), flat(b), rtol=1e-12, atol=1e-12)


@given(symmetries, symmetries, symmetries)
def test_group_laws(a: Symmetry, b: Symmetry, c: Symmetry) -> None:
    """(ab)c = a(bc), a1 = 1a = a, aa⁻¹ = a⁻¹a = 1."""
    one = Symmetry()
    assert_same(a.after(b).after(c), a.after(b.after(c)))
    assert_same(a.after(one), a)
    assert_same(one.after(a), a)
    assert_same(a.after(a.inverse()), one)
    assert_same(a.inverse().after(a), one)


@given(symmetries, symmetries, numbers)
def test_the_product_acts_as_both(a: Symmetry, b: Symmetry, time: float) -> None:
    """(ab)u = a(bu), and a⁻¹(au) = u, on the line and in the plane, for a power that is not critical."""
    for dimension in (1, 2):
        first, second = (
            Symmetry(s.velocity[:dimension], s.position[:dimension], s.time, s.scale, s.phase) for s in (a, b)
        )
        coordinates = PeriodicBox(dimension, 6, 3.0).coordinates
        profile = Polynomial()
        found = values(Transformed(profile, first.after(second), 3.0), time, coordinates)
        expected = values(Transformed(Transformed(profile, second, 3.0), first, 3.0), time, coordinates)
        assert np.abs(found - expected).max() <= 1e-11 * max(1.0, np.abs(expected).max())
        back = Transformed(Transformed(profile, first), first.inverse())
        expected = values(profile, time, coordinates)
        found = values(back, time, coordinates)
        assert np.abs(found - expected).max() <= 1e-11 * max(1.0, np.abs(expected).max())


@DIMENSIONS
def test_the_symmetry_as_it_is_written(dimension: int) -> None:
    """At one point, λ = 2, by hand; the weight is a factor and what was in the block stays."""
    symmetry = Symmetry((1.0, -2.0)[:dimension], (0.25, 0.5)[:dimension], 0.5, 2.0, 0.3)
    point = (np.array([[1.5]]), np.array([[-1.0]]))[:dimension]
    block = np.full((1, 1), 1.0 - 2j)
    Transformed(Polynomial(), symmetry, power=3.0).add_to(block, 2.5, point, weight=3.0)
    first, last = (1.5 - 0.25 - 2) / 2, ((1.5 - 0.25 - 2) / 2 if dimension == 1 else (-1 - 0.5 + 4) / 2)
    u = 1 + 0.125 + (2 + 0.5j) * first + 1j * first * last - last**3 / 4
    angle = 0.3 + 0.5 * 1.25 - 0.25 * 2 if dimension == 1 else 0.3 + 0.5 * (1.25 + 2 * 1.5) - 0.25 * 5 * 2
    assert abs(block[0, 0] - (1 - 2j + 3 * 2 ** (-2 / 3) * u * np.exp(1j * angle))) <= 1e-14


@DIMENSIONS
def test_a_boosted_standing_wave_is_the_moving_one(dimension: int) -> None:
    """And scaling by λ takes ω to λω, position and phase to c and ϑ."""
    velocity, center = WAVE.velocity[:dimension], WAVE.center[:dimension]
    coordinates = PeriodicBox(dimension, 50, 10.0).coordinates
    standing = SolitonSum([Soliton((0.0,) * dimension)])
    symmetry = Symmetry(velocity, center, scale=WAVE.frequency, phase=WAVE.phase)
    for time in (-0.8, 0.0, 1.3):
        expected = values(waves(dimension), time, coordinates)
        found = values(Transformed(standing, symmetry), time, coordinates)
        assert np.abs(found - expected).max() <= 1e-14 * np.abs(expected).max()


@DIMENSIONS
def test_transformed_solutions_solve_the_equation(dimension: int) -> None:
    """A solitary wave under all of 𝒯, then under P_T too."""
    symmetry = Symmetry((0.7, 0.3)[:dimension], (-0.5, 0.4)[:dimension], -0.6, 0.8, 1.1)
    profile = Transformed(waves(dimension), symmetry)
    points = 1536 if dimension == 1 else 640
    assert PeriodicBox(dimension, points, 48.0).residual(profile, 0.3, step=0.01) <= 1e-10
    focused = PseudoConformal(profile, 1.0)
    assert PeriodicBox(dimension, points, 28.0).residual(focused, 0.4, step=0.0025) <= 1e-10


def test_transformed_solutions_of_another_power() -> None:
    """The cubic equation on the line: its scaling is λ^{-1}, not λ^{-1/2}."""
    box = PeriodicBox(1, 1024, 70.0)
    symmetry = Symmetry((0.7,), (-0.5,), -0.6, 0.8, 1.1)
    assert box.residual(Transformed(CubicSoliton(), symmetry, power=2.0), 0.3, 0.02, power=2.0) <= 1e-10
    assert box.residual(Transformed(CubicSoliton(), symmetry), 0.3, 0.02, power=2.0) >= 0.1


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0])
def test_the_scale_is_that_of_the_equation_of_the_waves(power: float) -> None:
    """Without a word on the power: λ^{-2/p} of their p, also through another transform; a power that is given holds."""
    x = (np.linspace(-4.0, 4.0, 33)[None, :],)
    one, two = (SolitonSum([Soliton((0.0,), frequency=scale)], power=power) for scale in (1.0, 2.0))
    expected, wider = values(two, 0.7, x), Symmetry(scale=2.0)
    for found in (Transformed(one, wider), Transformed(Transformed(one, wider), Symmetry())):
        np.testing.assert_allclose(values(found, 0.7, x), expected, rtol=1e-14)
    given = values(Transformed(one, wider, power=8.0), 0.7, x)
    np.testing.assert_allclose(given, expected * 2.0 ** (2 / power - 0.25), rtol=1e-14)


def test_the_ground_state_of_a_number_that_is_whole() -> None:
    """The one that is there, in whatever type."""
    ground_state.cache_clear()
    assert ground_state(2.0).dimension == 2
