"""The convolution V * ρ of functions in the plane, not periodic, as a product on a plane of twice the sides.

ρ is given on the N₀ × N₁ points of a box and 0 outside of it. On a box of twice the sides every distance between two
points of the first one occurs once, so that a product of transforms there is the convolution in the whole plane, for

    M(k) = V̂_short(k) + h₀h₁ Σ_j V_long(x_j) e^{−ik·x_j},      k = πm/L,

with the parts of `gaussian_sums`. The narrow Gaussians, up to w, have fallen to rounding at the distance L of the
nearest image; the wide ones, from w on, are resolved by the points, where sums are integrals to rounding. So w lies
between, which takes `LEAST` points. What limits the accuracy is how well the points resolve ρ. (The kernel that is cut
off at the diameter of the box, of Vico, Greengard & Ferrando 2016, needs four times the sides, or as much at the
set-up, and quadrature of what oscillates.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.fft

from parallel_nls.errors import UserError
from parallel_nls.hartree.gaussian_sums import GaussianSum, interpolated
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.numerics.arrays import RealArray

__all__ = ["LEAST", "PlaneKernel"]

_FALLEN = 6.07  # widths at which e^{−r²/w²} is 1e-16
_RESOLVED = 3.87  # distances of points in the least width whose e^{−k²w²/4} is 1e-16 at k = π/h
LEAST = math.ceil(_FALLEN * _RESOLVED)
"""Points, at the largest spacing, on the shortest side."""


@dataclass(frozen=True)
class PlaneKernel:
    """M(k) of a potential V and of x·∇V.

    Attributes
    ----------
    potential, virial : ndarray, (N₁ + 1, N₀ + 1)
        M by |k₁| and |k₀|, in units of π/L on each axis: the second axis of the plane comes first.

    Notes
    -----
    *Communication*: local. The set-up takes two cosine transforms of so many numbers, and memory for six of these.
    """

    potential: RealArray
    virial: RealArray

    @classmethod
    def of(cls, potential: RadialPotential, points: tuple[int, int], length: tuple[float, float]) -> PlaneKernel:
        """Of a potential on the points of a box.

        Parameters
        ----------
        potential : RadialPotential
            V, of terms that are mixtures of Gaussians.
        points, length : tuple
            N and L on each axis.

        Raises
        ------
        UserError
            If V is none of these, or the grid has too few points.

        Notes
        -----
        *Communication*: local.
        """
        spacing = tuple(side / n for side, n in zip(length, points, strict=True))
        shortest, widest = min(length), max(spacing)
        if shortest < LEAST * widest:
            raise UserError(
                f"grid.points = {list(points)}: too few for V*ρ, which takes {LEAST} on every side, at the largest "
                f"distance of points, {widest:.4g}; give more grid.points"
            )
        width = math.sqrt(_RESOLVED * widest * shortest / _FALLEN)
        sums = [GaussianSum.of(term, width) for term in potential.terms]
        return cls(*(_multipliers(sums, points, length, width, virial) for virial in (False, True)))


def _multipliers(
    sums: list[GaussianSum], points: tuple[int, int], length: tuple[float, float], width: float, virial: bool
) -> RealArray:
    (n0, n1), (l0, l1) = points, length
    k = np.hypot(np.pi / l1 * np.arange(n1 + 1)[:, None], np.pi / l0 * np.arange(n0 + 1))
    r = np.hypot(l1 / n1 * np.arange(n1 + 1)[:, None], l0 / n0 * np.arange(n0 + 1))
    wide, narrow = np.zeros(k.shape), np.zeros(k.shape)
    for found in sums:
        if found.narrow < len(found.weights):
            wide += interpolated(partial(found.values, virial=virial), r, width, float(r[-1, -1]))
        if found.narrow:
            narrow += interpolated(partial(found.transform, virial=virial), k, 1 / width, float(k[-1, -1]))
    return np.asarray(narrow + l0 * l1 / (n0 * n1) * scipy.fft.dctn(wide, type=1))
