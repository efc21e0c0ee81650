"""The cut-off |x|² of localized virial identities: ψ_R(x) = R·ψ(|x|²/R), |x|² inside, the constant 2R outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial

from parallel_nls.arguments import positive, whole
from parallel_nls.errors import ArgumentError
from parallel_nls.numerics.arrays import RealArray

# ρ(t) = (315/256)(1 − (t − 2)²)⁴ on (1, 3), of integral 1, as a polynomial in t − 2; its integrals from t = 1 on.
DENSITY = 315 / 256 * Polynomial([1, 0, -1]) ** 4
FRACTION = DENSITY.integ(lbnd=-1)
EXCESS = FRACTION.integ(lbnd=-1)
EDGES = (1.0, 3.0)
CENTER = 2.0


def _between(t: RealArray, polynomial: Polynomial, beyond: float) -> RealArray:
    """A polynomial in t − 2 on (1, 3), 0 below, a constant beyond."""
    inside = polynomial(np.clip(t, *EDGES) - CENTER)
    return np.where(t <= EDGES[0], 0.0, np.where(t >= EDGES[1], beyond, inside))


@dataclass(frozen=True)
class VirialCutoff:
    """ψ_R and what identities take of it, at distances r (dimensionless).

    Attributes
    ----------
    radius : float
        R: the cut-off is |x|² up to |x| = √R, and constant from √(3R) on.
    dimension : int
        Of space.

    Raises
    ------
    UserError
        If the radius is not positive, or the dimension is no whole number from 1 on.

    Notes
    -----
    *Communication*: local.
    """

    radius: float
    dimension: int

    def __post_init__(self) -> None:
        positive("radius", self.radius)
        if whole("dimension", self.dimension) < 1:
            raise ArgumentError(f"dimension = {self.dimension}: must be at least 1")

    def fraction(self, r: RealArray) -> RealArray:
        """F_R = ∫₀^t ρ = 1 − ψ'(t), t = r²/R: 0 inside, 1 outside."""
        return _between(r**2 / self.radius, FRACTION, 1.0)

    def density(self, r: RealArray) -> RealArray:
        """ρ(t) = −ψ''(t)."""
        return _between(r**2 / self.radius, DENSITY, 0.0)

    def value(self, r: RealArray) -> RealArray:
        """ψ_R = R·(t − ∫₀^t (t − s)ρ(s) ds)."""
        t = r**2 / self.radius
        excess = np.where(t >= EDGES[1], t - CENTER, _between(t, EXCESS, 0.0))
        return self.radius * (t - excess)

    def slope(self, r: RealArray) -> RealArray:
        """∂_rψ_R/r = 2ψ'(t)."""
        return 2 * (1 - self.fraction(r))

    def curvature(self, r: RealArray) -> RealArray:
        """∂_r²ψ_R = 2ψ'(t) + 4t·ψ''(t)."""
        return self.slope(r) - 4 * r**2 / self.radius * self.density(r)

    def bilaplacian(self, r: RealArray) -> RealArray:
        """Δ²ψ_R = 16 t²/R·ψ'''' + 16(d + 2) t/R·ψ''' + 4d(d + 2)/R·ψ''."""
        t, d = r**2 / self.radius, self.dimension
        first, second = (_between(t, DENSITY.deriv(order), 0.0) for order in (1, 2))
        sums = 16 * t**2 * second + 16 * (d + 2) * t * first + 4 * d * (d + 2) * self.density(r)
        return -sums / self.radius

    @property
    def breaks(self) -> tuple[float, float]:
        """√R and √(3R), between which it bends."""
        return float(np.sqrt(self.radius)), float(np.sqrt(EDGES[1] * self.radius))
