"""Energies of Gaussian states, couplings above which they are negative, and the times by which the solution has ended.

A component is φ ∝ exp(−r²/(2s²) + i c r²), of mass 1, with width s and chirp c:

    V₁ = ∫|x|²|φ|² = ds²/2,   V₁' = 8cV₁,   K = ∫|∇φ|² = d/(2s²) + 4c²V₁,   E = ½K + (μ/4)⟨V⟩,

⟨V⟩ = E V(s·N(0, I_d)). Where the theorem applies V₁'' ≤ 16E, so that the solution ends before V₁ + V₁'t + 8Et² does. A
mixture γ⁽ᵏ⁾ = Σ p_j |φ_j⟩⟨φ_j|^{⊗k} ends with the first of its components, each of which moves alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import RadialPotential

CRITICAL_MASS = 2.85278430076
"""‖Q‖² of −ΔQ + Q = (|x|^{−2} * Q²)Q in d = 3, good to all digits; see `critical_state`. V = g|x|^{−2} and a state of
mass 1 can blow up for g above it only."""


@dataclass(frozen=True)
class GaussianComponent:
    """One component exp(−r²/(2 width²) + i chirp r²) of a mixture, normalised to mass 1; dimensionless.

    Attributes
    ----------
    width : float
        s > 0.
    chirp : float
        c.
    weight : float
        p of the mixture.
    """

    width: float
    chirp: float = 0.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.width < math.inf:
            raise UserError(f"width = {self.width!r} of a Gaussian component must be positive")

    def variance(self, dimension: int = 3) -> float:
        """V₁. *Communication*: local."""
        return dimension * self.width * self.width / 2

    def variance_rate(self, dimension: int = 3) -> float:
        """V₁' at the start. *Communication*: local."""
        return 8 * self.chirp * self.variance(dimension)

    def kinetic(self, dimension: int = 3) -> float:
        """K = ∫|∇φ|². *Communication*: local."""
        return dimension / (2 * self.width * self.width) + 4 * self.chirp * self.chirp * self.variance(dimension)

    def energy(self, potential: RadialPotential, dimension: int = 3, coupling: float = -1.0) -> float:
        """E, without the weight. *Communication*: local."""
        return self.kinetic(dimension) / 2 + coupling / 4 * potential.gaussian_mean(self.width, dimension)

    def virial_time(self, potential: RadialPotential, dimension: int = 3, coupling: float = -1.0) -> float:
        """T* of this component alone; see `virial_time`. *Communication*: local."""
        energy = self.energy(potential, dimension, coupling)
        return virial_time(energy, self.variance(dimension), self.variance_rate(dimension))


def gaussian_threshold(potential: RadialPotential, width: float = 1.0, dimension: int = 3) -> float:
    """The g above which g·V makes the energy of a Gaussian without chirp negative, for μ = −1: d/(s²⟨V⟩).

    Returns
    -------
    float
        Infinite where ⟨V⟩ ≤ 0.

    Notes
    -----
    *Communication*: local.
    """
    mean = potential.gaussian_mean(width, dimension)
    return dimension / (width * width * mean) if mean > 0 else math.inf


def virial_time(energy: float, variance: float, rate: float, backward: bool = False) -> float:
    """T*, the first zero t > 0 of V₁ + V₁'t + 8Et²: (−V₁' − √(V₁'² − 32EV₁))/(16E); backward the last one t < 0.

    It bounds the time of existence where V + ½x·∇V ≤ 0 (`admissibility`), and says nothing elsewhere.

    Parameters
    ----------
    energy, variance, rate : float
        E, V₁ > 0 and V₁' at the start.
    backward : bool, optional
        Whether the wave is followed to times before.

    Returns
    -------
    float
        Infinite, backward −inf, if there is no zero: for E ≥ 0 unless V₁' < 0 (backward > 0) is large enough.

    Notes
    -----
    *Communication*: local.
    """
    if backward:  # The conjugate wave moves so forward: V₁' has the other sign.
        return -virial_time(energy, variance, -rate)
    square = rate * rate - 32 * energy * variance
    if square < 0 or (energy >= 0 and rate >= 0):
        return math.inf
    root = math.sqrt(square)
    # Of two forms of the same quotient the one without a difference of like numbers.
    return (-rate - root) / (16 * energy) if rate > 0 else 2 * variance / (root - rate)


def mixture_energy(
    potential: RadialPotential, components: Sequence[GaussianComponent], dimension: int = 3, coupling: float = -1.0
) -> float:
    """Σ p_j E_j. *Communication*: local."""
    return math.fsum(part.weight * part.energy(potential, dimension, coupling) for part in components)


def mixture_virial_time(
    potential: RadialPotential, components: Sequence[GaussianComponent], dimension: int = 3, coupling: float = -1.0
) -> float:
    """The least T* of all components; E < 0 of the mixture is not needed. *Communication*: local."""
    return min((part.virial_time(potential, dimension, coupling) for part in components), default=math.inf)
