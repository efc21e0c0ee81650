"""Moving blocks of 32 lines between an array and scratch.

An array is seen as (outer, axis, inner); its lines are numbered outer·inner + i. Four rows of the array, whole cache
lines of them, become one cache line of every row of the block, so that both are read and written in whole cache lines
even where the strides are powers of two. What is turned are squares of four by four numbers, in registers.
"""

from __future__ import annotations

from parallel_nls.numerics.arrays import ComplexArray, IndexArray
from parallel_nls.numerics.compiled import lean_kernel, prefetch
from parallel_nls.numerics.squares import SIDE, turn_square

CACHE_LINE = 4  # complex numbers
AHEAD = 16  # rows
TOGETHER = 16  # rows of a block that are written side by side: more, apart by a power of two, leave the nearest cache

# The loops run over slices: an index that may be negative costs more than the copy.


@lean_kernel
def _announce(array: ComplexArray, start: int, rows: int, run: int, inner: int) -> None:
    """Prefetch rows to come: they are short, and lie too far apart for the processor to guess."""
    for j in range(rows):
        for b in range(0, run, CACHE_LINE):
            prefetch(array, start + j * inner + b)


@lean_kernel
def _copy(source: ComplexArray, target: ComplexArray) -> None:
    """Copy one line; in a loop, which costs less than an array assignment."""
    for j in range(target.size):
        target[j] = source[j]


@lean_kernel
def gather_run(
    source: ComplexArray, base: int, stride: int, block: ComplexArray, rows: tuple[int, int], span: tuple[int, int]
) -> None:
    """Fill positions ``span`` of the block's ``rows`` from neighbouring lines of the flat ``source``.

    Position ``span[0] + j`` of row ``rows[0] + b`` comes from ``source[base + j·stride + b]``.
    """
    part, flat, width = block[rows[0] : rows[1], span[0] : span[1]], block.reshape(block.size), block.shape[1]
    run, length, corner = part.shape[0], part.shape[1], rows[0] * width + span[0]
    wide, whole = run - run % SIDE, length - length % SIDE
    for first in range(0, wide, TOGETHER):
        for j in range(0, whole, SIDE):
            start = base + j * stride
            if first == 0:
                _announce(source, start + AHEAD * stride, min(SIDE, length - j - AHEAD), run, stride)
            for b in range(first, min(first + TOGETHER, wide), SIDE):
                turn_square(source, start + b, stride, flat, corner + b * width + j, width)
    for j in range(0, whole, SIDE):
        start = base + j * stride
        for b in range(wide, run):
            for i in range(SIDE):
                part[b, j + i] = source[start + i * stride + b]
    for j in range(whole, length):
        start = base + j * stride
        _copy(source[start : start + run], part[:, j])


@lean_kernel
def scatter_run(
    block: ComplexArray, target: ComplexArray, base: int, stride: int, rows: tuple[int, int], span: tuple[int, int]
) -> None:
    """Inverse of `gather_run`."""
    part, flat, width = block[rows[0] : rows[1], span[0] : span[1]], block.reshape(block.size), block.shape[1]
    run, length, corner = part.shape[0], part.shape[1], rows[0] * width + span[0]
    wide, whole = run - run % SIDE, length - length % SIDE
    for j in range(0, whole, SIDE):
        start = base + j * stride
        _announce(target, start + AHEAD * stride, min(SIDE, length - j - AHEAD), run, stride)
        for b in range(0, wide, SIDE):
            turn_square(flat, corner + b * width + j, width, target, start + b, stride)
        for b in range(wide, run):
            for i in range(SIDE):
                target[start + i * stride + b] = part[b, j + i]
    for j in range(whole, length):
        start = base + j * stride
        _copy(part[:, j], target[start : start + run])


@lean_kernel
def gather(source: ComplexArray, first: int, count: int, inner: int, block: ComplexArray) -> None:
    """Copy lines ``first`` … ``first + count`` of the flat ``source`` into the rows of ``block``; zero the rest."""
    width, length = block.shape
    if inner == 1:
        for b in range(count):
            start = (first + b) * length
            _copy(source[start : start + length], block[b])
    else:
        done = 0
        while done < count:
            o, i = divmod(first + done, inner)
            run = min(count - done, inner - i)
            base = o * length * inner + i
            gather_run(source, base, inner, block, (done, done + run), (0, length))
            done += run
    for b in range(count, width):
        block[b, :] = 0


@lean_kernel
def pick(source: ComplexArray, places: IndexArray, block: ComplexArray) -> None:
    """Copy some lines of ``source``, (lines, length), into the rows of ``block``; zero the rest."""
    for b in range(places.size):
        _copy(source[places[b]], block[b])
    for b in range(places.size, block.shape[0]):
        block[b, :] = 0


@lean_kernel
def scatter(block: ComplexArray, target: ComplexArray, first: int, count: int, inner: int) -> None:
    """Copy the rows of ``block`` to lines ``first`` … ``first + count`` of the flat ``target``."""
    length = block.shape[1]
    if inner == 1:
        for b in range(count):
            start = (first + b) * length
            _copy(block[b], target[start : start + length])
    else:
        done = 0
        while done < count:
            o, i = divmod(first + done, inner)
            run = min(count - done, inner - i)
            base = o * length * inner + i
            scatter_run(block, target, base, inner, (done, done + run), (0, length))
            done += run
