"""The ground state of i u_t + Δu + |u|^p u = 0 for a power p that need not be critical, where it is known.

    ΔQ - Q + Q^{p+1} = 0,      d = 1:   Q(x) = ((p+2)/2)^{1/p} sech^{2/p}(px/2)

for all p > 0 (by integration once; p = 4 is the table of `ground_state`). In the plane only p = 2 is tabulated.
u(t, x) = λ^{-2/p} Q(x/λ) e^{it/λ²} is a standing wave for any λ > 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state


@dataclass(frozen=True)
class PowerState:
    """Q of one dimension and one power; obtain it from `power_state`.

    Attributes
    ----------
    dimension : int
        d.
    power : float
        p.
    """

    dimension: int
    power: float

    @property
    def peak(self) -> float:
        """Q(0). *Communication*: local."""
        return ground_state(2).peak if self.dimension == 2 else float((self.power / 2 + 1) ** (1 / self.power))

    def value(self, r: ArrayLike) -> RealArray:
        """Q at radii of any shape. *Communication*: local."""
        if self.dimension == 2:
            return ground_state(2).value(r)
        # sech y = 2e^{-|y|}/(1 + e^{-2|y|}): far out there is no overflow.
        y = 0.5 * self.power * np.abs(np.asarray(r, dtype=np.float64))
        profile: RealArray = self.peak * (2 * np.exp(-y) / (1 + np.exp(-2 * y))) ** (2 / self.power)
        return profile

    def scale(self, height: float) -> float:
        """λ = (Q(0)/height)^{p/2} of the standing wave of that height. *Communication*: local."""
        return float((self.peak / height) ** (self.power / 2))


def power_state(dimension: int, power: float | None) -> PowerState | None:
    """The ground state of a dimension and a power; None where there is none, or it is not known here.

    Parameters
    ----------
    dimension : int
        1 or 2.
    power : float or None
        p > 0; None: nothing focuses.

    Notes
    -----
    *Communication*: local.
    """
    known = power is not None and (dimension == 1 or power == 2)
    return PowerState(dimension, power) if known and power is not None else None
