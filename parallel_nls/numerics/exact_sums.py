"""Sums that are rounded once, as those of `math.fsum`: no order of their terms can change a bit.

Parts of all terms that are multiples of one power of 2 add up without rounding, in any order and so side by side
(S. M. Rump, T. Ogita & S. Oishi, *Accurate floating-point summation*, SIAM J. Sci. Comput. 31, 2008). A few such parts
hold all there is of most terms; the sums of parts, and what remains, are added by the algorithm of J. R. Shewchuk.
"""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import bits, from_bits, kernel
from parallel_nls.numerics.turns import SIZE

_MANTISSA, _BIAS = 52, 1023
_MOST_PARTS = 8
_SIDE = 8  # numbers that are added side by side
_INFINITE = np.int64(0x7FF << _MANTISSA)
_HIGHEST = 2 * _BIAS - 2  # of exponents with their bias, that leaves room for a sum


@kernel
def _add_exactly(values: RealArray, partials: RealArray, count: int) -> int:
    """Add numbers to ``count`` of others, which do not overlap, the smallest first; return how many there are then.

    -1 where a number or a sum is not finite.
    """
    for value in values:
        if value == 0.0:
            continue
        x, kept = value, 0
        for j in range(count):
            y = partials[j]
            if abs(x) < abs(y):
                x, y = y, x
            high = x + y
            low = y - (high - x)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            x = high
        if not math.isfinite(x):
            return -1
        count = kept
        if x != 0.0:
            partials[count] = x
            count += 1
    return count


@kernel
def _rounded(partials: RealArray, count: int) -> float:
    """The sum of numbers that do not overlap, the smallest first, with ties to even."""
    total = low = 0.0
    while count > 0 and low == 0.0:
        count -= 1
        x, y = total, partials[count]
        total = x + y
        low = y - (total - x)
    # Half of a unit in the last place was rounded to even: what is left decides.
    if count > 0 and (low < 0.0) == (partials[count - 1] < 0.0):
        twice = 2.0 * low
        if total + twice - total == twice:
            total += twice
    return float(total)


@kernel
def _largest(values: RealArray) -> int:
    """The bits of the largest modulus; above all numbers for NaN."""
    found = np.int64(0)
    for j in range(values.size):
        found = max(found, bits(values[j]) & SIZE)
    return int(found)


@kernel
def _take(values: RealArray, unit: float) -> float:
    """Take the multiples of ``unit``'s last place out of the numbers, and return their sum, which is exact."""
    total, parts = 0.0, np.zeros(_SIDE)
    whole = values.size - values.size % _SIDE
    for j in range(0, whole, _SIDE):
        for i in range(_SIDE):
            part = (unit + values[j + i]) - unit
            values[j + i] -= part
            parts[i] += part
    for j in range(whole, values.size):
        part = (unit + values[j]) - unit
        values[j] -= part
        total += part
    for i in range(_SIDE):
        total += parts[i]
    return float(total)


@kernel
def _with(partials: RealArray, count: int, more: float) -> float:
    """The rounded sum with one number more."""
    room, single = np.empty(count + 1), np.empty(1)
    room[:count] = partials[:count]
    single[0] = more
    return float(_rounded(room, _add_exactly(single, room, count)))


@kernel
def exact_sum(values: RealArray) -> float:
    """The sum of some numbers, rounded once; NaN if they or their sum are not finite.

    Parameters
    ----------
    values : ndarray, (n,)
        Contiguous; used up.

    Notes
    -----
    *Communication*: local.
    """
    partials, part, count = np.empty(values.size + _MOST_PARTS + 1), np.empty(1), 0
    more = 1  # bits that n + 2 has
    while (1 << more) < values.size + 2:
        more += 1
    for _ in range(_MOST_PARTS):
        largest = _largest(values)
        if largest >= _INFINITE:
            return math.nan
        exponent = (largest >> _MANTISSA) + 1 + more
        if largest == 0 or not _MANTISSA < exponent < _HIGHEST:
            break
        unit = from_bits(np.int64(exponent) << _MANTISSA)  # more than all terms together
        if count > 0 and _with(partials, count, unit) == _with(partials, count, -unit):
            return float(_rounded(partials, count))
        part[0] = _take(values, unit)
        count = _add_exactly(part, partials, count)
    count = _add_exactly(values, partials, count)
    return math.nan if count < 0 else float(_rounded(partials, count))


@kernel
def exact_sums(table: RealArray, sums: RealArray) -> None:
    """`exact_sum` of each row of a table, (quantities, n), which is used up. *Communication*: local."""
    for i in range(sums.size):
        sums[i] = exact_sum(table[i])
