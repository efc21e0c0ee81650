"""The inequality V + ½x·∇V ≤ 0 of the blow-up theorems (Bulut 2018, eq. 1.6), tested on r²V.

V + ½x·∇V = (1/2r) d/dr(r²V): it holds where r²V does not increase. That is what is tested, with a relative tolerance;
V + ½rV' itself is nothing but rounding for r^{−2}, 10^{−4} at r = 10^{−6}.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from parallel_nls.hartree.kernels import RadialKernel, RadialPotential
from parallel_nls.numerics.arrays import IndexArray, RealArray

Function = Callable[[RealArray], RealArray]
Mask = NDArray[np.bool]

RADII = np.geomspace(1e-8, 1e8, 4001)
"""Where V is looked at; what happens between two of them, 1 % apart, is not seen."""
TOLERANCE = 1e-12
"""Relative growth of r²V from one of them to the next that counts as rounding."""
_LOST = 1e-290
"""Changes of r²V below which V may have lost digits to underflow."""
_CERTAIN = 100 * TOLERANCE  # of V: from which on V + ½rV' has digits beside what cancels in it
_NEAR_ZERO = 1e-3  # r, up to which growth tells of r → 0
_DECADES = np.array([1.0, 10.0, 100.0])
_STEADY = 0.95  # of the growth in the decade before; of what tends to a number each has less of it
_GROWING = 0.01  # relative, in a decade: less may be rounding


@dataclass(frozen=True)
class Inequality:
    """What was found out about V + ½x·∇V ≤ 0 for an attraction V.

    Attributes
    ----------
    holds : bool
        r²V does not increase.
    is_equality : bool
        r²V is constant.
    violations : tuple of (float, float)
        Intervals of r where r²V increases, the last of them perhaps up to infinity.
    excess : float
        sup (V + ½x·∇V)₊, perhaps infinite.
    least, greatest : float
        inf V and sup V; infinite where V is singular.
    """

    holds: bool
    is_equality: bool
    violations: tuple[tuple[float, float], ...]
    excess: float
    least: float
    greatest: float

    @property
    def sign(self) -> str:
        """Of V: zero, nonnegative, nonpositive or both; a bounded V may be of the other sign by rounding."""
        size = max(-self.least, self.greatest)
        rounding = TOLERANCE * size if math.isfinite(size) else 0.0
        signs = {(False, False): "zero", (False, True): "nonnegative", (True, False): "nonpositive"}
        return signs.get((self.least < -rounding, self.greatest > rounding), "both")


@np.errstate(over="ignore", invalid="ignore")  # a power of radii near 0 may be beyond all numbers
def examine_inequality(potential: RadialPotential, factor: float = 1.0) -> Inequality:
    """Look at factor·V on 10^{−8} ≤ r ≤ 10^8.

    Notes
    -----
    *Communication*: local.
    """

    def _value(r: RealArray) -> RealArray:
        return factor * potential.value(r)

    def _half_slope(r: RealArray) -> RealArray:
        return factor * (potential.value(r) + potential.virial(r) / 2)

    radii = np.union1d(RADII, potential.breaks)
    if potential.is_bounded:
        radii = np.concatenate([np.zeros(1), radii])
    sizes = radii * radii * abs(factor) * sum((_size(term, radii) for term in potential.terms), np.zeros(1))
    trend = _trend(radii * radii * _value(radii), sizes)
    inside = radii[:-1] < _end(potential)
    rising = np.concatenate([_without_gaps(trend[inside]) > 0, np.zeros(np.count_nonzero(~inside), dtype=bool)])
    extremes = [0.0] if potential.tail_power > 0 else []
    if not potential.is_bounded and _value(radii[:1])[0] != 0:
        extremes.append(math.copysign(math.inf, _value(radii[:1])[0]))
    return Inequality(
        holds=not rising.any(),
        is_equality=bool(not trend.any() and sizes.any()),
        violations=tuple(_intervals(_half_slope, radii, rising)),
        excess=_excess(_half_slope, radii, rising, None if potential.is_bounded else sizes, trend[0] > 0),
        least=min([-_greatest(lambda r: -_value(r), radii), *extremes]),
        greatest=max([_greatest(_value, radii), *extremes]),
    )


def _size(term: RadialKernel, radii: RealArray) -> RealArray:
    """|V|, of which a part is rounding; a spline rounds its greatest value everywhere."""
    values = np.abs(term.value(radii))
    return np.where(radii <= term.breaks[-1], values.max(), values) if term.breaks.size else values


def _trend(moments: RealArray, sizes: RealArray) -> IndexArray:
    """1, 0 or −1 where r²V rises, is the same but for rounding of its terms, or falls."""
    changes, sizes = np.diff(moments), np.maximum(sizes[1:], sizes[:-1])
    return np.where(np.abs(changes) > np.maximum(TOLERANCE * sizes, _LOST), np.sign(changes), 0).astype(np.int64)


def _end(potential: RadialPotential) -> float:
    """Where V ends: 0 beyond."""
    last = float(potential.breaks[-1]) if potential.breaks.size else math.inf
    return last if math.isfinite(last) and float(potential.value(last * (1 + 1e-9))) == 0 else math.inf


def _without_gaps(trend: IndexArray) -> IndexArray:
    """A trend that goes on where rounding hides it: over 0 up to the ends, and between places where it is the same."""
    known = np.flatnonzero(trend)
    if not known.size:
        return trend
    cells = np.arange(trend.size)
    before, after = np.searchsorted(known, cells, side="right") - 1, np.searchsorted(known, cells)
    left = trend[known[np.maximum(before, 0)]]
    right = trend[known[np.minimum(after, known.size - 1)]]
    return np.where(left == right, left, trend)


def _excess(half_slope: Function, radii: RealArray, rising: Mask, sizes: RealArray | None, at_once: bool) -> float:
    """Sup (V + ½rV')₊: infinite if V is singular, which has sizes of r²V, and it grows without end towards 0."""
    if not rising.any():
        return 0.0
    beside = np.concatenate([[False], rising]) | np.concatenate([rising, [False]])
    if sizes is not None:
        certain = beside & (half_slope(radii) > _CERTAIN * sizes / radii**2)
        first = radii[int(np.argmax(certain))]
        if at_once or (certain[: _first_end(rising)].any() and _grows_inward(half_slope, float(first))):
            return math.inf
        beside = certain if certain.any() else beside
    return max(0.0, _greatest(half_slope, radii[beside]))


def _first_end(rising: Mask) -> int:
    """How many cells rise from the first one on."""
    return rising.size if rising.all() else int(np.argmin(rising))


def _grows_inward(function: Function, innermost: float) -> bool:
    """Whether what is known from a small r on grows towards 0 as a power or a logarithm does, decade by decade."""
    inner, middle, outer = function(innermost * _DECADES)
    steady = inner - middle >= _STEADY * (middle - outer) > 0
    return bool(innermost <= _NEAR_ZERO and steady and inner - middle > _GROWING * inner)


def _greatest(function: Function, places: RealArray) -> float:
    """Largest value at increasing places, refined between the neighbours of the place where it is found."""
    values = function(places)
    best = int(np.argmax(values))
    below, above = places[max(best - 1, 0)], places[min(best + 1, places.size - 1)]
    if not above > below:
        return float(values[best])
    found = scipy.optimize.minimize_scalar(
        lambda r: -float(function(np.array(r))),
        bounds=(below, above),
        method="bounded",
        options={"xatol": 1e-9 * above},
    )
    return max(float(values[best]), -float(found.fun))


def _intervals(half_slope: Function, radii: RealArray, rising: Mask) -> list[tuple[float, float]]:
    """Where r²V rises: from 0 and to infinity where it does so at the ends of what was looked at."""
    edges = np.diff(np.concatenate([[False], rising, [False]]).astype(int))
    found = []
    for first, last in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
        lower = _crossing(half_slope, radii, int(first)) if first > 0 else 0.0
        upper = _crossing(half_slope, radii, int(last)) if last < rising.size else math.inf
        found.append((lower, upper))
    return found


def _crossing(half_slope: Function, radii: RealArray, index: int) -> float:
    """The zero of V + ½rV' next to one of the radii; that radius if V jumps there, or all is rounding."""
    below, above = radii[max(index - 1, 0)], radii[min(index + 1, radii.size - 1)]
    ends = [float(half_slope(np.array(r))) for r in (below, above)]
    if not ends[0] * ends[1] < 0:
        return float(radii[index])
    return float(scipy.optimize.brentq(lambda r: float(half_slope(np.array(r))), below, above, xtol=1e-14 * above))
