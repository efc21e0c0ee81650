"""Which blocks of Newton's matrix there are, and from which rows: bubbles that are near each other, rows near them.

A block of two bubbles is 0 where their centers are D = 20 or more of the larger scale apart: test and tangent are about
|y|²Q each at most, so their product is at most some D⁴e^{-D}/16 = 2e-5, on a strip of a few scales, beside diagonal
entries of 5 and more. A matrix only leads on: one that is wrong by ε makes a step leave ε of the conditions, and 0.02
counts as quick.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import CENTER_ACROSS, SCALE
from parallel_nls.numerics.arrays import IndexArray, RealArray

NEAR = 16.0
"""Radius |y| up to which tangents are taken: beyond, |y|⁴Q is below 1e-2 of rounding for the digits that lead on."""
FAR = 20.0
"""Distance of centers, in the larger scale, from which on two bubbles have no block."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Pairs of bubbles that share a block of the matrix, and the rows it is summed over.

    Attributes
    ----------
    count, m : int
        K, and the rows 2d + 3 of a block.
    pairs : ndarray of int, (P, 2)
        Numbers of both bubbles, those of a bubble with itself among them: tests of the first, tangents of the second.
    windows : ndarray of int, (P + K, 3)
        First row, rows, and where their sums stand: of the blocks of the pairs, then of what the remainder adds to
        the block of each bubble.
    size : int
        Of all sums.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    count: int
    m: int
    pairs: IndexArray
    windows: IndexArray
    size: int

    @classmethod
    def of(cls, parameters: Parameters, across: RealArray, folded: bool) -> Overlaps:
        """Those of bubbles at rows with coordinates ``across``; every part of a folded line meets every bubble."""
        packed, count, m = parameters.packed(), parameters.count, 2 * parameters.dimension + 3
        scale, center = parameters.scale, parameters.center
        apart = np.sqrt(((center[:, None] - center) ** 2).sum(axis=-1))
        first, last = np.zeros(count, np.int64), np.full(count, across.size, np.int64)
        if not folded:
            middle, reach = packed[:, CENTER_ACROSS], NEAR * packed[:, SCALE]
            first, last = np.searchsorted(across, middle - reach), np.searchsorted(across, middle + reach, "right")
        begins, ends = np.maximum(first[:, None], first), np.minimum(last[:, None], last)
        near = (apart < FAR * np.maximum(scale[:, None], scale)) & (begins < ends)
        pairs = np.argwhere(near)
        begin = np.concatenate([begins[near], first])
        rows = np.concatenate([ends[near], last]) - begin
        starts = np.concatenate([[0], np.cumsum(rows * m * m)])
        windows = np.stack([begin, rows, starts[:-1]], axis=1).astype(np.int64)
        return cls(count, m, pairs, windows, int(starts[-1]))

    def matrices(self, sums: RealArray) -> tuple[RealArray, RealArray]:
        """The matrix of all blocks, and what the remainder adds to it, (Km, Km) each.

        Notes
        -----
        Rows are added one after the other. *Communication*: local.
        """
        m = self.m
        blocks = np.zeros((2, self.count, m, self.count, m))
        for number, (_, rows, start) in enumerate(self.windows):
            total = sums[start : start + rows * m * m].reshape(rows, m, m).sum(axis=0)
            own = number - len(self.pairs)
            k, j = (own, own) if own >= 0 else self.pairs[number]
            blocks[int(own >= 0), k, :, j] = total
        gauss, correction = blocks.reshape(2, self.count * m, self.count * m)
        return gauss, correction
