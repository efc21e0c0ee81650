"""Sums that do not depend on the number of ranks.

Every diagnostic returns one partial result for each *global line* (one full, undistributed axis). The lines of all
ranks and all diagnostics travel in one message, are put in global order, and are then added with one rounding, as
`math.fsum` does: neither the distribution nor the order can change a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from mpi4py import MPI

from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.numerics.exact_sums import exact_sum, exact_sums


def ordered_sum(values: RealArray) -> float:
    """Exactly rounded sum of line results; NaN if they or their sum are not finite. *Communication*: local."""
    return float(exact_sum(np.array(values, dtype=np.float64).reshape(-1)))


def ordered_sums(table: RealArray) -> RealArray:
    """That of each row of a table, (quantities, lines). *Communication*: local."""
    sums = np.empty(len(table))
    exact_sums(np.array(table, dtype=np.float64, order="C"), sums)
    return sums


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
        self._places = [[_as_slice(numbers) for numbers in own] for own in self._numbers]

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
        for own, places in zip(self._numbers, self._places, strict=True):
            for result, q, numbers, where in zip(results, heights, own, places, strict=True):
                size = q * len(numbers)
                result[:, where] = everything[position : position + size].reshape(q, len(numbers))
                position += size
        return results


def _as_slice(numbers: IndexArray) -> IndexArray | slice:
    """The same numbers, as a slice if they follow each other: to write there takes a tenth of the time."""
    if not len(numbers) or (np.diff(numbers) != 1).any():
        return numbers
    return slice(int(numbers[0]), int(numbers[-1]) + 1)
