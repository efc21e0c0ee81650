"""Cutting a line of N points into a plane of about √N × √N."""

from __future__ import annotations

from math import isqrt


def line_factors(n: int) -> tuple[int, int]:
    """Return (small, large) with small · large = ``n``, both as near to √n as the divisors of ``n`` allow.

    Notes
    -----
    *Communication*: local; depends on ``n`` alone.
    """
    small = next(m for m in range(isqrt(n), 0, -1) if n % m == 0)
    return small, n // small
