"""The free flow solves the modulation equations; changes of parameters can be undone."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from tests.bubbles.fields import table_of, two_bubbles

TAU = 0.013


def some(dimension: int) -> Parameters:
    """Three bubbles at any parameters."""
    generator = np.random.default_rng(dimension)
    center, boost = generator.normal(size=(2, 3, dimension))
    return Parameters(generator.uniform(0.2, 1, 3), center, boost, generator.normal(size=3), generator.normal(size=3))


@pytest.mark.parametrize("dimension", [1, 2])
def test_free_flow_solves_the_modulation_equations(dimension: int) -> None:
    """λλ' = -γ, λ²γ' = -γ², λα' = 2β, λ²β' = -γβ, λ²θ' = 1 + |β|², by differences of order 8."""
    start = some(dimension)
    weights = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
    h = 2e-4
    path = start.free_flow(TAU + h * np.arange(-4.0, 5.0))

    def rate(values: RealArray) -> RealArray:
        """The time derivative at the middle."""
        return np.asarray(np.tensordot(weights, values, axes=1) / h)

    here = path.row(4)
    scale, boost = here.scale, here.boost
    np.testing.assert_allclose(scale * rate(path.scale), -here.chirp, rtol=0, atol=1e-11)
    np.testing.assert_allclose(scale**2 * rate(path.chirp), -(here.chirp**2), rtol=0, atol=1e-11)
    np.testing.assert_allclose(scale[:, None] * rate(path.center), 2 * boost, rtol=0, atol=1e-11)
    np.testing.assert_allclose(scale[:, None] ** 2 * rate(path.boost), -here.chirp[:, None] * boost, rtol=0, atol=1e-11)
    np.testing.assert_allclose(scale**2 * rate(path.phase), 1 + (boost**2).sum(axis=1), rtol=1e-10)


@pytest.mark.parametrize("dimension", [1, 2])
def test_exact_bubbles_follow_the_free_flow(dimension: int) -> None:
    """S_k at T - t = 0.5, and 0.4 later."""
    bubbles = two_bubbles(dimension)
    moved = Parameters.of_bubbles(bubbles, 0.5).free_flow(0.4)
    np.testing.assert_allclose(table_of(moved), table_of(Parameters.of_bubbles(bubbles, 0.1)), rtol=1e-14)


@pytest.mark.parametrize("dimension", [1, 2])
def test_changes_can_be_undone(dimension: int) -> None:
    """`change_from` finds what `changed` did."""
    change = np.random.default_rng(5).uniform(-0.4, 0.4, (3, 2 * dimension + 3))
    np.testing.assert_allclose(
        some(dimension).changed(change).change_from(some(dimension)), change, rtol=1e-13, atol=1e-15
    )


def test_packed_parameters_of_a_line_lie_along_it() -> None:
    """λ, 0, α, 0, β, γ, θ on the line; λ, α, β, γ, θ in the plane."""
    line, plane = some(1), some(2)
    assert np.array_equal(line.packed()[:, [0, 2, 4, 5, 6]], table_of(line))
    assert not line.packed()[:, [1, 3]].any()
    assert np.array_equal(plane.packed(), table_of(plane))
