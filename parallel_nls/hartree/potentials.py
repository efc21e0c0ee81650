"""Radial potentials by the names and keys of a configuration: powers, screened and softened ones, Gaussians, sums.

    inverse-power     strength·r^{−power}
    yukawa-power      strength·r^{−power}·e^{−decay·r}
    softened-power    strength·(r² + softening²)^{−power/2}
    gaussian          strength·e^{−r²/width²}

Tables and functions of the user are in `tabulated`. Antiderivatives G of qV(q) are closed; their differences, from
which averages over spheres come, are written such that nothing cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.special
from numpy.typing import ArrayLike

from parallel_nls.errors import UserError
from parallel_nls.hartree.incomplete_gamma import upper_gamma
from parallel_nls.hartree.kernels import Limits, RadialKernel, RadialPotential
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True)
class InversePower(RadialPotential):
    """strength·r^{−power}, power > 0: r^{−2} is the mass-critical case in every dimension d ≥ 3.

    Attributes
    ----------
    strength, power : float
    """

    kind: ClassVar[str] = "inverse-power"
    strength: float
    power: float

    def __post_init__(self) -> None:
        _require_finite(self, "strength")
        _require_positive(self, "power")

    @property
    def singular_power(self) -> float:
        """The power."""
        return self.power

    @property
    def tail_power(self) -> float:
        """The power."""
        return self.power

    @property
    def limits(self) -> Limits:
        """The strength at both ends for the power 2; else 0 at one end and infinite at the other."""
        return Limits(_far(self.strength, self.power - 2), _far(self.strength, 2 - self.power))

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self.strength * _to_the(r, -self.power)

    def virial(self, r: ArrayLike) -> RealArray:
        """−power·V. *Communication*: local."""
        return -self.power * self.value(r)

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """r^{2−power}/(2−power), or ln r, times the strength. *Communication*: local."""
        exponent = 2 - self.power
        with np.errstate(divide="ignore"):
            return self.strength * (_to_the(r, exponent) / exponent if exponent else np.log(np.asarray(r, dtype=float)))

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """From the logarithm of upper/lower. *Communication*: local."""
        exponent = 2 - self.power
        if exponent == 1:
            return self.strength * (upper - lower)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.log1p((upper - lower) / lower)
            away = _to_the(lower, exponent) * _growth(exponent, ratio)
            from_zero = _to_the(upper, exponent) / exponent if exponent > 0 else np.full_like(away, np.inf)
        return self.strength * np.where(lower > 0, away, np.where(upper > 0, from_zero, 0.0))

    def gaussian_mean(self, width: float = 1.0, dimension: int = 3) -> float:
        """strength·s^{−a} 2^{−a/2} Γ((d−a)/2)/Γ(d/2) for a = power < d. *Communication*: local."""
        if self.power >= dimension:
            return _far(self.strength, 1)
        moment = math.gamma((dimension - self.power) / 2) / math.gamma(dimension / 2)
        return self.strength * math.pow(width * math.sqrt(2), -self.power) * moment


@dataclass(frozen=True)
class YukawaPower(RadialPotential):
    """strength·r^{−power}·e^{−decay·r}, a power that is screened; power 1 is Yukawa's potential.

    Attributes
    ----------
    strength, power, decay : float
    """

    kind: ClassVar[str] = "yukawa-power"
    strength: float
    power: float
    decay: float

    def __post_init__(self) -> None:
        _require_finite(self, "strength")
        _require_positive(self, "power", "decay")

    @property
    def singular_power(self) -> float:
        """The power."""
        return self.power

    @property
    def tail_power(self) -> float:
        """Infinite."""
        return math.inf

    @property
    def limits(self) -> Limits:
        """That of the power at 0; 0 at infinity."""
        return Limits(_far(self.strength, self.power - 2), 0.0)

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self.strength * _to_the(r, -self.power) * np.exp(-self.decay * np.asarray(r, dtype=float))

    def virial(self, r: ArrayLike) -> RealArray:
        """−(power + decay·r)·V. *Communication*: local."""
        return -(self.power + self.decay * np.asarray(r, dtype=float)) * self.value(r)

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """−strength·decay^{power−2} Γ(2−power, decay·r), which is 0 at infinity. *Communication*: local."""
        exponent = 2 - self.power
        scaled = self.decay * np.asarray(r, dtype=float)
        return -self.strength * math.pow(self.decay, -exponent) * upper_gamma(exponent, scaled)

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """Near an origin where qV is integrable from the lower incomplete gamma function. *Communication*: local."""
        exponent = 2 - self.power
        difference = self.antiderivative(upper) - self.antiderivative(lower)
        if exponent <= 0:
            return difference
        a, b = self.decay * lower, self.decay * upper
        scale = self.strength * math.pow(self.decay, -exponent) * math.gamma(exponent)
        near = scipy.special.gammainc(exponent, b) - scipy.special.gammainc(exponent, a)
        return np.where(b < 1, scale * near, difference)


@dataclass(frozen=True)
class SoftenedPower(RadialPotential):
    """strength·(r² + softening²)^{−power/2}: a power that is bounded at 0.

    Attributes
    ----------
    strength, power, softening : float
    """

    kind: ClassVar[str] = "softened-power"
    strength: float
    power: float
    softening: float

    def __post_init__(self) -> None:
        _require_finite(self, "strength")
        _require_positive(self, "power", "softening")

    @property
    def singular_power(self) -> float:
        """0."""
        return 0.0

    @property
    def tail_power(self) -> float:
        """The power."""
        return self.power

    @property
    def limits(self) -> Limits:
        """0 at 0; that of the power at infinity."""
        return Limits(0.0, _far(self.strength, 2 - self.power))

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self.strength * _to_the(self._square(r), -self.power / 2)

    def virial(self, r: ArrayLike) -> RealArray:
        """−power·V·r²/(r² + softening²). *Communication*: local."""
        return -self.power * self.value(r) * np.square(r) / self._square(r)

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """(r² + softening²)^p/(2p) for p = 1 − power/2, or half a logarithm. *Communication*: local."""
        exponent = 1 - self.power / 2
        square = self._square(r)
        return self.strength * (square**exponent / (2 * exponent) if exponent else np.log(square) / 2)

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """From the logarithm of the quotient of the squares. *Communication*: local."""
        exponent, square = 1 - self.power / 2, self._square(lower)
        ratio = np.log1p((upper - lower) * (upper + lower) / square)
        return self.strength * _to_the(square, exponent) * _growth(exponent, ratio) / 2

    def unsoftened(self) -> RadialPotential:
        """The power itself. *Communication*: local."""
        return InversePower(self.strength, self.power)

    def _square(self, r: ArrayLike) -> RealArray:
        return np.asarray(np.square(np.asarray(r, dtype=float)) + self.softening**2)


@dataclass(frozen=True)
class Gaussian(RadialPotential):
    """strength·e^{−r²/width²}.

    Attributes
    ----------
    strength, width : float
    """

    kind: ClassVar[str] = "gaussian"
    strength: float
    width: float

    def __post_init__(self) -> None:
        _require_finite(self, "strength")
        _require_positive(self, "width")

    @property
    def singular_power(self) -> float:
        """0."""
        return 0.0

    @property
    def tail_power(self) -> float:
        """Infinite."""
        return math.inf

    @property
    def limits(self) -> Limits:
        """0 at both ends."""
        return Limits(0.0, 0.0)

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self.strength * np.exp(-self._square(r))

    def virial(self, r: ArrayLike) -> RealArray:
        """−2(r/width)²·V. *Communication*: local."""
        return -2 * self._square(r) * self.value(r)

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """−(width²/2)·V, which is 0 at infinity. *Communication*: local."""
        return -(self.width**2) / 2 * self.value(r)

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """(width²/2)·(V(lower) − V(upper)). *Communication*: local."""
        rest = np.expm1(-(upper - lower) * (upper + lower) / self.width**2)
        return -(self.width**2) / 2 * self.value(lower) * rest

    def gaussian_mean(self, width: float = 1.0, dimension: int = 3) -> float:
        """strength·(1 + 2(s/width)²)^{−d/2}. *Communication*: local."""
        return self.strength * math.pow(1 + 2 * (width / self.width) ** 2, -dimension / 2)

    def _square(self, r: ArrayLike) -> RealArray:
        return np.square(np.asarray(r, dtype=float) / self.width)


@dataclass(frozen=True)
class PotentialSum(RadialPotential):
    """A sum of potentials.

    Attributes
    ----------
    parts : tuple of RadialPotential
        At least one.
    """

    kind: ClassVar[str] = "sum"
    parts: tuple[RadialPotential, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise UserError("a sum of potentials has no terms; give at least one")

    @property
    def singular_power(self) -> float:
        """The largest."""
        return max(part.singular_power for part in self.parts)

    @property
    def tail_power(self) -> float:
        """The least."""
        return min(part.tail_power for part in self.parts)

    @property
    def limits(self) -> Limits:
        """Their sums; where some are infinite, those of the terms that grow most."""
        at_zero = _sum_of_limits([(part.singular_power, part.limits.at_zero) for part in self.parts])
        return Limits(at_zero, _sum_of_limits([(-part.tail_power, part.limits.at_infinity) for part in self.parts]))

    @property
    def breaks(self) -> RealArray:
        """Those of all terms."""
        return np.unique(np.concatenate([part.breaks for part in self.parts]))

    @property
    def terms(self) -> tuple[RadialKernel, ...]:
        """Those of all terms."""
        return tuple(term for part in self.parts for term in part.terms)

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self._sum(lambda part: part.value(r))

    def virial(self, r: ArrayLike) -> RealArray:
        """r·V'(r). *Communication*: local."""
        return self._sum(lambda part: part.virial(r))

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """The sum of theirs. *Communication*: local."""
        return self._sum(lambda part: part.antiderivative(r))

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """The sum of theirs. *Communication*: local."""
        return self._sum(lambda part: part.integral(lower, upper))

    def unsoftened(self) -> RadialPotential | None:
        """The sum with all softened terms singular, if there are any. *Communication*: local."""
        sharp = [part.unsoftened() for part in self.parts]
        if not any(sharp):
            return None
        return PotentialSum(tuple(new or old for new, old in zip(sharp, self.parts, strict=True)))

    def _sum(self, of_part: Callable[[RadialPotential], RealArray]) -> RealArray:
        """The sum of something over all parts; at the origin, where it may be ∞ − ∞, that of the most singular one."""
        total, *others = (of_part(part) for part in sorted(self.parts, key=lambda part: -part.singular_power))
        leading = total
        with np.errstate(invalid="ignore"):
            for other in others:
                total = total + other
        return np.where(np.isinf(leading), leading, total)


KINDS: dict[str, type[RadialPotential]] = {
    kind.kind: kind for kind in (InversePower, YukawaPower, SoftenedPower, Gaussian)
}
"""The classes whose attributes are keys of a configuration, by their names there."""


def _require_finite(potential: Any, *keys: str) -> None:
    for key in keys:
        number = getattr(potential, key)
        if not math.isfinite(number):
            raise UserError(f"{key} = {number!r} of the potential {potential.kind} is not finite; give a number")


def _require_positive(potential: Any, *keys: str) -> None:
    _require_finite(potential, *keys)
    for key in keys:
        number = getattr(potential, key)
        if number <= 0:
            raise UserError(f"{key} = {number!r} of the potential {potential.kind} must be positive")


def _to_the(r: ArrayLike, exponent: float) -> RealArray:
    """r^exponent, infinite without a warning at 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(np.asarray(r, dtype=float) ** exponent)


def _growth(exponent: float, ratio: RealArray) -> RealArray:
    """(e^{p·x} − 1)/p, and its limit x for p = 0."""
    return np.asarray(np.expm1(exponent * ratio) / exponent if exponent else ratio)


def _far(strength: float, exponent: float) -> float:
    """Limit of strength·X^exponent for X to infinity."""
    if exponent == 0 or strength == 0:
        return strength
    return math.copysign(math.inf, strength) if exponent > 0 else 0.0


def _sum_of_limits(limits: list[tuple[float, float]]) -> float:
    """Sum of limits, each with the power of its growth; of infinite ones those of the greatest power count."""
    greatest = max((power for power, limit in limits if math.isinf(limit)), default=None)
    counted = [limit for power, limit in limits if greatest is None or power == greatest]
    return math.nan if {math.inf, -math.inf} <= set(counted) else math.fsum(counted)
