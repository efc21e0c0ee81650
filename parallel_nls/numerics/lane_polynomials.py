"""Four piecewise polynomials at eight points side by side, for use inside kernels.

A table holds what a cell has of the four next to each other, and powers one after the other, so that one register takes
an even power and the next one of all four: at each point Horner's scheme runs in x² for eight numbers at once, even
powers and odd ones come together, and the results change places at the end.
"""

from __future__ import annotations

import struct
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from parallel_nls.numerics.lanes import LANES, LANES_TYPE, emit_broadcast, emit_fused
from parallel_nls.numerics.trigonometry import ROUND

TERMS = 14
"""Coefficients of each polynomial."""
SHORT_TERMS, SHORTER_TERMS, SHORTEST_TERMS = 8, 6, 4
"""Those that the shorter ones read."""

_WIDTH = 4
_LONG, _INDEX = ir.IntType(64), ir.IntType(32)
_FOUR, _EIGHT = ir.VectorType(ir.DoubleType(), _WIDTH), ir.VectorType(ir.DoubleType(), LANES)
_BITS_OF_ROUND = struct.unpack("q", struct.pack("d", ROUND))[0]


def _shuffled(builder: Any, first: Any, second: Any, order: tuple[int, ...]) -> Any:
    """Some numbers of two registers."""
    return builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(_INDEX, len(order)), order))


def _transposed(builder: Any, rows: Any) -> list[Any]:
    """The columns of four registers."""
    pairs = [
        [_shuffled(builder, rows[i], rows[i + 1], order) for i in (0, 2)] for order in ((0, 4, 2, 6), (1, 5, 3, 7))
    ]
    halves = (0, 1, 4, 5), (2, 3, 6, 7)
    return [_shuffled(builder, pairs[m % 2][0], pairs[m % 2][1], halves[m // 2]) for m in range(_WIDTH)]


def _at_points(builder: Any, table: Any, cells: Any, x: Any, terms: int) -> list[Any]:
    """At each of eight points, read from where they stand, the four polynomials in one register."""
    numbers = builder.bitcast(cells, _LONG.as_pointer())
    rows, ones, squares = [], [], []
    for point in range(LANES):
        own = _LONG(point)
        row = builder.sub(builder.load(builder.gep(numbers, [own])), _LONG(_BITS_OF_ROUND))
        rows.append(builder.gep(table, [builder.mul(row, _LONG(TERMS * _WIDTH))]))
        place = emit_broadcast(builder, builder.load(builder.gep(x, [own])))
        ones.append(_shuffled(builder, place, place, tuple(range(_WIDTH))))
        squares.append(builder.fmul(place, place))

    def pair(point: int, number: int) -> Any:
        """The coefficients of an even power and of the next one."""
        place = builder.gep(rows[point], [_LONG(number * LANES)])
        return builder.load(builder.bitcast(place, _EIGHT.as_pointer()), align=8)

    pairs = [pair(point, terms // 2 - 1) for point in range(LANES)]
    for number in range(terms // 2 - 2, -1, -1):
        pairs = [emit_fused(builder, pairs[point], squares[point], pair(point, number)) for point in range(LANES)]
    even, odd = tuple(range(_WIDTH)), tuple(range(_WIDTH, LANES))
    return [
        emit_fused(builder, _shuffled(builder, both, both, odd), one, _shuffled(builder, both, both, even))
        for both, one in zip(pairs, ones, strict=True)
    ]


def _polynomials(terms: int) -> Any:
    @intrinsic
    def evaluate(_context: Any, table: Any, cells: Any, x: Any, place: Any) -> Any:
        """Their types."""
        pack: Any = types.UniTuple
        found = pack(LANES_TYPE, _WIDTH)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            """Emit the schemes, and join what they give for each of the four functions."""
            place, arrays = arguments[-1], []
            for kind, argument in zip(signature.args[:-1], arguments[:-1], strict=True):
                arrays.append(context.make_array(kind)(context, builder, argument).data)
            cells, x = (builder.gep(array, [place]) for array in arrays[1:])
            totals = _at_points(builder, arrays[0], cells, x, terms)
            halves = [_transposed(builder, totals[i : i + _WIDTH]) for i in (0, _WIDTH)]
            joined = [_shuffled(builder, first, last, tuple(range(LANES))) for first, last in zip(*halves, strict=True)]
            return context.make_tuple(builder, found, joined)

        return found(table, cells, x, place), generate

    return evaluate


# Σ_k table[c, k, m]·x^k for m = 0, …, 3, lanes each: even powers and odd ones by fused multiply-adds in x² from the
# last on. The table, (cells, 14, 4), holds C-contiguous doubles; c + `ROUND`, for cells c of it, and x stand in arrays
# of doubles, eight of each from a place on: it is faster to take them from there than out of registers.
polynomials: Any = _polynomials(TERMS)
# The same of the first 8, 6, 4 terms alone, where the others are 0: to the same bits.
short_polynomials: Any = _polynomials(SHORT_TERMS)
shorter_polynomials: Any = _polynomials(SHORTER_TERMS)
shortest_polynomials: Any = _polynomials(SHORTEST_TERMS)
