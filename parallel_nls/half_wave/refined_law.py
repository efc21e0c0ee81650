"""How scale and b move near the blow-up profile, beyond leading order.

The expansion of the profile does not go on with b_s = −b²/2, since a term of order b⁴ or λ² cannot be solved for; that
the mass is ‖Q‖² to this order gives what b_s must be instead:

    λ_s = −bλ,    b_s = −b²/2 + c₄b⁴ + c_λλ² + δM/(4e₁),    γ_s = 1 + c_λλ²(S₁₀, ρ₁)/(2e₁)
    λE = e₁b² + 2e₁c₄b⁴ − ⅛k''(0)I₄λ² − ½δM

with c₄ = −m₄/(4e₁), c_λ = −k''(0)I₄/(16e₁), and δM = M − ‖Q‖² the excess of the mass. With δM = 0 and A₀² = e₁/E

    λ(t) = t²/(4A₀²)·[1 − (c₄/(6A₀⁴) + c_λ/6)t² + O(t⁴)],    ‖D^{1/2}u‖·|t| → 2A₀‖Q‖,

t = 0 being the time of blow-up. With δM < 0 the solution turns at λ = |δM|/(2E), with δM > 0 it leaves the profile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.numerics.arrays import RealArray

NODES = 40  # of Gauss and Legendre
_PART = 0.05
_MOST_PARTS = 1000  # of an interval: λ changes by e^±50
TURNS, LACK = 1e-2, 1e-6
"""Of the scale, and of the critical mass: a lack of mass that turns the solution at a smaller one, and that is less, is
what rounding, the grid and waves that run away take, and does not show yet."""


@dataclass(frozen=True)
class RefinedLaw:
    """The law for one k''(0).

    Attributes
    ----------
    e1, c4, c_scale : float
        e₁, c₄ and c_λ.
    drift : float
        (γ_s − 1)/λ².
    mass : float
        ‖Q‖².

    Notes
    -----
    *Communication*: all local.
    """

    e1: float
    c4: float
    c_scale: float
    drift: float
    mass: float

    @classmethod
    def of(cls, profile: BlowUpProfile) -> RefinedLaw:
        """The law that belongs to a profile."""
        c_scale = -profile.curvature * profile.fourth_moment / (16 * profile.e1)
        drift = c_scale * profile.state.axis.inner(profile.S10, profile.rho1) / (2 * profile.e1)
        return cls(profile.e1, -profile.m4 / (4 * profile.e1), c_scale, drift, profile.state.mass)

    @classmethod
    def of_numbers(cls, numbers: Mapping[str, float]) -> RefinedLaw:
        """The law whose `numbers` were stored."""
        return cls(**numbers)

    def numbers(self) -> dict[str, float]:
        """All that it consists of, by name."""
        return asdict(self)

    def b_rate(self, b: float, scale: float, excess: float = 0.0) -> float:
        """b_s."""
        return -(b**2) / 2 + self.c4 * b**4 + self.c_scale * scale**2 + excess / (4 * self.e1)

    def follow(
        self, scale: float, b: float, phase: float, elapsed: float, excess: float = 0.0
    ) -> tuple[float, float, float]:
        """λ, b and γ after a time, by the classical method of Runge and Kutta in small parts of it; NaN beyond blow-up.

        A part is so long that log λ changes by `_PART` in it, or s by one if b is next to 0.
        """
        values, left = np.array([scale, b, phase]), elapsed
        for _ in range(_MOST_PARTS):
            part = _PART * values[0] / max(abs(values[1]), _PART)
            step = math.copysign(min(part, abs(left)), elapsed)
            first = self._rates(values, excess)
            second = self._rates(values + 0.5 * step * first, excess)
            third = self._rates(values + 0.5 * step * second, excess)
            last = self._rates(values + step * third, excess)
            values = values + step / 6 * (first + 2 * second + 2 * third + last)
            left -= step
            if not values[0] > 0:
                break
            if left == 0:
                return float(values[0]), float(values[1]), float(values[2])
        return math.nan, math.nan, math.nan

    def _rates(self, values: RealArray, excess: float) -> RealArray:
        """λ_t, b_t and γ_t."""
        scale, b, _ = values.tolist()
        return np.array([-b, self.b_rate(b, scale, excess) / scale, (1 + self.drift * scale**2) / scale])

    def energy(self, b: float, scale: float, excess: float = 0.0) -> float:
        """E of a solution with these numbers."""
        square = b**2
        moved = self.e1 * square + 2 * self.e1 * self.c4 * square**2 + 2 * self.e1 * self.c_scale * scale**2
        return (moved - excess / 2) / scale

    def b_at(self, scale: float, energy: float, excess: float = 0.0) -> float:
        """The b > 0 of a solution at a scale.

        Raises
        ------
        UserError
            There is none: the energy is too small for this scale.
        """
        rest = (scale * energy + excess / 2) / self.e1 - 2 * self.c_scale * scale**2
        if not rest > 0:
            mass = f"critical mass and {excess:g}" if excess else "critical mass"
            raise UserError(f"energy = {energy:g} of a solution of {mass} does not reach scale = {scale:g}")
        return math.sqrt(2 * rest / (1 + math.sqrt(1 + 8 * self.c4 * rest)))

    def turns(self, scale: float, energy: float, excess: float) -> bool:
        """Whether too little mass keeps a solution of this scale from blow-up. *Communication*: local."""
        return excess < 0 and not (-excess < 2 * energy * TURNS * scale and -excess < LACK * self.mass)

    def time_left(self, scale: float, energy: float, excess: float = 0.0) -> float:
        """∫₀^λ dλ'/b: until blow-up, of a mass that is not below critical by more than rounding and grid make it.

        Raises
        ------
        UserError
            There is none.
        """
        if excess < 0:
            if self.turns(scale, energy, excess):
                raise UserError(
                    f"with a mass below critical by {-excess:g} and an energy of {energy:g} nothing blows up"
                )
            excess = 0.0
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        # λ' = λz², which makes the integrand smooth.
        z = (1 + nodes) / 2
        integrand = [2 * scale * s / self.b_at(scale * s * s, energy, excess) for s in z]
        return math.fsum(0.5 * weights * integrand)

    def scale_at(self, time_left: float, energy: float) -> float:
        """λ at a time before blow-up, to the order t⁴; the error is O(t⁶)."""
        a2 = self.e1 / energy
        correction = (self.c4 / a2**2 + self.c_scale) / 6
        return time_left**2 / (4 * a2) * (1 - correction * time_left**2)

    def speed(self, energy: float) -> float:
        """C = 2‖Q‖√(e₁/E) of ‖D^{1/2}u‖ ≈ C/|t|."""
        return 2 * math.sqrt(self.mass * self.e1 / energy)

    def bounce(self, excess: float, energy: float) -> float:
        """The smallest scale |δM|/(2E) where the mass is below critical.

        Raises
        ------
        UserError
            Unless δM < 0 < E.
        """
        if not (excess < 0 < energy):
            raise UserError(f"there is no bounce with a mass excess of {excess:g} and an energy of {energy:g}")
        return -excess / (2 * energy)
