"""Where bubbles may be in a stored field: its local maxima, read in bands by one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.fields import GridAxis, StoredField

Indices = NDArray[np.intp]

FAINT = 1e-3
"""Of the largest |u|: what is lower is no peak."""
APART = 4.0
"""Scales of a peak within which there is no other."""
TAILS = 2.0
"""Times the sum of the higher bubbles, and lower: this belongs to their tails, fringes where they meet included."""
_MOST = 10**5  # peaks that are kept, the highest ones
_BAND = 2**22  # numbers that are read at a time


@dataclass(frozen=True, eq=False)
class Peaks:
    """Local maxima of |u|, from the highest to the lowest.

    Attributes
    ----------
    indices : ndarray of int, (n, d)
        Points of the grid.
    places : ndarray, (n, d)
        Their coordinates.
    heights : ndarray, (n,)
        |u| there.
    length : tuple of float
        Sides of the periodic box.
    """

    indices: Indices
    places: RealArray
    heights: RealArray
    length: tuple[float, ...]

    @property
    def scales(self) -> RealArray:
        """λ = (Q(0)/|u|)^{2/d} of bubbles that are as high, (n,)."""
        dimension = len(self.length)
        scales: RealArray = (ground_state(dimension).peak / self.heights) ** (2 / dimension)
        return scales

    def separate(self, count: int) -> list[int]:
        """Numbers of the ``count`` highest peaks that are not parts of higher bubbles; fewer if there are not so many.

        Notes
        -----
        *Communication*: local.
        """
        scales, state = self.scales, ground_state(len(self.length))
        free, tails, found = np.ones(len(scales), dtype=bool), np.zeros(len(scales)), list[int]()
        while len(found) < count and free.any():
            peak = int(np.argmax(free))
            found.append(peak)
            radii = self._distances(peak) / scales[peak]
            tails += self.heights[peak] / state.peak * state.value(radii)
            free &= (radii > APART) & (self.heights > TAILS * tails)
        return found

    def _distances(self, peak: int) -> RealArray:
        """Of all peaks from one, around the box or within it."""
        across = np.abs(self.places - self.places[peak])
        nearest = np.minimum(across, np.array(self.length) - across)
        distances: RealArray = np.sqrt((nearest**2).sum(axis=1))
        return distances

    def nearest_to(self, centers: Sequence[Sequence[float]]) -> list[int]:
        """For each center the highest peak that is nearer to it than to the others; else the highest of all.

        Notes
        -----
        *Communication*: local.
        """
        apart = self.places[:, None, :] - np.array(centers, dtype=np.float64)[None, :, :]
        own = np.argmin((apart**2).sum(axis=2), axis=1)
        # The first one is the highest.
        return [int(np.argmax(own == k)) for k in range(len(centers))]


def find_peaks(stored: StoredField) -> Peaks:
    """All local maxima of |u| that are not faint, at most 10⁵.

    Parameters
    ----------
    stored : StoredField
        Read once, in bands.

    Returns
    -------
    Peaks
        At least one.

    Raises
    ------
    UserError
        If the file is damaged, or the field is zero or not finite.

    Notes
    -----
    *Communication*: local.
    """
    axes = stored.axes()
    highest, indices, heights = 0.0, np.empty((0, len(axes)), dtype=np.intp), np.empty(0)
    for first, band in _bands(stored, axes):
        top = float(band.max())
        if not np.isfinite(top):
            raise UserError(f"{stored.path} holds numbers that are not finite; it cannot be decomposed")
        highest = max(highest, top)
        new, values = _maxima(band, FAINT**2 * highest)
        new[:, 0] += first
        indices, heights = np.concatenate([indices, new]), np.concatenate([heights, values])
        best = np.argsort(-heights, kind="stable")[:_MOST]
        best = best[heights[best] >= FAINT**2 * highest]
        indices, heights = indices[best], heights[best]
    if highest == 0:
        raise UserError(f"{stored.path} holds a field that is zero; there is nothing to decompose")
    places = np.stack([axis.at(indices[:, a]) for a, axis in enumerate(axes)], axis=1)
    return Peaks(indices, places, np.sqrt(heights), tuple(axis.points * axis.spacing for axis in axes))


def _bands(stored: StoredField, axes: Sequence[GridAxis]) -> Iterator[tuple[int, RealArray]]:
    """Yield |u|² in bands across the first axis, each with a neighbour on either side, and where they begin."""
    points = axes[0].points
    height = max(1, _BAND // prod(axis.points for axis in axes[1:]))
    for first in range(0, points, height):
        last = min(first + height, points)
        before = stored.density(slice(first - 1, first) if first else slice(points - 1, points))
        after = stored.density(slice(last, last + 1) if last < points else slice(0, 1))
        yield first, np.concatenate([before, stored.density(slice(first, last)), after])


def _maxima(band: RealArray, least: float) -> tuple[Indices, RealArray]:
    """Points of a band, its neighbours left out, that are not lower than those around them, and |u|² there."""
    inner = band[1:-1]
    points = np.nonzero(inner >= max(least, np.finfo(np.float64).tiny))
    values, kept = inner[points], np.ones(len(points[0]), dtype=bool)
    for shift in product((-1, 0, 1), repeat=band.ndim):
        around = [(index + by) % n for index, by, n in zip(points[1:], shift[1:], band.shape[1:], strict=True)]
        kept &= values >= band[(points[0] + 1 + shift[0], *around)]
    return np.stack(points, axis=1)[kept], values[kept]
