"""Periodic images of solitary waves: a function of the torus that the flow of the equation moves on."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.profiles.images import images
from parallel_nls.profiles.pointwise import values
from parallel_nls.profiles.solitons import Soliton, SolitonSum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from parallel_nls.contracts import Profile

LENGTH = (24.0, 30.0)
DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])


def points_of(dimension: int, seed: int = 3) -> tuple[NDArray[np.float64], ...]:
    """Points anywhere in the box, in one block of rows."""
    generator = np.random.default_rng(seed)
    if dimension == 1:
        return (generator.uniform(-12, 12, (5, 7)),)
    return generator.uniform(-12, 12, (5, 1)), generator.uniform(-15, 15, (1, 7))


def summed(alone: Profile, time: float, points: tuple[NDArray[np.float64], ...]) -> NDArray[np.complex128]:
    """The sum over images by its definition, many more than matter."""
    total = np.zeros(np.broadcast_shapes(*(x.shape for x in points)), dtype=complex)
    for numbers in product(range(-9, 10), repeat=len(points)):
        moved = tuple(x - n * side for x, n, side in zip(points, numbers, LENGTH, strict=False))
        total += values(alone, time, moved)
    return total


@DIMENSIONS
@pytest.mark.parametrize("time", [0.0, 2.9, -40.0])
def test_a_wave_is_the_sum_of_its_images(dimension: int, time: float) -> None:
    """Wherever it is, however often it has gone round, with any velocity; to the rounding of its phase."""
    wave = Soliton((3.7, -2.3)[:dimension], (11.5, 14.0)[:dimension], 0.9, 0.4)
    periodic, alone = SolitonSum([wave], LENGTH[:dimension]), SolitonSum([wave])
    points = points_of(dimension)
    expected = summed(alone, time, points)
    tolerance = 4e-16 * (1 + 3.7 * abs(time) * 15)
    np.testing.assert_allclose(values(periodic, time, points), expected, rtol=0, atol=tolerance)
    assert np.abs(expected).max() > 1e-4


@DIMENSIONS
def test_values_agree_across_the_edge(dimension: int) -> None:
    """Value and slope: the same function on both sides, whatever the velocity."""
    wave = SolitonSum([Soliton((1.3, 0.7)[:dimension], (11.0, 3.0)[:dimension])], LENGTH[:dimension])
    other = () if dimension == 1 else (np.array([[3.5]]),)
    for offset in (-0.01, 0.0, 0.01):
        left, right = (values(wave, 0.3, (np.array([[side + offset]]), *other)) for side in (-12.0, 12.0))
        assert abs(left - right).item() < 2e-15
        assert abs(left).item() > 0.1


def test_inside_nothing_changes() -> None:
    """A wave whose tails end before the edge keeps its bits, so that earlier runs are what they were."""
    wave, x = Soliton((2.0,), (1.0,)), np.linspace(-50, 50, 201)[None, :]
    alone, periodic = (values(SolitonSum([wave], length), 0.2, (x,)) for length in ((), (100.0,)))
    near = np.abs(x) < 60 - 38
    assert np.array_equal(alone[near], periodic[near])
    np.testing.assert_array_less(np.abs(alone - periodic), 1e-16)


def test_who_gets_images() -> None:
    """The image in the box comes first; axes that are shorter than the wave is wide have none."""
    assert list(images((3.0,), (), 10.0, 5.0)) == [((3.0,), math.inf)]
    assert list(images((21.0,), (4.0,), 10.0, 5.0)) == [((21.0,), math.inf)]
    found = list(images((21.0, 1.0), (20.0, 4.0), 10.0, 5.0))
    assert found == [((1.0, 1.0), math.inf), ((-19.0, 1.0), 10.0)]
    centers = [image.center for image in images((0.0, 0.0), (10.0, 10.0), 5.0, 5.0)]
    assert centers == [(0.0, 0.0), (0.0, -10.0), (0.0, 10.0), (-10.0, 0.0), (10.0, 0.0)]
