"""Radial potentials of the user: a table of r and V, and a function."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.interpolate
from numpy.typing import ArrayLike

from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import Limits, RadialPotential
from parallel_nls.hartree.quadrature import running_integral
from parallel_nls.numerics.arrays import RealArray

DEGREE = 5
LEAST_ROWS = 4
DIFFERENCE_STEP = 2e-3
"""Of ln r, for r·V' where its function is not given."""
DIFFERENCES = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
"""Central first differences of order 8."""
_BENDS = 1e-11  # by which differences of two steps may differ, relative, where the function is smooth in both
FAR = 1e10
"""r and 1/r where the limits of r²V are read off, in units of the length scale."""


@dataclass(frozen=True, eq=False)
class Table(RadialPotential):
    """A potential in a table: a spline of degree 5 through all rows, even in r, and 0 beyond the last row.

    It is bounded at 0 whatever the rows say; potentials that are singular have names of their own.

    Attributes
    ----------
    radii : ndarray, (m,)
        r ≥ 0, increasing, at least 4 rows.
    values : ndarray, (m,)
        V there. The last one should be 0 to rounding, or lie beyond all distances that occur: V jumps there.
    """

    kind: ClassVar[str] = "table"
    radii: RealArray
    values: RealArray

    def __post_init__(self) -> None:
        r, values = np.asarray(self.radii, dtype=float), np.asarray(self.values, dtype=float)
        if r.ndim != 1 or r.shape != values.shape or r.size < LEAST_ROWS:
            text = f"a table of a potential has columns r and V of at least {LEAST_ROWS} rows each"
            raise UserError(f"{text}, not arrays of shapes {r.shape} and {values.shape}")
        if not (np.isfinite(r).all() and np.isfinite(values).all()):
            raise UserError("a table of a potential holds numbers that are not finite; leave these rows out")
        if r[0] < 0 or (np.diff(r) <= 0).any():
            row = int(np.argmax(np.diff(r) <= 0)) + 1 if r[0] >= 0 else 0
            raise UserError(f"r = {r[row]:g} in row {row + 1} of the table; r must not be negative, and must increase")

    @property
    def singular_power(self) -> float:
        """0."""
        return 0.0

    @property
    def tail_power(self) -> float:
        """Infinite: V is 0 beyond the table."""
        return math.inf

    @property
    def limits(self) -> Limits:
        """0 at both ends."""
        return Limits(0.0, 0.0)

    @property
    def breaks(self) -> RealArray:
        """The rows."""
        return np.asarray(self.radii, dtype=float)[np.asarray(self.radii) > 0]

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        return self._inside(self._spline, r)

    def virial(self, r: ArrayLike) -> RealArray:
        """r·V'(r); without the delta of a jump at the end of the table. *Communication*: local."""
        return np.asarray(r, dtype=float) * self._inside(self._slope, r)

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """The spline's, exactly; 0 at 0. *Communication*: local."""
        return np.asarray(self._primitive(np.minimum(r, self.radii[-1])))

    def _inside(self, spline: scipy.interpolate.PPoly, r: ArrayLike) -> RealArray:
        last = float(self.radii[-1])
        return np.where(np.asarray(r) <= last, spline(np.minimum(r, last)), 0.0)

    @functools.cached_property
    def _spline(self) -> scipy.interpolate.PPoly:
        r, values = np.asarray(self.radii, dtype=float), np.asarray(self.values, dtype=float)
        mirrored = slice(None, 0, -1) if r[0] == 0 else slice(None, None, -1)
        whole_r, whole = np.concatenate([-r[mirrored], r]), np.concatenate([values[mirrored], values])
        return scipy.interpolate.PPoly.from_spline(scipy.interpolate.make_interp_spline(whole_r, whole, k=DEGREE))

    @functools.cached_property
    def _slope(self) -> scipy.interpolate.PPoly:
        return self._spline.derivative()

    @functools.cached_property
    def _primitive(self) -> Callable[[ArrayLike], RealArray]:
        """∫_0^r qV dq: each piece of V, in powers of q − q_i, times q = q_i + (q − q_i)."""
        pieces, edges = self._spline.c, self._spline.x
        product = np.vstack([pieces, np.zeros(edges.size - 1)])
        product[1:] += edges[:-1] * pieces
        whole = scipy.interpolate.PPoly(product, edges).antiderivative()
        return lambda r: whole(r) - whole(0.0)


@dataclass(frozen=True)
class FunctionPotential(RadialPotential):
    """A potential by a function of the user.

    Attributes
    ----------
    function : callable
        V of an array of r > 0 (and of 0 where it is bounded), of any shape.
    slope : callable, optional
        V' of the same; by default from differences of order 8, good to about ten digits where V varies
        over 0.005 r or more.
    singular_power : float, optional
        a of V ~ r^{−a} at 0, where V·r^a is smooth; 0, the default, for a V that is bounded and smooth in r.
    length : float, optional
        A length on which V varies; limits and the tail are read off at 10^{±10} of it.
    """

    kind: ClassVar[str] = "python"
    function: Callable[[RealArray], ArrayLike]
    slope: Callable[[RealArray], ArrayLike] | None = None
    singular_power: float = field(default=0.0)
    length: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.singular_power < math.inf:
            raise UserError(f"singular_power = {self.singular_power!r} of a potential must be at least 0, and finite")
        if not 0 < self.length < math.inf:
            raise UserError(f"length = {self.length!r} of a potential must be positive")
        places = np.array([[0.5], [1.0], [2.0]]) * self.length
        values = np.asarray(self.function(places), dtype=float)
        if values.shape != places.shape or not np.isfinite(values).all():
            what = f"shape {values.shape}" if values.shape != places.shape else "numbers that are not finite"
            text = f"the function of a potential returns {what} for r of shape {places.shape}"
            raise UserError(f"{text}; it must return a number for each r > 0")
        if not self.singular_power:
            with np.errstate(all="ignore"):
                at_zero = np.asarray(self.function(np.zeros((1, 1))), dtype=float)
            if not np.isfinite(at_zero).all():
                raise UserError(
                    f"the function of a potential returns {float(at_zero.ravel()[0])!r} at r = 0, which takes "
                    "singular_power > 0: s of r^-s near 0, as singular_power = 2.0 for 1/r²"
                )

    @property
    def tail_power(self) -> float:
        """The slope of ln V to ln r far out; infinite where V vanishes there."""
        return -self._far_slope(FAR * self.length, 2.0)

    @property
    def limits(self) -> Limits:
        """Read off at 10^{∓10} lengths. *Communication*: local."""
        far, near = FAR * self.length, self.length / FAR
        at_zero = 0.0 if self.singular_power < 2 else self._limit(near, self.singular_power - 2)
        return Limits(at_zero, self._limit(far, 2 - self.tail_power))

    def value(self, r: ArrayLike) -> RealArray:
        """V(r). *Communication*: local."""
        r = np.asarray(r, dtype=float)
        if not self.singular_power:
            return np.asarray(self.function(r), dtype=float)
        at = self.function(np.where(r > 0, r, self.length))
        return np.where(r > 0, at, self._singular_value())

    def virial(self, r: ArrayLike) -> RealArray:
        """r·V'(r), 0 at 0 for bounded V. *Communication*: local."""
        r = np.asarray(r, dtype=float)
        positive = np.where(r > 0, r, self.length)
        if self.slope is not None:
            inside = positive * np.asarray(self.slope(positive), dtype=float)
        else:
            # The finer step has more of rounding, and is taken where the function bends within the other.
            inside, fine = (self._slope_by(positive, step) for step in (DIFFERENCE_STEP, DIFFERENCE_STEP / 8))
            size = np.abs(np.asarray(self.function(positive), dtype=float)) + np.abs(fine)
            inside = np.where(np.abs(inside - fine) > _BENDS * size, fine, inside)
        return np.where(r > 0, inside, -self._singular_value() if self.singular_power else 0.0)

    def _singular_value(self) -> float:
        """V(0): infinite, with the sign that V has next to it; far out V may be 0."""
        return math.copysign(math.inf, float(np.asarray(self.function(np.array(self.length / FAR)))))

    def _slope_by(self, r: RealArray, step: float) -> RealArray:
        """r·V' by differences in ln r."""
        found = np.zeros(r.shape)
        for k, weight in enumerate(DIFFERENCES, start=1):
            factor = math.exp(k * step)
            out, back = (np.asarray(self.function(place)) for place in (r * factor, r / factor))
            found = found + weight / step * (out - back)
        return found

    def antiderivative(self, r: ArrayLike) -> RealArray:
        """By quadrature; from 0 where qV is integrable there, else from the largest r. *Communication*: local."""
        r = np.asarray(r, dtype=float)
        return running_integral(lambda q: q * self.value(q), r, 1 - self.singular_power)

    def integral(self, lower: RealArray, upper: RealArray) -> RealArray:
        """Differences of one antiderivative. *Communication*: local."""
        both = self.antiderivative(np.stack(np.broadcast_arrays(lower, upper)))
        return np.asarray(both[1] - both[0])

    def _far_slope(self, place: float, factor: float) -> float:
        one, two = (abs(float(self.value(r))) for r in (place, factor * place))
        return math.log(two / one) / math.log(factor) if one > 0 and two > 0 else -math.inf

    def _limit(self, place: float, growth: float) -> float:
        """Limit of r²V from its value at a far or near place, and the power by which it grows towards it."""
        value = place**2 * float(self.value(place))
        if abs(growth) < 1e-6:
            return value
        return math.copysign(math.inf, value) if growth > 0 else 0.0
