"""Tests and tangents of one bubble at eight points of a row: what Newton's matrix is made of.

Everything is λ^{-d/2} h(y) e^{i(ψ(y) + θ)}, ψ = β·y - γ|y|²/4, g = ∇ψ = β - γy/2. The test functions T are, by their h,
|y|²Q, yQ, ∇Q + igQ, ΛQ + i(g·y)Q, ρ; the bubble has h = Q. A change of the parameters, scaled as in
`Parameters.changed`, acts on h by

    scale: -(d/2 + y·∇ + i y·g)h,   center: -(∇ + ig)h,   boost: iyh,   chirp: -i|y|²h/4,   phase: ih,

and where h itself holds β or γ by their derivatives as well. A condition is Re∫τT R̄, τ = 1 for the first d + 1 tests,
-i for the others. y has the components w across a row, one number, and t along it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from parallel_nls.bubbles.profile_rows import BOOST_ACROSS, BOOST_ALONG, CHIRP
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel, lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, put_lanes

LARGEST = 7
"""2d + 3 in the plane."""
# Of Re∫τ(∂T)R̄ for each test: the real part of τhR̄ and minus the imaginary one, real parts of τ∂hR̄ across and along.
PART, BACK, ACROSS, ALONG = range(4)
_TINY = 1e-300  # keeps |y|² from 0, where what it divides is 0

Lanes = Any
"""Eight numbers side by side."""


class Tangents(NamedTuple):
    """Room for tests and tangents of K bubbles along a row of n points, and eight more: last axis.

    Attributes
    ----------
    tests, tangents : ndarray, (K, 2, 7, n + 8)
        Real and imaginary parts of τT and ∂U.
    rests : ndarray, (4, 7, n + 8)
        Of one bubble after the other, what R adds: see the constants above.
    weights : ndarray, (n + 8,)
        In the same way Re(τU R̄) of a test with τ = 1.
    """

    tests: RealArray
    tangents: RealArray
    rests: RealArray
    weights: RealArray


@kernel
def new_tangents(count: int, n: int) -> Tangents:
    """Room for K bubbles along a row of n points. *Communication*: local."""
    size = n + LANES
    return Tangents(
        np.empty((count, 2, LARGEST, size)),
        np.empty((count, 2, LARGEST, size)),
        np.empty((4, LARGEST, size)),
        np.empty(size),
    )


@lean_kernel
def _keep(parts: RealArray, i: int, j: int, value: tuple[Lanes, Lanes], turn: tuple[Lanes, Lanes]) -> None:
    """Keep a number times λ^{-d/2}e^{iφ}."""
    put_lanes(parts[0, i], j, value[0] * turn[0] - value[1] * turn[1])
    put_lanes(parts[1, i], j, value[0] * turn[1] + value[1] * turn[0])


@lean_kernel
def _keep_test(
    tests: RealArray,
    rests: RealArray,
    i: int,
    j: int,
    value: tuple[Lanes, Lanes],
    slopes: tuple[Lanes, Lanes, Lanes, Lanes],
    turn: tuple[Lanes, Lanes],
    rest: tuple[Lanes, Lanes],
) -> None:
    """Keep a test from τh and its slopes across and along, and what R adds: ``rest`` is λ^{-d/2}e^{iφ}R̄."""
    (x, y), (p, q) = value, rest
    _keep(tests, i, j, value, turn)
    put_lanes(rests[PART, i], j, p * x - q * y)
    put_lanes(rests[BACK, i], j, -1.0 * (p * y + q * x))
    put_lanes(rests[ACROSS, i], j, p * slopes[0] - q * slopes[1])
    put_lanes(rests[ALONG, i], j, p * slopes[2] - q * slopes[3])


@lean_kernel
def fill_tests(
    bubble: RealArray,
    profile: tuple[Lanes, Lanes, Lanes, Lanes],
    w: float,
    t: Lanes,
    d: int,
    turn: tuple[Lanes, Lanes],
    rest: tuple[Lanes, Lanes],
    room: Tangents,
    tests: RealArray,
    j: int,
) -> None:
    """Fill the tests of a bubble at eight points, and what R adds to their conditions.

    Parameters
    ----------
    bubble : ndarray, (7,)
        Packed parameters.
    profile : four lanes
        Q, Q'/|y|, ρ, ρ'/|y|.
    w, t : float and lanes
        The components of y.
    d : int
        Of space: ΔQ = Q - Q^{1+4/d} gives the second derivative. On the line w is 0, and the tests across are left out.
    turn, rest : two lanes each
        λ^{-d/2}e^{iφ}, and that times R̄: real and imaginary part.
    room : Tangents
        Filled: ``rests`` and ``weights``.
    tests : ndarray, (2, 7, n + 8)
        Filled.
    j : int
        Position of the first point.

    Notes
    -----
    *Communication*: local.
    """
    q, slope, rho, rho_slope = profile
    half, zero, rests = 0.5 * bubble[CHIRP], all_lanes(0.0), room.rests
    square = t * t + w * w
    density = q * q
    bend = q - (density * density * q if d == 1 else density * q) - slope * d
    inverse = bend / (square + _TINY)
    q_w, q_t = slope * w, slope * t
    q_ww, q_wt, q_tt = slope + inverse * (w * w), inverse * t * w, slope + inverse * t * t
    wave_w, wave_t = bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG] - half * t
    turned = wave_t * t + wave_w * w
    put_lanes(room.weights, j, rest[0] * q)
    # Of τ = -i the parts of h change places: (x, y) becomes (y, -x).
    around = 2.0 * q * w + square * q_w, zero, 2.0 * q * t + square * q_t, zero
    _keep_test(tests, rests, 0, j, (square * q, zero), around, turn, rest)
    _keep_test(tests, rests, d, j, (t * q, zero), (t * q_w, zero, q + t * q_t, zero), turn, rest)
    bent = wave_t * q_w, -1.0 * q_wt, wave_t * q_t - half * q, -1.0 * q_tt
    _keep_test(tests, rests, 2 * d, j, (wave_t * q, -1.0 * q_t), bent, turn, rest)
    if d == 2:
        _keep_test(tests, rests, 1, j, (q * w, zero), (q + q_w * w, zero, q_t * w, zero), turn, rest)
        bent = q_w * wave_w - half * q, -1.0 * q_ww, q_t * wave_w, -1.0 * q_wt
        _keep_test(tests, rests, 3, j, (q * wave_w, -1.0 * q_w), bent, turn, rest)
    rate_w = q * (bubble[BOOST_ACROSS] - 2.0 * half * w) + turned * q_w
    rate_t = (bubble[BOOST_ALONG] - 2.0 * half * t) * q + turned * q_t
    whole = 0.5 * d + 1.0
    spread_w, spread_t = whole * q_w + (q_ww * w + t * q_wt), whole * q_t + (q_wt * w + t * q_tt)
    slopes = rate_w, -1.0 * spread_w, rate_t, -1.0 * spread_t
    scaling = (0.5 * d) * q + (q_w * w + t * q_t)
    _keep_test(tests, rests, 1 + 2 * d, j, (turned * q, -1.0 * scaling), slopes, turn, rest)
    bent = zero, -1.0 * (rho_slope * w), zero, -1.0 * (rho_slope * t)
    _keep_test(tests, rests, 2 + 2 * d, j, (zero, -1.0 * rho), bent, turn, rest)


@lean_kernel
def fill_changes(
    bubble: RealArray,
    q: Lanes,
    slope: Lanes,
    w: float,
    t: Lanes,
    d: int,
    turn: tuple[Lanes, Lanes],
    tangents: RealArray,
    j: int,
) -> None:
    """Fill how U changes with each scaled parameter, at eight points; see `fill_tests`. *Communication*: local."""
    half, zero = 0.5 * bubble[CHIRP], all_lanes(0.0)
    wave_w, wave_t = bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG] - half * t
    square = t * t + w * w
    scaling, turned = (0.5 * d) * q + slope * square, wave_t * t + wave_w * w
    _keep(tangents, 0, j, (-1.0 * scaling, -1.0 * (turned * q)), turn)
    _keep(tangents, d, j, (-1.0 * (slope * t), -1.0 * (wave_t * q)), turn)
    _keep(tangents, 2 * d, j, (zero, t * q), turn)
    if d == 2:
        _keep(tangents, 1, j, (-1.0 * (slope * w), -1.0 * (q * wave_w)), turn)
        _keep(tangents, 3, j, (zero, q * w), turn)
    _keep(tangents, 1 + 2 * d, j, (zero, -0.25 * (square * q)), turn)
    _keep(tangents, 2 + 2 * d, j, (zero, q), turn)
