"""Turning squares of four by four complex numbers in registers, where arrays are transposed; for use inside kernels."""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.extending import intrinsic

SIDE = 4
_LONG = ir.IntType(64)


def _columns(builder: Any, rows: list[Any]) -> list[Any]:
    """The columns of four registers of four complex numbers."""

    def some(first: Any, second: Any, numbers: tuple[int, ...]) -> Any:
        """Four of the numbers of two registers, each with both its parts."""
        parts = [2 * number + part for number in numbers for part in (0, 1)]
        return builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(ir.IntType(32), 2 * SIDE), parts))

    low, high = ([some(rows[i], rows[i + 1], order) for i in (0, 2)] for order in ((0, 1, 4, 5), (2, 3, 6, 7)))
    return [some(half[0], half[1], order) for half in (low, high) for order in ((0, 2, 4, 6), (1, 3, 5, 7))]


@intrinsic
def _turn_square(_context: Any, source: Any, at: Any, apart: Any, target: Any, to: Any, next_to: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit four loads, eight shuffles of whole numbers, and four stores; narrower processors split them."""
        vector = ir.VectorType(context.get_value_type(signature.args[0].dtype.underlying_float), 2 * SIDE)
        alignment = 8 if signature.args[0].dtype == numba.complex128 else 4

        def places(kind: Any, array: Any, first: Any, stride: Any) -> list[Any]:
            """Where four times four neighbours begin."""
            data = context.make_array(kind)(context, builder, array).data
            offsets = [builder.add(first, builder.mul(stride, ir.Constant(_LONG, i))) for i in range(SIDE)]
            return [builder.bitcast(builder.gep(data, [offset]), vector.as_pointer()) for offset in offsets]

        rows = [builder.load(place, align=alignment) for place in places(signature.args[0], *arguments[:3])]
        for column, place in zip(_columns(builder, rows), places(signature.args[3], *arguments[3:]), strict=True):
            builder.store(column, place, align=alignment)
        return context.get_dummy_value()

    return numba.void(source, at, apart, target, to, next_to), generate


# target[to + i·next_to + j] = source[at + j·apart + i] for i, j = 0, …, 3: flat contiguous complex arrays of one type.
turn_square: Any = _turn_square
