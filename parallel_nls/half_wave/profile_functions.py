"""The functions of which the blow-up profile consists, as a basis: what is paired with solutions, and with each other.

Every function that decompositions test with is a combination of g = Q, S₁₀, T₂₀, T₀₂, S₃₀, T₄₀, ρ₁, ρ₂ and of Λg, Λ²g,
with coefficients that depend on (b, λ). So all that is asked of a solution w(y) are the numbers (Λˡg, w), however they
are come by: by coefficients on a rational axis, or by sums over the points of a distributed line.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.numerics.arrays import ComplexArray, RealArray

COUNT = 8
"""Of the functions g."""
ONCE = 2 * COUNT
"""Of the functions g and Λg, which have the first places."""
_ALL = 3 * COUNT


def _combination(*terms: complex, level: int = 0) -> ComplexArray:
    """Σ c Λˡg over the first functions g, (24,)."""
    found: ComplexArray = np.zeros(_ALL, dtype=np.complex128)
    found[level * COUNT : level * COUNT + len(terms)] = terms
    return found


def scaled(combination: ComplexArray) -> ComplexArray:
    """Λ of a combination that holds no Λ²g. *Communication*: local."""
    return np.concatenate([np.zeros(COUNT), combination[:ONCE]])


def profile(b: float, scale: float) -> ComplexArray:
    """Q_P. *Communication*: local."""
    return _combination(1, 1j * b, b**2, scale**2, 1j * b**3, b**4)


def b_derivative(b: float) -> ComplexArray:
    """∂_bQ_P. *Communication*: local."""
    return _combination(0, 1j, 2 * b, 0, 3j * b**2, 4 * b**3)


def second_b_derivative(b: float) -> ComplexArray:
    """∂_b²Q_P. *Communication*: local."""
    return _combination(0, 0, 2, 0, 6j * b, 12 * b**2)


def scale_derivative(scale: float) -> ComplexArray:
    """λ∂_λQ_P. *Communication*: local."""
    return _combination(0, 0, 0, 2 * scale**2)


def rho(b: float) -> ComplexArray:
    """ρ₁ + iρ₂. *Communication*: local."""
    return _combination(0, 0, 0, 0, 0, 0, 1, 1j * b)


def rho_derivative() -> ComplexArray:
    """∂_b(ρ₁ + iρ₂). *Communication*: local."""
    return _combination(0, 0, 0, 0, 0, 0, 0, 1j)


class ProfileFunctions:
    """The functions themselves.

    Parameters
    ----------
    profile : BlowUpProfile

    Attributes
    ----------
    rows : ndarray, (24, N)
        Normalised coefficients of all g, Λg, Λ²g.
    moved : ndarray, (16, N)
        Those of Dg and DΛg.
    gram : ndarray, (24, 24)
        Their pairings with each other.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, profile: BlowUpProfile) -> None:
        p, axis = profile, profile.state.axis
        functions = np.array([p.state.coefficients, p.S10, p.T20, p.T02, p.S30, p.T40, p.rho1, p.rho2])
        once = axis.Lambda(functions)
        self.rows: RealArray = np.concatenate([functions, once, axis.Lambda(once)])
        self.moved: RealArray = axis.D(self.rows[:ONCE])
        self.gram: RealArray = self.rows @ self.rows.T

    def paired(self, one: ComplexArray, other: ComplexArray) -> complex:
        """(f, f') of two combinations."""
        return complex(one.conj() @ self.gram @ other)
