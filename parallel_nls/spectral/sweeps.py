"""The engine: one pass over an array in blocks of 16 lines, transform · kernel · transform.

    block ← lines;   block ← FFT block;   kernel(block);   block ← FFT block;   lines ← block

The block stays in cache from the first to the last of these. Whole contiguous lines are transformed straight from and
to the array, others go through `blocks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.blocks import gather, new_tile, scatter
from parallel_nls.spectral.lines import ALIGNMENT, WIDTH, Direction, line_plans


@dataclass(frozen=True)
class Block:
    """Which lines a block holds.

    Attributes
    ----------
    first, count : int
        Local number of the first line, and how many of the 16 rows hold one (the others are zero).
    numbers : ndarray of int64, (count,)
        Global line numbers.
    """

    first: int
    count: int
    numbers: NDArray[np.int64]

    @property
    def lines(self) -> slice:
        """Local line numbers as a slice."""
        return slice(self.first, self.first + self.count)


BlockKernel = Callable[[NDArray[np.complex128], Block], None]


class Sweep:
    """Passes over all lines along one whole axis of a local array.

    Parameters
    ----------
    shape : tuple of int
        Local shape (all zero on an idle rank).
    axis : int
        The axis of the lines.
    length : int
        Points on a line.
    numbers : ndarray of int64
        Global numbers of the local lines.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, shape: Sequence[int], axis: int, length: int, numbers: NDArray[np.int64]) -> None:
        self.axis = axis
        self.inner = int(np.prod(shape[axis + 1 :], dtype=np.int64))
        self.blocks = [
            Block(first, len(numbers[first : first + WIDTH]), numbers[first : first + WIDTH])
            for first in range(0, len(numbers), WIDTH)
        ]
        self.plans = line_plans(length)
        self._tile = new_tile()

    @classmethod
    def of(cls, layout: Layout, axis: int) -> Sweep:
        """Sweep over all lines along an axis that the layout keeps whole.

        Raises
        ------
        ValueError
            If the axis is distributed.
        """
        if axis in (a for a, parts in zip(layout.axes, layout.grid.dims, strict=True) if parts > 1):
            raise ValueError(f"axis {axis} is distributed in this layout, no sweep can run along it")
        return cls(layout.local_shape, axis, layout.shape[axis], layout.line_numbers(axis))

    def __call__(
        self,
        source: NDArray[np.complex128],
        target: NDArray[np.complex128] | None,
        before: Direction | None,
        kernel: BlockKernel | None,
        after: Direction | None,
    ) -> None:
        """Run one pass.

        Parameters
        ----------
        source, target : ndarray, complex128, local shape of the layout
            Read and written; they may be the same. Without ``target`` nothing is stored and ``source`` is kept.
        before, after : "forward", "backward" or None
            Unnormalised transform ahead of and behind the kernel.
        kernel : callable or None
            ``kernel(block, lines)`` changes the (16, length) block in place.
        """
        flat = source.reshape(-1)
        out = None if target is None else target.reshape(-1)
        for block in self.blocks:
            values = self._load(flat, block, before)
            if kernel is not None:
                kernel(values, block)
            if out is not None:
                self._store(values, out, block, after)

    def _contiguous(self, flat: NDArray[np.complex128], block: Block) -> NDArray[np.complex128] | None:
        """The lines of a block in place, where the plans can work on them."""
        if self.inner != 1 or block.count != WIDTH:
            return None
        length = self.plans.length
        lines = flat[block.first * length : (block.first + WIDTH) * length].reshape(WIDTH, length)
        return lines if lines.ctypes.data % ALIGNMENT == 0 else None

    def _load(self, flat: NDArray[np.complex128], block: Block, before: Direction | None) -> NDArray[np.complex128]:
        plans = self.plans
        lines = self._contiguous(flat, block)
        if before is None or lines is None:
            gather(flat, block.first, block.count, self.inner, plans.first, self._tile)
            if before is None:
                return plans.first
            lines = plans.first
        plans.transform(before, lines, plans.second)
        return plans.second

    def _store(
        self,
        values: NDArray[np.complex128],
        flat: NDArray[np.complex128],
        block: Block,
        after: Direction | None,
    ) -> None:
        plans = self.plans
        if after is not None:
            lines = self._contiguous(flat, block)
            result = lines if lines is not None else (plans.first if values is plans.second else plans.second)
            plans.transform(after, values, result)
            if lines is not None:
                return
            values = result
        scatter(values, flat, block.first, block.count, self.inner, self._tile)
