"""Sine and cosine that vectorise and have the same bits everywhere.

Reduction modulo π/2 by two constants with fused multiply-adds (exact product, error q·3e-33), then the minimax
polynomials of fdlibm on [-π/4, π/4]: within 1.55 ulp of the true value for |angle| ≤ 2^30 (plus |angle|·1e-33, which
is seen only beside multiples of π/2). Larger angles, which no resolved run meets, give NaN rather than noise.
"""

from __future__ import annotations

import math

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import bits, kernel
from parallel_nls.numerics.compiled import fused_multiply_add as fma

LARGEST_ANGLE = 2.0**30
TWO_OVER_PI = 6.36619772367581382433e-01
HALF_PI_HIGH = 1.57079632679489655800e00
HALF_PI_LOW = 6.12323399573676603587e-17
# Adding and subtracting 1.5·2^52 rounds to the nearest integer without leaving the vector registers.
ROUND = 6755399441055744.0


@kernel
def shifted_quarters(angle: float) -> float:
    """Return q + 1.5·2^52 of an angle qπ/2 + r, |r| ≤ π/4: its last two bits are those of q modulo 4."""
    shifted: float = fma(angle, TWO_OVER_PI, ROUND)
    return shifted


@kernel
def remainder(angle: float, shifted: float) -> float:
    """Return r of an angle qπ/2 + r; NaN for angles that are too large."""
    q = shifted - ROUND
    r = fma(-q, HALF_PI_LOW, fma(-q, HALF_PI_HIGH, angle))
    return r if abs(angle) <= LARGEST_ANGLE else math.nan


@kernel
def sine(r: float) -> float:
    """Return sin r for |r| ≤ π/4."""
    z = r * r
    s = fma(z, 1.58969099521155010221e-10, -2.50507602534068634195e-08)
    s = fma(z, s, 2.75573137070700676789e-06)
    s = fma(z, s, -1.98412698298579493134e-04)
    s = fma(z, s, 8.33333333332248946124e-03)
    s = fma(z, s, -1.66666666666666324348e-01)
    result: float = fma(r * z, s, r)
    return result


@kernel
def _cosine_tail(z: float) -> float:
    """Return (cos r − 1 + r²/2)/r⁴ for z = r²."""
    c = fma(z, -1.13596475577881948265e-11, 2.08757232129817482790e-09)
    c = fma(z, c, -2.75573143513906633035e-07)
    c = fma(z, c, 2.48015872894767294178e-05)
    c = fma(z, c, -1.38888888888741095749e-03)
    tail: float = fma(z, c, 4.16666666666666019037e-02)
    return tail


@kernel
def cosine_less_one(r: float) -> float:
    """Return cos r − 1 for |r| ≤ π/4, to the rounding of this small number."""
    z = r * r
    less: float = fma(z * z, _cosine_tail(z), z * -0.5)
    return less


@kernel
def scaled_turn(sine: float, less: float, shifted: float, scale: float) -> tuple[float, float, float]:
    """Return scale times (sin, n, cos − n) of an angle, n = ±1 or 0, from sin r, cos r − 1 and q shifted.

    Near multiples of π the cosine is known to far more digits than 1 has: a turn by a small angle keeps the modulus to
    the rounding of a small number, where the rounded cosine would change it with the same sign at every turn.
    """
    quarters = bits(shifted)
    odd = (quarters & 1) != 0
    sign = scale if (quarters & 2) == 0 else -scale
    return (1.0 + less if odd else sine) * sign, 0.0 if odd else sign, (-sine if odd else less) * sign


@kernel
def turned_parts(re: float, im: float, turn: tuple[float, float, float]) -> tuple[float, float]:
    """Return real and imaginary part of a number times what `scaled_turn` gives."""
    s, whole, rest = turn
    return fma(re, whole, fma(re, rest, -(im * s))), fma(im, whole, fma(im, rest, re * s))


@kernel
def sine_cosine(angle: float) -> tuple[float, float]:
    """Return (sin, cos) of an angle in radians."""
    shifted = shifted_quarters(angle)
    r = remainder(angle, shifted)
    z, s, quarters = r * r, sine(r), bits(shifted)
    c = fma(z * z, _cosine_tail(z), fma(z, -0.5, 1.0))
    odd = (quarters & 1) != 0
    sign = 1.0 if (quarters & 2) == 0 else -1.0
    return (c if odd else s) * sign, (-s if odd else c) * sign


@kernel
def root_of_unity(m: int, n: int) -> complex:
    """Return e^{2πi·m/n} for 0 ≤ m < n < 2^60, correct to 2.2 ulp: the octant is found in exact integers."""
    quarter = (4 * m + n // 2) // n
    s, c = sine_cosine(HALF_PI_HIGH * ((4 * m - quarter * n) / n))
    if quarter & 1:
        s, c = c, -s
    if quarter & 2:
        s, c = -s, -c
    return complex(c, s)


@kernel
def quadratic_angle(turns: float, m: float) -> float:
    """Return 2π·turns·m², whole turns removed exactly.

    So the angle of a high harmonic is as accurate as ``turns`` itself allows, whatever its size below 2^51 turns.
    """
    square = m * m
    product = turns * square
    rest: float = fma(turns, square, -product) + turns * fma(m, m, -square)
    return 4.0 * HALF_PI_HIGH * ((product - ((product + ROUND) - ROUND)) + rest)


@kernel
def quadratic_phases(turns: float, harmonics: RealArray, out: ComplexArray) -> None:
    """Write e^{2πi·turns·m²} for every harmonic m; see `quadratic_angle`."""
    for j in range(harmonics.size):
        s, c = sine_cosine(quadratic_angle(turns, harmonics[j]))
        out[j] = complex(c, s)
