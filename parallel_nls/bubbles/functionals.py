"""The functionals of the uniqueness proof, as numbers: localized mass, virial functionals, energies.

From integrals over one field and the parameters of its decomposition (Cao, Su & Zhang). Notation: R = v - ΣU_k,
R_k = RΦ_k, y = (x - α_k)/λ_k; ‖Q‖², ‖yQ‖² are those of the ground state.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.fit.conditions import amplitudes
from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS
from parallel_nls.bubbles.functional_sums import (
    BEYOND_LINEAR,
    GRADIENT,
    LINEAR,
    MASS,
    MORAWETZ,
    OF_BUBBLE,
    OVERLAP,
    QUADRATIC,
    REMAINDER,
)
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state


@dataclass(frozen=True, eq=False)
class Functionals:
    """Integrals of `functional_sums`, and what follows from them.

    Attributes
    ----------
    parameters : Parameters
        Of the K bubbles.
    of_bubbles : ndarray, (K, 13)
        Integrals of each bubble.
    of_field : ndarray, (4,)
        Integrals of the field.

    Notes
    -----
    *Communication*: local.
    """

    parameters: Parameters
    of_bubbles: RealArray
    of_field: RealArray

    @classmethod
    def of(cls, parameters: Parameters, integrals: RealArray) -> Functionals:
        """From the (13K + 4,) integrals in the order of `functional_sums`."""
        size = OF_BUBBLE * parameters.count
        return cls(parameters, integrals[:size].reshape(-1, OF_BUBBLE), integrals[size:])

    @property
    def pairings(self) -> RealArray:
        """The pairings with all of R, (K, 9)."""
        return self.of_bubbles[:, :PAIRINGS]

    @property
    def remainder_l2(self) -> float:
        """‖R‖₂."""
        return float(np.sqrt(self.of_field[MASS]))

    @property
    def remainder_gradient(self) -> float:
        """‖∇R‖₂."""
        return float(np.sqrt(self.of_field[GRADIENT]))

    @property
    def localized_remainder(self) -> RealArray:
        """∫|R|²Φ_k, (K,)."""
        return self.of_bubbles[:, REMAINDER]

    @property
    def localized_mass(self) -> RealArray:
        """M_k = 2Re⟨R_k, U_k⟩ + ∫|R|²Φ_k, (K,) (eq. 2.55)."""
        return 2 * amplitudes(self.parameters) * self.of_bubbles[:, OVERLAP] + self.localized_remainder

    @property
    def morawetz(self) -> RealArray:
        """Im∫(∇χ_A)(y)·∇R R̄ Φ_k, (K,)."""
        return self.of_bubbles[:, MORAWETZ]

    def told_apart(self, others: Functionals) -> float:
        """By how much what other points say of R near the bubbles differs, of ‖R‖ and ‖R‖²: how rough R is for them.

        Times a scaled change of the bubbles, of ‖R‖, it is the relative error with which these points tell what
        functionals change by, as measured on R of wavenumbers up to 60/λ. Of pairings, which are linear in R, ten times
        as much counts: a gradient shows what they hardly do.
        """
        size, scale = self.remainder_l2, float(self.parameters.scale.min())
        linear = amplitudes(self.parameters)[:, None] * (self.pairings - others.pairings)
        quadratic = float(self.of_field[QUADRATIC] - others.of_field[QUADRATIC])
        return max(10 * float(np.abs(linear).max()) / size, abs(quadratic) * (scale / size) ** 2)

    def localized_virial(self) -> float:
        """½Σ Im∫(∇χ_A)(y)·∇R R̄ Φ_k - Σ γ_k/(4λ_k)·‖yQ‖² (eq. 3.56)."""
        ratio = self.parameters.chirp / self.parameters.scale
        return float(np.sum(0.5 * self.morawetz - 0.25 * ratio * self._moment))

    def modified_localized_virial(self) -> float:
        """Σ γ_k/(2λ_k)·Im∫(∇χ_A)(y)·∇R R̄ Φ_k - Σ γ_k²/(8λ_k²)·‖yQ‖² (eq. 3.103)."""
        ratio = self.parameters.chirp / self.parameters.scale
        return float(np.sum(0.5 * ratio * self.morawetz - 0.125 * ratio**2 * self._moment))

    def generalized_energy(self) -> float:
        """½‖∇R‖² + ½Σ λ_k^{-2}∫|R|²Φ_k - ∫F(v) - F(U) - Re f(U)R̄ + Σ γ_k/(2λ_k)·Im∫(∇χ_A)(y)·∇R R̄ Φ_k (eq. 4.14)."""
        ratio = self.parameters.chirp / self.parameters.scale
        quadratic = self.of_field[GRADIENT] + np.sum(self.localized_remainder / self.parameters.scale**2)
        return float(0.5 * quadratic - self.of_field[BEYOND_LINEAR] + np.sum(0.5 * ratio * self.morawetz))

    def energy_expansion(self) -> RealArray:
        """E₀, E₁, E₂ and -ΣM_k/(2λ_k²) of the energy about the bubbles, (4,) (eq. 3.33, 3.35).

        E₀ = Σ|β|²/(2λ²)·‖Q‖² + γ²/(8λ²)·‖yQ‖²,
        E₁ = Σλ^{-2} Re∫{|g|²Q - i(2g·∇Q - γd/2·Q)}e^{iφ}R̄_k with g = β - γy/2,
        E₂ = ½Re∫|∇R|² + Σλ^{-2}|R|²Φ_k - (1 + 2/d)|U|^{4/d}|R|² - 2/d·|U|^{4/d-2}U²R̄².
        """
        own, state = self.parameters, ground_state(self.parameters.dimension)
        inverse = 1 / own.scale**2
        boosts = (own.boost**2).sum(axis=1)
        zeroth = np.sum(inverse * (0.5 * boosts * state.mass + 0.125 * own.chirp**2 * self._moment))
        first = np.sum(inverse * amplitudes(own) * self.of_bubbles[:, LINEAR])
        quadratic = self.of_field[GRADIENT] + np.sum(inverse * self.localized_remainder)
        second = 0.5 * (quadratic - self.of_field[QUADRATIC])
        return np.array([zeroth, first, second, -0.5 * np.sum(inverse * self.localized_mass)])

    @property
    def _moment(self) -> float:
        return ground_state(self.parameters.dimension).second_moment
