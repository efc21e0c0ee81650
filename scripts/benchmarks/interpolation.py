"""Time to accuracy: the seconds that a method needs for an error, between its measured settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def seconds_at(error: float, points: Sequence[tuple[float, float]]) -> float | None:
    """Seconds for an error, by a straight line in log(error), log(seconds) between two settings.

    Parameters
    ----------
    error : float
        The wanted error.
    points : sequence of (float, float)
        Error and seconds of the settings of one method, in any order.

    Returns
    -------
    float or None
        Of the cheapest two settings next to each other (by seconds) that enclose the error; None if none do: nothing
        is extrapolated.
    """
    ordered = sorted(points, key=lambda point: point[1])
    for (larger, before), (smaller, after) in pairwise(ordered):
        if larger >= error >= smaller and larger > smaller:
            part = math.log(larger / error) / math.log(larger / smaller)
            return float(before * (after / before) ** part)
    return None


def best(seconds: dict[str, float | None]) -> tuple[str, float] | None:
    """The fastest of several methods and its seconds; None if none has any."""
    known = {name: value for name, value in seconds.items() if value is not None}
    if not known:
        return None
    name = min(known, key=known.__getitem__)
    return name, known[name]
