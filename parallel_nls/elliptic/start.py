"""Where a wave of a given size has little action: the places from which a standing wave is looked for.

A bell φ of the size of the wave, at x₀ and of the best height, has an action that falls as B²/A^{p+2}, A = (φ, Hφ) and
B = ∫kφ^{p+2}: means of V and k about x₀. They are taken with the weight (1 + |ξ|^s/c)⁻², which is exact to compute.
That is no more than a guess of the action: a wave becomes narrower or wider where k or V do, so that the least action
may be at any of the local maxima.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from parallel_nls.elliptic.fields import RealFields, power_of
from parallel_nls.numerics.arrays import RealArray

__all__ = ["MOST", "good_places"]

MOST = 5
"""Places from which a wave is looked for, besides the origin."""
_ALIKE = 1e-9
"""Relative, by which merits differ at places that are equally good: of these the one nearest to the origin is taken."""
_ON_THE_POINT = 0.75
"""Spacings, up to which a maximum is from the point of the grid that stands for it."""
_BENT, _ROUNDING = 1e-6, 1e-9
"""Least bend over the size of a wave of what is a maximum, relative to all that the merit varies by, and to it."""
_APART = 0.5  # sizes of a wave, within which two maxima count as one
_CANDIDATES = 64

Place = tuple[float, ...]


def good_places(
    fields: RealFields, k: RealArray, V: RealArray, power: float, frequency: float, invariant: Sequence[int] = ()
) -> list[Place]:
    """The points of the grid from which to look for a wave, the most promising one first; none where all are alike.

    Parameters
    ----------
    fields : RealFields
        Of the box.
    k, V : ndarray
        The coefficient and the potential at this rank's points.
    power, frequency : float
        p, and ω or 1: that and the depth of V tell the size of the wave.
    invariant : sequence of int
        Axes on which neither k nor V depends: there places are at 0.

    Returns
    -------
    list of tuple
        The best point, which is at or near one of them, and the other local maxima, `MOST` in all; of those that are
        equally good, as in a lattice, one.

    Notes
    -----
    The same on any number of ranks. *Communication*: collective.
    """
    if all(least == largest for least, largest in map(fields.extremes, (k, V))):
        return []

    def mean(values: RealArray, factor: float) -> RealArray:
        """Return values averaged over a wave to some power, which is that much narrower."""
        return fields.apply(fields.multiplier(lambda symbol: 1 / (1 + symbol / (factor * frequency)) ** 2), values)

    about = mean(V, 2.0)
    merit = np.maximum(mean(k, power + 2), 0.0) ** 2 / power_of(
        2 * frequency + (fields.extremes(about)[1] - about), power + 2
    )
    size = frequency ** (-1 / fields.order)
    best = np.asarray(merit >= (1 - _ALIKE) * fields.extremes(merit)[1])
    found: list[Place] = []
    for chosen in (best, _maxima(fields, merit, size, invariant)):
        for place in _ordered(_candidates(fields, merit, chosen, invariant)):
            if all(_distance(fields, place, other) > _APART * size for other in found):
                found.append(place)
    return found[:MOST]


def _maxima(fields: RealFields, merit: RealArray, size: float, invariant: Sequence[int]) -> NDArray[np.bool]:
    """Which points a local maximum is next to: that of the parabola through value, slope and bend. Collective."""
    # Of neighbours on the grid, not of derivatives: where k and V have corners, these ring.
    h = fields.domain.spacing
    axes = [axis for axis in range(fields.domain.dimension) if axis not in invariant]
    slopes = [fields.slope(merit, axis) / h[axis] for axis in axes]
    bends = np.array([[fields.slope(slope, axis) / h[axis] for axis in axes] for slope in slopes])
    for n, axis in enumerate(axes):
        bends[n, n] = fields.bend(merit, axis) / h[axis] ** 2
    least, largest = fields.extremes(merit)
    enough = (_BENT * (largest - least) + _ROUNDING * largest) / size**2
    found = np.all([bends[n, n] < -enough for n in range(len(axes))], axis=0)
    if len(axes) == 1:
        ways = [slopes[0] / np.where(found, bends[0, 0], 1.0)]
    else:
        determinant = bends[0, 0] * bends[1, 1] - bends[0, 1] * bends[1, 0]
        found &= determinant > 0
        scale = np.where(found, determinant, 1.0)
        ways = [
            (bends[1, 1] * slopes[0] - bends[0, 1] * slopes[1]) / scale,
            (bends[0, 0] * slopes[1] - bends[1, 0] * slopes[0]) / scale,
        ]
    for axis, way in zip(axes, ways, strict=True):
        found &= np.abs(way) <= _ON_THE_POINT * h[axis]
    return np.asarray(found)


def _candidates(
    fields: RealFields, merit: RealArray, chosen: NDArray[np.bool], invariant: Sequence[int]
) -> list[tuple[float, Place]]:
    """The best of the chosen points of all ranks with their merits, the greatest first. Collective."""
    dimension = fields.domain.dimension
    own = [
        np.zeros(int(chosen.sum())) if axis in invariant else fields.sampled(lambda *x, axis=axis: x[axis])[chosen]
        for axis in range(dimension)
    ]
    most: dict[Place, float] = {}
    for value, *place in zip(merit[chosen].tolist(), *(x.tolist() for x in own), strict=True):
        most[tuple(place)] = max(value, most.get(tuple(place), value))
    mine = _greatest((value, place) for place, value in most.items())
    return _greatest(one for some in fields.domain.comm.allgather(mine) for one in some)


def _greatest(pairs: Iterable[tuple[float, Place]]) -> list[tuple[float, Place]]:
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1]))[:_CANDIDATES]


def _ordered(candidates: list[tuple[float, Place]]) -> list[Place]:
    """One place of those that are equally good: the nearest to the origin, of mirrored ones that at greater x."""
    found, left = list[Place](), candidates
    while left:
        alike = [place for value, place in left if value >= (1 - _ALIKE) * left[0][0]]
        found.append(min(alike, key=lambda place: (sum(x * x for x in place), *(-x for x in place))))
        left = left[len(alike) :]
    return found


def _distance(fields: RealFields, one: Place, other: Place) -> float:
    """To the nearest periodic image."""
    sides = zip(one, other, fields.domain.length, strict=True)
    return float(np.sqrt(sum((a - b - side * round((a - b) / side)) ** 2 for a, b, side in sides)))
