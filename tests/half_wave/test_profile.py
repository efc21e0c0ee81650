"""The functions of the blow-up profile, what remains of the equation, and the inhomogeneity."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.half_wave.inhomogeneity import (
    FromPython,
    GaussianBump,
    Homogeneous,
    Inhomogeneity,
    Rational,
    Tabulated,
    check_inhomogeneity,
)
from parallel_nls.half_wave.profile import BlowUpProfile, blow_up_profile
from tests.half_wave.references import (
    E1,
    FOURTH_MOMENT,
    M4,
    PROFILE,
    Q_RHO1,
    RHO2_AT_ZERO,
    RHO2_NORM2,
    S1_RHO1,
    S1_S1,
)


def sizes(profile: BlowUpProfile, function: np.ndarray) -> tuple[float, float]:
    """‖·‖ in L² and H¹."""
    axis = profile.state.axis
    size = axis.norm(function)
    return size, float(np.hypot(size, axis.norm(axis.D(function))))


@pytest.mark.parametrize("name", PROFILE)
def test_functions(name: str) -> None:
    """Value at 0, norm, integral, tail and samples, to the digits of the reference."""
    profile = blow_up_profile(-1.0)
    axis, function = profile.state.axis, getattr(profile, name)
    zero, norm2, integral, tail, samples = PROFILE[name]
    assert axis.at_zero(function) == pytest.approx(zero, abs=6e-14)
    assert axis.inner(function, function) == pytest.approx(norm2, rel=2e-12)
    assert axis.integral(function) == pytest.approx(integral, rel=4e-9)
    assert axis.tail(function) == pytest.approx(tail, rel=2e-9)
    assert axis.evaluate(function, np.array([0.5, 1, 2, 5])) == pytest.approx(np.array(samples), abs=6e-13)


def test_numbers() -> None:
    """e₁, m₄ and the inner products, to 12 digits; equations with L₋ can be solved to 1e-13."""
    profile = blow_up_profile(-1.0)
    axis, inner, Q = profile.state.axis, profile.state.axis.inner, profile.state.coefficients
    assert profile.e1 == pytest.approx(E1, rel=1e-14)
    assert profile.m4 == pytest.approx(M4, rel=2e-12)
    assert profile.fourth_moment == pytest.approx(FOURTH_MOMENT, rel=3e-15)
    assert inner(Q, profile.rho1) == pytest.approx(Q_RHO1, rel=1e-14)
    assert inner(Q, profile.rho1) == pytest.approx(-2 * profile.e1, rel=1e-13)
    assert inner(profile.S10, profile.S10) == pytest.approx(S1_S1, rel=1e-14)
    assert inner(profile.S10, profile.S10) + 2 * inner(Q, profile.T20) == pytest.approx(0, abs=1e-15)
    assert inner(profile.S10, profile.rho1) == pytest.approx(S1_RHO1, rel=1e-13)
    assert inner(Q, profile.T02) == pytest.approx(-FOURTH_MOMENT / 8, rel=1e-12)
    assert axis.at_zero(profile.rho2) == pytest.approx(RHO2_AT_ZERO, abs=1e-13)
    assert inner(profile.rho2, profile.rho2) == pytest.approx(RHO2_NORM2, rel=1e-13)
    assert all(abs(defect) < 1e-14 for defect in profile.defects.values())


def test_the_residual_in_b() -> None:
    """Of order 5 with the constants of the reference: in H¹ a wrong term of T₄₀ would leave 0.04 b⁴."""
    profile = blow_up_profile()
    for b in (0.04, 0.02):
        left = sizes(profile, profile.residual(b, 0.0, Homogeneous()))
        assert left[0] / b**5 == pytest.approx(0.91055414, rel=2e-6)
        assert left[1] / b**5 == pytest.approx(0.92618914, rel=2e-6)
    first = sizes(profile, profile.residual(0.1, 0.0, Homogeneous()))
    assert first == pytest.approx((9.10552e-06, 9.26191e-06), rel=1e-6)


def test_the_residual_in_the_scale() -> None:
    """In bλ² with its constants, found between two b, and λ⁴ where b = 0."""
    profile, k = blow_up_profile(-1.0), Rational()
    axis, scale = profile.state.axis, 0.01
    change = (profile.residual(0.002, scale, k) - profile.residual(-0.002, scale, k)) / (0.004 * scale**2)
    assert sizes(profile, change.imag) == pytest.approx((0.142241, 0.516582), rel=1e-3)
    assert sizes(profile, profile.residual(0.1, 0.1, k)) == pytest.approx((0.000143373, 0.00051744), rel=2e-5)
    assert axis.norm(profile.residual(0.2, 0.04, k)) / 0.04**2.5 == pytest.approx(0.935861, abs=5e-7)
    quartic = [axis.norm(profile.residual(0.0, s, k)) / s**4 for s in (0.02, 0.04)]
    assert quartic == pytest.approx([0.0886, 0.0886], rel=0.015)


def test_derivatives() -> None:
    """∂_bQ_P and ∂_λQ_P against differences."""
    profile, step = blow_up_profile(-1.0), 1e-4
    by_b = (profile.at(0.2 + step, 0.1) - profile.at(0.2 - step, 0.1)) / (2 * step)
    by_scale = (profile.at(0.2, 0.1 + step) - profile.at(0.2, 0.1 - step)) / (2 * step)
    assert profile.b_derivative(0.2) == pytest.approx(by_b, abs=1e-8)
    assert profile.scale_derivative(0.1) == pytest.approx(by_scale, abs=1e-12)


TABLE = np.linspace(0, 3, 301)
KINDS: list[Inhomogeneity] = [
    Rational(0.4, 0.7),
    GaussianBump(0.6, 1.5),
    Tabulated(TABLE, 0.5 + 0.5 * np.exp(-(TABLE**2))),
    FromPython(lambda x: np.asarray(0.5 + 0.5 / np.cosh(np.minimum(np.abs(x), 300)))),
]


@pytest.mark.parametrize("k", [Homogeneous(), *KINDS], ids=lambda k: type(k).__name__)
def test_inhomogeneities(k: Inhomogeneity) -> None:
    """Slopes and curvatures against differences; all are admitted."""
    check_inhomogeneity(k)
    x, h = np.array([-2.0, -0.3, 0.0, 0.11, 1.7]), 1e-3
    assert k.slope(x) == pytest.approx((k.value(x + h) - k.value(x - h)) / (2 * h), abs=3e-6)
    second = (k.value(np.array([h])) + k.value(np.array([-h])) - 2)[0] / h**2
    assert k.curvature == pytest.approx(second, abs=1e-5)


def test_a_table_beyond_its_end() -> None:
    """K stays, and has no slope."""
    k = KINDS[2]
    assert k.value(np.array([3.0, 50.0])) == pytest.approx(0.5 + 0.5 * np.exp(-9), abs=1e-15)
    assert k.slope(np.array([50.0]))[0] == 0
    assert k.value(np.array([0.505])) == pytest.approx(0.5 + 0.5 * np.exp(-(0.505**2)), abs=1e-12)


def _scaled(
    bump: Callable[[NDArray[np.float64]], NDArray[np.float64]], width: float, x: NDArray[np.float64]
) -> NDArray[np.float64]:
    return bump(x / width)


@pytest.mark.parametrize("width", [1e4, 1.0, 0.1, 1e-3])
def test_the_curvature_of_a_function_has_ten_digits_at_any_width(width: float) -> None:
    """Of a Gaussian bump, of a rational one, of one that turns, and of none."""
    for expected, bump in (
        (-1.0, lambda y: 0.5 + 0.5 * np.exp(-(y**2))),
        (-1.0, lambda y: 0.5 + 0.5 / (1 + y**2)),
        (-1.1, lambda y: 0.9 + 0.1 * np.exp(-(y**2)) * np.cos(3 * y)),
    ):
        assert FromPython(partial(_scaled, bump, width)).curvature * width**2 == pytest.approx(expected, rel=3e-11)
    for none in (np.ones_like, lambda x: 1 / (1 + (x / width) ** 4)):
        assert FromPython(none).curvature == 0.0


@pytest.mark.parametrize(
    ("k", "words"),
    [
        (
            FromPython(lambda x: np.asarray(1 / np.sqrt(1 + np.abs(x)))),
            r"k\(x\) has no second derivative at x = 0: differences of steps .* give one that is smooth there",
        ),
        (FromPython(lambda x: np.asarray(1 / (1 + np.abs(x) ** 1.9))), "no second derivative at x = 0"),
        (FromPython(lambda x: np.asarray(1 / (1 + (x - 0.1) ** 2))), "k must be even"),
        (FromPython(lambda x: np.asarray(1 - 0.5 * x**2 / (1 + x**2 / 4))), "k must be positive"),
        (FromPython(lambda x: np.asarray(2 / (1 + x**2))), r"k\(0\) = 2; divide k by it"),
        (FromPython(lambda x: np.asarray(1 + x**2 / (1 + x**4))), r"maximum 1 at x = 0, but k\("),
        (
            FromPython(lambda x: np.asarray(1 / (1 + x**4))),
            r"k''\(0\) = .*, and the blow-up profile needs k''\(0\) < 0; give one",
        ),
        (
            FromPython(lambda x: np.asarray(x[:1])),
            r"k\(x\) gives an array of shape \(1,\) for 401 values of x; give one",
        ),
        (FromPython(lambda x: 1 / (1 + x**2) + 0j), r"k\(x\) gives values of type complex128; give real numbers"),
        (FromPython(lambda x: np.where(x < 2, 1.0, np.nan)), r"k\(x\) gives nan at x = 2.*; give finite numbers"),
    ],
)
def test_what_the_theory_excludes(k: Inhomogeneity, words: str) -> None:
    """One sentence each."""
    with pytest.raises(UserError, match=words):
        check_inhomogeneity(k)


def test_flat_tops_are_admitted_without_a_profile() -> None:
    """A fourth-order maximum is only refused where the profile is asked for."""
    check_inhomogeneity(
        FromPython(lambda x: np.asarray(0.5 + 0.5 / (1 + np.minimum(np.abs(x), 1e6) ** 4))), for_profile=False
    )


def test_bad_tables_and_widths() -> None:
    """Refused where they are made."""
    x, k = np.arange(7.0), np.ones(7)
    for points, values, words in (
        (x[:3], k[:3], "3 values of k at 3 points x; give one at each of at least 6"),
        (x, k[:6], "6 values of k at 7 points x"),
        (x + 1, k, "begin at 1; begin at 0"),
        (np.array([0.0, 1, 2, 4, 3, 5]), k[:6], "x = 3 follows on x = 4 in the table of k; give increasing x"),
        (x, np.where(x == 2, np.nan, k), "row 3 of the table of k has k = nan; give a finite number"),
        (np.append(x[:-1], np.inf), k, "row 7 of the table of k has x = inf"),
    ):
        with pytest.raises(UserError, match=words):
            Tabulated(points, values)
    with pytest.raises(UserError, match=r"width = 0\.0 of the inhomogeneity must be positive"):
        Rational(0.5, 0.0)
