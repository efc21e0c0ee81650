"""Sums that do not depend on the number of ranks.

Every diagnostic returns one partial result for each *global line* (one full, undistributed axis). The lines of all
ranks and all diagnostics travel in one message, are put in global order, and are then added with one rounding, as
`math.fsum` does: neither the distribution nor the order can change a bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel


@kernel
def _add_exactly(values: RealArray, partials: RealArray) -> int:
    """Write numbers whose exact sum is that of the values, the smallest first, none overlaps; return how many.

    -1 where a number or a sum is not finite.
    """
    count = 0
    for value in values:
        x, kept = value, 0
        for j in range(count):
            y = partials[j]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            x = high
        if not math.isfinite(x):
            return -1
        count = kept
        if x != 0.0:
            partials[count] = x
            count += 1
    return count


@kernel
def _exact_sum(values: RealArray) -> float:
    """The sum rounded once, to the bits of `math.fsum`: the algorithm of Shewchuk, with ties to even."""
    partials = np.empty(values.size + 1)  # each number adds one at most
    count = _add_exactly(values, partials)
    if count < 0:
        return math.nan
    total = low = 0.0
    while count > 0 and low == 0.0:
        count -= 1
        x, y = total, partials[count]
        total = x + y
        low = y - (total - x)
    # Half of a unit in the last place was rounded to even: what is left decides.
    if count > 0 and (low < 0.0) == (partials[count - 1] < 0.0):
        twice = 2.0 * low
        if total + twice - total == twice:
            total += twice
    return total


def ordered_sum(values: RealArray) -> float:
    """Exactly rounded sum of line results; NaN if they or their sum are not finite. *Communication*: local."""
    return float(_exact_sum(np.ascontiguousarray(values, dtype=np.float64).reshape(-1)))


class NumberedLines(Protocol):
    """Whoever knows which global lines each rank has: a Layout, or part of one."""

    def line_numbers(self, axis: int, rank: int | None = None) -> IndexArray:
        """Global numbers of the lines along an axis of a rank, in its local order."""


class Reducer:
    """Collects line results of one sample in global order.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks, idle ones included.
    lines : sequence of (NumberedLines, int)
        Where each table of results comes from: the layout and the axis of its lines.

    Notes
    -----
    *Communication*: construction is local.
    """

    def __init__(self, comm: MPI.Intracomm, lines: Sequence[tuple[NumberedLines, int]]) -> None:
        self.comm = comm
        self._numbers = [[layout.line_numbers(axis, rank) for layout, axis in lines] for rank in range(comm.size)]

    def gather(self, tables: Sequence[RealArray]) -> list[RealArray]:
        """Return the global table of each local one.

        Parameters
        ----------
        tables : sequence of ndarray
            One array (quantities, local lines) for each entry of ``lines``, lines in local order.

        Returns
        -------
        list of ndarray
            Arrays (quantities, global lines), the same on every rank.

        Notes
        -----
        *Communication*: collective, one message.
        """
        heights = [table.shape[0] for table in tables]
        counts = [sum(q * len(n) for q, n in zip(heights, own, strict=True)) for own in self._numbers]
        mine = np.concatenate([np.ascontiguousarray(table, dtype=np.float64).ravel() for table in tables])
        everything = np.empty(sum(counts))
        self.comm.Allgatherv(mine, (everything, counts))
        return self._ordered(everything, heights)

    def _ordered(self, everything: RealArray, heights: Sequence[int]) -> list[RealArray]:
        totals = [sum(len(own[i]) for own in self._numbers) for i in range(len(heights))]
        results = [np.empty((q, total)) for q, total in zip(heights, totals, strict=True)]
        position = 0
        for own in self._numbers:
            for result, q, numbers in zip(results, heights, own, strict=True):
                size = q * len(numbers)
                result[:, numbers] = everything[position : position + size].reshape(q, len(numbers))
                position += size
        return results
