"""What equations need not say again: defaults of the contract, from the rate at which phases turn and a symbol.

i u_t = ω(D)u − Φ(|u|², x)u,   energy ½⟨u, ω(k)u⟩ + ∫G(|u|², x) dx with Φ = −2 ∂G/∂|u|².
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from parallel_nls.contracts import Coupling, Density, Domain, Flow, Integrals, Kick
from parallel_nls.equations.couplings import ElementwiseCoupling
from parallel_nls.equations.elementwise import Dispersion, ElementwiseDensity, PhaseRotation
from parallel_nls.equations.flows import free_schroedinger
from parallel_nls.numerics.arrays import RealArray


class SplitEquation:
    """An equation by its functions Φ and G, and its symbol ω; wings and users derive theirs from it.

    A class that derives from it has to give `phase_rate` and `potential`, or `kick` and `density` in their place; by
    default ω = |k|², mass and energy are conserved, no virial identity is known, and a peak sets no time of its own.

    Parameters
    ----------
    domain : Domain
        A line or a plane.

    Notes
    -----
    *Communication*: local.
    """

    name = ""
    conserved: tuple[str, ...] = ("mass", "energy")
    formulas: ClassVar[Mapping[str, str]] = {}

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    @property
    def quadratic(self) -> bool:
        """Whether the symbol is the |k|² of this class."""
        return type(self).symbol is SplitEquation.symbol

    @property
    def has_virial(self) -> bool:
        """Whether this class knows a virial identity."""
        return type(self).variance_acceleration is not SplitEquation.variance_acceleration

    @property
    def has_variance_scale(self) -> bool:
        """Whether this class says what residuals of its virial identity are relative to."""
        return type(self).variance_scale is not SplitEquation.variance_scale

    @cached_property
    def kick(self) -> Kick:
        """The flow of i u_t = −Φu."""
        return PhaseRotation(self.domain, self.phase_rate)

    @cached_property
    def drift(self) -> Flow:
        """The flow of i u_t = ω(D)u."""
        return free_schroedinger(self.domain) if self.quadratic else Dispersion(self.domain, self.symbol)

    @cached_property
    def density(self) -> Density:
        """G, to be summed."""
        return ElementwiseDensity(self.domain, self.potential)

    @cached_property
    def coupling(self) -> Coupling | None:
        """Of Φ, where the class gives `phase_rate`."""
        given = type(self).phase_rate is not SplitEquation.phase_rate
        return ElementwiseCoupling(self.domain, self.phase_rate) if given else None

    def phase_rate(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """Φ(|u|², x): the rate at which the phase of u turns at each point.

        Parameters
        ----------
        square : ndarray
            |u|², of any shape.
        *coordinates : ndarray
            x, in the plane x and y, of the same shape.

        Returns
        -------
        ndarray
            Real, of the same shape; each value from its own point alone.

        Notes
        -----
        *Communication*: local.
        """
        raise NotImplementedError("give phase_rate, or kick in its place")

    def potential(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """G(|u|², x), the potential part of the energy; parameters and result as of `phase_rate`."""
        raise NotImplementedError("give potential, or density in its place")

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """ω(k) = |k|².

        Parameters
        ----------
        *wavenumbers : ndarray
            k, in the plane its two components, which broadcast against each other.

        Returns
        -------
        ndarray
            Real, of the shape to which they broadcast.

        Notes
        -----
        *Communication*: local.
        """
        first, *others = (k * k for k in wavenumbers)
        return sum(others, start=first)

    def energy(self, integrals: Integrals) -> float:
        """½⟨u, ω(k)u⟩ + ∫G. *Communication*: local."""
        return 0.5 * integrals.quadratic + integrals.potential

    def variance_acceleration(self, integrals: Integrals) -> float | None:  # noqa: ARG002
        """None: no virial identity is known. *Communication*: local."""
        return None

    def variance_scale(self, integrals: Integrals) -> float | None:  # noqa: ARG002
        """None: residuals are relative to the modulus of `variance_acceleration`. *Communication*: local."""
        return None

    def log_rate(self, peak: float) -> float:  # noqa: ARG002
        """Zero: steps have a size of their own, whatever the peak. *Communication*: local."""
        return 0.0

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """Nothing but the name. *Communication*: local."""
        return {}
