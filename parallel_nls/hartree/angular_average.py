"""Averages of V(|x−y|) over the directions of x and y, for |x| = r and |y| = s.

    d = 3:   V̄(r,s) = (1/2rs) ∫_{|r−s|}^{r+s} q V(q) dq          d = 2:   V̄(r,s) = (1/2π) ∫ V(q) dθ

with q² = r² + s² − 2rs cos θ. The average of x·∇V(x−y) is r∂_rV̄, that of −y·∇V(x−y) is s∂_sV̄, and since
x·(x−y) = ½(q² + r² − s²) both follow from averages of W = qV' and of W/q²:

    r∂_rV̄ = ½W̄ + ½(r²−s²)·avg(W/q²),      s∂_sV̄ = ½W̄ − ½(r²−s²)·avg(W/q²),      r∂_rV̄ + s∂_sV̄ = W̄.

Where one radius is much smaller the closed forms of d = 3 cancel, and Gauss–Legendre in cos θ takes their place. At
r = s the average of V ~ q^{−a} is infinite for a ≥ 2 in d = 3: such V are convolved, see `convolution`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.special
from numpy.typing import ArrayLike, NDArray

from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import RadialKernel, RadialPotential, VirialKernel
from parallel_nls.hartree.potentials import Gaussian
from parallel_nls.hartree.quadrature import unit_rule
from parallel_nls.numerics.arrays import RealArray

DIMENSIONS = (2, 3)
SLENDER = 0.25
"""Ratio of the radii below which |x−y| changes so little that a polynomial in cos θ is V, unless V is steep."""
STEEP = 0.5
"""Relative change of V over all directions from which on it is steep."""
LEAST_ANGLES, ANGLES = 16, 2**14
AGREEMENT = 1e-14

Function = Callable[[RealArray], RealArray]
Mask = NDArray[np.bool]


class RadialDerivatives(NamedTuple):
    """r∂_rV̄ and s∂_sV̄."""

    first: RealArray
    second: RealArray


def angular_average(kernel: RadialKernel, r: ArrayLike, s: ArrayLike, dimension: int = 3) -> RealArray:
    """Average of V(|x−y|) over all directions.

    Parameters
    ----------
    kernel : RadialKernel
    r, s : array_like
        |x|, |y| ≥ 0, dimensionless; they broadcast.
    dimension : int
        3, or 2 for kernels that are bounded at 0.

    Returns
    -------
    ndarray of the shape that r and s broadcast to
        Good to about 10^{-15}, in d = 3 relative to V̄ for the potentials in closed form. Infinite where V is not
        integrable.

    Raises
    ------
    UserError
        Another dimension; in d = 2 a singular kernel, or one that is too narrow.

    Notes
    -----
    *Communication*: local.
    """
    first, second = _radii(r, s, dimension)
    if dimension == 3:
        return _average_3d(kernel, first, second)
    if isinstance(kernel, Gaussian):
        square = ((first - second) / kernel.width) ** 2
        bessel = scipy.special.i0e(2 * first * second / kernel.width**2)
        return np.asarray(kernel.strength * np.exp(-square) * bessel)
    return _average_2d(kernel, kernel.value, first, second)


def radial_derivatives(potential: RadialPotential, r: ArrayLike, s: ArrayLike, dimension: int = 3) -> RadialDerivatives:
    """r∂_rV̄ and s∂_sV̄: the averages of x·∇V(x−y) and of −y·∇V(x−y) over all directions.

    Parameters, errors and accuracy are those of `angular_average`. At r = s both are half of W̄, by symmetry; where V
    is singular with a > 1 in d = 3 they are infinite on both sides of it.

    Notes
    -----
    *Communication*: local.
    """
    first, second = _radii(r, s, dimension)
    kernel = VirialKernel(potential)
    half = angular_average(kernel, first, second, dimension) / 2
    rest = np.asarray((first - second) * (first + second) / 2 * _average_over_square(kernel, first, second, dimension))
    rest[first == second] = 0.0
    return RadialDerivatives(half + rest, half - rest)


def virial_average(potential: RadialPotential, r: ArrayLike, s: ArrayLike, dimension: int = 3) -> RealArray:
    """W̄ for W = qV': the average of (x−y)·∇V(x−y); see `angular_average`. *Communication*: local."""
    return angular_average(VirialKernel(potential), r, s, dimension)


def _radii(r: ArrayLike, s: ArrayLike, dimension: int) -> tuple[RealArray, RealArray]:
    if dimension not in DIMENSIONS:
        raise UserError(f"averages over directions are known in dimensions 2 and 3, not {dimension!r}")
    first, second = np.broadcast_arrays(np.asarray(r, dtype=float), np.asarray(s, dtype=float))
    if not ((first >= 0) & (second >= 0)).all():
        raise UserError("averages over directions are of radii r ≥ 0 and s ≥ 0; one of these is not")
    return first, second


def _average_3d(kernel: RadialKernel, r: RealArray, s: RealArray) -> RealArray:
    return sum((_closed_or_gauss(term, r, s) for term in kernel.terms), start=np.zeros(r.shape))


def _closed_or_gauss(kernel: RadialKernel, r: RealArray, s: RealArray) -> RealArray:
    average = np.empty(r.shape)
    slender = _is_slender(kernel, r, s)
    average[slender] = _gauss(kernel.value, r[slender], s[slender])
    r, s = r[~slender], s[~slender]
    average[~slender] = kernel.integral(np.abs(r - s), r + s) / (2 * r * s)
    return average


def _is_slender(kernel: RadialKernel, r: RealArray, s: RealArray) -> Mask:
    """Where the quadrature in cos θ is exact, and the closed form would cancel."""
    least, most = np.minimum(r, s), np.maximum(r, s)
    if kernel.breaks.size:
        return np.asarray(least == 0)
    with np.errstate(invalid="ignore"):
        near, far = kernel.value(most - least), kernel.value(most + least)
        flat = np.abs(near - far) <= STEEP * np.maximum(np.abs(near), np.abs(far))
    return np.asarray(((least <= SLENDER * most) & flat) | (least == 0))


def _gauss(function: Function, r: RealArray, s: RealArray) -> RealArray:
    """½∫ f(q) d cos θ, where q hardly changes."""
    total = np.zeros(r.shape)
    for node, weight in zip(*unit_rule(), strict=True):
        # q² = (r−s)² + 4rs·(1 − cos θ)/2
        total += weight * function(np.sqrt((r - s) ** 2 + 4 * r * s * node))
    return total


def _average_over_square(kernel: VirialKernel, r: RealArray, s: RealArray, dimension: int) -> RealArray:
    """Average of W/q² = V'/q; in d = 3 it is (V(r+s) − V(|r−s|))/(2rs)."""

    def _over_square(q: RealArray) -> RealArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(q > 0, kernel.value(q) / (q * q), 0.0)

    if dimension == 2:
        return _average_2d(kernel, _over_square, r, s)
    potential = kernel.potential
    average = np.empty(r.shape)
    slender = _is_slender(kernel, r, s) & (np.maximum(r, s) > 0)
    average[slender] = _gauss(_over_square, r[slender], s[slender])
    r, s = r[~slender], s[~slender]
    with np.errstate(divide="ignore", invalid="ignore"):
        average[~slender] = (potential.value(r + s) - potential.value(np.abs(r - s))) / (2 * r * s)
    return average


def _average_2d(kernel: RadialKernel, function: Function, r: RealArray, s: RealArray) -> RealArray:
    """(1/2π)∫ f(q) dθ by the trapezoidal rule, with twice the angles until nothing changes."""
    if kernel.singular_power:
        text = f"in dimension 2 a potential that is singular as r^-{kernel.singular_power:g} has no averages here"
        raise UserError(f'{text}; soften it, for instance by kind = "softened-power"')
    count, changing = LEAST_ANGLES, np.ones(r.shape, dtype=bool)
    average = _mean_over_angles(function, r, s, count)
    while changing.any():
        count *= 2
        if count > ANGLES:
            raise UserError(
                "in dimension 2 the potential is too narrow for averages over directions, or jumps; make it smooth"
            )
        before, finer = average[changing], _mean_over_angles(function, r[changing], s[changing], count)
        average[changing] = finer
        changing[changing] = np.abs(finer - before) > AGREEMENT * np.abs(average).max()
    return average


def _mean_over_angles(function: Function, r: RealArray, s: RealArray, count: int) -> RealArray:
    total = np.zeros(r.shape)
    for angle in np.pi * (np.arange(count) + 0.5) / count:
        total += function(np.sqrt((r - s) ** 2 + 4 * r * s * np.sin(angle / 2) ** 2))
    return np.asarray(total / count)
