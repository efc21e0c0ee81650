"""The focusing Gross–Pitaevskii equation in a harmonic trap,   i u_t = −Δu + ω²|x|²u − |u|^p u,   d = 1, 2.

Conserved: mass ∫|u|² and energy ½∫|∇u|² + ω²|x|²|u|² − 1/(p+2)·∫|u|^{p+2}; not the momentum: the center of mass X
swings, X'' = −4ω²X (Kohn's theorem). Virial identity: d²/dt²∫|x|²|u|² = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} − 8ω²∫|x|²|u|².
The box is periodic, so u must have decayed at its edges. Units are dimensionless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import log2
from typing import ClassVar

import numpy as np

from parallel_nls.contracts import Coupling, Domain, Integrals, Kick
from parallel_nls.equations.couplings import ElementwiseCoupling
from parallel_nls.equations.flows import LocalKick
from parallel_nls.equations.power_equation import PowerEquation
from parallel_nls.equations.rotations import density, largest_density
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.turns import CHUNK, turn, turn_scratch
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, BlockKernel


@kernel
def rotate_trapped(
    block: ComplexArray,
    tau: float,
    scale: float,
    exponent: float,
    strength: float,
    places: tuple[RealArray, RealArray, bool],
) -> None:
    """Turn u ← scale · u·e^{iτ((|u|²)^exponent − strength·|x|²)} at the points of a block of rows."""
    across, along, folded = places
    angles, scratch = np.empty(CHUNK), turn_scratch()
    for b in range(across.size):
        for first in range(0, along.size, CHUNK):
            part = block[b, first : first + CHUNK]
            for j in range(part.size):
                x, y = across[b], along[first + j]
                square = (x + y) * (x + y) if folded else x * x + y * y
                angles[j] = tau * (density(part[j]) ** exponent - strength * square)
            turn(part, angles[: part.size], scale, scratch)


class TrappedPhase(LocalKick):
    """u_t = i(|u|^p − ω²|x|²)u, solved exactly since |u| does not change.

    Parameters
    ----------
    places : RowPlaces
        Of the rows.
    power, trap : float
        p and ω.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, places: RowPlaces, power: float, trap: float) -> None:
        self._places, self._exponent, self._strength = places, 0.5 * power, trap * trap

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel for a time ``tau``, times ``scale``; see `contracts.Kick`."""

        def rotate(block: ComplexArray, lines: Block) -> None:
            """Turn the phases of one block."""
            if peak is not None:
                peak[0] = largest_density(block, peak[0])
            across, along, folded = self._places
            places = across[lines.numbers], along, folded
            rotate_trapped(block, tau, scale, self._exponent, self._strength, places)

        return rotate


class GrossPitaevskii(PowerEquation):
    """Flows, energy and virial identity in a trap.

    Parameters
    ----------
    domain : Domain
        A line or a plane.
    power : float, optional
        p; by default 4/d.
    trap : float, optional
        ω, the strength of the trap.

    Notes
    -----
    *Communication*: local.
    """

    name = "gross-pitaevskii"
    formulas: ClassVar[Mapping[str, str]] = {
        "energy": "½∫|∇u|² + ω²|x|²|u|² dx − 1/(p+2)·∫|u|^{p+2} dx",
        "virial_residual": (
            "(d/dt variance_rate − a)/s, a = 8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2} dx − 8ω²∫|x|²|u|² dx, "
            "s the sum of the moduli of its terms"
        ),
    }

    def __init__(self, domain: Domain, power: float | None = None, trap: float = 1.0) -> None:
        super().__init__(domain, power)
        self.trap = float(trap)

    @cached_property
    def kick(self) -> Kick:
        """The flow of i u_t = ω²|x|²u − |u|^p u, in physical space."""
        return TrappedPhase(self.domain.row_places, self.power, self.trap)

    @cached_property
    def coupling(self) -> Coupling:
        """Of |u|^p − ω²|x|²."""

        def rate(square: RealArray, *places: RealArray) -> RealArray:
            """Φ."""
            trapped: RealArray = square ** (0.5 * self.power) - self.trap**2 * sum(x * x for x in places)
            return trapped

        return ElementwiseCoupling(self.domain, rate)

    def energy(self, integrals: Integrals) -> float:
        """½‖∇u‖² + ½ω²‖xu‖² − 1/(p+2)·∫|u|^{p+2}. *Communication*: local."""
        quadratic = integrals.gradient + self.trap**2 * integrals.variance
        return 0.5 * quadratic - integrals.potential / (self.power + 2)

    def variance_acceleration(self, integrals: Integrals) -> float:
        """Second time derivative of ∫|x|²|u|²: that of the free equation, less 8ω²∫|x|²|u|². *Communication*: local."""
        share = 4 * self.domain.dimension * self.power / (self.power + 2)
        return 8 * (integrals.gradient - self.trap**2 * integrals.variance) - share * integrals.potential

    def variance_scale(self, integrals: Integrals) -> float:
        """Sum of the moduli of its terms: they cancel whenever the wave turns. *Communication*: local."""
        share = 4 * self.domain.dimension * self.power / (self.power + 2)
        return 8 * (integrals.gradient + self.trap**2 * integrals.variance) + share * integrals.potential

    def log_rate(self, peak: float) -> float:
        """log₂ of ω + 1/λ²: a low wave moves with the trap. *Communication*: local."""
        smaller, larger = sorted((log2(self.trap), super().log_rate(peak)))
        return larger + log2(1 + 2.0 ** (smaller - larger))

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """Power and trap. *Communication*: local."""
        return {**super().parameters(), "trap": self.trap}
