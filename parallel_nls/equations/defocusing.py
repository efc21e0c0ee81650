"""The defocusing nonlinear Schrödinger equation   i u_t + Δu − |u|^p u = 0,   d = 1, 2: waves spread, none collapses.

Conserved: mass ∫|u|², energy ½∫|∇u|² + 1/(p+2)·∫|u|^{p+2}, momentum Im∫ū∇u. Units are dimensionless.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from parallel_nls.contracts import Coupling, Integrals, Kick
from parallel_nls.equations.couplings import PowerCoupling
from parallel_nls.equations.flows import PowerPhase
from parallel_nls.equations.power_equation import PowerEquation


class DefocusingNLS(PowerEquation):
    """Flows, energy and virial identity of i u_t + Δu − |u|^p u = 0; parameters as of `PowerEquation`."""

    name = "defocusing-nls"
    conserved = ("mass", "energy", "momentum")
    formulas: ClassVar[Mapping[str, str]] = {
        "energy": "½∫|∇u|² dx + 1/(p+2)·∫|u|^{p+2} dx",
        "virial_residual": "(d/dt variance_rate − a)/|a|, a = 8‖∇u‖² + 4dp/(p+2)·∫|u|^{p+2} dx",
    }

    @cached_property
    def kick(self) -> Kick:
        """The flow of i u_t − |u|^p u = 0, in physical space."""
        return PowerPhase(self.power, sign=-1.0)

    @cached_property
    def coupling(self) -> Coupling:
        """Of −|u|^p."""
        return PowerCoupling(self.power, sign=-1.0)

    def energy(self, integrals: Integrals) -> float:
        """½‖∇u‖² + 1/(p+2)·∫|u|^{p+2}. *Communication*: local."""
        return 0.5 * integrals.gradient + integrals.potential / (self.power + 2)

    def variance_acceleration(self, integrals: Integrals) -> float:
        """Second time derivative of ∫|x|²|u|²: 8‖∇u‖² + 4dp/(p+2)·∫|u|^{p+2}. *Communication*: local."""
        share = 4 * self.domain.dimension * self.power / (self.power + 2)
        return 8 * integrals.gradient + share * integrals.potential
