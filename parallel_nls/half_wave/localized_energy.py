"""The localized energy J_A of the remainder, and the identity for its derivative, with every term.

With u = Q̃ + ε̃, w = Aφ'(x/(Aλ)), B = ½(wp + pw), p = −i∂_x, and iQ̃_t − DQ̃ + k|Q̃|²Q̃ = ψ (Li, 4.8 and 4.9),

    J_A = ½‖D^{1/2}ε̃‖² + ‖ε̃‖²/(2λ) − ∫k[F(u) − F(Q̃) − F'(Q̃)·ε̃] + ½b(ε̃, Bε̃),    F = ¼|u|⁴
    (ε̃, i[D, B]ε̃) = (1/λ)∫√s∫φ''|∂_xε̃_s|² dx ds − 1/(4A²λ³)·∫√s∫φ''''|ε̃_s|² dx ds,    ε̃_s = √(2/π)(−Δ + s)⁻¹ε̃

In eigenvectors of D the integral over s is done: ∫√s∫W|∂_xf_s|² = Σ_ij 2ω_iω_j/(ω_i + ω_j)·conj(c_i)c_j∫W g_i g_j;
without derivatives the factor is 2/(ω_i + ω_j).
"""

from __future__ import annotations

import cmath
from dataclasses import dataclass
from typing import Literal

import numpy as np

from parallel_nls.half_wave.cutoff import cutoff_derivatives
from parallel_nls.half_wave.free_flow import eigenbasis
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.modulation import Decomposition, Rates
from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.rational import AnyArray, RationalAxis

Method = Literal["closed", "quadrature"]


@dataclass(frozen=True)
class Motion:
    """How the parameters and the profile move: λ_t, b_t, and coefficients of Q̃_t."""

    scale: float
    b: float
    profile: ComplexArray


@dataclass(frozen=True)
class Localization:
    """λ, b, A of J_A."""

    scale: float
    b: float
    cutoff: float


@dataclass(frozen=True)
class Decomposed:
    """A solution that is decomposed, as `LocalizedEnergy` takes it.

    Attributes
    ----------
    axis : RationalAxis
        Of y, stretched by λ: with it coefficients keep their numbers.
    Q, epsilon : ndarray, (N,)
        Q̃ = λ^{−1/2}Q_P(x/λ)e^{iγ}, and ε̃.
    motion : Motion
    """

    axis: RationalAxis
    Q: ComplexArray
    epsilon: ComplexArray
    motion: Motion

    @classmethod
    def of(cls, profile: BlowUpProfile, found: Decomposition, rates: Rates, axis: RationalAxis) -> Decomposed:
        """From a decomposition and its rates, on an axis of y that resolves the cut-off. *Communication*: local."""
        p, own = found.parameters, profile.state.axis
        turn = cmath.exp(1j * p.phase)
        # By s, which is λ times by t.
        scale, b, phase = rates.scale - p.b, rates.b - p.b**2 / 2, rates.phase + 1
        q = profile.at(p.b, p.scale)
        moved = b * profile.b_derivative(p.b) + scale * (p.scale * profile.scale_derivative(p.scale) - own.Lambda(q))
        functions = (q, found.remainder, (moved + 1j * phase * q) / p.scale)
        Q, epsilon, profile_rate = (turn * own.resampled(f, axis) for f in functions)
        motion = Motion(scale, b / p.scale, profile_rate)
        return cls(RationalAxis(axis.points, axis.scale * p.scale), Q, epsilon, motion)


class LocalizedEnergy:
    """J_A on an axis; functions are normalised coefficients of even functions of x, (N,).

    Parameters
    ----------
    axis : RationalAxis
        Of x, not of x/λ: that of a frame has its scale times Λ, and the same normalised coefficients.
    k : Inhomogeneity

    Notes
    -----
    φ' is smooth, but not analytic: it takes 384 points or more, and a scale near Aλ. *Communication*: all local.
    """

    def __init__(self, axis: RationalAxis, k: Inhomogeneity) -> None:
        self.axis = axis
        self._k, self._slope = k.value(axis.x), k.slope(axis.x)
        self._weights = axis.amplitude**2
        frequencies, self._even, self._odd = eigenbasis(axis.points)
        self._frequencies: RealArray = frequencies / axis.scale

    def _values(self, coefficients: AnyArray) -> ComplexArray:
        return np.asarray(self.axis.values(np.asarray(coefficients, dtype=np.complex128)))

    def _derivative(self, coefficients: AnyArray) -> ComplexArray:
        return np.asarray(self.axis.values(self.axis.derivative(coefficients), "odd"))

    def _integral(self, values: ComplexArray | RealArray) -> complex:
        return complex((self._weights * values).sum())

    def terms(self, Q: AnyArray, epsilon: AnyArray, at: Localization) -> dict[str, float]:
        """The four terms of J_A: kinetic, mass, nonlinear (to be subtracted) and virial."""
        axis, q, e = self.axis, self._values(Q), self._values(epsilon)
        u = q + e
        excess = (np.abs(u) ** 4 - np.abs(q) ** 4) / 4 - np.real(np.abs(q) ** 2 * q * e.conj())
        w, _, _ = cutoff_derivatives(axis.x / (at.cutoff * at.scale))
        flux = self._integral(at.cutoff * w * self._derivative(epsilon) * e.conj()).imag
        return {
            "kinetic": 0.5 * axis.inner(epsilon, axis.D(epsilon)),
            "mass": 0.5 * axis.inner(epsilon, epsilon) / at.scale,
            "nonlinear": self._integral(self._k * excess).real,
            "virial": 0.5 * at.b * flux,
        }

    def value(self, Q: AnyArray, epsilon: AnyArray, at: Localization) -> float:
        """J_A."""
        terms = self.terms(Q, epsilon, at)
        return terms["kinetic"] + terms["mass"] - terms["nonlinear"] + terms["virial"]

    def s_integral(
        self, epsilon: AnyArray, weight: RealArray, *, gradient: bool = True, method: Method = "closed"
    ) -> float:
        """∫√s∫W|∂_xε_s|² dx ds, or of |ε_s|², for values W(x_j) of a weight.

        Parameters
        ----------
        epsilon : ndarray, (N,)
        weight : ndarray, (N,)
            Without ``gradient`` of zero mean, as φ'''' is.
        gradient : bool
        method : {"closed", "quadrature"}
            The sum over pairs of frequencies; or the trapezoidal rule in ½log s, which is there to check it.
        """
        frequencies = self._frequencies
        spectrum = self._even.T @ (epsilon @ self.axis.cosines)
        functions = self._odd if gradient else self._even
        moments = spectrum * frequencies if gradient else spectrum
        if method == "closed":
            pairs = 2 / (frequencies[:, None] + frequencies[None, :])
            overlaps = functions.T @ (weight[:, None] * functions)
            return float(np.vdot(moments, (pairs * overlaps) @ moments).real)
        return self._trapezoidal(moments, functions, weight)

    def _trapezoidal(self, moments: AnyArray, functions: RealArray, weight: RealArray) -> float:
        frequencies, step = self._frequencies, 0.25
        tau = np.arange(np.log(1e-6 * frequencies[0]), np.log(1e4 * frequencies[-1]), step)
        total = 0.0
        for root in np.exp(tau):
            values = functions @ (moments / (frequencies**2 + root**2))
            total += 2 * step * root**3 * float((weight * np.abs(values) ** 2).sum())
        # Beyond the last s: (−Δ + s)⁻² is s⁻² there.
        last = float(np.exp(tau[-1] + step / 2))
        values = functions @ moments
        tail = 2 / last * float((weight * np.abs(values) ** 2).sum())
        return float(2 / np.pi * (total + tail))

    def derivative(self, Q: AnyArray, epsilon: AnyArray, at: Localization, motion: Motion) -> dict[str, float]:
        """DJ_A/dt by its terms, whose sum is exact.

        Parameters
        ----------
        Q, epsilon : ndarray, (N,)
            Q̃ and ε̃, of sum u, a solution.
        at : Localization
        motion : Motion
            By which Q̃, λ and b move at this moment, whatever it is.

        Returns
        -------
        dict of str to float
            The terms of (4.9) in its order: pair, profile, mass, gradient, bilaplacian, virial, slope (with k'), psi;
            and what is of higher order there: parameters, cubic.
        """
        axis, lam, b = self.axis, at.scale, at.b
        q, e, q_t = self._values(Q), self._values(epsilon), self._values(motion.profile)
        e_x, q_x = self._derivative(epsilon), self._derivative(Q)
        first, second, fourth = cutoff_derivatives(axis.x / (at.cutoff * lam))
        w, w_x, k = at.cutoff * first, second / lam, self._k
        force = k * np.abs(q) ** 2 * q
        psi = 1j * motion.profile - axis.D(Q) + axis.coefficients(force)
        p, p_x, Dp = self._values(psi), self._derivative(psi), self._values(axis.D(psi))
        square, cube = 2 * np.abs(e) ** 2 * q + e**2 * q.conj(), np.abs(e) ** 2 * e
        Be = -1j * (w * e_x + w_x * e / 2)
        pulled = -Dp - p / lam + k * (2 * np.abs(q) ** 2 * p - q**2 * p.conj()) + 1j * b * (w * p_x + w_x * p / 2)
        slope = np.abs(q) ** 2 * np.abs(e) ** 2 + np.real(q**2 * e.conj() ** 2) / 2
        size = axis.inner(epsilon, epsilon)
        flux, flux_moved = (self._integral(f * e_x * e.conj()).imag for f in (w, -motion.scale / lam * axis.x * w_x))
        both = square + cube
        return {
            "pair": -self._integral(k * q**2 * e.conj() ** 2).imag / lam,
            "profile": -self._integral(k * q_t * square.conj()).real,
            "mass": b / (2 * lam**2) * size,
            "gradient": b / (2 * lam) * self.s_integral(epsilon, second),
            "bilaplacian": -b / (8 * at.cutoff**2 * lam**3) * self.s_integral(epsilon, fourth, gradient=False),
            "virial": b * self._integral(w * k * square * q_x.conj()).real,
            "slope": b * self._integral(w * self._slope * slope).real,
            "psi": self._integral(pulled * e.conj()).imag,
            "parameters": -(motion.scale + b) / (2 * lam**2) * size + (motion.b * flux + b * flux_moved) / 2,
            "cubic": self._integral(k * square.conj() * e).imag / lam
            - self._integral(k * cube * q_t.conj()).real
            - self._integral(k * p.conj() * both).imag
            + b * self._integral(k * both.conj() * Be).imag,
        }

    def remainder_rate(self, Q: AnyArray, epsilon: AnyArray, motion: Motion) -> ComplexArray:
        """Coefficients of ε̃_t = u_t − Q̃_t."""
        u = self._values(Q + epsilon)
        force = self.axis.coefficients(self._k * np.abs(u) ** 2 * u)
        return np.asarray(-1j * (self.axis.D(Q + epsilon) - force) - motion.profile)
