"""Eight numbers side by side: sums over long arrays that keep all lanes of a processor busy, in a fixed order.

Compilers may not reorder a sum, so that one number after the other waits for the one before it. Here lane i holds the
sum of every eighth number from the i-th on, and at the end all lanes are added in pairs: the bits are the same on every
processor, whatever the width of its registers. For use inside kernels.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel

LANES = 8
_VECTOR = ir.VectorType(ir.DoubleType(), LANES)


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Lanes")


_lanes = _LanesType()


@register_model(_LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        begin: Any = super().__init__
        begin(dmm, fe_type, _VECTOR)


def _index(number: int) -> Any:
    return ir.Constant(ir.IntType(32), number)


def _splat(builder: Any, value: Any) -> Any:
    """One number in all lanes."""
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _index(0))
    return builder.shuffle_vector(single, single, ir.Constant(ir.VectorType(ir.IntType(32), LANES), (0,) * LANES))


@intrinsic
def _all_lanes(_context: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a broadcast."""
        return _splat(builder, arguments[0])

    return _lanes(numba.float64), generate


@intrinsic
def _eight_of(_context: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit one load, of numbers that need not be aligned."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        return builder.load(pointer, align=8)

    return _lanes(array, place), generate


@intrinsic
def _some_of(_context: Any, array: Any, place: Any, count: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit a load a lane; those from ``count`` on read the first number, and become 0."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place, count = arguments[1:]
        found, zero = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(ir.DoubleType(), 0.0)
        for lane in range(LANES):
            own = ir.Constant(ir.IntType(64), lane)
            inside = builder.icmp_signed("<", own, count)
            offset = builder.select(inside, own, ir.Constant(ir.IntType(64), 0))
            value = builder.load(builder.gep(data, [builder.add(place, offset)]))
            found = builder.insert_element(found, builder.select(inside, value, zero), _index(lane))
        return found

    return _lanes(array, place, count), generate


@intrinsic
def _fused(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a fused multiply-add of all lanes."""
        insert: Any = cgutils.get_or_insert_function
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        return builder.call(insert(builder.module, kind, f"llvm.fma.v{LANES}f64"), arguments)

    return _lanes(_lanes, _lanes, _lanes), generate


@intrinsic
def _total(_context: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit the sum of all lanes, of neighbours first."""
        parts = [builder.extract_element(arguments[0], _index(lane)) for lane in range(LANES)]
        while len(parts) > 1:
            parts = [builder.fadd(first, second) for first, second in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    return numba.float64(_lanes), generate


def _operation(name: str) -> Callable[..., Any]:
    @intrinsic
    def apply(_context: Any, _a: Any, _b: Any) -> Any:
        """Their types."""

        def generate(_context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            """Emit one operation on all lanes; a single number stands in each."""
            a, b = (
                value if kind == _lanes else _splat(builder, value)
                for kind, value in zip(signature.args, arguments, strict=True)
            )
            return getattr(builder, name)(a, b)

        return _lanes(*(kind if kind == _lanes else numba.float64 for kind in (_a, _b))), generate

    return apply


def _define(symbol: Any, name: str) -> None:
    apply = _operation(name)

    @overload(symbol)
    def combine(a: Any, b: Any) -> Any:
        """As for numbers, where one is of this type."""
        if _lanes not in (a, b):
            return None

        def implementation(a: Any, b: Any) -> Any:
            """One instruction."""
            return apply(a, b)

        return implementation


for _symbol, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _define(_symbol, _name)
    _define(getattr(operator, f"i{_symbol.__name__}"), _name)

_whole: Any = _eight_of
_part: Any = _some_of
# A number in all lanes.
all_lanes: Any = _all_lanes
# a·b + c of lanes, with a single rounding.
fused: Any = _fused
# The sum of all lanes.
total: Any = _total


@kernel
def lanes_of(array: RealArray, place: int) -> Any:
    """Eight numbers of a contiguous array from a position on; zeros behind its end. *Communication*: local."""
    if place + LANES <= array.size:
        return _whole(array, place)
    return _part(array, place, array.size - place)
