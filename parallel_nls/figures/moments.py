"""The frames of an animation: stored fields, and between them rows of the series with the bubbles that were fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.fields import StoredField
from parallel_nls.results.reader import Run

WANTED = 40  # frames; with fewer fields rows stand in
_PARAMETERS = [field.name for field in fields(Parameters)]


@dataclass(frozen=True)
class Moment:
    """What one frame shows.

    Attributes
    ----------
    time : float
        t.
    stored : StoredField or None
        The field; None: the sum ΣU_k of the fitted bubbles has to do.
    fitted : Parameters or None
        Of this very row; only without a field.
    """

    time: float
    stored: StoredField | None = None
    fitted: Parameters | None = None

    @property
    def label(self) -> str:
        """What a frame says of it, after its time."""
        return ", bubbles as fitted" if self.stored is None else ", computed field"

    def density(self, *coordinates: RealArray) -> RealArray:
        """|ΣU_k|² at some points; one array an axis. *Communication*: local."""
        if self.fitted is None:
            return np.zeros(np.broadcast_shapes(*(np.shape(part) for part in coordinates)))
        density: RealArray = np.abs(self.fitted.sum_at(*coordinates)) ** 2
        return density


def moments_of(run: Run, shown: Sequence[StoredField], most: int) -> list[Moment]:
    """The stored fields; if they are fewer than `WANTED`, rows in which all bubbles are known come between them.

    Parameters
    ----------
    run : Run
        An opened run with a decomposition.
    shown : sequence of StoredField
        Those to show.
    most : int
        Moments at most.

    Returns
    -------
    list of Moment
        Evenly in time as far as rows allow, in the order of the run.

    Notes
    -----
    *Communication*: local.
    """
    alone = [Moment(stored.time, stored) for stored in shown]
    times = run.columns["time"].values
    values = [run.columns[name].values for name in _PARAMETERS]
    known = np.all([np.isfinite(part.reshape(len(times), -1)).all(axis=1) for part in values], axis=0)
    first, last = shown[0].time, shown[-1].time
    rows = np.flatnonzero(known & (times >= min(first, last)) & (times <= max(first, last)))
    if len(shown) >= WANTED or len(rows) < len(shown):
        return alone
    even = np.linspace(times[rows[0]], times[rows[-1]], most)
    rows = rows[np.unique(np.abs(times[rows][:, None] - even).argmin(axis=0))]
    if len(rows) < len(shown):
        return alone
    every = Parameters(*values)
    between = [Moment(float(times[row]), None, every.row(int(row))) for row in rows]
    for stored in shown:  # each takes the place of the row that is nearest
        free = [number for number, moment in enumerate(between) if moment.stored is None]
        nearest = min(free, key=lambda number: abs(between[number].time - stored.time))
        between[nearest] = Moment(stored.time, stored)
    return sorted(between, key=lambda moment: moment.time, reverse=last < first)
