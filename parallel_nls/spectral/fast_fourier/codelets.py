"""Short transforms of eight lines side by side, each one block of machine instructions, for use inside kernels.

A line of n = 8m numbers is seen as m registers, of x(8p + l) in lane l. The codelets transform the lanes, each of m
numbers, in place and by decimation in frequency; the last one joins the lanes.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.extending import intrinsic

from parallel_nls.spectral.fast_fourier.radices import LANES
from parallel_nls.spectral.fast_fourier.registers import PAIR, Pair, Registers, fourier, index


def data_of(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """Where the doubles of an array lie, one by one, those of complex numbers too."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(data, ir.DoubleType().as_pointer())


def twiddled(on: Registers, values: list[Pair], tables: Any, at: Any, conjugate: bool = False) -> list[Pair]:
    """All but the first number times the roots of unity that lie from there on, or times their complex conjugates."""
    factors = [on.load_one(tables, on.builder.add(at, index(2 * j))) for j in range(len(values) - 1)]
    if conjugate:
        factors = [Pair(factor.re, on.negative(factor.im)) for factor in factors]
    return [values[0], *(on.product(value, factor) for value, factor in zip(values[1:], factors, strict=True))]


def first_codelet(radix: int) -> Any:
    """A transform of ``radix`` registers that are read from a line of an array.

    Parameters
    ----------
    radix : int
        4 or 8.

    Returns
    -------
    intrinsic
        ``(lines, base, scratch, place, step, tables, at, sign)``: numbers of ``lines``, real parts and imaginary parts
        in turn, from ``base + place + j·step`` on are transformed over j, multiplied by the roots of unity in
        ``tables`` from ``at`` on, and stored in ``scratch`` from ``place + j·step`` on.

    Notes
    -----
    *Communication*: local.
    """

    @intrinsic
    def codelet(
        _context: Any, lines: Any, base: Any, scratch: Any, place: Any, step: Any, tables: Any, at: Any, sign: Any
    ) -> Any:
        """Their types."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            """Emit it."""
            kinds = signature.args
            source, target, roots = (data_of(context, builder, kinds[i], arguments[i]) for i in (0, 2, 5))
            base, place, step, at, sign = (arguments[i] for i in (1, 3, 4, 6, 7))
            on = Registers(builder, sign)
            places = [builder.add(place, builder.mul(step, index(j))) for j in range(radix)]
            values = fourier(on, [on.load_mixed(source, builder.add(base, each)) for each in places])
            for value, each in zip(twiddled(on, values, roots, at), places, strict=True):
                on.store(value, target, each)
            return context.get_dummy_value()

        return numba.void(lines, base, scratch, place, step, tables, at, sign), generate

    return codelet


def inner_codelet(radix: int, is_last: bool = False, back: bool = False) -> Any:
    """A transform of ``radix`` registers in place.

    Parameters
    ----------
    radix : int
        3, 4, 5 or 8.
    is_last : bool, optional
        Nothing is multiplied by roots of unity.
    back : bool, optional
        The inverse of what is not the last one, times ``radix``.

    Returns
    -------
    intrinsic
        ``(scratch, place, step, tables, at, sign)``, as of `first_codelet`.

    Notes
    -----
    *Communication*: local.
    """

    @intrinsic
    def codelet(_context: Any, scratch: Any, place: Any, step: Any, tables: Any, at: Any, sign: Any) -> Any:
        """Their types."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            """Emit it."""
            kinds = signature.args
            data, roots = (data_of(context, builder, kinds[i], arguments[i]) for i in (0, 3))
            place, step, at, sign = (arguments[i] for i in (1, 2, 4, 5))
            on = Registers(builder, builder.fneg(sign) if back else sign)
            places = [builder.add(place, builder.mul(step, index(j))) for j in range(radix)]
            values = [on.load(data, each) for each in places]
            if back:
                values = fourier(on, twiddled(on, values, roots, at, conjugate=True))
            else:
                values = fourier(on, values)
                values = values if is_last else twiddled(on, values, roots, at)
            for value, each in zip(values, places, strict=True):
                on.store(value, data, each)
            return context.get_dummy_value()

        return numba.void(scratch, place, step, tables, at, sign), generate

    return codelet


@intrinsic
def _joined(
    _context: Any, scratch: Any, order: Any, k: Any, lines: Any, base: Any, step: Any, tables: Any, at: Any, sign: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit the roots of unity, a transposition of the lanes, and a transform over what they held."""
        kinds = signature.args
        source, target, roots = (data_of(context, builder, kinds[i], arguments[i]) for i in (0, 3, 6))
        places = context.make_array(kinds[1])(context, builder, arguments[1]).data
        k, base, step, at, sign = (arguments[i] for i in (2, 4, 5, 7, 8))
        on = Registers(builder, sign)
        rows = []
        for j in range(LANES):
            place = builder.load(builder.gep(places, [builder.add(k, index(j))]))
            rows.append(on.product(on.load(source, place), on.load(roots, builder.add(at, index(PAIR * j)))))
        lanes = zip(on.transposed([row.re for row in rows]), on.transposed([row.im for row in rows]), strict=True)
        for j, value in enumerate(fourier(on, [Pair(*lane) for lane in lanes])):
            on.store_mixed(value, target, builder.add(base, builder.mul(step, index(j))))
        return context.get_dummy_value()

    return numba.void(scratch, order, k, lines, base, step, tables, at, sign), generate


# (scratch, order, k, lines, base, step, tables, at, sign): the coefficients k, …, k + 7 of all lanes, in ``scratch`` at
# the places ``order[k]``, …, are joined to those of the line, k + m·q, which go to ``lines`` from ``base + q·step`` on;
# the roots of unity of each lane lie in ``tables`` from ``at`` on.
join_lanes: Any = _joined
