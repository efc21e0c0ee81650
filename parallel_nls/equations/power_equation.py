"""What equations with the nonlinearity |u|^p u share: their power, its integral, and how fast peaks change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import log2

from parallel_nls.contracts import Coupling, Density, Domain
from parallel_nls.equations.couplings import PowerCoupling
from parallel_nls.equations.densities import PowerDensity
from parallel_nls.equations.split_equation import SplitEquation
from parallel_nls.profiles.ground_state import ground_state


class PowerEquation(SplitEquation):
    """An equation with the nonlinearity ±|u|^p u.

    Parameters
    ----------
    domain : Domain
        A line or a plane.
    power : float, optional
        p; by default the L²-critical 4/d.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, domain: Domain, power: float | None = None) -> None:
        super().__init__(domain)
        self.power = 4 / domain.dimension if power is None else float(power)
        self._log_height = log2(ground_state(domain.dimension).peak)

    @cached_property
    def density(self) -> Density:
        """|u|^{p+2}."""
        return PowerDensity(self.power)

    @cached_property
    def coupling(self) -> Coupling:
        """Of |u|^p."""
        return PowerCoupling(self.power)

    def log_rate(self, peak: float) -> float:
        """log₂ 1/λ², λ = (Q(0)/sup|u|)^{p/2} with the Q(0) of the critical power 4/d, whatever p is.

        For p = 4/d this is the scale of the ground state of that height. For other powers it is a unit of time that
        scales as it does, by a constant: a tolerance means the same for all runs that were stored.

        Notes
        -----
        *Communication*: local.
        """
        return self.power * (0.5 * log2(peak) - self._log_height)

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """The power. *Communication*: local."""
        return {"power": self.power}
