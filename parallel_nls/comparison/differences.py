"""What a series of one run differs by from the same of another, in the digits that the difference has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.between_rows import interpolated, shared_rows
from parallel_nls.results.digits import confirmed_digits, in_digits, rounded_up
from parallel_nls.results.zeros import SLOWEST, within_rounding

__all__ = ["Difference", "difference_of"]

_SHOWN = 3  # digits of a difference, at most


@dataclass(frozen=True)
class Difference:
    """One number of a run minus that of the first run.

    Attributes
    ----------
    times : ndarray, (n,)
        Where both have a value; empty if nowhere.
    values, references, doubts : ndarray, (n,)
        The difference, the number of the first run, and what the difference may be wrong by: rounding of the numbers
        that are subtracted, all of numbers that are 0 as far as the runs tell, and of interpolation what that may be
        wrong by.
    between : bool
        Whether the series share no time after the start, so that this one was interpolated at the times of the first.
    rounding : bool
        Whether both series are 0 as far as they tell: small beside the field, and as far from each other as from 0.
    """

    times: RealArray
    values: RealArray
    references: RealArray
    doubts: RealArray
    between: bool = False
    rounding: bool = False

    @property
    def last(self) -> int:
        """The row of the last time."""
        return len(self.times) - 1

    @property
    def largest(self) -> int:
        """The row of the largest difference."""
        return int(np.argmax(np.abs(self.values)))

    def text(self, row: int) -> str:
        """The difference in a row, in the digits that it has: a bound, if it has none."""
        return self._shown(row, 1.0)

    def relative_text(self, row: int) -> str:
        """The same relative to the number of the first run, in as many digits; a dash where that is 0."""
        size = abs(float(self.references[row]))
        return self._shown(row, size) if size > 0 else "–"

    def _shown(self, row: int, size: float) -> str:
        value, doubt = float(self.values[row]), float(self.doubts[row])
        digits = min(confirmed_digits(value, doubt), _SHOWN)
        return in_digits(value / size, digits) if digits else f"≤ {rounded_up((abs(value) + doubt) / size)}"


def difference_of(
    times: tuple[RealArray, RealArray],
    values: tuple[RealArray, RealArray],
    epsilon: float,
    size: float = 1.0,
    cancels: bool = False,
) -> Difference:
    """Subtract the series of the first run from that of another.

    Parameters
    ----------
    times, values : pair of ndarray, (rows,)
        Of the first run and of the other.
    epsilon : float
        Relative accuracy of the numbers, the coarser of both runs.
    size : float
        Of what is solved for: beside it numbers may be rounding of what cancels.
    cancels : bool
        Whether they are sums over the field, as what is conserved: then they are no better than its rounding.

    Returns
    -------
    Difference
        At the times that both share. If they share none, or the start alone while both go on, the other is
        interpolated at the times of the first.

    Notes
    -----
    *Communication*: local.
    """
    rows = shared_rows(*times)
    alone = len(rows[0]) <= 1 < min(len(one) for one in times)
    if not alone:
        places = times[0][rows[0]]
        first, other = values[0][rows[0]], values[1][rows[1]]
        doubts = np.zeros(len(places))
    else:
        places, first = times[0], values[0]
        other, doubts = interpolated(times[1], values[1], places)
    known = np.isfinite(first) & np.isfinite(other) & np.isfinite(doubts)
    places, first, other, doubts = (one[known] for one in (places, first, other, doubts))
    apart, largest = other - first, np.maximum(np.abs(first), np.abs(other))
    doubts = doubts + epsilon * largest
    top = float(np.max(largest, initial=0.0))
    small = within_rounding(top, size)
    if small:
        doubts = np.where(SLOWEST * np.abs(apart) >= np.abs(first), np.maximum(doubts, largest), doubts)
    # Of all rows together: noise comes near itself in some, and what runs agree on may pass through 0.
    noise = SLOWEST * float(np.linalg.norm(apart)) >= float(np.linalg.norm(first))
    # What cancels is rounding by itself, also where the runs have no time in common.
    whole = max(float(np.max(np.abs(one[np.isfinite(one)]), initial=0.0)) for one in values)
    rounding = (top > 0 and small and noise) or (cancels and 0 < whole <= epsilon * size)
    if rounding:  # where two such numbers are near each other by chance their difference is rounding as well
        doubts = np.maximum(doubts, largest)
    return Difference(places, apart, first, doubts, alone, rounding)
