"""The decomposition of a solution into the moving profile and a remainder.

    u(x) = λ^{−1/2}[Q_P + ε](x/λ)·e^{iγ},    Im ∫ conj(f) ε = 0 for f = ΛQ_P, ∂_bQ_P, ρ      (Li, 3.1 and 3.4)

By Newton's method in (log λ, b, γ) with exact derivatives: w(y) = λ^{1/2}u(λy)e^{−iγ} has λ∂_λw = Λw and ∂_γw = −iw.
The same derivatives give how fast the parameters move, from u_t at this moment alone.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.rational import AnyArray, RationalAxis

NEWTON_STEPS = 20
SETTLED = 1e-13
LARGEST_CHANGE = 0.3  # of log λ and γ in one step of Newton's method


@dataclass(frozen=True)
class Parameters:
    """(λ, b, γ); γ is a continuous angle where predictions carry it on."""

    scale: float
    b: float
    phase: float


@dataclass(frozen=True)
class Rates:
    """λ_s/λ + b, b_s + b²/2 and γ_s − 1, s being ∫dt/λ: Mod(t) is the largest modulus."""

    scale: float
    b: float
    phase: float

    @property
    def size(self) -> float:
        """Mod(t)."""
        return max(abs(self.scale), abs(self.b), abs(self.phase))


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Parameters, and ε(y) on the axis of the profile.

    Attributes
    ----------
    parameters : Parameters
    remainder : ndarray, (N,)
        Normalised coefficients of ε.
    remainder_l2, remainder_half : float
        ‖ε‖ and ‖D^{1/2}ε‖.
    steps : int
        Of Newton's method.
    """

    parameters: Parameters
    remainder: ComplexArray
    remainder_l2: float
    remainder_half: float
    steps: int


class Decomposer:
    """Finds the decomposition of even functions.

    Parameters
    ----------
    profile : BlowUpProfile
        For the k''(0) of the equation.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, profile: BlowUpProfile) -> None:
        self.profile, self.axis = profile, profile.state.axis
        self.law = RefinedLaw.of(profile)

    def guess(self, axis: RationalAxis, coefficients: AnyArray, frame: float = 1.0) -> Parameters:
        """Parameters to begin with: λ = ‖u‖²/‖D^{1/2}u‖², γ and b from the pairings with Q and S₁₀."""
        scale = frame * axis.inner(coefficients, coefficients) / axis.inner(coefficients, axis.D(coefficients))
        w = self._scaled(axis, coefficients, scale / frame)
        phase = cmath.phase(complex(np.vdot(self.profile.state.coefficients, w)))
        S10 = self.profile.S10
        b = float(np.vdot(S10, w * cmath.exp(-1j * phase)).imag) / self.axis.inner(S10, S10)
        return Parameters(scale, b, phase)

    def predict(self, last: Parameters, elapsed: float) -> Parameters:
        """Where parameters are after a time, by the law of the profile: the start of the next decomposition."""
        natural = elapsed / last.scale
        # To the middle of the interval and on, since λ changes along it.
        for _ in range(2):
            b = last.b + self.law.b_rate(last.b, last.scale) * natural
            middle = 0.5 * (last.b + b)
            scale = last.scale * math.exp(-middle * natural)
            natural = elapsed / math.sqrt(last.scale * scale)
        return Parameters(scale, b, last.phase + natural)

    def _scaled(self, axis: RationalAxis, coefficients: AnyArray, factor: float) -> ComplexArray:
        values = axis.evaluate(coefficients, factor * self.axis.x)
        return np.asarray(math.sqrt(factor) * self.axis.coefficients(values))

    def __call__(
        self, axis: RationalAxis, coefficients: AnyArray, guess: Parameters, frame: float = 1.0
    ) -> Decomposition:
        """Decompose u(x) = Λ^{−1/2}v(x/Λ).

        Parameters
        ----------
        axis : RationalAxis
        coefficients : ndarray, (N,)
            Of v, even, normalised.
        guess : Parameters
            From `guess`, or from `predict`.
        frame : float
            Λ.

        Raises
        ------
        UserError
            Newton's method does not converge: the function is not near the profile.
        """
        scale, b, phase = guess.scale, guess.b, guess.phase
        for step in range(1, NEWTON_STEPS + 1):
            w = self._scaled(axis, coefficients, scale / frame) * cmath.exp(-1j * phase)
            defect, jacobian = self._system(w, scale, b)
            change = np.linalg.solve(jacobian, -defect)
            shrink = min(1.0, LARGEST_CHANGE / max(abs(change[0]), abs(change[2]), 1e-300))
            if not math.isfinite(shrink) or not np.isfinite(change).all():
                break
            scale *= math.exp(shrink * change[0])
            b, phase = b + shrink * change[1], phase + shrink * change[2]
            if np.abs(change).max() <= SETTLED:
                return self._result(axis, coefficients, Parameters(scale, float(b), float(phase)), frame, step)
        raise UserError("the function is too far from the blow-up profile to be decomposed: Newton's method fails")

    def _result(
        self, axis: RationalAxis, coefficients: AnyArray, found: Parameters, frame: float, steps: int
    ) -> Decomposition:
        w = self._scaled(axis, coefficients, found.scale / frame) * cmath.exp(-1j * found.phase)
        remainder = w - self.profile.at(found.b, found.scale)
        half = math.sqrt(max(self.axis.inner(remainder, self.axis.D(remainder)), 0.0))
        return Decomposition(found, remainder, self.axis.norm(remainder), half, steps)

    def _system(self, w: ComplexArray, scale: float, b: float) -> tuple[RealArray, RealArray]:
        """The three pairings, and their derivatives by (log λ, b, γ)."""
        p, Lambda = self.profile, self.axis.Lambda
        by_b, by_scale = p.b_derivative(b), scale * p.scale_derivative(scale)
        epsilon = w - p.at(b, scale)
        tests = (Lambda(p.at(b, scale)), by_b, p.rho(b))
        changes = (Lambda(w) - by_scale, -by_b, -1j * w)
        zero = np.zeros_like(w)
        # How the functions that are paired with change themselves, by log λ and b.
        moved = (
            (Lambda(by_scale).astype(np.complex128), Lambda(by_b), zero),
            (zero, 2 * p.T20 + 12 * b**2 * p.T40 + 6j * b * p.S30, zero),
            (zero, 1j * p.rho2, zero),
        )
        defect = np.array([np.vdot(f, epsilon).imag for f in tests])
        jacobian = np.array(
            [
                [
                    np.vdot(f, change).imag + np.vdot(shift, epsilon).imag
                    for change, shift in zip(changes, row, strict=True)
                ]
                for f, row in zip(tests, moved, strict=True)
            ]
        )
        return defect, jacobian

    def rates(self, found: Decomposition, k: Inhomogeneity) -> Rates:
        """How the parameters of a decomposition move, from the equation.

        The pairings stay 0: i w_s = Dw − k(λy)|w|²w at fixed parameters changes them by as much as these make up for.
        """
        scale, b = found.parameters.scale, found.parameters.b
        w = self.profile.at(b, scale) + found.remainder
        _, jacobian = self._system(w, scale, b)
        values = self.axis.values(w)
        force = self.axis.coefficients(k.value(scale * self.axis.x) * np.abs(values) ** 2 * values)
        moving = -1j * (self.axis.D(w) - force)
        tests = (self.axis.Lambda(self.profile.at(b, scale)), self.profile.b_derivative(b), self.profile.rho(b))
        change = np.linalg.solve(jacobian, -np.array([np.vdot(f, moving).imag for f in tests]))
        return Rates(float(change[0]) + b, float(change[1]) + b**2 / 2, float(change[2]) - 1)
