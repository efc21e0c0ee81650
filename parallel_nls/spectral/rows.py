"""Where the points of the rows of a field are."""

from __future__ import annotations

from typing import NamedTuple

from parallel_nls.numerics.arrays import RealArray


class RowPlaces(NamedTuple):
    """Where the points of all rows are.

    Attributes
    ----------
    across : ndarray
        Coordinate of each global row; of a folded line its offset.
    along : ndarray, (n,)
        Coordinates along a row, evenly spaced; on a folded line x is the sum of both.
    folded : bool
        Whether the rows are parts of one line, whatever the dimension of space.
    """

    across: RealArray
    along: RealArray
    folded: bool
