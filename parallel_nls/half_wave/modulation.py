"""The decomposition of a solution into the moving profile and a remainder.

    u(x) = λ^{−1/2}[Q_P + ε](x/λ)·e^{iγ},    Im ∫ conj(f) ε = 0 for f = ΛQ_P, ∂_bQ_P, ρ      (Li, 3.1 and 3.4)

By Newton's method in (log λ, b, γ) with exact derivatives: w(y) = λ^{1/2}u(λy)e^{−iγ} has λ∂_λw = Λw and ∂_γw = −iw.
The same derivatives give how fast the parameters move, from u_t at this moment alone.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.half_wave import profile_functions as functions
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.half_wave.profile_functions import ONCE, ProfileFunctions
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.rational import FINER, AnyArray, RationalAxis

NEWTON_STEPS = 20
Pairing = Callable[[float], ComplexArray]
"""``pairing(λ)``: the pairings (Λˡg, √λ u(λ·)) of `ProfileFunctions` with a function u, (24,)."""
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
        Normalised coefficients of ε on the axis of the profile, which need not hold waves far out.
    remainder_l2, remainder_half : float
        ‖ε‖ and ‖D^{1/2}ε‖, of all that the axis of the solution holds.
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
    Functions are known by their pairings with `ProfileFunctions`, which whoever holds them gives; those on a rational
    axis are decomposed by a call. *Communication*: all local, but for what pairings take.
    """

    def __init__(self, profile: BlowUpProfile) -> None:
        self.profile, self.axis = profile, profile.state.axis
        self.functions, self.law = ProfileFunctions(profile), RefinedLaw.of(profile)

    def guess(self, axis: RationalAxis, coefficients: AnyArray, frame: float = 1.0) -> Parameters:
        """Parameters to begin with, of a function on a rational axis; arguments and errors as of a call."""
        _check_coefficients(axis, coefficients)
        scale = frame * axis.inner(coefficients, coefficients) / axis.inner(coefficients, axis.D(coefficients))
        return self.guess_at(scale, self._pairing(axis, coefficients, frame)(scale))

    def guess_at(self, scale: float, pairings: ComplexArray) -> Parameters:
        """Parameters to begin with: γ and b from the pairings with Q and S₁₀ at λ = ‖u‖²/‖D^{1/2}u‖²."""
        phase = cmath.phase(pairings[0])
        b = (pairings[1] * cmath.exp(-1j * phase)).imag / self.functions.gram[1, 1]
        return Parameters(scale, float(b), phase)

    def predict(self, last: Parameters, elapsed: float, excess: float = 0.0) -> Parameters:
        """Where parameters are after a time, by the law of the profile: the start of the next decomposition.

        The excess of mass is that of the solution; without it the turns of γ are missed where it takes over.
        """
        return Parameters(*self.law.follow(last.scale, last.b, last.phase, elapsed, excess))

    def find(self, pairing: Pairing, guess: Parameters) -> tuple[Parameters, int]:
        """Newton's method.

        Parameters
        ----------
        pairing : callable
            ``pairing(λ)``: the pairings (Λˡg, √λ u(λ·)), (24,).
        guess : Parameters
            From `guess`, or from `predict`.

        Returns
        -------
        Parameters, int
            And the number of steps.

        Raises
        ------
        UserError
            It does not converge: the function is not near the profile.
        """
        scale, b, phase = guess.scale, guess.b, guess.phase
        for step in range(1, NEWTON_STEPS + 1):
            defect, jacobian = self._system(pairing(scale) * cmath.exp(-1j * phase), scale, b)
            if not np.isfinite(jacobian).all():
                break
            change = np.linalg.solve(jacobian, -defect)
            shrink = min(1.0, LARGEST_CHANGE / max(abs(change[0]), abs(change[2]), 1e-300))
            if not math.isfinite(shrink) or not np.isfinite(change).all():
                break
            scale *= math.exp(shrink * change[0])
            b, phase = b + shrink * change[1], phase + shrink * change[2]
            if np.abs(change).max() <= SETTLED:
                return Parameters(scale, float(b), float(phase)), step
        raise UserError("the function is too far from the blow-up profile to be decomposed: Newton's method fails")

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
            There are not N finite coefficients, or Newton's method does not converge: the function is not near the
            profile.
        """
        _check_coefficients(axis, coefficients)
        found, steps = self.find(self._pairing(axis, coefficients, frame), guess)
        w = self._scaled(axis, coefficients, found.scale / frame) * cmath.exp(-1j * found.phase)
        profile = self.profile.at(found.b, found.scale)
        norm, half = self._norms(axis, coefficients * cmath.exp(-1j * found.phase), profile, found.scale / frame)
        return Decomposition(found, w - profile, norm, half, steps)

    def _scaled(self, axis: RationalAxis, coefficients: AnyArray, factor: float) -> ComplexArray:
        """√f·v(fy) as far as the axis of the profile holds it; its own points would take waves far out for others."""
        fine = _finer(self.axis.points, self.axis.scale)
        values = axis.evaluate(coefficients, factor * fine.x)
        return np.asarray(math.sqrt(factor) * fine.coefficients(values)[: self.axis.points])

    def _norms(
        self, axis: RationalAxis, coefficients: ComplexArray, profile: ComplexArray, factor: float
    ) -> tuple[float, float]:
        """‖ε‖ and ‖D^{1/2}ε‖ of √f·v(fy) = Q_P + ε, on the axis of v: waves that run outward are far apart in y."""
        fine = _finer(max(axis.points, self.axis.points), axis.scale)
        rest = np.zeros(fine.points, dtype=np.complex128)
        rest[: axis.points] = coefficients
        rest -= fine.coefficients(self.axis.evaluate(profile, fine.x / factor)) / math.sqrt(factor)
        return fine.norm(rest), math.sqrt(factor * max(fine.inner(rest, fine.D(rest)), 0.0))

    def _pairing(self, axis: RationalAxis, coefficients: AnyArray, frame: float) -> Pairing:
        return lambda scale: self.functions.rows @ self._scaled(axis, coefficients, scale / frame)

    def _system(self, w: ComplexArray, scale: float, b: float) -> tuple[RealArray, RealArray]:
        """The three conditions, and their derivatives by (log λ, b, γ), from the pairings of w."""
        q, by_b, by_scale = functions.profile(b, scale), functions.b_derivative(b), functions.scale_derivative(scale)
        paired, scaled = self.functions.paired, functions.scaled
        # How the functions that are paired with change themselves, by log λ and b.
        moved = (
            (scaled(by_scale), scaled(by_b)),
            (0 * q, functions.second_b_derivative(b)),
            (0 * q, functions.rho_derivative()),
        )

        def with_remainder(f: ComplexArray) -> float:
            """Im (f, ε)."""
            return float((f.conj() @ w - paired(f, q)).imag)

        tests = _tests(b, scale)
        defect = np.array([with_remainder(f) for f in tests])
        jacobian = np.array(
            [
                [
                    # Λ is antisymmetric.
                    -(scaled(f).conj() @ w).imag - paired(f, by_scale).imag + with_remainder(f_scale),
                    -paired(f, by_b).imag + with_remainder(f_b),
                    -(f.conj() @ w).real,
                ]
                for f, (f_scale, f_b) in zip(tests, moved, strict=True)
            ]
        )
        return defect, jacobian

    def rates(self, found: Decomposition, k: Inhomogeneity) -> Rates:
        """How the parameters of a decomposition move, from the equation; of a function on a rational axis."""
        scale, b = found.parameters.scale, found.parameters.b
        w = self.profile.at(b, scale) + found.remainder
        values = self.axis.values(w)
        force: ComplexArray = self.axis.coefficients(k.value(scale * self.axis.x) * np.abs(values) ** 2 * values)
        rows = self.functions.rows
        return self.rates_at(found.parameters, rows @ w, self.functions.moved @ w, rows[:ONCE] @ force)

    def rates_at(self, parameters: Parameters, w: ComplexArray, moved: ComplexArray, force: ComplexArray) -> Rates:
        """How the parameters move, from the equation.

        The conditions stay 0: i w_s = Dw − k(λy)|w|²w at fixed parameters changes them by as much as these make up for.

        Parameters
        ----------
        parameters : Parameters
        w, moved, force : ndarray, (24,), (16,), (16,)
            The pairings (Λˡg, w), (DΛˡg, w) and (Λˡg, k|w|²w).
        """
        _, jacobian = self._system(w, parameters.scale, parameters.b)
        moving = -1j * (moved - force)
        tests = [f[:ONCE] for f in _tests(parameters.b, parameters.scale)]
        change = np.linalg.solve(jacobian, -np.array([(f.conj() @ moving).imag for f in tests]))
        return Rates(float(change[0]) + parameters.b, float(change[1]) + parameters.b**2 / 2, float(change[2]) - 1)


@lru_cache(maxsize=4)
def _finer(points: int, scale: float) -> RationalAxis:
    """An axis of more points, whose first coefficients are those of the axis: a run asks for the same two again."""
    return RationalAxis(FINER * points, scale)


def _check_coefficients(axis: RationalAxis, coefficients: AnyArray) -> None:
    """Refuse those of another axis, which broadcasting might take."""
    if np.shape(coefficients) != (axis.points,) or not np.isfinite(coefficients).all():
        raise ArgumentError(f"coefficients: give {axis.points} finite ones, as axis.coefficients(values)")


def _tests(b: float, scale: float) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """What ε is paired with: ΛQ_P, ∂_bQ_P, ρ."""
    return functions.scaled(functions.profile(b, scale)), functions.b_derivative(b), functions.rho(b)
