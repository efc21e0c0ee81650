"""The hierarchy by dense arrays and small steps: what the closed forms of the flows are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def third(name: str, gamma1: Complex, gamma2: Complex) -> Complex:
    """γ³(1, 2, 3; 1', 2', 3') of a closure, written out."""
    same = np.einsum("abde,cf->abcdef", gamma2, gamma1)
    crossed = np.einsum("acdf,be->abcdef", gamma2, gamma1) + np.einsum("bcef,ad->abcdef", gamma2, gamma1)
    apart = np.einsum("ad,be,cf->abcdef", gamma1, gamma1, gamma1)
    closures = {
        "zero": 0 * same,
        "product": same,
        "symmetrised-product": (same + crossed) / 3,
        "cumulant": same + crossed - 2 * apart,
    }
    found: Complex = closures[name]
    return found


def interaction_rates(
    name: str, strength: float, average: Real, gamma1: Complex, gamma2: Complex
) -> tuple[Complex, Complex]:
    """∂_tγ¹ and ∂_tγ² of the collision terms B⁺ − B⁻ alone."""
    pairs = np.einsum("asbs->abs", gamma2)
    first = np.einsum("as,abs->ab", average, pairs) - np.einsum("bs,abs->ab", average, pairs)
    triples = np.einsum("absdes->abdes", third(name, gamma1, gamma2))
    second = sum(
        sign * np.einsum(f"{letter}s,abdes->abde", average, triples)
        for letter, sign in (("a", 1), ("b", 1), ("d", -1), ("e", -1))
    )
    return -1j * strength * first, -1j * strength * second


def interaction_flow(
    name: str, strength: float, average: Real, fields: tuple[Complex, Complex], tau: float, steps: int
) -> tuple[Complex, Complex]:
    """Classical Runge and Kutta steps of order 4."""
    h = tau / steps
    g = fields
    for _ in range(steps):
        slopes = [interaction_rates(name, strength, average, *g)]
        for part in (h / 2, h / 2, h):
            moved = tuple(field + part * slope for field, slope in zip(g, slopes[-1], strict=True))
            slopes.append(interaction_rates(name, strength, average, *moved))
        g = tuple(field + h / 6 * (a + 2 * b + 2 * c + d) for field, a, b, c, d in zip(g, *slopes, strict=True))
    return g
