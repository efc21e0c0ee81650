"""Stored fields to draw, and |u|² on a line made small enough: maxima over intervals, and the part worth showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.figures.images import VALUES_AT_ONCE
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.results.fields import StoredField

LARGEST_CURVE = 4000  # points of a curve; a figure has fewer pixels
SMOOTH = 500  # points of a curve from which on straight lines between them look smooth
MOST_INTERPOLATED = 2**21  # points of the finer line
_MARGIN = 0.08
_MOST = 0.7  # of the box, from which on all of it is shown


def choose_fields(fields: Sequence[StoredField], most: int) -> list[StoredField]:
    """The first, the last and others evenly between, at most so many. *Communication*: local."""
    if not fields:
        return []
    picks = np.unique(np.linspace(0, len(fields) - 1, most).round().astype(int))
    return [fields[pick] for pick in picks]


@dataclass(frozen=True)
class Curve:
    """|u|² of a stored field: indices of points, its values there, and how many points the line has."""

    indices: IndexArray
    values: RealArray
    points: int

    @property
    def finite(self) -> bool:
        """Whether there is something to draw; the last field of a run that broke down is not finite."""
        return bool(np.isfinite(self.values).all() and self.values.max() > 0)

    @property
    def peak(self) -> tuple[int, float]:
        """Index and value of the largest |u|²."""
        place = int(np.argmax(self.values))
        return int(self.indices[place]), float(self.values[place])


def read_curve(
    stored: StoredField, window: slice | None = None, largest: int = LARGEST_CURVE, line: int | None = None
) -> Curve:
    """|u|² in a window of points by maxima over intervals, each where it is attained.

    Parameters
    ----------
    stored : StoredField
        The snapshot of a line; read a band at a time.
    window : slice, optional
        First and last index, with step 1; by default the whole line.
    largest : int
        The curve has no more points; of shorter windows it has them all.
    line : int, optional
        Points of the line to which the window refers, if those are more than this one has: twice as many, or 4 times, …

    Returns
    -------
    Curve
        Loses no peak.

    Notes
    -----
    *Communication*: local.
    """
    points = stored.axes()[0].points
    window, every = slice(0, points) if window is None else window, (line or points) // points
    window = slice(window.start // every, -(-window.stop // every))
    size = -(-(window.stop - window.start) // largest)
    at_once = size * max(1, VALUES_AT_ONCE // size)
    indices, values = [], []
    for start in range(window.start, window.stop, at_once):
        band = stored.density(slice(start, min(start + at_once, window.stop)))
        intervals = np.pad(band, (0, -len(band) % size), constant_values=-1.0).reshape(-1, size)
        inside = intervals.argmax(axis=1)
        number = np.arange(len(intervals))
        indices.append(start + size * number + inside)
        values.append(intervals[number, inside])
    return Curve(np.concatenate(indices), np.concatenate(values), points)


def common_window(curves: Sequence[Curve], bottoms: Sequence[float]) -> tuple[slice, int]:
    """The part of the line where some curve is above its bottom, with a margin.

    Parameters
    ----------
    curves : sequence of Curve
        Over the whole line, on any of the grids of a run.
    bottoms : sequence of float
        Values of |u|² below which there is nothing to see, one for each curve.

    Returns
    -------
    slice, int
        At least a few points, all of them if the rest would be small; of the finest line, and how many that has.

    Notes
    -----
    *Communication*: local.
    """
    points = max(curve.points for curve in curves)
    seen = [
        curve.indices[curve.values > bottom] * (points // curve.points)
        for curve, bottom in zip(curves, bottoms, strict=True)
    ]
    ends = [(int(part[0]), int(part[-1])) for part in seen if part.size]
    if not ends:
        return slice(0, points), points
    first, last = min(low for low, _ in ends), max(high for _, high in ends)
    margin = max(3, round(_MARGIN * (last - first)))
    window = slice(max(0, first - margin), min(points, last + margin + 1))
    return window if window.stop - window.start < _MOST * points else slice(0, points), points


def smooth_curve(stored: StoredField, low: float, high: float, least: int = SMOOTH) -> tuple[RealArray, RealArray]:
    """Places and |u|² between two of them: as stored if those are many, else of the trigonometric polynomial of u.

    Parameters
    ----------
    stored : StoredField
        The snapshot of a periodic line.
    low, high : float
        Places; what is beyond the ends of the line is left out.
    least : int
        Points in between from which on the stored values will do.

    Returns
    -------
    x, density : ndarray
        At the points of the line, or at those and others evenly between them.

    Notes
    -----
    *Communication*: local.
    """
    axis = stored.axes()[0]
    # Ahead of whole numbers, which are too short for places far beyond the ends.
    ends = np.clip(np.floor((np.array([low, high]) - axis.low) / axis.spacing), -2.0, axis.points)
    piece = slice(max(0, int(ends[0])), min(axis.points, int(ends[1]) + 2))
    count = piece.stop - piece.start
    factor = -(-least // max(count, 1))
    if count <= 1 or factor == 1 or axis.points * factor > MOST_INTERPOLATED or stored.has_nodes():
        curve = read_curve(stored, piece)
        return axis.at(curve.indices), curve.values
    u = stored.values().astype(np.complex128)
    fine = np.fft.ifft(_padded(np.fft.fft(u), factor * axis.points)) * factor
    indices = np.arange(factor * piece.start, factor * (piece.stop - 1) + 1)
    places = np.asarray(axis.low + axis.spacing / factor * indices, dtype=np.float64)
    density = np.asarray(np.abs(fine[indices]) ** 2, dtype=np.float64)
    return places, density


def _padded(spectrum: ComplexArray, points: int) -> ComplexArray:
    """The spectrum of the same trigonometric polynomial on more points; its highest cosine is shared by ±n/2."""
    n = len(spectrum)
    half = n // 2
    padded = np.zeros(points, dtype=np.complex128)
    padded[: n - half] = spectrum[: n - half]
    padded[points - half :] = spectrum[n - half :]
    if n % 2 == 0:
        padded[points - half] /= 2
        padded[half] = padded[points - half]
    return padded
