"""The nonlinear Schrödinger equation   i u_t + Δu + |u|^p u = 0,   by default L²-critical: p = 4/d, d = 1, 2.

Conserved: mass ∫|u|², energy ½∫|∇u|² − 1/(p+2)·∫|u|^{p+2}, momentum Im∫ū∇u. For p = 4/d the scaling
u(t, x) ↦ μ^{2/p} u(μ²t, μx), a symmetry for every p, keeps the mass, and the pseudo-conformal bubbles of
`profiles.bubbles` blow up with exactly the mass of the ground state. Units are dimensionless.
"""

from __future__ import annotations

from typing import cast

from parallel_nls.contracts import Domain, Flow
from parallel_nls.equations.flows import FreeSchroedinger, FreeSchroedingerLine, PowerPhase
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain


class NLS:
    """Flows and energy of i u_t + Δu + |u|^p u = 0.

    Parameters
    ----------
    domain : Domain
        A plane or a line.
    power : float, optional
        p; by default the critical 4/d.

    Attributes
    ----------
    kick : PowerPhase
        i u_t + |u|^p u = 0, in physical space.
    drift : Flow
        i u_t + Δu = 0, in Fourier space.

    Notes
    -----
    *Communication*: local.
    """

    name = "nls"

    def __init__(self, domain: Domain, power: float | None = None) -> None:
        self.domain, self.dimension = domain, domain.dimension
        self.power = 4 / self.dimension if power is None else float(power)
        self.kick = PowerPhase(self.power)
        self.drift: Flow
        if isinstance(domain, LineDomain):
            self.drift = FreeSchroedingerLine(domain)
        else:
            self.drift = FreeSchroedinger(cast(FourierDomain, domain), axis=0)

    def energy(self, gradient: float, potential: float) -> float:
        """Energy ½‖∇u‖² − 1/(p+2)·∫|u|^{p+2} from ``gradient`` = ‖∇u‖² and ``potential`` = ∫|u|^{p+2}."""
        return 0.5 * gradient - potential / (self.power + 2)

    def variance_acceleration(self, gradient: float, potential: float) -> float:
        """Second time derivative of ∫|x|²|u|²: 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2}, 16 energy for p = 4/d (Glassey 1977)."""
        return 8 * gradient - 4 * self.dimension * self.power / (self.power + 2) * potential
