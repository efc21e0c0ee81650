"""Weights of finite differences against exact polynomials, and the residuals of identities and modulation equations."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from parallel_nls.bubbles.identities import CURRENT, MASS
from parallel_nls.bubbles.modulation_equations import modulation_defect, modulation_parts
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.diagnostics.differences import first_derivative_weights
from parallel_nls.diagnostics.identities import VIRIAL
from parallel_nls.profiles.bubbles import Bubble

Floats = NDArray[np.float64]


@given(
    st.lists(st.integers(-100, 100), min_size=2, max_size=8, unique=True),
    st.integers(-100, 100),
)
def test_weights_are_exact_for_polynomials(nodes: list[int], point: int) -> None:
    """They agree with the derivatives of Lagrange's polynomials, in rational numbers."""
    weights = first_derivative_weights(np.array(nodes, dtype=float), float(point))
    for i, weight in enumerate(weights):
        others = [x for j, x in enumerate(nodes) if j != i]
        exact = Fraction(0)
        for skipped in others:
            term = Fraction(1, nodes[i] - skipped)
            for x in others:
                if x != skipped:
                    term *= Fraction(point - x, nodes[i] - x)
            exact += term
        # Terms of the sum cancel; the recurrence knows each only to rounding.
        size = sum(
            abs(math.prod((point - x) / (nodes[i] - x) for x in others if x != s) / (nodes[i] - s)) for s in others
        )
        assert weight == pytest.approx(float(exact), abs=1e-12 * max(size, abs(float(exact)), 1e-3))


def test_central_weights() -> None:
    """Seven equal steps: (-1, 9, -45, 0, 45, -9, 1)/60."""
    weights = first_derivative_weights(np.arange(-3.0, 4.0), 0.0)
    np.testing.assert_allclose(weights, np.array([-1, 9, -45, 0, 45, -9, 1]) / 60, atol=1e-15)


@pytest.mark.parametrize("unit", [2.0**240, 2.0**-230])
def test_weights_of_any_unit_of_time(unit: float) -> None:
    """Where products of steps are beyond all numbers the weights are still those of other units, bit for bit."""
    nodes = np.array([0.0, 0.9, 2.0, 3.1, 4.0, 4.5, 6.0])
    weights = first_derivative_weights(unit * nodes, unit * 3.1)
    np.testing.assert_array_equal(unit * weights, first_derivative_weights(nodes, 3.1))


def virial_residual(times: Floats, rates: Floats, accelerations: Floats, row: int) -> float:
    """Of the virial identity, at one row."""
    return float(VIRIAL.value({"time": times, "variance_rate": rates, "variance_acceleration": accelerations}, row))


def rows_of(times: Floats, acceleration: float, factor: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """Times, rates and accelerations of a variance of even acceleration, its rate falsified by a factor."""
    return times, factor * acceleration * times, np.full_like(times, acceleration)


@pytest.mark.parametrize("acceleration", [32.0, -8.0])
def test_the_residual_is_relative_and_signed(acceleration: float) -> None:
    """A rate 1 percent too large gives +0.01·sign(a), in the middle and at both ends, with uneven rows."""
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.65, 0.8, 1.0])
    for row in range(len(times)):
        assert virial_residual(*rows_of(times, acceleration), row) == pytest.approx(0, abs=1e-13)
        found = virial_residual(*rows_of(times, acceleration, 1.01), row)
        assert found == pytest.approx(math.copysign(0.01, acceleration), rel=1e-11)


def test_the_residual_belongs_to_its_row() -> None:
    """A rate of degree 6 is differentiated exactly at each row, accelerations taken from the same row."""
    times = np.linspace(-0.4, 0.5, 10)
    slope = 6 * times**5 - 2 * times + 3
    rate = times**6 - times**2 + 3 * times
    for row in range(10):
        assert virial_residual(times, rate, slope, row) == pytest.approx(0, abs=2e-13)


def test_there_is_no_residual_without_enough_rows_or_acceleration() -> None:
    """NaN, not a guess."""
    times = np.linspace(0, 1, 7)
    assert math.isnan(virial_residual(*rows_of(times[:6], 1.0), 3))
    assert math.isnan(virial_residual(*rows_of(times, 0.0), 3))
    assert not math.isnan(virial_residual(*rows_of(times, 1.0), 3))


def local_rows(times: Floats) -> dict[str, Floats]:
    """Two bubbles: m' = 2J and J' = a exactly, by polynomials; a scale that grows with time."""
    current = np.stack([1 + times**2, -0.5 - times**3], axis=1)
    mass = np.stack([3 + 2 * times + 2 * times**3 / 3, 4 - times - times**4 / 2], axis=1)
    acceleration = np.stack([2 * times, -3 * times**2], axis=1)
    scale = np.stack([1 + times, 2 + times], axis=1)
    names = ("time", "local_mass", "local_current", "local_acceleration", "local_scale", "local_flux")
    return dict(zip(names, (times, mass, current, acceleration, scale, 3 * scale), strict=True))


def test_local_identities() -> None:
    """Zero to rounding; a falsified column shows with its sign, relative to the largest size of all rows up to then."""
    times = np.array([0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.65, 0.8, 1.0, 1.1])
    exact = local_rows(times)
    false = exact | {"local_mass": 1.01 * exact["local_mass"], "local_current": 0.99 * exact["local_current"]}
    for row in range(len(times)):
        last = min(max(row + 3, 6), len(times) - 1)
        for identity in (MASS, CURRENT):
            np.testing.assert_allclose(identity.value(exact, row), [0, 0], atol=3e-13)
        # m' grows by 1 percent, 2J falls by as much.
        expected = 0.02 * 2 * exact["local_current"][row] / (6 * (2 + times[last]))
        np.testing.assert_allclose(MASS.value(false, row), expected, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(
            CURRENT.value(false, row), -0.01 * exact["local_acceleration"][row] / (2 + times[last]), atol=1e-12
        )


def test_local_identities_of_one_bubble() -> None:
    """Where nothing flows there is nothing to be relative to: NaN."""
    times = np.linspace(0, 1, 9)
    rows = {name: 0 * column for name, column in local_rows(times).items()} | {"time": times}
    for identity in (MASS, CURRENT):
        assert np.isnan(identity.value(rows, 4)).all()


BUBBLES = {
    1: (Bubble((-2.0,), 1.0, 0.3), Bubble((2.0,), 1.2, 0.0)),
    2: (Bubble((-2.0, 0.5), 1.0, 0.3), Bubble((2.0, 0.0), 1.2, 0.0)),
}


def path_rows(times: Floats, paths: list[Parameters]) -> dict[str, Floats]:
    """Columns of a series from the parameters at its rows."""
    names = ("scale", "center", "boost", "chirp", "phase")
    return {"time": times} | {name: np.array([getattr(path, name) for path in paths]) for name in names}


@pytest.mark.parametrize("dimension", [1, 2])
def test_exact_bubbles_solve_the_modulation_equations(dimension: int) -> None:
    """Zero to rounding at every row, though the parameters change by their own size within the stencil."""
    remaining = np.geomspace(0.6, 0.02, 20)
    rows = path_rows(-remaining, [Parameters.of_bubbles(BUBBLES[dimension], left) for left in remaining.tolist()])
    for row in range(len(remaining)):
        # Within the first three rows, one-sided, the weights are large.
        assert np.max(modulation_parts(rows, row)) <= (5e-15 if row >= 3 else 3e-13)


def wave(times: Floats, rate: float, size: float) -> tuple[Floats, Floats]:
    """A perturbation and its derivative, (n, 2): one for each bubble."""
    phases = rate * times[:, None] + np.array([0.3, 1.1])
    return size * np.sin(phases), size * rate * np.cos(phases)


def perturbed(times: Floats, dimension: int) -> tuple[dict[str, Floats], Floats]:
    """A path near that of exact bubbles, and Mod_k from its derivatives: (n, 2, 5)."""
    frequency = np.array([1.0, 1.2])
    (a, a_), (b, b_), (c, c_), (g, g_), (h, h_) = (wave(times, 3 + i, 0.01 * (i + 1)) for i in range(5))
    scale, scale_ = frequency * (a - times[:, None]), frequency * (a_ - 1)
    chirp, chirp_ = frequency**2 * (g - times[:, None]), frequency**2 * (g_ - 1)
    way = np.array([1.0, -2.0])[:dimension]
    center, center_ = b[..., None] * way, b_[..., None] * way
    boost, boost_ = c[..., None] * way[::-1], c_[..., None] * way[::-1]
    phase, phase_ = h - 1 / (frequency**2 * times[:, None]), h_ + 1 / (frequency * times[:, None]) ** 2
    columns = {"time": times, "scale": scale, "center": center, "boost": boost, "chirp": chirp, "phase": phase}
    parts = (
        np.abs(scale * scale_ + chirp),
        np.abs(scale**2 * chirp_ + chirp**2),
        np.linalg.norm(scale[..., None] * center_ - 2 * boost, axis=-1),
        np.linalg.norm(scale[..., None] ** 2 * boost_ + chirp[..., None] * boost, axis=-1),
        np.abs(scale**2 * phase_ - 1 - (boost**2).sum(axis=-1)),
    )
    return columns, np.stack(parts, axis=-1)


@pytest.mark.parametrize("dimension", [1, 2])
def test_modulation_parts_converge_at_order_six(dimension: int) -> None:
    """To Mod_k by the derivatives of the path, each part of each bubble."""
    errors = []
    for spacing in (0.02, 0.01):
        times = -0.5 + spacing * np.arange(-3.0, 4.0)
        rows, exact = perturbed(times, dimension)
        errors.append(np.abs(modulation_parts(rows, 3) - exact[3]))
        assert exact[3].min() > 1e-3
    assert np.max(errors[1]) <= 1e-9
    assert np.log2(errors[0] / errors[1]) == pytest.approx(6, abs=0.2)


def test_the_defect_is_the_sum_of_the_parts() -> None:
    """Of one row."""
    times = -0.5 + 0.01 * np.arange(9.0)
    rows, _ = perturbed(times, 2)
    parts = np.array([modulation_parts(rows, row) for row in range(9)])
    np.testing.assert_allclose(modulation_defect({"modulation_parts": parts}, 5), parts[5].sum(axis=-1), rtol=1e-15)


def test_where_there_are_no_modulation_parts() -> None:
    """NaN with too few rows, next to a row whose fit failed, and where the free flow collapses among the rows."""
    times = np.linspace(-0.5, -0.1, 9)
    rows, _ = perturbed(times, 1)
    assert np.isnan(modulation_parts({name: column[:6] for name, column in rows.items()}, 3)).all()
    failed = {name: column.copy() for name, column in rows.items()}
    for name in ("scale", "center", "boost", "chirp", "phase"):
        failed[name][8] = np.nan
    assert np.isnan(modulation_parts(failed, 5)).all()
    assert np.isfinite(modulation_parts(failed, 4)).all()
    steep = rows | {"chirp": rows["chirp"] * np.array([1.0, 30.0])}
    found = modulation_parts(steep, 4)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
