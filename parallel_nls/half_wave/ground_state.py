"""The ground state Q of the half-wave equation on the line: DQ + Q = Q³, Q > 0 even.

Petviashvili's iteration comes close, Newton's method ends it, in the rational basis, of which Q needs few functions: it
is smooth in 1/x² at infinity, Q ≈ c/x². ‖D^{1/2}Q‖² = ‖Q‖² = ½‖Q‖₄⁴, E(Q) = 0, ∫Q = ∫Q³ = πc, L₊ΛQ = −Q.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.spectral.rational import RationalAxis

POINTS, SCALE = 128, 1.5
"""By default: Q to rounding."""
PETVIASHVILI_STEPS = 60
NEWTON_STEPS = 12
SETTLED = 1e-15
RESOLVED = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class GroundState(Shown):
    """Q on a rational axis.

    Attributes
    ----------
    axis : RationalAxis
    coefficients, values : ndarray, (N,)
        Normalised coefficients, and Q(x_j).
    mass, half_derivative, quartic : float
        ‖Q‖², ‖D^{1/2}Q‖² and ‖Q‖₄⁴.
    peak, integral, tail : float
        Q(0), ∫Q, and c of Q ≈ c/x².
    """

    axis: RationalAxis
    coefficients: RealArray
    values: RealArray
    mass: float
    half_derivative: float
    quartic: float
    peak: float
    integral: float
    tail: float

    def _shown_heading(self) -> str:
        return "Ground state Q of the half-wave equation"

    def _shown_rows(self) -> dict[str, object]:
        return {"Q(0)": f"{self.peak:.12g}", "‖Q‖²": f"{self.mass:.12g}", "points": len(self.values)}


@cache
def ground_state(points: int = POINTS, scale: float = SCALE) -> GroundState:
    """Solve for Q; kept for the rest of the process.

    Parameters
    ----------
    points, scale : int, float
        Of the axis; by default 14 digits of Q(0) and ‖Q‖².

    Raises
    ------
    UserError
        The axis does not resolve Q.

    Notes
    -----
    *Communication*: local.
    """
    axis = RationalAxis(points, scale)
    # In the form Q = (D + 1)⁻¹Q³ no large eigenvalue of D multiplies the rounding.
    inverse = np.linalg.inv(axis.D_matrix + np.eye(points))
    c = axis.coefficients(2 / (1 + axis.x**2))
    for _ in range(PETVIASHVILI_STEPS):
        cube = axis.coefficients(axis.values(c) ** 3)
        c = (axis.inner(c, axis.D(c) + c) / axis.inner(c, cube)) ** 1.5 * (inverse @ cube)
    for _ in range(NEWTON_STEPS):
        q = axis.values(c)
        jacobian = np.eye(points) - inverse @ (axis.cosines * (3 * q**2)) @ axis.cosines
        change = np.linalg.solve(jacobian, c - inverse @ axis.coefficients(q**3))
        c = c - change
        if np.linalg.norm(change) <= SETTLED * np.linalg.norm(c):
            break
    if not axis.content(c) <= RESOLVED:
        raise UserError(f"{points} points of scale {scale:g} do not resolve the ground state; take more")
    return _measured(axis, c)


def _measured(axis: RationalAxis, c: RealArray) -> GroundState:
    values = axis.values(c)
    quartic = float((axis.amplitude**2 * values**4).sum())
    peak, integral = float(axis.at_zero(c).real), float(axis.integral(c).real)
    return GroundState(
        axis, c, values, axis.inner(c, c), axis.inner(c, axis.D(c)), quartic, peak, integral, axis.tail(c)
    )
