"""Bubbles and test functions at one point, and how they change with the parameters: what Newton's matrix is made of.

Everything is λ^{-d/2} h(y) e^{i(ψ(y) + θ)}, ψ = β·y - γ|y|²/4, g = ∇ψ = β - γy/2. The test functions are, by their h,
|y|²Q, yQ, ∇Q + igQ, ΛQ + i(g·y)Q, ρ; the bubble has h = Q. A change of the parameters, scaled as in
`Parameters.changed`, acts on h by

    scale: -(d/2 + y·∇ + i y·g)h,   center: -(∇ + ig)h,   boost: iyh,   chirp: -i|y|²h/4,   phase: ih,

and where h itself holds β or γ by their derivatives as well.
"""

from __future__ import annotations

from parallel_nls.bubbles.profile_rows import BOOST_ACROSS, BOOST_ALONG, CHIRP
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel

LARGEST = 7
"""2d + 3 in the plane."""


@kernel
def radial_jet(profile: tuple[float, float, float, float], w: float, t: float, dimension: int, jet: RealArray) -> None:
    """Q, ∂Q, the second derivatives of Q, ρ and ∂ρ, with components across and along.

    Parameters
    ----------
    profile : (float, float, float, float)
        Q, Q'/|y|, ρ, ρ'/|y| at the point.
    w, t : float
        The components of y.
    dimension : int
        d: ΔQ = Q - Q^{1+4/d} gives the second derivative.
    jet : ndarray, (9,)
        Filled with Q, Q_w, Q_t, Q_ww, Q_wt, Q_tt, ρ, ρ_w, ρ_t.

    Notes
    -----
    *Communication*: local.
    """
    q, slope, rho, rho_slope = profile
    power = q**5 if dimension == 1 else q**3
    square = w * w + t * t
    bend = q - power - dimension * slope
    inverse = 1.0 / square if square > 0.0 else 0.0
    jet[0], jet[1], jet[2] = q, slope * w, slope * t
    jet[3] = slope + bend * w * w * inverse
    jet[4] = bend * w * t * inverse
    jet[5] = slope + bend * t * t * inverse
    jet[6], jet[7], jet[8] = rho, rho_slope * w, rho_slope * t


@kernel
def test_jets(
    bubble: RealArray, jet: RealArray, w: float, t: float, dimension: int, tests: ComplexArray, slopes: ComplexArray
) -> None:
    """H and ∂h of the test functions at one point.

    Parameters
    ----------
    bubble : ndarray, (7,)
        Packed parameters.
    jet : ndarray, (9,)
        From `radial_jet`.
    w, t : float
        The components of y.
    dimension : int
        d; on the line the components across are left out.
    tests : ndarray, complex, (2d + 3,)
        Filled with h.
    slopes : ndarray, complex, (2d + 3, 2)
        Filled with ∂_w h and ∂_t h.

    Notes
    -----
    *Communication*: local.
    """
    q, half = jet[0], 0.5 * bubble[CHIRP]
    square = w * w + t * t
    turn = (bubble[BOOST_ACROSS] - half * w) * w + (bubble[BOOST_ALONG] - half * t) * t
    d = dimension
    tests[0] = square * q
    tests[1 + 2 * d] = complex(0.5 * d * q + w * jet[1] + t * jet[2], turn * q)
    tests[2 + 2 * d] = jet[6]
    for a in range(2 - d, 2):
        place = w if a == 0 else t
        tests[a + d - 1] = place * q
        tests[a + 2 * d - 1] = complex(jet[1 + a], (bubble[BOOST_ACROSS + a] - half * place) * q)
    for b in range(2 - d, 2):
        own, slope = (w if b == 0 else t), jet[1 + b]
        slopes[0, b] = 2.0 * own * q + square * slope
        bent = w * jet[3 + b] + t * jet[4 + b]
        rate = (bubble[BOOST_ACROSS + b] - 2.0 * half * own) * q + turn * slope
        slopes[1 + 2 * d, b] = complex((0.5 * d + 1.0) * slope + bent, rate)
        slopes[2 + 2 * d, b] = jet[7 + b]
        for a in range(2 - d, 2):
            place, same = (w if a == 0 else t), (1.0 if a == b else 0.0)
            slopes[a + d - 1, b] = same * q + place * slope
            wave = bubble[BOOST_ACROSS + a] - half * place
            slopes[a + 2 * d - 1, b] = complex(jet[3 + a + b], wave * slope - half * same * q)


@kernel
def change_of(
    bubble: RealArray, value: complex, slope_w: complex, slope_t: complex, w: float, t: float, d: int, out: ComplexArray
) -> None:
    """How λ^{-d/2}h e^{i(ψ + θ)} changes with each scaled parameter where h does not hold them; ``out``, (2d + 3,)."""
    half = 0.5 * bubble[CHIRP]
    wave_w, wave_t = bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG] - half * t
    turn = wave_w * w + wave_t * t
    out[0] = -(complex(0.5 * d, turn) * value + w * slope_w + t * slope_t)
    for b in range(2 - d, 2):
        slope, wave, place = (slope_w, wave_w, w) if b == 0 else (slope_t, wave_t, t)
        out[b + d - 1] = -(slope + complex(0.0, wave) * value)
        out[b + 2 * d - 1] = complex(0.0, place) * value
    out[1 + 2 * d] = complex(0.0, -0.25 * (w * w + t * t)) * value
    out[2 + 2 * d] = complex(0.0, 1.0) * value


@kernel
def add_real_change(
    bubble: RealArray, value: complex, slope_w: float, slope_t: float, w: float, t: float, d: int, out: RealArray
) -> None:
    """Add the real parts of `change_of` to ``out``, (2d + 3,), which take no more than those of the slopes."""
    half = 0.5 * bubble[CHIRP]
    wave_w, wave_t = bubble[BOOST_ACROSS] - half * w, bubble[BOOST_ALONG] - half * t
    turn, back = wave_w * w + wave_t * t, -value.imag
    out[0] -= 0.5 * d * value.real + turn * back + w * slope_w + t * slope_t
    for b in range(2 - d, 2):
        slope, wave, place = (slope_w, wave_w, w) if b == 0 else (slope_t, wave_t, t)
        out[b + d - 1] -= slope + wave * back
        out[b + 2 * d - 1] += place * back
    out[1 + 2 * d] -= 0.25 * (w * w + t * t) * back
    out[2 + 2 * d] += back


@kernel
def add_explicit(q: float, w: float, t: float, d: int, changes: RealArray) -> None:
    """Add the real part of what the tests ∇ and Λ change by because h holds β and γ, to (tests, parameters).

    ``q`` is that of Q times the factor R̄ of these tests.
    """
    for a in range(2 - d, 2):
        place = w if a == 0 else t
        changes[a + 2 * d - 1, a + 2 * d - 1] += q
        changes[a + 2 * d - 1, 1 + 2 * d] -= 0.5 * place * q
        changes[1 + 2 * d, a + 2 * d - 1] += place * q
    changes[1 + 2 * d, 1 + 2 * d] -= 0.5 * (w * w + t * t) * q
