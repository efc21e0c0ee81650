"""Eight complex numbers of a line and their mirror images side by side, for use inside kernels of cosine transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
from llvmlite import ir
from numba.extending import intrinsic

from parallel_nls.spectral.fast_fourier.codelets import data_of
from parallel_nls.spectral.fast_fourier.radices import LANES
from parallel_nls.spectral.fast_fourier.registers import Pair, Registers, index

_BACKWARDS = tuple(range(LANES))[::-1]
_EVEN, _ODD = ((0, 1, 4, 5, 8, 9, 12, 13), (14, 15, 10, 11, 6, 7, 2, 3))
"""Of eight complex numbers in two registers those of even numbers, and those of odd numbers backwards."""
_FIRST, _SECOND = ((0, 1, 14, 15, 2, 3, 12, 13), (4, 5, 10, 11, 6, 7, 8, 9))
"""The inverse."""


def _registers(builder: Any) -> Registers:
    return Registers(builder, ir.Constant(ir.DoubleType(), 1.0))


def _mirrored(on: Registers, value: Pair) -> Pair:
    return Pair(*(on.shuffled(part, part, _BACKWARDS) for part in value))


def _sum(on: Registers, one: Sequence[Any], other: Sequence[Any]) -> Any:
    """a·x + b·y of (turn a, what its rounding lost, x) and the same of b, y; the small terms first."""
    (a, a_lost, x), (b, b_lost, y) = one, other
    return on.fused(a, x, on.fused(b, y, on.fused(a_lost, x, on.builder.fmul(b_lost, y))))


def _difference(on: Registers, one: Sequence[Any], other: Sequence[Any]) -> Any:
    """a·x − b·y."""
    (a, a_lost, x), (b, b_lost, y) = one, other
    small = on.fused(b_lost, y, on.negative(on.builder.fmul(a_lost, x)))
    return on.fused(a, x, on.negative(on.fused(b, y, small)))


def _turns(on: Registers, data: Any, middle: Any, m: Any) -> list[Any]:
    """Cosines, sines, and what their rounding lost, of eight turns from the m-th on."""
    builder = on.builder
    return [on.load_row(data, builder.add(m, builder.mul(middle, index(row)))) for row in range(4)]


@intrinsic
def _turned_to_cosines(_context: Any, row: Any, turns: Any, middle: Any, m: Any, mirror: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit `cosine.to_cosines` for eight m."""
        line, table = (data_of(context, builder, signature.args[i], arguments[i]) for i in (0, 1))
        on, (middle, m, mirror) = _registers(builder), arguments[2:]
        here, there = (builder.mul(place, index(2)) for place in (m, mirror))
        c, s, c_lost, s_lost = _turns(on, table, middle, m)
        one, other = on.load_mixed(line, here), _mirrored(on, on.load_mixed(line, there))
        both, apart = on.sum(one, other), on.difference(one, other)
        first = Pair(
            _sum(on, (c, c_lost, both.re), (s, s_lost, apart.im)),
            _difference(on, (c, c_lost, both.im), (s, s_lost, apart.re)),
        )
        last = Pair(
            _difference(on, (s, s_lost, both.re), (c, c_lost, apart.im)),
            _sum(on, (c, c_lost, apart.re), (s, s_lost, both.im)),
        )
        on.store_mixed(first, line, here)
        on.store_mixed(_mirrored(on, last), line, there)
        return context.get_dummy_value()

    return numba.void(row, turns, middle, m, mirror), generate


@intrinsic
def _turned_from_cosines(_context: Any, row: Any, out: Any, turns: Any, middle: Any, m: Any, mirror: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit `cosine.from_cosines` for eight m."""
        line, target, table = (data_of(context, builder, signature.args[i], arguments[i]) for i in (0, 1, 2))
        on, (middle, m, mirror) = _registers(builder), arguments[3:]
        here, there = (builder.mul(place, index(2)) for place in (m, mirror))
        c, s, c_lost, s_lost = _turns(on, table, middle, m)
        one, other = on.load_mixed(line, here), _mirrored(on, on.load_mixed(line, there))
        near = Pair(builder.fadd(one.re, other.im), builder.fsub(one.im, other.re))
        far = Pair(builder.fsub(one.re, other.im), builder.fadd(one.im, other.re))
        first = Pair(
            _difference(on, (c, c_lost, near.re), (s, s_lost, near.im)),
            _sum(on, (c, c_lost, near.im), (s, s_lost, near.re)),
        )
        last = Pair(
            _sum(on, (c, c_lost, far.re), (s, s_lost, far.im)),
            _difference(on, (c, c_lost, far.im), (s, s_lost, far.re)),
        )
        on.store_mixed(first, target, here)
        on.store_mixed(_mirrored(on, last), target, there)
        return context.get_dummy_value()

    return numba.void(row, out, turns, middle, m, mirror), generate


@intrinsic
def _folded(_context: Any, row: Any, j: Any, out: Any, first: Any, last: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit two loads, two shuffles and two stores."""
        line, target = (data_of(context, builder, signature.args[i], arguments[i]) for i in (0, 2))
        on, (j, first, last) = _registers(builder), (arguments[i] for i in (1, 3, 4))
        near, far = (on.load_row(line, builder.add(builder.mul(j, index(2)), index(part))) for part in (0, LANES))
        for order, place in ((_EVEN, first), (_ODD, last)):
            on.store_row(on.shuffled(near, far, order), target, builder.mul(place, index(2)))
        return context.get_dummy_value()

    return numba.void(row, j, out, first, last), generate


@intrinsic
def _unfolded(_context: Any, row: Any, first: Any, last: Any, out: Any, j: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit the inverse."""
        line, target = (data_of(context, builder, signature.args[i], arguments[i]) for i in (0, 3))
        on, (first, last, j) = _registers(builder), (arguments[i] for i in (1, 2, 4))
        even, odd = (on.load_row(line, builder.mul(place, index(2))) for place in (first, last))
        for order, part in ((_FIRST, 0), (_SECOND, LANES)):
            on.store_row(on.shuffled(even, odd, order), target, builder.add(builder.mul(j, index(2)), index(part)))
        return context.get_dummy_value()

    return numba.void(row, first, last, out, j), generate


# (row, turns, middle, m, mirror): `cosine.to_cosines` in place for m, …, m + 7, mirror = n − m − 7.
turn_to_cosines: Any = _turned_to_cosines
# (row, out, turns, middle, m, mirror): `cosine.from_cosines` for the same.
turn_from_cosines: Any = _turned_from_cosines
# (row, j, out, first, last): row[j], row[j + 2], … to out[first], …, four of them; those of row[j + 1], … backwards
# to out[last], ….
fold_eight: Any = _folded
# (row, first, last, out, j): the inverse.
unfold_eight: Any = _unfolded
