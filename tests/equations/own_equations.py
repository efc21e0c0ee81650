"""Equations as a user writes them: a trap by two functions, and a symbol that is not |k|²."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from parallel_nls.equations.split_equation import SplitEquation

if TYPE_CHECKING:
    from parallel_nls.contracts import Domain, Integrals
    from parallel_nls.numerics.arrays import RealArray


class Trap(SplitEquation):
    """i u_t = −Δu + ω²|x|²u − |u|²u."""

    name = "trap"

    def __init__(self, domain: Domain, trap: float = 1.0) -> None:
        super().__init__(domain)
        self.trap = trap

    def phase_rate(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """Φ."""
        rate: RealArray = square - self.trap**2 * np.sum([x * x for x in coordinates], axis=0)
        return rate

    def potential(self, square: RealArray, *coordinates: RealArray) -> RealArray:
        """G."""
        height: RealArray = self.trap**2 * np.sum([x * x for x in coordinates], axis=0)
        return 0.5 * square * (height - 0.5 * square)

    def variance_acceleration(self, integrals: Integrals) -> float:
        """8‖∇u‖² − 2d∫|u|⁴ − 8ω²∫|x|²|u|², where ∫|u|⁴ = 2ω²∫|x|²|u|² − 4∫G."""
        quartic = 2 * self.trap**2 * integrals.variance - 4 * integrals.potential
        return 8 * integrals.gradient - 2 * self.domain.dimension * quartic - 8 * self.trap**2 * integrals.variance


class HalfWave(SplitEquation):
    """i u_t = |D|u − |u|²u."""

    name = "half-wave-like"
    conserved = ("mass", "energy", "momentum")

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """|k|."""
        modulus: RealArray = np.sqrt(np.sum([k * k for k in np.broadcast_arrays(*wavenumbers)], axis=0))
        return modulus

    def phase_rate(self, square: RealArray, *_coordinates: RealArray) -> RealArray:
        """Φ = |u|²."""
        return square

    def potential(self, square: RealArray, *_coordinates: RealArray) -> RealArray:
        """G = −|u|⁴/4."""
        return -0.25 * square * square
