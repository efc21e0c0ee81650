"""Which of the stored fields a figure shows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.figures.images import VALUES_AT_ONCE
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run
from parallel_nls.schedules import shown_time

MOST_TIMES = 8  # that the user may ask for in one figure
_HIGHER = 1.02  # than all fields that are chosen anyway, before the one of the largest peak takes the place of another


def shown_fields(run: Run, most: int, times: Sequence[float] = ()) -> list[StoredField]:
    """The fields nearest to some times; or the first, the last, others evenly in time, and that of the highest peak.

    Parameters
    ----------
    run : Run
        An opened run.
    most : int
        At most so many, where no times are given.
    times : sequence of float
        t.

    Returns
    -------
    list of StoredField
        In the order of the run, without those at its end that are not finite.

    Raises
    ------
    UserError
        If there are too many times, or one is beyond the fields that are stored.

    Notes
    -----
    *Communication*: local.
    """
    if not run.fields:
        return []
    if times:
        return _nearest(run, times)
    fields = run.fields[: _finite_until(run)]
    if len(fields) <= most:
        return list(fields)
    stored = np.array([field.time for field in fields])
    wanted = np.linspace(stored[0], stored[-1], most)
    picks = np.unique(np.abs(stored[:, None] - wanted).argmin(axis=0))
    return [fields[pick] for pick in _with_peak(run, stored, picks)]


def _nearest(run: Run, times: Sequence[float]) -> list[StoredField]:
    """The stored fields nearest to some times."""
    if len(times) > MOST_TIMES:
        raise UserError(f"{len(times)} times: a figure shows at most {MOST_TIMES}")
    stored = np.array([field.time for field in run.fields])
    room, symbol = np.abs(np.diff(stored)).max(initial=0.0), run.config.equation.time_symbol
    for time in times:
        if not stored.min() - room <= time <= stored.max() + room:
            raise UserError(
                f"times: no field is stored near {symbol} = {shown_time(time)}; "
                f"run {str(run.paths.root)!r} has {len(stored)} "
                f"between {symbol} = {shown_time(stored.min())} and {shown_time(stored.max())}"
            )
    return [run.fields[pick] for pick in sorted({int(np.abs(stored - time).argmin()) for time in times})]


def _finite_until(run: Run) -> int:
    """How many fields come before those at the end of a run that broke down; all if none is finite."""
    for count in range(len(run.fields), 0, -1):
        if _finite(run.fields[count - 1]):
            return count
    return len(run.fields)


def _finite(stored: StoredField) -> bool:
    """Whether all of a field is a number; read in bands."""
    rows, *others = (axis.points for axis in stored.axes())
    at_once = max(1, VALUES_AT_ONCE // prod(others))
    bands = (stored.density(slice(start, start + at_once)) for start in range(0, rows, at_once))
    return all(np.isfinite(band).all() for band in bands)


def _with_peak(run: Run, stored: RealArray, picks: NDArray[np.intp]) -> NDArray[np.intp]:
    """The picks; the one inside nearest to the highest peak is moved there, if that is higher than theirs."""
    if "sup_norm" not in run.columns or len(picks) < 3:
        return picks
    times, peaks = run.columns["time"].values, run.columns["sup_norm"].values
    heights = np.array([peaks[np.abs(times - time).argmin()] for time in stored])
    if not np.isfinite(heights).any():
        return picks
    highest = int(np.nanargmax(heights))
    if not heights[highest] > _HIGHER * np.nanmax(heights[picks]):
        return picks
    inside = int(np.abs(stored[picks[1:-1]] - stored[highest]).argmin())
    return np.unique(np.r_[np.delete(picks, inside + 1), highest])
