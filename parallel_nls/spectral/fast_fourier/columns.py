"""Columns of a plane, where they lie: transform, multiply by factors along and across, transform back."""

from __future__ import annotations

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.spectral.fast_fourier.column_codelets import multiply_registers, outer_codelet
from parallel_nls.spectral.fast_fourier.passes import inner_pass
from parallel_nls.spectral.fast_fourier.radices import GAP, LANES
from parallel_nls.spectral.fast_fourier.registers import PAIR

GROUPS = 4
"""Eight columns each, side by side: what is read of a row at once."""
AHEAD = 2
"""Rows that are asked for before their use: they lie too far apart for the processor to guess."""

_first_four, _first_eight = (outer_codelet(radix, back=False) for radix in (4, 8))
_last_four, _last_eight = (outer_codelet(radix, back=True) for radix in (4, 8))


@lean_kernel
def _outer_pass(
    addresses: IndexArray,
    offset: int,
    groups: int,
    scratch: RealArray,
    radix: int,
    tables: RealArray,
    sign: float,
    back: bool,
) -> None:
    """Rows to registers, or back."""
    apart, roots = addresses.size // radix, 2 * (radix - 1)
    for row in range(apart):
        ahead, at = min(row + AHEAD, apart - 1), roots * row
        for group in range(groups):
            own, base = offset + 16 * LANES * group, group * PAIR * (addresses.size + GAP * radix)
            if radix == 8 and back:
                _last_eight(addresses, own, row, ahead, apart, scratch, base, tables, at, sign)
            elif radix == 8:
                _first_eight(addresses, own, row, ahead, apart, scratch, base, tables, at, sign)
            elif back:
                _last_four(addresses, own, row, ahead, apart, scratch, base, tables, at, sign)
            else:
                _first_four(addresses, own, row, ahead, apart, scratch, base, tables, at, sign)


@lean_kernel
def multiply_columns(
    addresses: IndexArray,
    offset: int,
    radices: IndexArray,
    tables: RealArray,
    along: ComplexArray,
    across: ComplexArray,
    scratch: RealArray,
    sign: float,
) -> None:
    """Multiply the Fourier coefficients of columns, eight at a time, in place and unnormalised.

    Parameters
    ----------
    addresses : ndarray of int64, (n,)
        Where the rows begin in memory.
    offset : int
        Bytes from there to the first of the columns, which are as many as ``across``, a multiple of eight.
    radices, tables : ndarray
        Those of a `ColumnPlan`.
    along : ndarray, complex128, (n,)
        Factors of coefficients, in the order of the plan.
    across : ndarray, complex128
        Factors of columns.
    scratch : ndarray
        `GROUPS` times n registers and a `GAP` for each piece, overwritten.
    sign : float
        1.0, which the compiler must not know; see `Registers`.

    Notes
    -----
    Behind the first pass columns fall apart into pieces, which are multiplied one by one, each in the nearest cache.
    *Communication*: local.
    """
    piece = addresses.size // radices[0]
    behind = 2 * (radices[0] - 1) * piece
    for first in range(0, across.size, LANES * GROUPS):
        own, groups = offset + 16 * first, min(GROUPS, (across.size - first) // LANES)
        _outer_pass(addresses, own, groups, scratch, radices[0], tables, sign, False)
        for group in range(groups):
            for number in range(radices[0]):
                start = (group * radices[0] + number) * (piece + GAP)
                at, size = behind, piece
                for i in range(1, radices.size - 1):
                    inner_pass(scratch, start, piece, radices[i], size, tables, at, sign, False)
                    size //= radices[i]
                    at += 2 * (radices[i] - 1) * size
                for k in range(0, piece, LANES):
                    own_rows = number * piece + k
                    multiply_registers(scratch, start + k, along, own_rows, across, first + LANES * group, sign)
                for i in range(radices.size - 2, 0, -1):
                    at -= 2 * (radices[i] - 1) * size
                    size *= radices[i]
                    inner_pass(scratch, start, piece, radices[i], size, tables, at, sign, True)
        _outer_pass(addresses, own, groups, scratch, radices[0], tables, sign, True)
