"""The nonlinear Schrödinger equation   i u_t + Δu + |u|^p u = 0,   by default L²-critical: p = 4/d, d = 1, 2.

Conserved: mass ∫|u|², energy ½∫|∇u|² − 1/(p+2)·∫|u|^{p+2}, momentum Im∫ū∇u. For p = 4/d the scaling
u(t, x) ↦ μ^{2/p} u(μ²t, μx), a symmetry for every p, keeps the mass, and the pseudo-conformal bubbles of
`profiles.bubbles` blow up with exactly the mass of the ground state. Units are dimensionless.
"""

from __future__ import annotations

from functools import cached_property

from parallel_nls.contracts import Integrals, Kick
from parallel_nls.equations.flows import PowerPhase
from parallel_nls.equations.power_equation import PowerEquation


class NLS(PowerEquation):
    """Flows, energy and virial identity of i u_t + Δu + |u|^p u = 0; parameters as of `PowerEquation`."""

    name = "nls"
    conserved = ("mass", "energy", "momentum")

    @cached_property
    def kick(self) -> Kick:
        """The flow of i u_t + |u|^p u = 0, in physical space."""
        return PowerPhase(self.power)

    def energy(self, integrals: Integrals) -> float:
        """½‖∇u‖² − 1/(p+2)·∫|u|^{p+2}. *Communication*: local."""
        return 0.5 * integrals.gradient - integrals.potential / (self.power + 2)

    def variance_acceleration(self, integrals: Integrals) -> float:
        """Second time derivative of ∫|x|²|u|²: 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2}, 16 energy for p = 4/d (Glassey 1977).

        Notes
        -----
        *Communication*: local.
        """
        share = 4 * self.domain.dimension * self.power / (self.power + 2)
        return 8 * integrals.gradient - share * integrals.potential
