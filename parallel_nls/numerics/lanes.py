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
from numba.core import cgutils, errors, types
from numba.core.datamodel import models
from numba.extending import intrinsic, overload, register_model

from parallel_nls.numerics.arrays import ComplexArray, RealArray
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


def emit_broadcast(builder: Any, value: Any, width: int = LANES) -> Any:
    """Emit one number in all lanes of a register, for intrinsics. *Communication*: local."""
    kind = ir.VectorType(value.type, width)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, _index(0))
    return builder.shuffle_vector(single, single, ir.Constant(ir.VectorType(ir.IntType(32), width), (0,) * width))


def emit_fused(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit a fused multiply-add of all lanes of registers of any width, for intrinsics. *Communication*: local."""
    insert: Any = cgutils.get_or_insert_function
    name = f"llvm.fma.v{a.type.count}f64"
    return builder.call(insert(builder.module, ir.FunctionType(a.type, [a.type] * 3), name), [a, b, c])


@intrinsic
def _all_lanes(_context: Any, _value: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a broadcast."""
        return emit_broadcast(builder, arguments[0])

    return _lanes(numba.float64), generate


def _signature(found: Any, array: Any, *others: Any) -> Any:
    """That of a function of an array, whose numbers have to lie next to each other."""
    if array.layout != "C":
        raise errors.TypingError("lanes are read and written where numbers lie next to each other")
    return found(array, *others)


@intrinsic
def _eight_of(_context: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit one load, of numbers that need not be aligned."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        return builder.load(pointer, align=8)

    return _signature(_lanes, array, place), generate


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

    return _signature(_lanes, array, place, count), generate


@intrinsic
def _put_eight(_context: Any, array: Any, place: Any, _value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit one store, to a place that need not be aligned."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        builder.store(arguments[2], pointer, align=8)
        return context.get_dummy_value()

    return _signature(numba.void, array, place, _lanes), generate


def _below(builder: Any, count: Any, width: int) -> Any:
    """Which of so many lanes have numbers below a count."""
    long = ir.VectorType(ir.IntType(64), width)
    return builder.icmp_signed("<", ir.Constant(long, tuple(range(width))), emit_broadcast(builder, count, width))


def _masked(builder: Any, kind: Any, name: str, arguments: Any) -> Any:
    """Call LLVM's load or store of some lanes of a type."""
    result = kind if name == "load" else ir.VoidType()
    function = ir.FunctionType(result, [argument.type for argument in arguments])
    element = "f64" if isinstance(kind.element, ir.DoubleType) else "f32"
    insert: Any = cgutils.get_or_insert_function
    return builder.call(insert(builder.module, function, f"llvm.masked.{name}.v{kind.count}{element}.p0"), arguments)


@intrinsic
def _put_some(_context: Any, array: Any, place: Any, count: Any, _value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit a store of the lanes below ``count``."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        target = builder.bitcast(builder.gep(data, [arguments[1]]), _VECTOR.as_pointer())
        mask = _below(builder, arguments[2], LANES)
        _masked(builder, _VECTOR, "store", [arguments[3], target, ir.IntType(32)(8), mask])
        return context.get_dummy_value()

    return _signature(numba.void, array, place, count, _lanes), generate


def _of_complex(array: Any) -> Any:
    """Sixteen numbers next to each other: parts of eight complex ones."""
    return ir.VectorType(ir.FloatType() if array.dtype == types.complex64 else ir.DoubleType(), 2 * LANES)


@intrinsic
def _eight_complex(_context: Any, array: Any, place: Any, count: Any) -> Any:
    pack: Any = types.UniTuple
    found = pack(_lanes, 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit one load of those below ``count``, 0 for the others, and two shuffles."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        kind = _of_complex(signature.args[0])
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), kind.as_pointer())
        mask = _below(builder, builder.add(arguments[2], arguments[2]), 2 * LANES)
        zeros = ir.Constant(kind, (0.0,) * 2 * LANES)
        parts = _masked(builder, kind, "load", [pointer, ir.IntType(32)(4), mask, zeros])
        if isinstance(kind.element, ir.FloatType):
            parts = builder.fpext(parts, ir.VectorType(ir.DoubleType(), 2 * LANES))
        order = ir.VectorType(ir.IntType(32), LANES)
        split = [
            builder.shuffle_vector(parts, parts, ir.Constant(order, tuple(range(part, 2 * LANES, 2))))
            for part in (0, 1)
        ]
        return context.make_tuple(builder, found, split)

    return _signature(found, array, place, count), generate


@intrinsic
def _put_complex(_context: Any, array: Any, place: Any, count: Any, _re: Any, _im: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit a shuffle, and one store of those below ``count``."""
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        kind = _of_complex(signature.args[0])
        turns = tuple(number for lane in range(LANES) for number in (lane, LANES + lane))
        order = ir.Constant(ir.VectorType(ir.IntType(32), 2 * LANES), turns)
        joined = builder.shuffle_vector(arguments[3], arguments[4], order)
        if isinstance(kind.element, ir.FloatType):
            joined = builder.fptrunc(joined, kind)
        target = builder.bitcast(builder.gep(data, [arguments[1]]), kind.as_pointer())
        mask = _below(builder, builder.add(arguments[2], arguments[2]), 2 * LANES)
        _masked(builder, kind, "store", [joined, target, ir.IntType(32)(4), mask])
        return context.get_dummy_value()

    return _signature(numba.void, array, place, count, _lanes, _lanes), generate


@intrinsic
def _fused(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a fused multiply-add of all lanes."""
        return emit_fused(builder, *arguments)

    return _lanes(_lanes, _lanes, _lanes), generate


@intrinsic
def _root(_context: Any, _a: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a square root of all lanes."""
        insert: Any = cgutils.get_or_insert_function
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        return builder.call(insert(builder.module, kind, f"llvm.sqrt.v{LANES}f64"), arguments)

    return _lanes(_lanes), generate


@intrinsic
def _smaller(_context: Any, _a: Any, _b: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a comparison of all lanes with one number, and a choice."""
        bound = emit_broadcast(builder, arguments[1])
        return builder.select(builder.fcmp_ordered("<", arguments[0], bound), arguments[0], bound)

    return _lanes(_lanes, numba.float64), generate


@intrinsic
def _where_greater(_context: Any, _a: Any, _b: Any, _x: Any, _y: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit a comparison of all lanes, and a choice."""
        a, b, x, y = arguments
        return builder.select(builder.fcmp_ordered(">", a, b), x, y)

    return _lanes(_lanes, _lanes, _lanes, _lanes), generate


@intrinsic
def _lane(_context: Any, _value: Any, number: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        """Emit the read of one lane."""
        return builder.extract_element(arguments[0], arguments[1])

    return numba.float64(_lanes, number), generate


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
                value if kind == _lanes else emit_broadcast(builder, value)
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


for _symbol, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _name)
    _define(getattr(operator, f"i{_symbol.__name__}"), _name)

_whole: Any = _eight_of
_part: Any = _some_of
# The type of eight numbers, as numba knows it.
LANES_TYPE = _lanes
# A number in all lanes.
all_lanes: Any = _all_lanes
_put_whole: Any = _put_eight
_put_part: Any = _put_some
_complex_part: Any = _eight_complex
_put_complex_part: Any = _put_complex
# a·b + c of lanes, with a single rounding.
fused: Any = _fused
# The square root of each lane.
root: Any = _root
# Each lane, or a number where that is smaller.
smaller: Any = _smaller
# Where a > b (nowhere for NaN) x, else y, of lanes (a, b, x, y).
where_greater: Any = _where_greater
# One lane of lanes, by its number.
lane_of: Any = _lane
# The sum of all lanes.
total: Any = _total


@kernel
def lanes_of(array: RealArray, place: int) -> Any:
    """Eight numbers of a contiguous array from a position on; zeros behind its end. *Communication*: local."""
    if place + LANES <= array.size:
        return _whole(array, place)
    return _part(array, place, array.size - place)


@kernel
def put_lanes(array: RealArray, place: int, lanes: Any) -> None:
    """Write eight numbers to a contiguous array from a position on, those before its end. *Communication*: local."""
    if place + LANES <= array.size:
        _put_whole(array, place, lanes)
    else:
        _put_part(array, place, array.size - place, lanes)


@kernel
def complex_lanes_of(array: ComplexArray, place: int) -> Any:
    """Real and imaginary parts of eight numbers of a contiguous array of either precision; see `lanes_of`."""
    return _complex_part(array, place, array.size - place)


@kernel
def put_complex_lanes(array: ComplexArray, place: int, re: Any, im: Any) -> None:
    """Write eight complex numbers to a contiguous array of either precision, those before its end."""
    _put_complex_part(array, place, array.size - place, re, im)


@kernel
def greatest(lanes: Any) -> float:
    """The largest of all lanes."""
    found = lane_of(lanes, 0)
    for number in range(1, LANES):
        found = max(found, lane_of(lanes, number))
    return float(found)
