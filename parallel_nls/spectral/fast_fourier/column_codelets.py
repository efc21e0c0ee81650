"""Short transforms of eight columns side by side, a column a lane, for use inside kernels.

Columns are transformed in place by decimation in frequency, so that coefficients come in the order of their reversed
digits; are multiplied there; and go back by decimation in time from that order. Nothing is ever brought into order.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.extending import intrinsic

from parallel_nls.spectral.fast_fourier.codelets import data_of, twiddled
from parallel_nls.spectral.fast_fourier.radices import GAP, LANES
from parallel_nls.spectral.fast_fourier.registers import PAIR, Registers, fourier, index


def _rows(builder: Any, addresses: Any, offset: Any, row: Any, apart: Any, radix: int) -> list[Any]:
    """Where the numbers of eight columns begin in some rows, ``apart`` from each other."""
    found = []
    for j in range(radix):
        place = builder.gep(addresses, [builder.add(row, builder.mul(apart, index(j)))])
        found.append(builder.inttoptr(builder.add(builder.load(place), offset), ir.DoubleType().as_pointer()))
    return found


def _announce(builder: Any, place: Any, write: int) -> None:
    """Ask for eight columns of a row ahead of their use."""
    pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
    hint = builder.module.declare_intrinsic(
        "llvm.prefetch", (pointer,), ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
    )
    for line in (0, LANES):
        address = builder.bitcast(builder.gep(place, [index(line)]), pointer)
        builder.call(hint, [address, flag(write), flag(3), flag(1)])


def outer_codelet(radix: int, back: bool) -> Any:
    """A transform of ``radix`` rows of eight columns that are read from where they lie, or written there.

    Parameters
    ----------
    radix : int
        4 or 8.
    back : bool
        From registers to rows: the inverse, times ``radix``.

    Returns
    -------
    intrinsic
        ``(addresses, offset, row, ahead, apart, scratch, base, tables, at, sign)``: rows ``row + j·apart``, whose
        numbers begin at ``addresses[row + j·apart] + offset`` bytes, are transformed over j, multiplied by the roots
        of unity in ``tables`` from ``at`` on, and stored as registers ``row + j·(apart + GAP)`` of ``scratch`` from
        ``base`` on; row ``ahead`` and those apart from it are asked for.

    Notes
    -----
    *Communication*: local.
    """

    @intrinsic
    def codelet(
        _context: Any,
        addresses: Any,
        offset: Any,
        row: Any,
        ahead: Any,
        apart: Any,
        scratch: Any,
        base: Any,
        tables: Any,
        at: Any,
        sign: Any,
    ) -> Any:
        """Their types."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            """Emit it."""
            kinds = signature.args
            table = context.make_array(kinds[0])(context, builder, arguments[0]).data
            data, roots = (data_of(context, builder, kinds[i], arguments[i]) for i in (5, 7))
            offset, row, ahead, apart, base, at, sign = (arguments[i] for i in (1, 2, 3, 4, 6, 8, 9))
            rows = _rows(builder, table, offset, row, apart, radix)
            for place in _rows(builder, table, offset, ahead, apart, radix):
                _announce(builder, place, int(back))
            numbers = [builder.add(row, builder.mul(builder.add(apart, index(GAP)), index(j))) for j in range(radix)]
            places = [builder.add(base, builder.mul(number, index(PAIR))) for number in numbers]
            if back:
                on = Registers(builder, builder.fneg(sign))
                values = twiddled(on, [on.load(data, place) for place in places], roots, at, conjugate=True)
                for value, place in zip(fourier(on, values), rows, strict=True):
                    on.store_mixed(value, place, index(0))
            else:
                on = Registers(builder, sign)
                values = fourier(on, [on.load_mixed(place, index(0)) for place in rows])
                for value, place in zip(twiddled(on, values, roots, at), places, strict=True):
                    on.store(value, data, place)
            return context.get_dummy_value()

        return numba.void(addresses, offset, row, ahead, apart, scratch, base, tables, at, sign), generate

    return codelet


@intrinsic
def _multiplied(
    _context: Any, scratch: Any, first: Any, along: Any, number: Any, across: Any, column: Any, sign: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Emit the last transform of eight registers, factors, and the first one back."""
        kinds = signature.args
        data, rows, columns = (data_of(context, builder, kinds[i], arguments[i]) for i in (0, 2, 4))
        first, number, column, sign = (arguments[i] for i in (1, 3, 5, 6))
        on, back = Registers(builder, sign), Registers(builder, builder.fneg(sign))
        places = [builder.mul(builder.add(first, index(j)), index(PAIR)) for j in range(LANES)]
        lanes = on.load_mixed(columns, builder.mul(column, index(2)))
        values = []
        for j, value in enumerate(fourier(on, [on.load(data, place) for place in places])):
            own = on.load_one(rows, builder.mul(builder.add(number, index(j)), index(2)))
            values.append(on.product(value, on.product(own, lanes)))
        for value, place in zip(fourier(back, values), places, strict=True):
            on.store(value, data, place)
        return context.get_dummy_value()

    return numba.void(scratch, first, along, number, across, column, sign), generate


# (scratch, first, along, number, across, column, sign): registers ``first``, …, ``first + 7`` are transformed over
# their number, multiplied by ``along[number]``, …, one complex number for each, and by ``across[column]``, …, one for
# each lane, and transformed back, times 8.
multiply_registers: Any = _multiplied
