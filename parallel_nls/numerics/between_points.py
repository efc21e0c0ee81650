"""The largest modulus of a smooth function between equidistant points, by its values around the largest of them.

    u(t) = Σ u_j sinc(t − j)e^{−(t − j)²/(2w²)},    |j| ≤ R,    w² = 8R/π,    t in cells

errs by e^{−πR/16} = 10⁻¹¹ with waves up to 7/8 of the largest wavenumber, shorter ones by themselves (Qian, Proc. AMS
131, 2003, with the bandwidth 7π/8).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import RealArray

Values = NDArray[np.complexfloating]

__all__ = ["REACH", "largest_between"]

REACH = 128
_SETTLED = 1e-10  # of a cell
_MOST_STEPS = 20
_ERROR = 1e-10  # of the density: what is larger than a point by less is that point
_SMALL = 1e-4  # cells, up to which a series is taken


def largest_between(patch: Values) -> float:
    """max|u|² within a cell of the point in the middle, where the largest of all points is.

    Parameters
    ----------
    patch : ndarray, (2R + 1,)·d
        u at that point and at R points on each side of it along each axis, the same R for all.

    Returns
    -------
    float
        The density of the middle itself where it is the largest to rounding, or next to it there is no maximum.

    Notes
    -----
    *Communication*: local.
    """
    reach, dimension = len(patch) // 2, patch.ndim
    own = float(abs(patch[(reach,) * dimension]) ** 2)
    place, found = np.zeros(dimension), own
    for _ in range(_MOST_STEPS):
        found, slope, curvature = _density(patch, place)
        if not (np.isfinite(curvature).all() and (np.linalg.eigvalsh(curvature) < 0).all()):
            return own
        change = -np.linalg.solve(curvature, slope)
        if np.abs(change).max() <= _SETTLED:
            break
        place += np.clip(change, -0.5, 0.5)
        if np.abs(place).max() > 1:
            return own
    return found if found > own * (1 + _ERROR) else own


def _density(patch: Values, place: RealArray) -> tuple[float, RealArray, RealArray]:
    """|u|², its gradient and its second derivatives at a place, in cells."""
    reach, axes = len(patch) // 2, range(patch.ndim)
    rows = [_weights(reach, float(t)) for t in place]
    values = {}
    for orders in product(range(3), repeat=patch.ndim):
        if sum(orders) <= 2:
            found = patch
            for axis, order in enumerate(orders):
                found = np.tensordot(rows[axis][order], found, axes=(0, 0))
            values[orders] = complex(found)
    unit = np.eye(patch.ndim, dtype=int)
    u = values[(0,) * patch.ndim]
    first = [values[tuple(unit[i])] for i in axes]
    slope = np.array([2 * (u.conjugate() * part).real for part in first])
    second = [[values[tuple(unit[i] + unit[j])] for j in axes] for i in axes]
    curvature = [
        [2 * (first[i].conjugate() * first[j] + u.conjugate() * second[i][j]).real for j in axes] for i in axes
    ]
    return abs(u) ** 2, slope, np.array(curvature)


def _weights(reach: int, t: float) -> tuple[RealArray, RealArray, RealArray]:
    """What values at −R to R are multiplied by for the function, its first and its second derivative at t."""
    s = t - np.arange(-reach, reach + 1.0)
    near = np.abs(s) < _SMALL
    by = np.where(near, 1.0, s)
    sinc = np.sinc(s)
    first = np.where(near, -(np.pi**2) / 3 * s, (np.cos(np.pi * s) - sinc) / by)
    second = np.where(near, -(np.pi**2) / 3, (-np.pi * np.sin(np.pi * s) - 2 * first) / by)
    square = 8 * reach / np.pi
    window = np.exp(-(s**2) / (2 * square))
    slope, curvature = -s / square, (s / square) ** 2 - 1 / square
    return (
        window * sinc,
        window * (first + slope * sinc),
        window * (second + 2 * slope * first + curvature * sinc),
    )
