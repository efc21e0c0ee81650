"""The L²-critical nonlinear Schrödinger equation in the plane,   i u_t + Δu + |u|²u = 0.

Conserved: mass ∫|u|², energy ½∫|∇u|² − ¼∫|u|⁴, momentum Im∫ū∇u. Exact blow-up solutions: the pseudo-conformal bubbles
of `profiles.bubbles`. Units are dimensionless; u(t, x) ↦ μu(μ²t, μx) is a symmetry and keeps the mass.
"""

from __future__ import annotations

from parallel_nls.equations.flows import CubicPhase, FreeSchroedinger
from parallel_nls.spectral.domain import FourierDomain


class CubicNLS:
    """Flows and energy of i u_t + Δu + |u|²u = 0, d = 2.

    Parameters
    ----------
    domain : FourierDomain
        A plane.

    Attributes
    ----------
    kick : Flow
        i u_t + |u|²u = 0, in physical space.
    drift : Flow
        i u_t + Δu = 0, in Fourier space.

    Notes
    -----
    *Communication*: local.
    """

    dimension = 2
    name = "nls"

    def __init__(self, domain: FourierDomain) -> None:
        self.domain = domain
        self.kick = CubicPhase()
        self.drift = FreeSchroedinger(domain, axis=0)

    @staticmethod
    def energy(gradient: float, quartic: float) -> float:
        """Energy ½‖∇u‖² − ¼∫|u|⁴ from ``gradient`` = ‖∇u‖² and ``quartic`` = ∫|u|⁴. *Communication*: local."""
        return 0.5 * gradient - 0.25 * quartic
