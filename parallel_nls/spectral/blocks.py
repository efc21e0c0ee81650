"""Moving blocks of 32 lines between an array and scratch.

An array is seen as (outer, axis, inner); its lines are numbered outer·inner + i. A tile of 16 × 32 elements is copied
at a time, so that memory is read and written in whole cache lines even where the strides are powers of two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.numerics.compiled import kernel, prefetch
from parallel_nls.spectral.transforms import WIDTH

TILE = 16
CACHE_LINE = 4  # complex numbers


@kernel
def _announce(array: ComplexArray, start: int, rows: int, run: int, inner: int) -> None:
    """Prefetch the next tile: its short rows lie too far apart for the processor to guess."""
    for j in range(rows):
        for b in range(0, run, CACHE_LINE):
            prefetch(array, start + j * inner + b)


@kernel
def gather_run(
    source: ComplexArray,
    base: int,
    stride: int,
    block: ComplexArray,
    rows: tuple[int, int],
    span: tuple[int, int],
    tile: ComplexArray,
) -> None:
    """Fill positions ``span`` of the block's ``rows`` from neighbouring lines of the flat ``source``.

    Position ``span[0] + j`` of row ``rows[0] + b`` comes from ``source[base + j·stride + b]``.
    """
    run, length = rows[1] - rows[0], span[1] - span[0]
    for j0 in range(0, length, TILE):
        m = min(TILE, length - j0)
        _announce(source, base + (j0 + TILE) * stride, min(TILE, length - j0 - TILE), run, stride)
        for j in range(m):
            start = base + (j0 + j) * stride
            for b in range(run):
                tile[j, b] = source[start + b]
        for b in range(run):
            for j in range(m):
                block[rows[0] + b, span[0] + j0 + j] = tile[j, b]


@kernel
def scatter_run(
    block: ComplexArray,
    target: ComplexArray,
    base: int,
    stride: int,
    rows: tuple[int, int],
    span: tuple[int, int],
    tile: ComplexArray,
) -> None:
    """Inverse of `gather_run`."""
    run, length = rows[1] - rows[0], span[1] - span[0]
    for j0 in range(0, length, TILE):
        m = min(TILE, length - j0)
        _announce(target, base + (j0 + TILE) * stride, min(TILE, length - j0 - TILE), run, stride)
        for b in range(run):
            for j in range(m):
                tile[j, b] = block[rows[0] + b, span[0] + j0 + j]
        for j in range(m):
            start = base + (j0 + j) * stride
            for b in range(run):
                target[start + b] = tile[j, b]


@kernel
def gather(source: ComplexArray, first: int, count: int, inner: int, block: ComplexArray, tile: ComplexArray) -> None:
    """Copy lines ``first`` … ``first + count`` of the flat ``source`` into the rows of ``block``; zero the rest."""
    width, length = block.shape
    if inner == 1:
        for b in range(count):
            start = (first + b) * length
            for j in range(length):
                block[b, j] = source[start + j]
    else:
        done = 0
        while done < count:
            o, i = divmod(first + done, inner)
            run = min(count - done, inner - i)
            base = o * length * inner + i
            gather_run(source, base, inner, block, (done, done + run), (0, length), tile)
            done += run
    for b in range(count, width):
        block[b, :] = 0


@kernel
def scatter(block: ComplexArray, target: ComplexArray, first: int, count: int, inner: int, tile: ComplexArray) -> None:
    """Copy the rows of ``block`` to lines ``first`` … ``first + count`` of the flat ``target``."""
    length = block.shape[1]
    if inner == 1:
        for b in range(count):
            start = (first + b) * length
            for j in range(length):
                target[start + j] = block[b, j]
    else:
        done = 0
        while done < count:
            o, i = divmod(first + done, inner)
            run = min(count - done, inner - i)
            base = o * length * inner + i
            scatter_run(block, target, base, inner, (done, done + run), (0, length), tile)
            done += run


def new_tile(dtype: DTypeLike = np.complex128) -> ComplexArray:
    """Scratch for `gather` and `scatter`. *Communication*: local."""
    return np.zeros((TILE, WIDTH), dtype=dtype)
