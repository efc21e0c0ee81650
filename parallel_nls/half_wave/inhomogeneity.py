"""The factor k(x) of the nonlinearity, and what the theory of minimal-mass blow-up asks of it.

It asks for k even, 0 < k ≤ 1 with the maximum 1 at x = 0 (Li, 1.10), and there k''(0) < 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import make_interp_spline

from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray

PROBES = 401
NEAR, FAR = 1e-6, 1e6
"""Distances between which k is looked at, unless it is a table."""
EXCESS = 1e-12
STEP = 1e-3  # of differences
_ORDER = 10  # of second differences
_SECOND = np.array([-5269 / 1800, 5 / 3, -5 / 21, 5 / 126, -5 / 1008, 1 / 3150])  # of values at 0, h, …, 5h on a side
_STEPS = 2.0 ** np.arange(12, -21, -1)
_NOISE = 2e-15  # of a second difference, times h²
_AGREED, _SEEN, _GROWN = 1e-6, 1e-3, 1.02
SHORTEST = 6  # table that determines a spline of degree 5


class Inhomogeneity(Protocol):
    """A function k(x)."""

    @property
    def curvature(self) -> float:
        """k''(0)."""

    @property
    def curvature_doubt(self) -> float:
        """What that may be wrong by, absolutely."""

    @property
    def reach(self) -> float:
        """How far out k is known."""

    def value(self, x: RealArray) -> RealArray:
        """Values k at points of any shape. *Communication*: local."""

    def slope(self, x: RealArray) -> RealArray:
        """Slopes k' at points. *Communication*: local."""


@dataclass(frozen=True)
class Homogeneous:
    """k = 1."""

    curvature: float = 0.0
    reach: float = np.inf
    curvature_doubt: float = 0.0

    def value(self, x: RealArray) -> RealArray:
        """1."""
        return np.ones_like(x)

    def slope(self, x: RealArray) -> RealArray:
        """0."""
        return np.zeros_like(x)


@dataclass(frozen=True)
class Bump(ABC):
    """k = floor + (1 − floor)·f(x²/width²) with f(0) = 1 and f'(0) = −1.

    Raises
    ------
    UserError
        Unless width > 0.
    """

    floor: float = 0.5
    width: float = 1.0
    reach: float = np.inf
    curvature_doubt: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.width < np.inf:
            raise UserError(f"width = {self.width!r} of the inhomogeneity must be positive and finite; give another")

    @property
    def curvature(self) -> float:
        """−2(1 − floor)/width²."""
        return -2 * (1 - self.floor) / self.width**2

    @staticmethod
    @abstractmethod
    def shape(square: RealArray) -> tuple[RealArray, RealArray]:
        """F, and −f'. *Communication*: local."""

    def value(self, x: RealArray) -> RealArray:
        """See the class."""
        return self.floor + (1 - self.floor) * self.shape((x / self.width) ** 2)[0]

    def slope(self, x: RealArray) -> RealArray:
        """k''(0)·x·(−f')."""
        return self.curvature * x * self.shape((x / self.width) ** 2)[1]


class Rational(Bump):
    """k = floor + (1 − floor)/(1 + (x/width)²)."""

    @staticmethod
    def shape(square: RealArray) -> tuple[RealArray, RealArray]:
        """1/(1 + s) and its square. *Communication*: local."""
        return 1 / (1 + square), 1 / (1 + square) ** 2


class GaussianBump(Bump):
    """k = floor + (1 − floor)·exp(−(x/width)²)."""

    @staticmethod
    def shape(square: RealArray) -> tuple[RealArray, RealArray]:
        """e^{−s}, twice. *Communication*: local."""
        return np.exp(-square), np.exp(-square)


class Tabulated:
    """An even k through given points, a quintic spline of both sides; beyond the last point it stays.

    Parameters
    ----------
    x, k : ndarray, (m,)
        Increasing from x = 0, m ≥ 6.

    Raises
    ------
    UserError
        If they are not.
    """

    curvature_doubt = 0.0

    def __init__(self, x: RealArray, k: RealArray) -> None:
        x, k = np.asarray(x, dtype=np.float64), np.asarray(k, dtype=np.float64)
        if x.ndim != 1 or x.shape != k.shape or len(x) < SHORTEST:
            raise UserError(f"{k.size} values of k at {x.size} points x; give one at each of at least {SHORTEST}")
        if x[0] != 0:
            raise UserError(f"the points x of k begin at {x[0]:g}; begin at 0, for k is even")
        if (wrong := np.flatnonzero(~(np.diff(x) > 0))).size:
            before, after = x[wrong[0]], x[wrong[0] + 1]
            raise UserError(f"x = {after:g} follows on x = {before:g} in the table of k; give increasing x")
        for values, what in ((x, "x"), (k, "k")):
            if (wrong := np.flatnonzero(~np.isfinite(values))).size:
                raise UserError(
                    f"row {wrong[0] + 1} of the table of k has {what} = {values[wrong[0]]}; give a finite number"
                )
        self.reach = float(x[-1])
        self._spline = make_interp_spline(np.concatenate([-x[:0:-1], x]), np.concatenate([k[:0:-1], k]), k=5)
        self._slope = self._spline.derivative()

    @property
    def curvature(self) -> float:
        """Of the spline."""
        return float(self._spline(0.0, nu=2))

    def value(self, x: RealArray) -> RealArray:
        """Of the spline."""
        return np.asarray(self._spline(np.clip(x, -self.reach, self.reach)))

    def slope(self, x: RealArray) -> RealArray:
        """Of the spline; 0 beyond the table."""
        return np.where(np.abs(x) < self.reach, self._slope(np.clip(x, -self.reach, self.reach)), 0.0)


class FromPython:
    """K from a Python function of an array; derivatives by differences of order 6.

    Parameters
    ----------
    function : callable
        ``function(x) -> k``, of the shape of x.
    name : str
        What messages call it.
    """

    reach = np.inf

    def __init__(self, function: Callable[[RealArray], ArrayLike], name: str = "k(x)") -> None:
        self._function, self._name = function, name

    @property
    def curvature(self) -> float:
        """By differences of that step at which three, each half of the one before, agree best: to 1e-11 of it or so.

        Raises
        ------
        UserError
            If they grow as the step falls: k has a cusp.
        """
        return self._second_difference[0]

    @property
    def curvature_doubt(self) -> float:
        """By how much those three differ, and their rounding."""
        return self._second_difference[1]

    @cached_property
    def _second_difference(self) -> tuple[float, float]:
        k = self.value(np.multiply.outer(_STEPS, np.arange(-_ORDER / 2, _ORDER / 2 + 1)))
        found = k @ np.concatenate([_SECOND[:0:-1], _SECOND]) / _STEPS**2
        noise = _NOISE * np.abs(k).max(axis=1) / _STEPS**2
        doubts = np.abs(np.diff(found))
        doubts = np.maximum(doubts[:-1], doubts[1:]) + noise[1:-1]
        with np.errstate(all="ignore"):
            best = int(np.nanargmin(np.where(found[1:-1] == 0.0, np.inf, doubts / np.abs(found[1:-1]))))
        if doubts[best] <= _AGREED * abs(found[best + 1]):
            return float(found[best + 1]), float(doubts[best])
        seen = np.flatnonzero(noise <= _SEEN * np.abs(found))
        before, last = seen[-2:] if len(seen) > 1 else (0, 0)
        if abs(found[last]) > _GROWN * abs(found[before]):
            raise UserError(
                f"{self._name} has no second derivative at x = 0: differences of steps {_STEPS[before]:.2g} and "
                f"{_STEPS[last]:.2g} give {found[before]:.4g} and {found[last]:.4g}; give one that is smooth there"
            )
        return 0.0, 0.0

    def value(self, x: RealArray) -> RealArray:
        """Of the function.

        Raises
        ------
        UserError
            If its result has another shape, or is not real and finite.
        """
        found = np.asarray(self._function(x))
        if found.shape != np.shape(x):
            each = f"{np.size(x)} values of x"
            raise UserError(f"{self._name} gives an array of shape {found.shape} for {each}; give one number each")
        if found.dtype.kind not in "biuf":
            raise UserError(f"{self._name} gives values of type {found.dtype}; give real numbers")
        if (wrong := np.flatnonzero(~np.isfinite(found))).size:
            place = np.ravel(x)[wrong[0]]
            raise UserError(f"{self._name} gives {found.flat[wrong[0]]} at x = {place:.4g}; give finite numbers")
        return found.astype(np.float64)

    def slope(self, x: RealArray) -> RealArray:
        """By differences."""
        differences = [
            weight * (self.value(x + n * STEP) - self.value(x - n * STEP)) for n, weight in ((1, 45), (2, -9), (3, 1))
        ]
        return np.asarray(sum(differences) / (60 * STEP))


def check_inhomogeneity(k: Inhomogeneity, *, for_profile: bool = True, name: str = "k") -> None:
    """Refuse what the theory excludes: by values at 800 places.

    Parameters
    ----------
    k : Inhomogeneity
    for_profile : bool
        Whether k''(0) < 0 is asked for too, unless k is 1 everywhere.
    name : str
        How messages begin, and what they call k.

    Raises
    ------
    UserError
        The first condition that fails, with the place and the remedy.

    Notes
    -----
    *Communication*: local.
    """
    x = np.geomspace(NEAR, min(FAR, k.reach), PROBES)
    right, left = k.value(x), k.value(-x)
    center = float(k.value(np.zeros(1))[0])
    worst, low, high = (int(np.argmax(values)) for values in (np.abs(right - left), -right, right))
    if abs(right[worst] - left[worst]) > EXCESS:
        place = x[worst]
        raise UserError(
            f"{name} must be even, but k({place:.4g}) = {right[worst]:.8g} and k(-{place:.4g}) = {left[worst]:.8g}; "
            "make it depend on |x| alone"
        )
    if not right[low] > 0:
        raise UserError(f"{name} must be positive, but k({x[low]:.4g}) = {right[low]:.8g}; give k > 0 everywhere")
    if abs(center - 1) > EXCESS:
        raise UserError(
            f"{name} must have its maximum 1 at x = 0, but k(0) = {center:.8g}; divide k by it, and multiply u by its "
            "square root"
        )
    if right[high] > 1 + EXCESS:
        raise UserError(
            f"{name} must have its maximum 1 at x = 0, but k({x[high]:.4g}) = {right[high]:.8g}; "
            "give one that is nowhere larger than at 0"
        )
    if for_profile and right[low] < 1 - EXCESS and not k.curvature < -EXCESS:
        raise UserError(
            f"{name} has k''(0) = {k.curvature:.6g}, and the blow-up profile needs k''(0) < 0; give one that falls "
            "like x² from its maximum, or other initial data"
        )
