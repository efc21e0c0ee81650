"""The approximate blow-up profile Q_P, P = (b, λ), and what it leaves over.

    Q_P = Q + ib S₁₀ + b² T₂₀ + λ² T₀₂ + ib³ S₃₀ + b⁴ T₄₀

    L₋S₁₀ = ΛQ                                  L₊T₂₀ = ½S₁₀ − ΛS₁₀ + S₁₀²Q
    L₊T₀₂ = ½k''(0) y²Q³                        L₋S₃₀ = −T₂₀ + ΛT₂₀ + 2QT₂₀S₁₀ + S₁₀³
    L₊T₄₀ = (3/2)S₃₀ − ΛS₃₀ + 3QT₂₀² + 2QS₁₀S₃₀ + S₁₀²T₂₀
    L₊ρ₁ = S₁₀                                  L₋ρ₂ = b(2QS₁₀ρ₁ + Λρ₁ − 2T₂₀)

With λ_s = −bλ and b_s = −b²/2 what remains of the equation is Φ_P = O(b⁵ + bλ² + λ⁴). Source: Li, Section 2, with the
last term of T₄₀ and the factor Q of ρ₂ put right: without the former Φ_P is of order b⁴.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.half_wave.ground_state import SCALE, GroundState, ground_state
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.linearized import LinearizedOperators
from parallel_nls.numerics.arrays import ComplexArray, RealArray

_LARGEST = 0.1  # of a term of Q_P
POINTS = 256
"""The functions of the profile fall more slowly in ξ than Q."""


@dataclass(frozen=True, eq=False)
class BlowUpProfile:
    """The functions of which Q_P consists: normalised coefficients, (N,), of even functions.

    Attributes
    ----------
    state : GroundState
        Q, with its axis.
    curvature : float
        k''(0).
    S10, T20, S30, T40, rho1, rho2 : ndarray
        Of b; ρ₂ for b = 1.
    T02 : ndarray
        For this k''(0).
    defects : dict of str to float
        (Q, right side)/‖Q‖ of the equations with L₋: 0 to rounding.

    Notes
    -----
    *Communication*: all local.
    """

    state: GroundState
    curvature: float
    S10: RealArray
    T20: RealArray
    T02: RealArray
    S30: RealArray
    T40: RealArray
    rho1: RealArray
    rho2: RealArray
    defects: dict[str, float]

    @cached_property
    def e1(self) -> float:
        """½(L₋S₁₀, S₁₀) = ½(ΛQ, S₁₀): the energy of Q_P is e₁b² + …."""
        axis = self.state.axis
        return 0.5 * axis.inner(axis.Lambda(self.state.coefficients), self.S10)

    @cached_property
    def fourth_moment(self) -> float:
        """I₄ = ∫ y²Q⁴."""
        axis = self.state.axis
        return float((axis.amplitude**2 * axis.x**2 * self.state.values**4).sum())

    @cached_property
    def m4(self) -> float:
        """2(Q, T₄₀) + ‖T₂₀‖² + 2(S₁₀, S₃₀): the coefficient of b⁴ in the mass of Q_P, that of b² being 0."""
        inner = self.state.axis.inner
        return 2 * inner(self.state.coefficients, self.T40) + inner(self.T20, self.T20) + 2 * inner(self.S10, self.S30)

    def at(self, b: float, scale: float = 0.0) -> ComplexArray:
        """Q_P(b, λ = scale)."""
        real = self.state.coefficients + b**2 * self.T20 + scale**2 * self.T02 + b**4 * self.T40
        result: ComplexArray = real + 1j * (b * self.S10 + b**3 * self.S30)
        return result

    def b_derivative(self, b: float) -> ComplexArray:
        """∂_bQ_P."""
        return 2 * b * self.T20 + 4 * b**3 * self.T40 + 1j * (self.S10 + 3 * b**2 * self.S30)

    def scale_derivative(self, scale: float) -> RealArray:
        """∂_λQ_P."""
        return 2 * scale * self.T02

    @property
    def largest_scale(self) -> float:
        """The λ of ‖λ²T₀₂‖ = 0.1, which is ‖bS₁₀‖ of the largest b: 1.31/√|k''(0)|. Infinite where k = 1."""
        size = self.state.axis.norm(self.T02)
        return math.sqrt(_LARGEST / size) if size else math.inf

    def check_scale(self, scale: float) -> None:
        """Refuse a scale at which Q_P is no profile.

        Raises
        ------
        UserError
            It is not below `largest_scale`.
        """
        if not scale < self.largest_scale:
            raise UserError(
                f"scale = {scale!r} of the blow-up profile must be below {self.largest_scale:.4g}, 1.31/√|k''(0)|, "
                "beyond which k varies within it, and it is no profile; give less"
            )

    def variation(self, scale: float) -> float:
        """λ²|k''(0)|, by how much k varies within a wave of this scale. *Communication*: local."""
        return scale**2 * abs(self.curvature)

    def rho(self, b: float) -> ComplexArray:
        """ρ = ρ₁ + iρ₂."""
        return self.rho1 + 1j * b * self.rho2

    def residual(self, b: float, scale: float, k: Inhomogeneity) -> ComplexArray:
        """Φ_P = (ib²/2)∂_bQ_P + ibλ∂_λQ_P + DQ_P + Q_P − ibΛQ_P − k(λy)|Q_P|²Q_P."""
        axis, q = self.state.axis, self.at(b, scale)
        moved = 0.5j * b**2 * self.b_derivative(b) + 1j * b * scale * self.scale_derivative(scale)
        values = axis.values(q)
        cubic = axis.coefficients(k.value(scale * axis.x) * np.abs(values) ** 2 * values)
        return moved + axis.D(q) + q - 1j * b * axis.Lambda(q) - cubic


@cache
def blow_up_profile(curvature: float = 0.0, points: int = POINTS, scale: float = SCALE) -> BlowUpProfile:
    """Solve the equations of the profile; kept for the rest of the process.

    Parameters
    ----------
    curvature : float
        k''(0).
    points, scale : int, float
        Of the axis.

    Raises
    ------
    UserError
        The axis does not resolve Q.

    Notes
    -----
    *Communication*: local.
    """
    state = ground_state(points, scale)
    axis, operators, Q = state.axis, LinearizedOperators(state), state.values
    Lambda, to_values = axis.Lambda, axis.values
    defects: dict[str, float] = {}

    S10, defects["S10"] = operators.solve_minus(Lambda(state.coefficients))
    s = to_values(S10)
    T20 = operators.solve_plus(S10 / 2 - Lambda(S10) + axis.coefficients(s**2 * Q))
    t = to_values(T20)
    T02 = operators.solve_plus(axis.coefficients(curvature / 2 * axis.x**2 * Q**3))
    S30, defects["S30"] = operators.solve_minus(Lambda(T20) - T20 + axis.coefficients(2 * Q * t * s + s**3))
    cubic = axis.coefficients(3 * Q * t**2 + 2 * Q * s * to_values(S30) + s**2 * t)
    T40 = operators.solve_plus(1.5 * S30 - Lambda(S30) + cubic)
    rho1 = operators.solve_plus(S10)
    product = axis.coefficients(2 * Q * s * to_values(rho1))
    rho2, defects["rho2"] = operators.solve_minus(product + Lambda(rho1) - 2 * T20)
    return BlowUpProfile(state, curvature, S10, T20, T02, S30, T40, rho1, rho2, defects)
