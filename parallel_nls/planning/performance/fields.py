"""How long a pair of transforms of a field takes, in a box: two sweeps, and the exchange between them.

A rank has n₀/P of the rows and n₁/P of the columns, rounded up, and works on blocks of 32 lines, of which the last is
filled up with zeros: a rank of few lines transforms more of these than lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from parallel_nls.parallel.packing import pieces_of
from parallel_nls.planning.performance.costs import WIDTH, Cost, Job, columns_seconds, has_kernels, transform_seconds
from parallel_nls.planning.performance.machine import Machine

__all__ = ["FieldArray"]

_DOUBLE = 16  # bytes of a complex number
_IN_CACHE = 2**22  # bytes of a share whose rows are not moved
_COSINE = 1.9  # times a transform of Fourier: one to cosines, of values in its own order


@dataclass(frozen=True)
class FieldArray:
    """A field on the ranks of a job.

    Attributes
    ----------
    rows, row_length : int
        n₀ and n₁; a line is cut into such an array.
    itemsize : int
        Bytes a point.
    folded : bool
        Whether it is a line, whose columns have twiddles.
    job : Job
        The ranks that compute: no more than rows or columns.
    shared : bool
        Whether ranks of a node share rows.
    even : tuple of int
        Axes whose lines are transformed to cosines.
    """

    rows: int
    row_length: int
    itemsize: int
    folded: bool
    job: Job
    shared: bool = True
    even: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        shape: tuple[int, int],
        itemsize: int,
        folded: bool,
        machine: Machine,
        ranks: int,
        shared: bool = True,
        even: tuple[int, ...] = (),
    ) -> FieldArray:
        """Of an array on so many ranks of a machine. *Communication*: local."""
        return cls(*shape, itemsize, folded, Job(machine, min(ranks, *shape)), shared, even)

    @property
    def points(self) -> int:
        """All points. *Communication*: local."""
        return self.rows * self.row_length

    @property
    def own_rows(self) -> int:
        """Of the fullest rank. *Communication*: local."""
        return -(-self.rows // self.job.ranks)

    @property
    def own_columns(self) -> int:
        """Of the fullest rank. *Communication*: local."""
        return -(-self.row_length // self.job.ranks)

    @property
    def own(self) -> int:
        """Points of the fullest rank. *Communication*: local."""
        return max(self.own_rows * self.row_length, self.own_columns * self.rows)

    @property
    def share(self) -> float:
        """Bytes of the fullest rank. *Communication*: local."""
        return float(self.itemsize * self.own)

    @property
    def scale(self) -> float:
        """Time of arithmetic over that in double precision. *Communication*: local."""
        return 1.0 if self.itemsize == _DOUBLE else self.job.machine.arithmetic.single

    def sweep(self, along_rows: bool, transforms: float, kernels: float) -> Cost:
        """One pass over rows or columns.

        Parameters
        ----------
        along_rows : bool
            Rows, or columns, of a line with a turn for each transform.
        transforms : float
            Of each line.
        kernels : float
            Seconds a point besides.

        Notes
        -----
        32·blocks·n·transforms·f(n) + own points·(kernels + move) + blocks·block + sweep; from memory, the share read
        and written. Rows of a share that the cache holds, and those that our kernels transform, are not moved.
        *Communication*: local.
        """
        constants, own = self.job.machine.arithmetic, self.own_rows if along_rows else self.own_columns
        length = self.row_length if along_rows else self.rows
        blocks = -(-own // WIDTH)
        one = transform_seconds(self.job.machine, length) * (_COSINE if int(along_rows) in self.even else 1.0)
        turn = constants.twiddle + constants.root * 2 / sqrt(length)
        turns = turn if self.folded and not along_rows else 0.0
        seconds = WIDTH * blocks * length * transforms * one
        moved = 0.0 if along_rows and self._reads_rows() else constants.move
        seconds += own * length * (kernels + transforms * turns + moved)
        seconds = seconds * self.scale + blocks * constants.block + constants.sweep
        return self.job.compute(seconds) + self._passed(2 * self.share)

    def _reads_rows(self) -> bool:
        """Whether rows are transformed where they lie."""
        by_kernels = self.itemsize == _DOUBLE and 1 not in self.even and has_kernels(self.job.machine, self.row_length)
        return by_kernels or self.share <= _IN_CACHE

    def _passed(self, traffic: float) -> Cost:
        return self.job.move(traffic, self.share * self.job.on_node)

    @property
    def group(self) -> int:
        """Ranks that share rows, or 1. *Communication*: local."""
        return self.job.group if self.shared else 1

    def looked_at(self) -> Cost:
        """What it takes a sample to reach its columns: barriers alone, or an all-to-all. *Communication*: local."""
        if self.group == self.job.ranks:
            return self.job.barrier(self.group) * 2
        return self.job.exchange(self.share, self.job.ranks, self.job.on_node)

    def drift(self) -> Cost:
        """A linear flow along columns, between transforms there and back, of columns in blocks or where they lie.

        Notes
        -----
        *Communication*: local.
        """
        constants, own = self.job.machine.arithmetic, self.own_columns
        if self.folded or 0 in self.even or self.itemsize != _DOUBLE or not has_kernels(self.job.machine, self.rows):
            return self.sweep(False, 2, constants.line_drift if self.folded else constants.drift)
        seconds = own * self.rows * columns_seconds(self.job.machine, self.rows)
        seconds += -(-own // WIDTH) * constants.block + constants.sweep
        return self.job.compute(seconds) + self._passed(2 * self.share)

    def column_sweep(self, work: Cost) -> Cost:
        """Work along columns, with what goes between ranks meanwhile. *Communication*: local."""
        job, group = self.job, self.group
        groups = -(-job.ranks // group)
        if groups == 1:
            return work + job.barrier(group) * 2
        pieces = pieces_of(self.itemsize * self.points / groups**2, -(-self.own_columns // WIDTH))
        return work + job.columns(self.share, group, pieces, work.seconds) + job.barrier(group) * (pieces + 3)

    def pair(self) -> Cost:
        """A kick in rows and a drift in columns, each between transforms there and back. *Communication*: local."""
        return self.sweep(True, 2, self.job.machine.arithmetic.kick) + self.column_sweep(self.drift())
