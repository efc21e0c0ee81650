"""Complex arithmetic on registers of eight numbers, as instructions of LLVM: what codelets are written in.

Every operation that the two directions of a transform do differently takes their sign as a factor of a fused
multiply-add, which is as fast as an addition and exact. So a backward transform is the complex conjugate of the forward
one bit for bit, by the same code.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sin, sqrt
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils
from numba.core.registry import cpu_target

from parallel_nls.spectral.fast_fourier.radices import LANES

PAIR = 2 * LANES
"""Numbers in a register of real parts and one of imaginary parts."""

_KIND = ir.VectorType(ir.DoubleType(), LANES)
_REAL, _IMAGINARY = tuple(range(0, PAIR, 2)), tuple(range(1, PAIR, 2))
_LOWER, _UPPER = (tuple(half + LANES * part for half in range(s, s + 4) for part in (0, 1)) for s in (0, 4))


def has_wide_registers() -> bool:
    """Whether a register of this processor holds eight doubles. *Communication*: local."""
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    return "+avx512f" in features.split(",")


class Pair(NamedTuple):
    """Eight complex numbers: LLVM values of a register each."""

    re: Any
    im: Any


def index(number: int) -> Any:
    """A constant position."""
    return ir.Constant(ir.IntType(64), number)


class Registers:
    """Emits instructions on registers of doubles.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where instructions go.
    sign : llvmlite.ir.Value
        1.0 forward, −1.0 backward; not known before the code runs, or the compiler would make additions of what is
        fused, and leave the units for products idle.
    """

    def __init__(self, builder: Any, sign: Any) -> None:
        self.builder = builder
        insert: Any = cgutils.get_or_insert_function
        self._fma = insert(builder.module, ir.FunctionType(_KIND, [_KIND] * 3), f"llvm.fma.v{LANES}f64")
        self.sign = self.splat(sign)

    def constant(self, value: float) -> Any:
        """A number in all lanes."""
        return ir.Constant(_KIND, [value] * LANES)

    def splat(self, value: Any) -> Any:
        """A number that is known when the code runs, in all lanes."""
        single = self.builder.insert_element(ir.Constant(_KIND, ir.Undefined), value, ir.IntType(32)(0))
        return self.shuffled(single, single, (0,) * LANES)

    def shuffled(self, first: Any, second: Any, order: Sequence[int]) -> Any:
        """Some numbers of two registers."""
        return self.builder.shuffle_vector(first, second, ir.Constant(ir.VectorType(ir.IntType(32), LANES), order))

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """Return a·b + c with a single rounding."""
        return self.builder.call(self._fma, [a, b, c])

    def negative(self, value: Any) -> Any:
        """−value."""
        return self.builder.fneg(value)

    def sum(self, a: Pair, b: Pair) -> Pair:
        """Return a + b."""
        return Pair(self.builder.fadd(a.re, b.re), self.builder.fadd(a.im, b.im))

    def difference(self, a: Pair, b: Pair) -> Pair:
        """Return a − b."""
        return Pair(self.builder.fsub(a.re, b.re), self.builder.fsub(a.im, b.im))

    def turned_sum(self, a: Pair, b: Pair) -> Pair:
        """Return a − i·sign·b."""
        return Pair(self.fused(self.sign, b.im, a.re), self.fused(self.negative(self.sign), b.re, a.im))

    def turned_difference(self, a: Pair, b: Pair) -> Pair:
        """Return a + i·sign·b."""
        return Pair(self.fused(self.negative(self.sign), b.im, a.re), self.fused(self.sign, b.re, a.im))

    def scaled(self, factor: Any, a: Pair, b: Pair) -> Pair:
        """factor·a + b, of a real factor."""
        return Pair(self.fused(factor, a.re, b.re), self.fused(factor, a.im, b.im))

    def product(self, a: Pair, factor: Pair) -> Pair:
        """Return a·factor."""
        real, mixed = self.builder.fmul(a.im, factor.im), self.builder.fmul(a.im, factor.re)
        return Pair(self.fused(a.re, factor.re, self.negative(real)), self.fused(a.re, factor.im, mixed))

    def load(self, data: Any, place: Any) -> Pair:
        """Real and imaginary parts that lie behind each other."""
        return Pair(*(self.load_row(data, self.builder.add(place, index(part))) for part in (0, LANES)))

    def load_mixed(self, data: Any, place: Any) -> Pair:
        """Complex numbers as they lie in arrays."""
        mixed = self.load(data, place)
        return Pair(*(self.shuffled(mixed.re, mixed.im, order) for order in (_REAL, _IMAGINARY)))

    def load_one(self, data: Any, place: Any) -> Pair:
        """One complex number, in all lanes."""
        parts = (self.builder.gep(data, [self.builder.add(place, index(part))]) for part in (0, 1))
        return Pair(*(self.splat(self.builder.load(part)) for part in parts))

    def store(self, value: Pair, data: Any, place: Any) -> None:
        """Inverse of `load`."""
        for part, register in zip((0, LANES), value, strict=True):
            self.store_row(register, data, self.builder.add(place, index(part)))

    def store_mixed(self, value: Pair, data: Any, place: Any) -> None:
        """Inverse of `load_mixed`."""
        self.store(Pair(*(self.shuffled(value.re, value.im, order) for order in (_LOWER, _UPPER))), data, place)

    def transposed(self, rows: Sequence[Any]) -> list[Any]:
        """The columns of eight registers: squares of 2, of 4, and of 8 numbers are turned."""
        for half in (1, 2, 4):
            whole = 2 * half
            kept = tuple(lane + (LANES - half if lane % whole >= half else 0) for lane in range(LANES))
            moved = tuple(lane + (LANES if lane % whole >= half else half) for lane in range(LANES))
            turned = list(rows)
            for row in (row for row in range(LANES) if row % whole < half):
                pair = rows[row], rows[row + half]
                turned[row], turned[row + half] = (self.shuffled(*pair, order) for order in (kept, moved))
            rows = turned
        return list(rows)

    def load_row(self, data: Any, place: Any) -> Any:
        """Eight doubles that need not be aligned."""
        pointer = self.builder.bitcast(self.builder.gep(data, [place]), _KIND.as_pointer())
        return self.builder.load(pointer, align=8)

    def store_row(self, register: Any, data: Any, place: Any) -> None:
        """Inverse of `load_row`."""
        pointer = self.builder.bitcast(self.builder.gep(data, [place]), _KIND.as_pointer())
        self.builder.store(register, pointer, align=8)


def fourier(on: Registers, x: Sequence[Pair]) -> list[Pair]:
    """Σ_j x_j e^{−2πi·sign·jk/n} for k = 0, …, n − 1, of n = 3, 4, 5, 8 numbers."""
    return {3: _three, 4: _four, 5: _five, 8: _eight}[len(x)](on, x)


def _three(on: Registers, x: Sequence[Pair]) -> list[Pair]:
    both, apart = on.sum(x[1], x[2]), on.difference(x[1], x[2])
    middle = on.scaled(on.constant(-0.5), both, x[0])
    height = on.builder.fmul(on.constant(sqrt(0.75)), on.sign)
    down = Pair(on.fused(height, apart.im, middle.re), on.fused(on.negative(height), apart.re, middle.im))
    up = Pair(on.fused(on.negative(height), apart.im, middle.re), on.fused(height, apart.re, middle.im))
    return [on.sum(x[0], both), down, up]


def _four(on: Registers, x: Sequence[Pair]) -> list[Pair]:
    even, odd = on.sum(x[0], x[2]), on.sum(x[1], x[3])
    a, b = on.difference(x[0], x[2]), on.difference(x[1], x[3])
    return [on.sum(even, odd), on.turned_sum(a, b), on.difference(even, odd), on.turned_difference(a, b)]


def _five(on: Registers, x: Sequence[Pair]) -> list[Pair]:
    outer, inner = on.sum(x[1], x[4]), on.sum(x[2], x[3])
    first, second = on.difference(x[1], x[4]), on.difference(x[2], x[3])
    whole, apart = on.sum(outer, inner), on.difference(outer, inner)
    # The cosines are (−1 ± √5)/4.
    mean = on.scaled(on.constant(-0.25), whole, x[0])
    middles = [on.scaled(on.constant(side * sqrt(5) / 4), apart, mean) for side in (1, -1)]
    near, far = (on.constant(sin(2 * pi * k / 5)) for k in (1, 2))
    sides = [
        on.scaled(near, first, Pair(*(on.builder.fmul(far, part) for part in second))),
        on.scaled(far, first, Pair(*(on.builder.fmul(on.negative(near), part) for part in second))),
    ]
    down = [on.turned_sum(middle, side) for middle, side in zip(middles, sides, strict=True)]
    up = [on.turned_difference(middle, side) for middle, side in zip(middles, sides, strict=True)]
    return [on.sum(x[0], whole), *down, *reversed(up)]


def _eight(on: Registers, x: Sequence[Pair]) -> list[Pair]:
    even, odd = _four(on, x[::2]), _four(on, x[1::2])
    half, less = on.constant(sqrt(0.5)), on.constant(-sqrt(0.5))
    first = on.turned_sum(odd[1], odd[1])
    third = on.turned_difference(odd[3], odd[3])
    return [
        on.sum(even[0], odd[0]),
        on.scaled(half, first, even[1]),
        on.turned_sum(even[2], odd[2]),
        on.scaled(less, third, even[3]),
        on.difference(even[0], odd[0]),
        on.scaled(less, first, even[1]),
        on.turned_difference(even[2], odd[2]),
        on.scaled(half, third, even[3]),
    ]
