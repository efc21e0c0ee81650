"""The ground state Q and ρ against references, closed forms and their differential equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.numerics.compiled import kernel
from parallel_nls.profiles.ground_state import (
    GroundState,
    RadialTable,
    evaluate,
    evaluate_point,
    ground_state,
)

Array = NDArray[Any]
LONG = np.longdouble
DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])

# Computed with 40 digits, independently of the tables.
CONSTANTS = {
    1: {
        "peak": 1.3160740129524924608,
        "tail_amplitude": 1.8612097182041991979,
        "mass": 2.7206990463513267759,
        "gradient_norm_squared": 1.3603495231756633879,
        "power_integral": 4.0810485695269901638,
        "second_moment": 1.6782639551192922280,
        "fourth_moment": 5.1761879117609376259,
        "rho_peak": 0.30136962881380669774,
        "rho_moment": -4.0519638280396192108,
        "rho_overlap": -0.83913197755964611402,
        "rho_norm_squared": 3.3417874002704168065,
        "rho_gradient_norm_squared": 1.5629831457788132012,
    },
    2: {
        "peak": 2.2062008646507460748,
        "tail_amplitude": 2.8070075117483651308,
        "mass": 11.700896524559653879,
        "gradient_norm_squared": 11.700896524559653879,
        "power_integral": 23.401793049119307757,
        "second_moment": 13.894861636403125596,
        "fourth_moment": 50.778982293391904037,
        "rho_peak": 2.0714687570431854849,
        "rho_moment": -43.933786044804175964,
        "rho_overlap": -6.9474308182015627981,
        "rho_norm_squared": 41.749344265586787446,
        "rho_gradient_norm_squared": 34.675033926955423826,
    },
}

# r, Q(r), ρ(r)
POINTS = {
    1: [
        (0.5, 1.059463509540557472403687, -0.05409621606749617271082147),
        (1.0, 0.67851526519723581852948, -0.4280678954177850894343067),
        (1.5, 0.4147782743840040106312782, -0.6252872427792359789161242),
        (2.0, 0.2518451056075106778109249, -0.7183145798045886033261397),
        (3.0, 0.09266389081429119666407002, -0.6970226996396112860093839),
        (5.0, 0.01254073242251850382172223, -0.355599049240130121127006),
        (8.0, 0.0006243663031464702370225335, -0.06453170702538676507832346),
        (12.0, 0.00001143566774272475688056278, -0.003739717127873388262545065),
        (20.0, 3.836239152794432603729614e-9, -0.000005517875780467320165309238),
    ],
    2: [
        (0.5, 1.766621299089083609282931, 0.7812442434905264105988075),
        (1.0, 1.058671611765393991791103, -0.6102205368316448038719699),
        (1.5, 0.5810419085910747106388659, -1.042159598168395119334846),
        (2.0, 0.3165724747134428885057935, -1.057636593141326970825595),
        (3.0, 0.09741821865364221774151302, -0.7988228122019389216292706),
        (5.0, 0.01036081802920190205847776, -0.3024794147700111783517516),
        (8.0, 0.0004111443618152821238611566, -0.04291811241803859786280971),
        (12.0, 0.000006177733422272109090898375, -0.00202818706654065204883679),
        (20.0, 1.611569767438339686605493e-9, -0.000002320888384763723662268368),
    ],
}


def relative(result: Array, expected: Array) -> float:
    """Return the largest relative error, formed in extended precision."""
    exact = np.asarray(expected, dtype=LONG)
    return float(np.max(np.abs(np.asarray(result, dtype=LONG) - exact) / np.abs(exact)))


# ---- reference numbers


@pytest.mark.parametrize(("dimension", "name"), [(d, name) for d in CONSTANTS for name in CONSTANTS[d]])
def test_constants(dimension: int, name: str) -> None:
    """Every stored constant is the reference, rounded."""
    assert getattr(ground_state(dimension), name) == pytest.approx(CONSTANTS[dimension][name], rel=3e-16, abs=0.0)


@DIMENSIONS
def test_reference_points(dimension: int) -> None:
    """Q and ρ at nine radii."""
    r, value, rho = np.array(POINTS[dimension]).T
    assert relative(ground_state(dimension).value(r), value) < 1e-15
    assert relative(ground_state(dimension).rho(r), rho) < 1e-15


def test_closed_form_on_the_line() -> None:
    """For d = 1, Q = 3^{1/4} sqrt(2/(1+e^{-4r})) e^{-r}, Q' = -tanh(2r) Q, down to 1e-304."""
    profile = ground_state(1)
    r = np.concatenate([np.linspace(0.001, 60.0, 20011), np.linspace(60.0, 700.0, 1009)])
    long = r.astype(LONG)
    value = np.sqrt(np.sqrt(LONG(3))) * np.sqrt(2 / (1 + np.exp(-4 * long))) * np.exp(-long)
    assert relative(profile.value(r), value) < 1e-15
    assert relative(profile.derivative(r), -np.tanh(2 * long) * value) < 1e-15


# ---- consistency of the four functions


@DIMENSIONS
def test_differential_equations_in_integral_form(dimension: int) -> None:
    """Over short intervals from 0 to 60, f(b) - f(a) = ∫f' and r^{d-1}f'(b) - r^{d-1}f'(a) = ∫r^{d-1}Δf."""
    profile = ground_state(dimension)
    edges = np.linspace(0.0, 60.0, 373)
    x, weights = np.polynomial.legendre.leggauss(12)
    half = (edges[1] - edges[0]) / 2
    r = (edges[:-1, None] + edges[1:, None]) / 2 + half * x
    q, rho, power = profile.value(r), profile.rho(r), 4 // dimension
    laplacian = q - q ** (1 + power)
    rho_laplacian = rho - (1 + power) * q**power * rho + r**2 * q

    def check(values: Array, slopes: Array, inner: Array, outer: Array) -> None:
        """Compare increments with integrals, relative to the size of the function on the interval."""
        measure, edge_measure = r ** (dimension - 1), edges ** (dimension - 1)
        size = np.abs(values[:-1]) + np.abs(slopes[:-1])
        first = np.diff(values) - half * (inner @ weights)
        second = np.diff(edge_measure * slopes) - half * ((measure * outer) @ weights)
        assert np.max(np.abs(first) / size) < 6e-15
        assert np.max(np.abs(second) / (size * (1 + edge_measure[:-1]))) < 6e-15

    check(profile.value(edges), profile.derivative(edges), profile.derivative(r), laplacian)
    check(profile.rho(edges), profile.rho_derivative(edges), profile.rho_derivative(r), rho_laplacian)


@DIMENSIONS
def test_continuity(dimension: int) -> None:
    """No jump where two polynomials meet, nor where the tail begins."""
    profile = ground_state(dimension)
    right = np.append((np.arange(720) + 0.5) / 16, np.nextafter(45.0, 46.0))
    left = np.nextafter(right, 0.0)
    for function, slope in (
        (profile.value, profile.derivative),
        (profile.rho, profile.rho_derivative),
    ):
        jump = function(right) - function(left) - slope(right) * (right - left)
        assert np.max(np.abs(jump) / (np.abs(function(right)) + np.abs(slope(right)))) < 1e-15
    for slope, function in ((profile.derivative, profile.value), (profile.rho_derivative, profile.rho)):
        size = np.abs(function(right)) + np.abs(slope(right))
        change = slope(right) - slope(left)
        # |f''| <= 10 (|f| + |f'|): one spacing of r may change f' by that much beside rounding.
        assert np.all(np.abs(change) / size < 1e-15 + 10 * (right - left))


def test_tail_in_the_plane() -> None:
    """For d = 2, Q = A K₀, Q' = -A K₁, ρ = -A(r³K₁ + r²K₀ + 2rK₁)/6 + c K₀ beyond r = 45, and ρ'."""
    profile = ground_state(2)
    r = np.linspace(45.0, 700.0, 4001)
    decay = np.exp(-r.astype(LONG))
    k0, k1 = scipy.special.k0e(r) * decay, scipy.special.k1e(r) * decay
    a, c = profile.tail_amplitude, profile.rho_tail_amplitude
    assert relative(profile.value(r), a * k0) < 1.5e-15
    assert relative(profile.derivative(r), -a * k1) < 1.5e-15
    rho = -a / 6 * (r**3 * k1 + r**2 * k0 + 2 * r * k1) + c * k0
    assert relative(profile.rho(r), rho) < 2e-15
    assert relative(profile.rho_derivative(r), a / 6 * (r**3 * k0 - r**2 * k1) - c * k1) < 2e-15


def test_tail_of_rho_on_the_line() -> None:
    """For d = 1, ρ = -A(r³/6 + r²/4 + r/4)e^{-r} + c e^{-r} beyond r = 45, and its derivative."""
    profile = ground_state(1)
    r = np.linspace(45.0, 700.0, 4001)
    long = r.astype(LONG)
    a, c, decay = profile.tail_amplitude, profile.rho_tail_amplitude, np.exp(-long)
    cubic = -a * (long**3 / 6 + long**2 / 4 + long / 4) + c
    assert relative(profile.rho(r), cubic * decay) < 1.5e-15
    slope = -a * (long**2 / 2 + long / 2 + LONG(1) / 4) - cubic
    assert relative(profile.rho_derivative(r), slope * decay) < 1.5e-15


@DIMENSIONS
def test_far_away(dimension: int) -> None:
    """Values fade into subnormal numbers and then into 0, with the signs of the tail; NaN stays NaN."""
    profile = ground_state(dimension)
    r = [700.0, 720.0, 735.0]
    for function, sign in ((profile.value, 1), (profile.derivative, -1), (profile.rho, -1)):
        assert np.all(sign * function(r) > 0.0)
        assert np.all(np.diff(np.abs(function(np.linspace(600.0, 900.0, 5001)))) <= 0.0)
        assert np.all(function([800.0, 1e4, 1e300, np.inf]) == 0.0)
        assert np.isnan(function(np.nan))
    # ρ is normal where e^{-r} is not, and has its full accuracy there.
    ratio = profile.rho(710.0) / profile.rho(700.0) * (700.0 / 710.0) ** (3 - (dimension - 1) / 2)
    assert ratio == pytest.approx(np.exp(-10.0), rel=1e-3, abs=0.0)


# ---- integrals


def radial_integral(dimension: int, integrand: Array, r: Array, weights: Array) -> float:
    """Return the integral over R^d of a radial function given at quadrature nodes."""
    measure = 2.0 if dimension == 1 else 2.0 * np.pi * r
    return float(np.sum(integrand * measure * weights))


@DIMENSIONS
def test_integrals(dimension: int) -> None:
    """The constants are the integrals of the functions; ⟨ρ,Q⟩ = -‖xQ‖²/2, ‖ΛQ‖² = ‖xQ‖²/2, Pohozaev."""
    profile = ground_state(dimension)
    x, w = np.polynomial.legendre.leggauss(16)
    starts = np.arange(0.0, 50.0, 0.5)
    r, weights = (starts[:, None] + (x + 1) / 4).ravel(), np.tile(w / 4, starts.size)
    q, slope, rho, rho_slope = (f(r) for f in (profile.value, profile.derivative, profile.rho, profile.rho_derivative))

    def integral(integrand: Array) -> Any:
        """Return the integral over R^d, for comparison to a few roundings."""
        return pytest.approx(radial_integral(dimension, integrand, r, weights), rel=3e-15, abs=0.0)

    assert profile.mass == integral(q**2)
    assert profile.gradient_norm_squared == integral(slope**2)
    assert profile.power_integral == integral(q ** (2 + 4 // dimension))
    assert profile.second_moment == integral((r * q) ** 2)
    assert profile.fourth_moment == integral((r**2 * q) ** 2)
    assert profile.rho_moment == integral(rho * r**2 * q)
    assert profile.rho_norm_squared == integral(rho**2)
    assert profile.rho_gradient_norm_squared == integral(rho_slope**2)
    assert profile.rho_overlap == integral(rho * q)
    assert -profile.second_moment / 2 == integral(rho * q)
    assert profile.second_moment / 2 == integral((dimension / 2 * q + r * slope) ** 2)
    assert dimension * profile.power_integral / (dimension + 2) == integral(slope**2)


# ---- the interface


@kernel
def sum_of_points(table: RadialTable, r: Array) -> float:
    """Add up a radial function in the order of the points, from within a kernel."""
    total = 0.0
    for i in range(r.size):
        total += evaluate_point(table, r[i])
    return total


def tables(profile: GroundState) -> tuple[RadialTable, ...]:
    """Return the four tables of a ground state."""
    return profile.value_table, profile.derivative_table, profile.rho_table, profile.rho_derivative_table


@DIMENSIONS
def test_bits_do_not_depend_on_the_position(dimension: int) -> None:
    """One by one, reversed, from the middle, in place or from another kernel: the same bits."""
    r = np.random.default_rng(7).uniform(0.0, 90.0, 1003)
    for table in tables(ground_state(dimension)):
        whole, reverse, middle, place = np.empty(1003), np.empty(1003), np.empty(500), r.copy()
        evaluate(table, r, whole)
        evaluate(table, r[::-1].copy(), reverse)
        evaluate(table, r[301:801], middle)
        evaluate(table, place, place)
        one_by_one = np.array([evaluate_point(table, float(x)) for x in r])
        for other in (reverse[::-1], place, one_by_one):
            assert other.tobytes() == whole.tobytes()
        assert middle.tobytes() == whole[301:801].tobytes()
        assert sum_of_points(table, r) == np.add.accumulate(whole)[-1]


@DIMENSIONS
def test_shapes_and_types(dimension: int) -> None:
    """Any shape, any layout, integers and lists; a scalar gives an array without axes."""
    profile = ground_state(dimension)
    grid = np.linspace(0.0, 50.0, 24).reshape(2, 3, 4)
    flat = profile.rho(grid.ravel())
    assert np.array_equal(profile.rho(grid), flat.reshape(2, 3, 4))
    assert np.array_equal(profile.rho(grid.T), flat.reshape(2, 3, 4).T)
    assert profile.value(2).shape == ()
    assert np.array_equal(profile.value([1, 2]), profile.value(np.array([1.0, 2.0])))
    assert profile.value(np.empty((0, 3))).shape == (0, 3)


@DIMENSIONS
def test_parity(dimension: int) -> None:
    """Q and ρ continue evenly to negative r, the derivatives oddly, with Q'(0) = ρ'(0) = 0 exactly."""
    profile = ground_state(dimension)
    r = np.array([0.01, 0.7, 3.0, 46.0])
    assert np.array_equal(profile.value(-r), profile.value(r))
    assert np.array_equal(profile.rho(-r), profile.rho(r))
    assert np.array_equal(profile.derivative(-r), -profile.derivative(r))
    assert np.array_equal(profile.rho_derivative(-r), -profile.rho_derivative(r))
    assert profile.derivative(0.0) == profile.rho_derivative(0.0) == 0.0
    assert profile.value(0.0) == profile.peak
    assert profile.rho(0.0) == profile.rho_peak


def test_one_object_per_dimension() -> None:
    """The tables are read once."""
    assert ground_state(2) is ground_state(2)
    assert (ground_state(1).dimension, ground_state(2).dimension) == (1, 2)


@pytest.mark.parametrize("dimension", [0, 3, -1, 1.5, "2"])
def test_other_dimensions_are_refused(dimension: Any) -> None:
    """The message names the value."""
    with pytest.raises(UserError, match=f"dimensions 1 and 2, not {dimension!r}"):
        ground_state(dimension)
