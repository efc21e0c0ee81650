"""What the rest of the wing knows of a function of the distance |x−y|: a kernel, and a potential.

A kernel can be averaged over spheres and convolved. A potential V is a kernel that knows r·V' = x·∇V as well, which is
a kernel again (`VirialKernel`) and stands in the virial identities, and how r²V behaves at 0 and at infinity, on which
the theory turns: V + ½x·∇V = (1/2r) d/dr (r²V).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.hartree.quadrature import graded_rule
from parallel_nls.numerics.arrays import RealArray

REACH = 40.0
"""Standard deviations to which a Gaussian is integrated: e^{−800} is 0."""


class Limits(NamedTuple):
    """Limits of r²V at 0 and at infinity; they may be infinite."""

    at_zero: float
    at_infinity: float


class RadialKernel(Protocol):
    """A function V(r) of the distance. All methods are local.

    Attributes
    ----------
    singular_power : float
        a of V ~ r^{−a} at 0; 0 where V is bounded there.
    breaks : ndarray
        Distances where V is not smooth, such as the knots of a spline; mostly none.
    """

    @property
    def singular_power(self) -> float:
        """The a of V ~ r^{−a} at 0; 0 where V is bounded there."""
        ...

    @property
    def breaks(self) -> RealArray:
        """Distances where V is not smooth."""
        return np.empty(0)

    @property
    def terms(self) -> tuple[RadialKernel, ...]:
        """The kernels whose sum this is, each of them r^{−a} times a smooth function near 0; itself if it is one."""
        return (self,)

    def value(self, r: ArrayLike) -> RealArray:
        """V(r) for r ≥ 0, of any shape; infinite at 0 where V is singular."""
        ...

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """∫ q V(q) dq from ``lower`` to ``upper``, 0 ≤ lower ≤ upper of any shape; it may be infinite."""
        ...

    def gaussian_mean(self, width: float = 1.0, dimension: int = 3) -> float:
        """⟨V⟩ = E V(s·N(0, I_d)): ∫∫ V(x−y)|φ(x)|²|φ(y)|² for φ ∝ e^{−r²/(2s²)} of mass 1, with s = ``width``.

        Infinite, with the sign of V, where V is not integrable at 0.
        """
        return math.fsum(_gaussian_mean(term, width, dimension) for term in self.terms)


class RadialPotential(RadialKernel, Protocol):
    """A radial potential V(r), dimensionless. All methods are local.

    Attributes
    ----------
    tail_power : float
        a of V ~ r^{−a} at infinity; infinite where V falls faster than all powers.
    """

    @property
    def tail_power(self) -> float:
        """The a of V ~ r^{−a} at infinity; infinite where V falls faster than all powers."""
        ...

    @property
    def limits(self) -> Limits:
        """Limits of r²V at 0 and at infinity."""
        ...

    @property
    def is_bounded(self) -> bool:
        """Whether V is bounded near 0."""
        return self.singular_power == 0

    def virial(self, r: ArrayLike) -> RealArray:
        """r·V'(r) = x·∇V for r ≥ 0, of any shape."""
        ...

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """G(r) with G' = qV, up to a constant; −inf or inf at 0 where qV is not integrable there."""
        ...

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """∫ qV(q) dq = G(upper) − G(lower)."""
        return self.antiderivative(upper) - self.antiderivative(lower)

    def unsoftened(self) -> RadialPotential | None:
        """The singular potential of which this is a regularisation, if it is one."""
        return None


@dataclass(frozen=True)
class VirialKernel(RadialKernel):
    """W = r·V' of a potential, as a kernel: the angle average of (x−y)·∇V(x−y) is that of W.

    ∫qW dq = q²V − 2∫qV dq, by parts.

    Attributes
    ----------
    potential : RadialPotential
        V.
    """

    potential: RadialPotential

    @property
    def singular_power(self) -> float:
        """That of V."""
        return self.potential.singular_power

    @property
    def breaks(self) -> RealArray:
        """Those of V."""
        return self.potential.breaks

    @property
    def terms(self) -> tuple[RadialKernel, ...]:
        """W of each term of V."""
        parts: tuple[Any, ...] = self.potential.terms
        return (self,) if parts == (self.potential,) else tuple(VirialKernel(part) for part in parts)

    def value(self, r: ArrayLike) -> RealArray:
        """W(r). *Communication*: local."""
        return self.potential.virial(r)

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """∫qW dq. *Communication*: local."""
        with np.errstate(invalid="ignore"):
            ends = self._square_times_value(upper) - self._square_times_value(lower)
            return ends - 2 * self.potential.integral(lower, upper)

    def _square_times_value(self, r: RealArray) -> RealArray:
        with np.errstate(invalid="ignore"):
            return np.where(r > 0, r * r * self.potential.value(r), self.potential.limits.at_zero)


def _gaussian_mean(kernel: RadialKernel, width: float, dimension: int) -> float:
    power = dimension - 1 - kernel.singular_power
    if power <= -1:
        return math.copysign(math.inf, float(kernel.value(1e-3 * width)))
    nodes, weights = graded_rule(REACH, power, kernel.breaks / width)
    density = nodes ** (dimension - 1) * np.exp(-nodes * nodes / 2)
    scale = 2 ** (1 - dimension / 2) / math.gamma(dimension / 2)
    return scale * math.fsum(weights * density * kernel.value(width * nodes))
