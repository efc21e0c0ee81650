"""Where a wave of a given size has the least action: the place from which a standing wave is looked for.

A bell φ of the size of the wave, at x₀ and of the best height, has an action that falls as B²/A^{p+2}, A = (φ, Hφ) and
B = ∫kφ^{p+2}: means of V and k about x₀. They are taken with the weight (1 + |ξ|^s/c)⁻², which is exact to compute.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.elliptic.fields import RealFields, power_of
from parallel_nls.numerics.arrays import RealArray

__all__ = ["best_place"]

_ALIKE = 1e-9
"""Relative, by which merits differ at places that are equally good: of these the one nearest to the origin is taken."""


def best_place(fields: RealFields, k: RealArray, V: RealArray, power: float, frequency: float) -> tuple[float, ...]:
    """The point of the grid from which to look for a wave; the origin where no other one is better.

    Parameters
    ----------
    fields : RealFields
        Of the box.
    k, V : ndarray
        The coefficient and the potential at this rank's points.
    power, frequency : float
        p, and ω or 1: that and the depth of V tell the size of the wave.

    Notes
    -----
    The same on any number of ranks. *Communication*: collective.
    """
    dimension = fields.domain.dimension
    if all(least == largest for least, largest in map(fields.extremes, (k, V))):
        return (0.0,) * dimension

    def mean(values: RealArray, factor: float) -> RealArray:
        """Return values averaged over a wave to some power, which is that much narrower."""
        return fields.apply(fields.multiplier(lambda symbol: 1 / (1 + symbol / (factor * frequency)) ** 2), values)

    about = mean(V, 2.0)
    merit = np.maximum(mean(k, power + 2), 0.0) ** 2 / power_of(
        2 * frequency + (fields.extremes(about)[1] - about), power + 2
    )
    good = merit >= (1 - _ALIKE) * fields.extremes(merit)[1]
    places = np.stack([fields.sampled(lambda *x, axis=axis: x[axis])[good] for axis in range(dimension)], axis=1)
    squares = (places**2).sum(axis=1)
    nearest = [tuple(place) for place in places[squares == squares.min(initial=np.inf)].tolist()]
    everyone = (place for some in fields.domain.comm.allgather(nearest) for place in some)
    # Of mirrored places that at greater x.
    found: tuple[float, ...] = min(everyone, key=lambda place: (sum(x * x for x in place), *(-x for x in place)))
    if all(abs(x) <= 0.75 * h for x, h in zip(found, fields.domain.spacing, strict=True)):
        return (0.0,) * dimension
    return found
