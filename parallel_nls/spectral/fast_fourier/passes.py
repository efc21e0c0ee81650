"""The passes of a transform over its line: the kernel that runs the codelets."""

from __future__ import annotations

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.fast_fourier.codelets import first_codelet, inner_codelet, join_lanes
from parallel_nls.spectral.fast_fourier.radices import LANES
from parallel_nls.spectral.fast_fourier.registers import PAIR

IN_CACHE = 2048
"""Up to so many numbers of a line stay in the nearest cache."""

_first_four, _first_eight = first_codelet(4), first_codelet(8)
_three, _four, _five, _eight = (inner_codelet(radix) for radix in (3, 4, 5, 8))
_back_three, _back_four, _back_five, _back_eight = (inner_codelet(radix, back=True) for radix in (3, 4, 5, 8))
_last_three, _last_four, _last_five, _last_eight = (inner_codelet(radix, is_last=True) for radix in (3, 4, 5, 8))


@lean_kernel
def _first_pass(
    lines: ComplexArray, base: int, scratch: RealArray, radix: int, size: int, tables: RealArray, sign: float
) -> None:
    """Registers p + j·size/radix of a line, all over j."""
    step, roots = PAIR * (size // radix), 2 * (radix - 1)
    for p in range(size // radix):
        if radix == 8:
            _first_eight(lines, base, scratch, PAIR * p, step, tables, roots * p, sign)
        else:
            _first_four(lines, base, scratch, PAIR * p, step, tables, roots * p, sign)


@lean_kernel
def inner_pass(
    scratch: RealArray,
    start: int,
    whole: int,
    radix: int,
    size: int,
    tables: RealArray,
    at: int,
    sign: float,
    back: bool,
) -> None:
    """Transform registers p + j·size/radix within each ``size`` of ``whole`` from ``start`` on, all over j; or back."""
    short, roots = size // radix, 2 * (radix - 1)
    step = PAIR * short
    number = -radix if back else radix
    for block in range(start, start + whole, size):
        for p in range(short):
            place, own = PAIR * (block + p), at + roots * p
            if number == 8:
                _eight(scratch, place, step, tables, own, sign)
            elif number == 4:
                _four(scratch, place, step, tables, own, sign)
            elif number == 3:
                _three(scratch, place, step, tables, own, sign)
            elif number == 5:
                _five(scratch, place, step, tables, own, sign)
            elif number == -8:
                _back_eight(scratch, place, step, tables, own, sign)
            elif number == -4:
                _back_four(scratch, place, step, tables, own, sign)
            elif number == -3:
                _back_three(scratch, place, step, tables, own, sign)
            else:
                _back_five(scratch, place, step, tables, own, sign)


@lean_kernel
def _last_pass(scratch: RealArray, start: int, whole: int, radix: int, tables: RealArray, sign: float) -> None:
    """The same of neighbours, whose roots of unity are all 1."""
    for block in range(start, start + whole, radix):
        place = PAIR * block
        if radix == 8:
            _last_eight(scratch, place, PAIR, tables, 0, sign)
        elif radix == 4:
            _last_four(scratch, place, PAIR, tables, 0, sign)
        elif radix == 3:
            _last_three(scratch, place, PAIR, tables, 0, sign)
        else:
            _last_five(scratch, place, PAIR, tables, 0, sign)


@lean_kernel
def transform_lines(
    source: ComplexArray,
    places: IndexArray,
    target: ComplexArray,
    radices: IndexArray,
    order: IndexArray,
    tables: RealArray,
    scratch: RealArray,
    sign: float,
) -> None:
    """Transform some rows of a contiguous array into the first ones of another; the rest are those of a `LinePlan`.

    Behind the first pass a line falls apart into pieces; each one of a long line stays in the nearest cache until it is
    done.
    """
    length = source.shape[1]
    registers = length // LANES
    flat, out = source.reshape(source.size), target.reshape(target.size)
    first = registers // radices[0]
    piece = registers if length <= IN_CACHE else first
    behind = 2 * (radices[0] - 1) * first
    for line in range(places.size):
        base = 2 * length * line
        _first_pass(flat, 2 * length * places[line], scratch, radices[0], registers, tables, sign)
        for start in range(0, registers, piece):
            at, size = behind, first
            for i in range(1, radices.size):
                if size == radices[i]:
                    _last_pass(scratch, start, piece, radices[i], tables, sign)
                else:
                    inner_pass(scratch, start, piece, radices[i], size, tables, at, sign, False)
                size //= radices[i]
                at += 2 * (radices[i] - 1) * size
        joining = tables.size - 2 * length
        for k in range(0, registers, LANES):
            join_lanes(scratch, order, k, out, base + 2 * k, 2 * registers, tables, joining + PAIR * k, sign)
