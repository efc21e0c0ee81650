"""Phases of the linear flow and roots of unity against 60-digit values."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from parallel_nls.numerics.trigonometry import (
    LARGEST_ANGLE,
    quadratic_angle,
    quadratic_phases,
    root_of_unity,
    sine_cosine,
)
from tests.support import digest

DRAWN = np.random.default_rng(7)
# Turns for each m², and harmonics: within a turn; angles around and far beyond 2^30; a line of 2^40 points.
CASES: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {
    "less than a turn": (DRAWN.uniform(-1e-6, 1e-6, 500), DRAWN.integers(-700, 700, 500).astype(float)),
    "many turns": (DRAWN.uniform(-1e-2, 1e-2, 500), DRAWN.integers(-(2**14), 2**14, 500).astype(float)),
    "around 2^30": (2.0**-20 * DRAWN.uniform(0.5, 2, 500), DRAWN.integers(2**23, 2**24, 500).astype(float)),
    "10^15 turns": (DRAWN.uniform(-2, 2, 500), DRAWN.integers(2**24, 2**25 - 1, 500).astype(float)),
    "squares beyond 2^53": (DRAWN.uniform(-1e-9, 1e-9, 500), DRAWN.integers(2**38, 2**39, 500).astype(float)),
}


@pytest.mark.parametrize(("turns", "harmonics"), CASES.values(), ids=CASES.keys())
def test_quadratic_phases(turns: NDArray[np.float64], harmonics: NDArray[np.float64]) -> None:
    """(sin, cos) of 2π·turns·m² to 2.5 · 2^-52, however large the angle; they are even in m."""
    worst = 0.0
    with mpmath.workprec(250):
        for t, m in zip(turns.tolist(), harmonics.tolist(), strict=True):
            sine, cosine = sine_cosine(quadratic_angle(t, m))
            angle = 2 * mpmath.pi * mpmath.mpf(t) * mpmath.mpf(m) ** 2
            worst = max(worst, abs(float(sine - mpmath.sin(angle))), abs(float(cosine - mpmath.cos(angle))))
            assert sine_cosine(quadratic_angle(t, -m)) == (sine, cosine)
    assert worst <= 2.5 * 2.0**-52


def test_the_angles_of_high_harmonics_are_beyond_the_sine() -> None:
    """What the removal of whole turns is for: sin(2π·turns·m²) of that size has no value."""
    turns, harmonics = CASES["10^15 turns"]
    assert np.abs(2 * np.pi * turns * harmonics**2).max() > 1e6 * LARGEST_ANGLE


def test_a_table_holds_the_same_bits() -> None:
    """Of phases one by one."""
    _, harmonics = CASES["many turns"]
    table = np.empty(harmonics.size, dtype=complex)
    quadratic_phases(-0.0123, harmonics, table)
    single = [complex(*reversed(sine_cosine(quadratic_angle(-0.0123, m)))) for m in harmonics]
    assert digest(table) == digest(np.array(single))


def ulps(found: float, exact: mpmath.mpf) -> float:
    """Error in units of the last place of the exact number."""
    if exact == 0:
        return 0.0 if found == 0 else math.inf
    return float(abs(found - exact)) / float(np.spacing(abs(float(exact))))


def roots(n: int) -> list[int]:
    """All m of a small n, else the neighbourhoods of the octants and some between."""
    if n <= 400:
        return list(range(n))
    near = [k * n // 8 + offset for k in range(9) for offset in range(-3, 4)]
    drawn = [int(m) for m in DRAWN.integers(0, n, 300)]
    return [m for m in near + drawn if 0 <= m < n]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 8, 31, 250, 360, 2**20, 3**13, 2**24, 999_999_937, 2**45 + 1, 2**52 - 1])
def test_roots_of_unity(n: int) -> None:
    """Real and imaginary part to 2.2 ulp each, small ones included."""
    worst = 0.0
    with mpmath.workprec(250):
        for m in roots(n):
            found = root_of_unity(m, n)
            worst = max(worst, ulps(found.real, mpmath.cospi(mpmath.mpf(2 * m) / n)))
            worst = max(worst, ulps(found.imag, mpmath.sinpi(mpmath.mpf(2 * m) / n)))
    assert worst <= 2.2
