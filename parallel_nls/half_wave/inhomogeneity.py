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
from scipy.interpolate import make_interp_spline

from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray

PROBES = 401
NEAR, FAR = 1e-6, 1e6
"""Distances between which k is looked at, unless it is a table."""
EXCESS = 1e-12
STEP = 1e-3  # of differences


class Inhomogeneity(Protocol):
    """A function k(x)."""

    @property
    def curvature(self) -> float:
        """k''(0)."""

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

    def __post_init__(self) -> None:
        if not 0 < self.width < np.inf:
            raise UserError(f"width = {self.width!r} of the inhomogeneity must be positive")

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

    def __init__(self, x: RealArray, k: RealArray) -> None:
        x, k = np.asarray(x, dtype=np.float64), np.asarray(k, dtype=np.float64)
        if x.ndim != 1 or x.shape != k.shape or len(x) < 6 or x[0] != 0 or not (np.diff(x) > 0).all():
            raise UserError("a table of k needs at least 6 points x that increase from 0, and as many values")
        if not np.isfinite(k).all():
            raise UserError("a table of k has values that are not finite")
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
    """

    reach = np.inf

    def __init__(self, function: Callable[[RealArray], RealArray]) -> None:
        self._function = function

    @cached_property
    def curvature(self) -> float:
        """By differences, to 1e-8 or so."""
        step = 0.02
        k = self.value(step * np.arange(-3.0, 4.0))
        return float(np.array([2, -27, 270, -490, 270, -27, 2]) @ k) / (180 * step**2)

    def value(self, x: RealArray) -> RealArray:
        """Of the function.

        Raises
        ------
        UserError
            If its result has another shape, or is not real and finite.
        """
        found = np.asarray(self._function(x))
        if found.shape != np.shape(x) or np.iscomplexobj(found) or not np.isfinite(found).all():
            raise UserError("the function k(x) must return finite real numbers, as many as it gets")
        return found.astype(np.float64)

    def slope(self, x: RealArray) -> RealArray:
        """By differences."""
        differences = [
            weight * (self.value(x + n * STEP) - self.value(x - n * STEP)) for n, weight in ((1, 45), (2, -9), (3, 1))
        ]
        return np.asarray(sum(differences) / (60 * STEP))


def check_inhomogeneity(k: Inhomogeneity, *, for_profile: bool = True) -> None:
    """Refuse what the theory excludes: by values at 800 places.

    Parameters
    ----------
    k : Inhomogeneity
    for_profile : bool
        Whether k''(0) < 0 is asked for too, unless k is 1 everywhere.

    Raises
    ------
    UserError
        The first condition that fails, with the place.

    Notes
    -----
    *Communication*: local.
    """
    x = np.geomspace(NEAR, min(FAR, k.reach), PROBES)
    right, left = k.value(x), k.value(-x)
    center = float(k.value(np.zeros(1))[0])
    worst = int(np.argmax(np.abs(right - left)))
    if abs(right[worst] - left[worst]) > EXCESS:
        place = x[worst]
        raise UserError(
            f"k must be even, but k({place:.4g}) = {right[worst]:.8g} and k(-{place:.4g}) = {left[worst]:.8g}"
        )
    low, high = int(np.argmin(right)), int(np.argmax(right))
    if not right[low] > 0:
        raise UserError(f"k must be positive, but k({x[low]:.4g}) = {right[low]:.8g}")
    if abs(center - 1) > EXCESS:
        raise UserError(f"k must have its maximum 1 at x = 0, but k(0) = {center:.8g}; scale it, and u with 1/√k")
    if right[high] > 1 + EXCESS:
        raise UserError(f"k must have its maximum 1 at x = 0, but k({x[high]:.4g}) = {right[high]:.8g}")
    if for_profile and right[low] < 1 - EXCESS and not k.curvature < -EXCESS:
        raise UserError(f"the blow-up profile needs k''(0) < 0, but k''(0) = {k.curvature:.6g}")
