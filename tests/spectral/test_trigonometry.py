"""Sine and cosine against 60-digit values: within 1.55 ulp for every angle up to 2^30, and the same bits everywhere."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import LARGEST_ANGLE, sine_cosine
from parallel_nls.numerics.turns import CHUNK, turn, turn_scratch
from tests.support import digest

# The rounding of result and reduced angle; and π/2 enters as two doubles, which leave 1.5e-33.
ULPS = 1.55
ANGLE_ERROR = 1e-33
DRAWN = np.random.default_rng(0)
MULTIPLES = np.unique(np.concatenate([np.arange(1, 500), DRAWN.integers(1, 683_565_275, 2500)]))


def near_multiples(offset: float) -> NDArray[np.float64]:
    """Doubles nearest to (n + offset)π/2 for n up to 2^30/(π/2)."""
    with mpmath.workprec(200):
        nearest = [float((int(n) + mpmath.mpf(offset)) * mpmath.pi / 2) for n in MULTIPLES]
    return np.array([angle for angle in nearest if angle <= LARGEST_ANGLE])


SIGNS = DRAWN.choice([-1.0, 1.0], 3000)
ANGLES: dict[str, NDArray[np.float64]] = {
    "without reduction": DRAWN.uniform(-math.pi / 4, math.pi / 4, 3000),
    "moderate": DRAWN.uniform(-100, 100, 3000),
    "of any size": SIGNS * np.exp(DRAWN.uniform(math.log(1e-300), math.log(LARGEST_ANGLE), 3000)),
    "large": DRAWN.uniform(-LARGEST_ANGLE, LARGEST_ANGLE, 3000),
    "nearest to multiples of π/2": near_multiples(0.0),
    "one above multiples of π/2": np.nextafter(near_multiples(0.0), math.inf),
    "nearest to odd multiples of π/4": near_multiples(0.5),
    "one below odd multiples of π/4": np.nextafter(near_multiples(0.5), 0.0),
    "extreme": np.array([0.0, -0.0, 5e-324, 1e-310, LARGEST_ANGLE, -LARGEST_ANGLE, np.nextafter(LARGEST_ANGLE, 0)]),
}


@kernel
def unit_phases(angles: NDArray[np.float64], out: NDArray[np.complex128]) -> None:
    """Write e^{i·angle} for every angle, as a loop that vectorises."""
    for j in range(angles.size):
        s, c = sine_cosine(angles[j])
        out[j] = complex(c, s)


def phases(angles: NDArray[np.float64]) -> NDArray[np.complex128]:
    """e^{i·angle} by the kernel."""
    out = np.full(angles.size, np.nan, dtype=np.complex128)
    unit_phases(angles, out)
    return out


def excess(found: float, exact: mpmath.mpf, angle: float) -> float:
    """Error in units of the bound."""
    bound = ULPS * float(np.spacing(abs(float(exact)))) + ANGLE_ERROR * abs(angle)
    return float(abs(mpmath.mpf(float(found)) - exact)) / bound


@pytest.mark.parametrize("angles", ANGLES.values(), ids=ANGLES.keys())
def test_both_are_within_rounding(angles: NDArray[np.float64]) -> None:
    """Sine and cosine have relative accuracy even next to their zeros, and s² + c² = 1."""
    worst = circle = 0.0
    with mpmath.workprec(200):
        for angle, found in zip(angles.tolist(), phases(angles).tolist(), strict=True):
            sine, cosine = mpmath.sin(mpmath.mpf(angle)), mpmath.cos(mpmath.mpf(angle))
            worst = max(worst, excess(found.imag, sine, angle), excess(found.real, cosine, angle))
            square = mpmath.mpf(found.real) ** 2 + mpmath.mpf(found.imag) ** 2
            circle = max(circle, float(abs(square - 1)))
    assert worst <= 1.0
    assert circle <= 2.7e-16


@pytest.mark.parametrize("angle", [np.nextafter(LARGEST_ANGLE, math.inf), -1e10, 1e300, math.inf, -math.inf, math.nan])
def test_beyond_the_largest_angle_there_is_no_number(angle: float) -> None:
    """NaN rather than noise."""
    (found,) = phases(np.array([angle]))
    assert math.isnan(found.real)
    assert math.isnan(found.imag)


def test_symmetry_is_exact() -> None:
    """The sine is odd and the cosine even, in bits."""
    angles = ANGLES["large"]
    assert digest(phases(-angles)) == digest(np.conj(phases(angles)))


@pytest.mark.parametrize("angles", ANGLES.values(), ids=ANGLES.keys())
def test_turned_ones_are_the_phases(angles: NDArray[np.float64]) -> None:
    """Of 1 + 0i both ways give the same to the rounding of the last sum, which they take in another order."""
    turned = np.ones(angles.size, dtype=np.complex128)
    scratch = turn_scratch()
    for first in range(0, angles.size, CHUNK):
        part = slice(first, first + CHUNK)
        turn(turned[part], angles[part].copy(), 1.0, scratch)
    expected = phases(angles)
    for found, wanted in ((turned.real, expected.real), (turned.imag, expected.imag)):
        assert np.all(np.abs(found - wanted) <= np.spacing(np.abs(wanted)))


def test_a_turn_does_not_depend_on_the_other_angles() -> None:
    """Where one of them must be reduced, all are, to the same bits: those below π/4 are their own remainders."""
    limit = 0.785
    near = [limit, np.nextafter(limit, 0), np.nextafter(limit, 1), np.pi / 4, np.nextafter(np.pi / 4, 1), 0.0, 5e-324]
    small = np.concatenate([np.linspace(-limit, limit, CHUNK - 1 - 2 * len(near)), near, np.negative(near)])
    values = np.exp(1j * np.arange(CHUNK)) * np.logspace(-5, 3, CHUNK)
    scratch = turn_scratch()
    with_a_large_one = values.copy()
    turn(with_a_large_one, np.append(small, 1e3), 0.7, scratch)
    for place, angle in enumerate(small):
        alone = values[place : place + 1].copy()
        turn(alone, np.array([angle]), 0.7, scratch)
        assert digest(alone) == digest(with_a_large_one[place : place + 1]), angle


def test_bits_do_not_depend_on_the_place_in_the_array() -> None:
    """Any offset, any length: the vectorised loop and its remainder agree."""
    angles = ANGLES["of any size"][:300]
    expected = phases(angles)
    for first in range(20):
        for length in (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33, 100):
            part = slice(first, first + length)
            assert digest(phases(angles[part].copy())) == digest(expected[part])
            assert digest(phases(angles[part])) == digest(expected[part])
