"""The engine: one pass over an array in blocks of 32 lines, transform · kernel · transform.

    block ← lines;   block ← FFT block;   kernel(block);   block ← FFT block;   lines ← block

The block stays in cache from the first to the last of these; the last transform writes whole contiguous lines straight
to the array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.parallel.layout import Layout
from parallel_nls.spectral.blocks import gather, scatter
from parallel_nls.spectral.transforms import (
    ALIGNMENT,
    WIDTH,
    Direction,
    FourierTransform,
    LineTransform,
    transform_rows,
)

IN_CACHE = 2**22  # bytes of an array that a cache may hold


@dataclass(frozen=True)
class Block:
    """Which lines a block holds.

    Attributes
    ----------
    first, count : int
        Local number of the first line, and how many of the 32 rows hold one (the others are zero).
    numbers : ndarray of int64, (count,)
        Global line numbers.
    lines : slice
        Local line numbers.
    """

    first: int
    count: int
    numbers: IndexArray
    lines: slice


BlockKernel = Callable[[ComplexArray, Block], None]


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
    transform : LineTransform, optional
        Of lines of this length; by default the Fourier transform in double precision.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(
        self,
        shape: Sequence[int],
        axis: int,
        length: int,
        numbers: IndexArray,
        transform: LineTransform | None = None,
    ) -> None:
        self.axis = axis
        self.inner = int(np.prod(shape[axis + 1 :], dtype=np.int64))
        self.blocks = [
            Block(first, len(own), own, slice(first, first + len(own)))
            for first in range(0, len(numbers), WIDTH)
            for own in [numbers[first : first + WIDTH]]
        ]
        self._places = np.arange(len(numbers))
        self.transform: LineTransform = FourierTransform(length) if transform is None else transform

    @classmethod
    def of(cls, layout: Layout, axis: int, transform: LineTransform | None = None) -> Sweep:
        """Sweep over all lines along an axis that the layout keeps whole; ``transform`` as of the class.

        Raises
        ------
        ValueError
            If the axis is distributed.
        """
        if axis in (a for a, parts in zip(layout.axes, layout.grid.dims, strict=True) if parts > 1):
            raise ValueError(f"axis {axis} is distributed in this layout, no sweep can run along it")
        return cls(layout.local_shape, axis, layout.shape[axis], layout.line_numbers(axis), transform)

    def __call__(
        self,
        source: ComplexArray,
        target: ComplexArray | None,
        before: Direction | None,
        kernel: BlockKernel | None,
        after: Direction | None,
    ) -> None:
        """Run one pass.

        Parameters
        ----------
        source, target : ndarray, complex128, local shape, C-contiguous
            Read and written; they may be the same. Without ``target`` nothing is stored and ``source`` is kept.
        before, after : "forward", "backward" or None
            Unnormalised transform ahead of and behind the kernel.
        kernel : callable or None
            ``kernel(block, lines)`` changes the (32, length) block in place.
        """
        flat = source.reshape(-1)
        out = None if target is None else target.reshape(-1)
        rows = None if target is None or after is None else self._rows(target)
        ahead = self._rows(source) if source.nbytes <= IN_CACHE and self.transform.twiddles is None else None
        for block in self.blocks:
            values = self._load(flat, block, before, ahead)
            if kernel is not None:
                kernel(values, block)
            if rows is not None and block.count == WIDTH and after is not None:
                self.transform(after, values, rows[block.lines], block.numbers)
            elif out is not None:
                self._store(values, out, block, after)

    def to_coefficients(self, field: ComplexArray) -> None:
        """Replace the values on every line by coefficients, those of Fourier by (1/N)Σ u e^{-ikx}, in place."""
        factor = 1 / self.transform.normalisation

        def normalise(block: ComplexArray, _lines: Block) -> None:
            """Scale a block ahead of its forward transform."""
            block *= factor

        self(field, field, None, normalise, "forward")

    def to_values(self, coefficients: ComplexArray) -> None:
        """Inverse of `to_coefficients`, in place."""
        self(coefficients, coefficients, "backward", None, None)

    def _load(
        self, flat: ComplexArray, block: Block, before: Direction | None, rows: ComplexArray | None
    ) -> ComplexArray:
        transform = self.transform
        if rows is not None and before is not None and block.count == WIDTH:
            transform(before, rows[block.lines], transform.second, block.numbers)
            return transform.second
        if before is not None and self.inner == 1:
            places = self._places[block.lines]
            transform_rows(
                transform, before, flat.reshape(-1, transform.length), places, transform.second, block.numbers
            )
            return transform.second
        gather(flat, block.first, block.count, self.inner, transform.first)
        if before is None:
            return transform.first
        transform(before, transform.first, transform.second, block.numbers)
        return transform.second

    def _store(self, values: ComplexArray, flat: ComplexArray, block: Block, after: Direction | None) -> None:
        transform = self.transform
        if after is not None:
            result = transform.first if values is transform.second else transform.second
            transform(after, values, result, block.numbers)
            values = result
        scatter(values, flat, block.first, block.count, self.inner)

    def _rows(self, array: ComplexArray) -> ComplexArray | None:
        """The array as rows, if a transform can read and write whole blocks of them."""
        if self.inner != 1 or array.__array_interface__["data"][0] % ALIGNMENT != 0:
            return None
        return array.reshape(-1, self.transform.length)
