"""What a transform of lines of one length needs: its radices, roots of unity, and the order of what comes out."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.spectral.fast_fourier.columns import GROUPS, multiply_columns
from parallel_nls.spectral.fast_fourier.passes import transform_lines
from parallel_nls.spectral.fast_fourier.radices import GAP, LANES, radices_of
from parallel_nls.spectral.fast_fourier.registers import PAIR

_PI = np.arccos(np.longdouble(-1))


def roots_of_unity(numerators: IndexArray, denominator: int, sign: int) -> tuple[RealArray, RealArray]:
    """The cosine, and −sign·sine, of 2π·numerator/denominator, by quarters of a turn, in more digits than a double has.

    Notes
    -----
    *Communication*: local.
    """
    quarters, rest = np.divmod(4 * numerators % (4 * denominator), denominator)
    angle = _PI / 2 * (rest.astype(np.longdouble) / denominator)
    c, s = np.cos(angle).astype(float), np.sin(angle).astype(float)
    return np.choose(quarters, (c, -s, -c, s)), -sign * np.choose(quarters, (s, c, -s, -c))


def _twiddles(length: int, radices: tuple[int, ...], sign: int) -> list[RealArray]:
    """Those of each pass, behind each other."""
    tables, size = [], length
    for radix in radices:
        short = size // radix
        products = np.arange(short)[:, None] * np.arange(1, radix)
        tables.append(np.stack(roots_of_unity(products, size, sign), axis=-1).ravel())
        size = short
    return tables


def _joining(length: int, sign: int) -> RealArray:
    """Those of all lanes."""
    products = np.arange(length // LANES)[:, None] * np.arange(LANES)
    return np.stack(roots_of_unity(products, length, sign), axis=1).ravel()


def _order(length: int, radices: tuple[int, ...]) -> IndexArray:
    """The register to which each coefficient comes: its digits are reversed."""
    rest = np.arange(length)
    places, size = np.zeros_like(rest), len(rest)
    for radix in radices:
        size //= radix
        rest, digit = np.divmod(rest, radix)
        places += digit * size
    return places


class LinePlan:
    """The transform of the rows of blocks of one length in one direction, unnormalised.

    Parameters
    ----------
    length : int
        One of which `radices_of` tells radices.
    direction : "forward" or "backward"
        e^{−ikx} or e^{ikx}.

    Notes
    -----
    The backward transform is the complex conjugate of the forward one, bit for bit. *Communication*: local.
    """

    def __init__(self, length: int, direction: Literal["forward", "backward"]) -> None:
        radices, sign = radices_of(length), 1 if direction == "forward" else -1
        registers = length // LANES
        tables = np.concatenate([*_twiddles(registers, radices, sign), _joining(length, sign)])
        self._sign = float(sign)
        self._arrays = np.array(radices), PAIR * _order(registers, radices), tables, _scratch(2 * length)

    def __call__(self, source: ComplexArray, target: ComplexArray) -> None:
        """Transform the rows of one contiguous block into another one."""
        self.rows(source, _first(len(source)), target)

    def rows(self, source: ComplexArray, places: IndexArray, target: ComplexArray) -> None:
        """Transform rows of a contiguous array into the first ones of another; those behind them are kept."""
        transform_lines(source, places, target, *self._arrays, self._sign)


class ColumnPlan:
    """What `multiply_columns` needs of columns of one length, and the call.

    Parameters
    ----------
    length : int
        One of which `radices_of` tells radices.

    Attributes
    ----------
    order : ndarray of int64, (length,)
        The place of each coefficient among the factors along a column.

    Notes
    -----
    What goes back is the adjoint of what went forth, with the roots of unity as they are rounded.
    *Communication*: local.
    """

    def __init__(self, length: int) -> None:
        radices = (*radices_of(length), LANES)
        self.order = _order(length, radices)
        self._radices, self._tables = np.array(radices), np.concatenate(_twiddles(length, radices[:-1], 1))
        self._scratch = _scratch(GROUPS * PAIR * (length + GAP * radices[0]))

    def __call__(self, addresses: IndexArray, offset: int, along: ComplexArray, across: ComplexArray) -> None:
        """Transform, multiply, transform back, in place; see `multiply_columns`."""
        multiply_columns(addresses, offset, self._radices, self._tables, along, across, self._scratch, 1.0)


@cache
def _first(count: int) -> IndexArray:
    """Numbers of the first rows."""
    return np.arange(count)


@cache
def _scratch(numbers: int) -> RealArray:
    """So many numbers from a cache line on, used up in every call."""
    room = np.zeros(numbers + LANES)
    start = -room.ctypes.data % 64 // room.itemsize
    return room[start : start + numbers]
