"""What is solved: two exact flows, an energy, and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from parallel_nls.contracts.domain import Domain
from parallel_nls.contracts.state import Completed
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.sweeps import Block, BlockKernel


class Integrals(Protocol):
    """Integrals over space of a field u: what energies and virial identities are made of (dimensionless).

    Attributes
    ----------
    mass, variance : float
        ∫|u|², ∫|x|²|u|².
    gradient : float
        ∫|∇u|².
    quadratic : float
        The quadratic form ⟨u, ω(k)u⟩ of the equation's symbol; ∫|∇u|² for ω = |k|².
    potential : float
        The integral of the equation's density.
    """

    @property
    def mass(self) -> float:
        """∫|u|²."""

    @property
    def variance(self) -> float:
        """∫|x|²|u|²."""

    @property
    def gradient(self) -> float:
        """∫|∇u|²."""

    @property
    def quadratic(self) -> float:
        """⟨u, ω(k)u⟩."""

    @property
    def potential(self) -> float:
        """The integral of the equation's density."""


class Flow(Protocol):
    """An exact flow, diagonal in the form (physical or spectral) in which the engine hands it blocks."""

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel that follows the flow for a time ``tau`` and multiplies by ``scale``."""


class Kick(Protocol):
    """A pure phase flow in physical space, which sees every value and so can tell the largest."""

    def prepare(self, completed: Completed) -> None:
        """Look at the whole field ahead of a kick or a sample, for a potential that is not local; others do nothing.

        Kernels, and the density of the equation, are of the field that was looked at last.

        Parameters
        ----------
        completed : Completed
            The field that the kick will act on; kept.

        Notes
        -----
        *Communication*: collective, as far as the potential needs it.
        """

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel as of a `Flow`; ``peak[0]``, if given, becomes the largest |u|² met so far."""


class Density(Protocol):
    """The potential part of the energy, a real function of |u|² and x at each point, summed along lines."""

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sum over each row of a block.

        Parameters
        ----------
        block : ndarray, complex, (at least count, n)
            Rows u.
        lines : Block
            Which ones.
        sums : ndarray, (count,)
            Filled.

        Notes
        -----
        *Communication*: local.
        """


class Coupling(Protocol):
    """How Φ(|u|², x) couples a small wave v on top of u to itself and to v̄: by Φ + ρΦ' and by Φ'u², ρ = |u|²."""

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write sums over each row of a block.

        Parameters
        ----------
        block : ndarray, complex, (at least count, n)
            Rows u.
        lines : Block
            Which ones.
        sums : ndarray, (4, count)
            Filled with ΣΦ + ρΦ', real and imaginary part of ΣΦ'u², and max ρ|Φ'|.

        Notes
        -----
        *Communication*: local.
        """


class Equation(Protocol):
    """Splits i u_t = ω(D)u − Φ[u]u into two exact flows; Φ is real and does not change along its own flow.

    Attributes
    ----------
    name : str
        As a configuration and stored runs call it.
    domain : Domain
        Where it is solved.
    kick, drift : Kick, Flow
        The phase flow u ← u·e^{iτΦ}, in physical space, and the linear flow û ← û·e^{-iτω(k)}, on coefficients.
    density : Density
        Of the potential part of the energy.
    coupling : Coupling or None
        Of small waves by Φ; None where it is not known.
    quadratic : bool
        Whether ω = |k|². Schemes of Nyström type beyond order 4 have their order only then: what the phase flow does to
        ∇(phase) is the kick of a momentum, and the linear flow is quadratic in it.
    has_virial : bool
        Whether `variance_acceleration` knows an identity.
    conserved : tuple of str
        Which of mass, energy and momentum are.
    formulas : mapping of str to str
        Formulas of quantities that read otherwise than in the catalogue, by name.
    """

    @property
    def domain(self) -> Domain:
        """Where it is solved."""

    @property
    def name(self) -> str:
        """As a configuration and stored runs call it."""

    @property
    def quadratic(self) -> bool:
        """Whether ω = |k|²."""

    @property
    def has_virial(self) -> bool:
        """Whether a virial identity is known."""

    @property
    def has_variance_scale(self) -> bool:
        """Whether `variance_scale` gives a number."""

    @property
    def conserved(self) -> tuple[str, ...]:
        """Which of mass, energy and momentum are."""

    @property
    def formulas(self) -> Mapping[str, str]:
        """Formulas of quantities that read otherwise than in the catalogue, by name."""

    @property
    def kick(self) -> Kick:
        """The nonlinear flow, in physical space."""

    @property
    def drift(self) -> Flow:
        """The linear flow, on Fourier coefficients."""

    @property
    def density(self) -> Density:
        """Density of the potential part of the energy."""

    @property
    def coupling(self) -> Coupling | None:
        """How Φ couples small waves; None: not known."""

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """ω(k), real, from angular wavenumbers that broadcast against each other. *Communication*: local."""

    def energy(self, integrals: Integrals) -> float:
        """Conserved energy of a field. *Communication*: local."""

    def variance_acceleration(self, integrals: Integrals) -> float | None:
        """Second time derivative of ∫|x|²|u|² by a virial identity; None: none is known. *Communication*: local."""

    def variance_scale(self, integrals: Integrals) -> float | None:
        """What residuals of the virial identity are relative to where its terms may cancel; None: their sum's modulus.

        Notes
        -----
        *Communication*: local.
        """

    def log_rate(self, peak: float) -> float:
        """Binary logarithm of the rate at which a peak of |u|² = ``peak`` > 0 changes, 1/λ² for Δ: the unit of steps.

        Notes
        -----
        *Communication*: local.
        """

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """What else than the name tells the equation from another, for checkpoints. *Communication*: local."""
