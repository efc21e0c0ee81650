"""How much of a peak lies between the points, which refinements whose points are the same there do not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.between_points import REACH, largest_between
from parallel_nls.results.fields import StoredField
from parallel_nls.results.files import Column

__all__ = ["PEAK", "missed_part"]

PEAK, _PLACE = "sup_norm", "sup_position"


def missed_part(fields: Sequence[StoredField], columns: Mapping[str, Column]) -> float:
    """How much larger max|u| between equidistant points is than in the series, at most in some stored fields.

    Parameters
    ----------
    fields : sequence of StoredField
        Of a run.
    columns : mapping
        Its series.

    Returns
    -------
    float
        Relative; 0 where the points are no equidistant ones of a box, or of a mixture.

    Notes
    -----
    *Communication*: local.
    """
    if not {PEAK, _PLACE} <= columns.keys():
        return 0.0
    times, parts = columns["time"].values, [0.0]
    for field in fields:
        row = int(np.abs(times - field.time).argmin())
        told = float(columns[PEAK].values[row])
        if times[row] == field.time and told > 0 and not (field.has_nodes() or field.waves()):
            parts.append(sqrt(_largest(field, columns[_PLACE].values[row])) / told - 1)
    return max(parts)


def _largest(field: StoredField, place: RealArray) -> float:
    """max|u|² near a place."""
    ranges, chosen = [], []
    for axis, x in zip(field.axes(), place, strict=True):
        indices = round((float(x) - axis.low) / axis.spacing) + np.arange(-REACH, REACH + 1)
        inside = indices[0] >= 0 and indices[-1] < axis.points
        ranges.append(slice(int(indices[0]), int(indices[-1]) + 1) if inside else slice(0, axis.points))
        chosen.append(indices - indices[0] if inside else indices % axis.points)
    return largest_between(field.values(*ranges)[np.ix_(*chosen)].astype(np.complex128))
