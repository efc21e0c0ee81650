"""e^x that vectorises and has the same bits everywhere.

Reduction modulo ln 2 by two constants with fused multiply-adds, then the series of e^r to r¹³ for |r| ≤ ln(2)/2, whose
rest is below 5e-18: within 1.5 units in the last place.
"""

from __future__ import annotations

from parallel_nls.numerics.compiled import bits, from_bits, kernel
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.trigonometry import ROUND

LEAST = -700.0
_INVERSE_LOG_2 = 1.44269504088896338700e00
_LOG_2_HIGH = 6.93147180559945286227e-01
_LOG_2_LOW = 2.31904681384629955842e-17
_EXPONENT = 52  # bits below it in a double


@kernel
def exponential(x: float) -> float:
    """Return e^x for x ≤ 700, of all below -700 e^{-700} = 1e-304, and NaN of NaN."""
    reached = max(x, LEAST)
    # Its last bits hold the power of 2, as in `trigonometry.shifted_quarters`.
    shifted = fma(reached, _INVERSE_LOG_2, ROUND)
    power = shifted - ROUND
    r = fma(-power, _LOG_2_LOW, fma(-power, _LOG_2_HIGH, reached))
    total = fma(r, 1.0 / 6227020800.0, 1.0 / 479001600.0)
    total = fma(r, total, 1.0 / 39916800.0)
    total = fma(r, total, 1.0 / 3628800.0)
    total = fma(r, total, 1.0 / 362880.0)
    total = fma(r, total, 1.0 / 40320.0)
    total = fma(r, total, 1.0 / 5040.0)
    total = fma(r, total, 1.0 / 720.0)
    total = fma(r, total, 1.0 / 120.0)
    total = fma(r, total, 1.0 / 24.0)
    total = fma(r, total, 1.0 / 6.0)
    total = fma(r, total, 0.5)
    total = fma(r * r, total, r) + 1.0
    result: float = from_bits(bits(total) + (bits(shifted) << _EXPONENT))
    return result if x == x else x
