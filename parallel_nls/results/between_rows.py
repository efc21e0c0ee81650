"""Values of a series at times of another: at shared ones as they are, between rows by interpolation with its doubt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import RealArray

__all__ = ["interpolated", "shared_rows"]

_ULPS = 4  # by which the same time may be rounded differently
_ROWS = 6  # of which a polynomial is made
_SAFETY = 2.0


def shared_rows(times: RealArray, others: RealArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of two series that are of the same times.

    Parameters
    ----------
    times, others : ndarray, (rows,)
        Growing or falling.

    Returns
    -------
    tuple of ndarray
        Places in the one and in the other, in the order of the first: times that are equal but for their rounding.

    Notes
    -----
    *Communication*: local.
    """
    none = np.empty(0, dtype=np.intp)
    if not len(times) or not len(others):
        return none, none
    near = _ULPS * np.spacing(max(np.abs(times).max(), np.abs(others).max()))
    order = np.argsort(others, kind="stable")
    after = np.searchsorted(others[order], times - near)
    found = order[np.minimum(after, len(others) - 1)]
    same = np.abs(others[found] - times) <= near
    return np.flatnonzero(same), found[same]


def interpolated(times: RealArray, values: RealArray, places: RealArray) -> tuple[RealArray, RealArray]:
    """Values of a series between its rows.

    Parameters
    ----------
    times, values : ndarray, (rows,)
        The series; rows without a finite value do not count.
    places : ndarray, (n,)
        Times, within the series.

    Returns
    -------
    tuple of ndarray, (n,)
        By the polynomial through the six rows around each place, and about what that may be wrong by: twice the change
        when the first or the last of these rows is left out. NaN outside the series, and with fewer than three rows.

    Notes
    -----
    *Communication*: local.
    """
    known = np.isfinite(values)
    x, y = times[known], values[known]
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    found, doubts = np.full(len(places), np.nan), np.full(len(places), np.nan)
    count = min(_ROWS, len(x))
    if count <= 2:
        return found, doubts
    for place, t in enumerate(places):
        if not x[0] <= t <= x[-1]:
            continue
        first = int(np.clip(np.searchsorted(x, t) - count // 2, 0, len(x) - count))
        near = slice(first, first + count)
        value = _through(x[near], y[near], t)
        others = [_through(x[near][part], y[near][part], t) for part in (slice(1, None), slice(None, -1))]
        found[place] = value
        doubts[place] = _SAFETY * max(abs(other - value) for other in others)
    return found, doubts


def _through(x: RealArray, y: RealArray, t: float) -> float:
    """Lagrange's polynomial through points, at one place."""
    factors = [np.prod((t - np.delete(x, i)) / (x[i] - np.delete(x, i))) for i in range(len(x))]
    return float(np.dot(factors, y))
