"""Whether a function of points is elementwise: called again with a few of its points alone, in another order.

What a function gives among all points of a block is compared with what it gives for three choices of 8 × 8 of them: one
point again and again, some without the largest value, and others with it. So sums, maxima and differences over the
points are met, and so are random numbers, a dependence on the shape of the arguments, and, if the second function comes
from another run of its file, chance while the file ran and what was kept from one call to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import IndexArray
from parallel_nls.user_code.source import BadResult

Values = NDArray[Any]
Evaluation = Callable[..., Values]
"""``evaluate(*arguments)``: values at the points to which the last two axes of the arguments broadcast."""
ALIKE = 1e-12
"""Of the largest value: vector instructions of numpy may round otherwise at the ends of an array."""
RULE = (
    "its value at a point must depend on that point alone: no sums, maxima or differences over the points, no random "
    "numbers, nothing kept from one call to the next"
)
"""What is asked of a function, and what breaks it."""

_FEW = 8  # a multiple of what a vector instruction takes, so that none of the points stands at an end
_SLIGHT = 1e-5  # of the largest value: what rounding in single precision may come to
_ORDER = np.array([5, 0, 3, 6, 1, 4, 7, 2])


def array_of(function: Callable[..., object], found: object) -> Values:
    """What a function of the user gave, as an array.

    Raises
    ------
    BadResult
        If it is masked: numpy would hand on what lies below the mask, which the user takes to be left out.

    Notes
    -----
    *Communication*: local.
    """
    if isinstance(found, np.ma.MaskedArray):
        raise BadResult(function, "returns a masked array; return a number at every point, as by .filled(0.0)")
    return np.asarray(found)


def check_elementwise(
    function: Callable[..., object],
    evaluate: Evaluation,
    among: Values,
    arguments: Sequence[Values],
    size: float,
    remedy: str = RULE,
) -> None:
    """Refuse a function whose value at a point depends on the others, or on chance.

    Parameters
    ----------
    function : callable
        The user's, for the message.
    evaluate : callable
        Calls it, or the same function of another run of its file.
    among : ndarray, (rows, n)
        Its values among all points of a block; rows behind them are not looked at.
    arguments : sequence of ndarray
        Of that call; their last two axes broadcast to those of the points, (rows or more, n).
    size : float
        Largest modulus, of which 1e-12 is rounding; more where ``among`` is in single precision.
    remedy : str, optional
        What the message says behind the two values.

    Raises
    ------
    BadResult
        If some points alone get other values than among all.

    Notes
    -----
    *Communication*: local. Costs 192 values; as many as the block has where the difference may be rounding.
    """
    if not among.size:
        return
    rounding = max(ALIKE, 2.0 * float(np.finfo(among.dtype).eps)) * size
    whole = np.broadcast_shapes(*(a.shape[-2:] for a in arguments))

    def compare(rows: IndexArray, columns: IndexArray) -> tuple[Values, Values, NDArray[np.float64]]:
        """Values of some points among all and alone, and their distances."""
        alone = _called(function, evaluate, _cut(arguments, rows, columns), remedy)
        expected, alone = np.broadcast_arrays(among[np.ix_(rows, columns)], alone)
        return expected, alone, _distances(alone, expected)

    for rows, columns in _choices(among):
        expected, alone, apart = compare(rows, columns)
        if rounding < np.max(apart) <= _SLIGHT * size:
            # As many points as before: whatever rounds by their number rounds as before.
            expected, alone, apart = compare(np.resize(rows, whole[0]), np.resize(columns, whole[1]))
        if np.max(apart) > rounding:
            place = np.unravel_index(int(np.argmax(apart)), apart.shape)
            text = f"it gives {expected[place]:.15g} at a point among others, and {alone[place]:.15g} there among fewer"
            raise BadResult(function, f"is not elementwise: {text}; {remedy}")


def _choices(among: Values) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Rows and columns of three choices: one point again and again, some without the largest value, others with it."""
    sizes = np.nan_to_num(np.abs(among), nan=0.0)
    largest = np.unravel_index(int(np.argmax(sizes)), among.shape)
    (rows, other_rows), (columns, other_columns) = (
        _two_parts(n, int(k)) for n, k in zip(among.shape, largest, strict=True)
    )
    # No maximum, whatever it is that has one: where all points are equal, so are their mean, sum and differences.
    apart = np.abs(sizes[np.ix_(rows, columns)] - 0.5 * sizes[largest])
    row, column = np.unravel_index(int(np.argmin(apart)), apart.shape)
    yield np.repeat(rows[row], _FEW), np.repeat(columns[column], _FEW)
    yield rows, columns
    yield other_rows, other_columns


def _two_parts(n: int, largest: int) -> tuple[IndexArray, IndexArray]:
    """Eight indices of ``range(n)`` without one of them, and eight with it; one alone is in both."""
    spread = np.unique(np.arange(2 * _FEW) * n // (2 * _FEW) + n // (5 * _FEW))
    others = spread[spread != largest]
    if not others.size:
        others = np.arange(n)[np.arange(n) != largest] if n > 1 else np.zeros(1, dtype=np.int64)
    without, rest = others[0::2], np.append(others[1::2][: _FEW - 1], largest)
    return np.resize(without, _FEW)[_ORDER], np.resize(rest, _FEW)[_ORDER]


def _cut(arguments: Sequence[Values], rows: IndexArray, columns: IndexArray) -> list[Values]:
    """Arguments at some rows and columns, in arrays of their own."""
    found = []
    for argument in arguments:
        part = argument[..., rows, :] if argument.shape[-2] > 1 else argument
        found.append(np.array(part[..., columns] if argument.shape[-1] > 1 else part, order="C"))
    return found


def _called(function: Callable[..., object], evaluate: Evaluation, arguments: list[Values], remedy: str) -> Values:
    """Values at some points; an error that comes with these only is what is wrong with the function."""
    shape = np.broadcast_shapes(*(a.shape[-2:] for a in arguments))
    try:
        return np.broadcast_to(evaluate(*arguments), shape)
    except Exception as error:
        text = f"it fails with fewer points, and not with all ({str(error) or type(error).__name__})"
        raise BadResult(function, f"is not elementwise: {text}; {remedy}") from error


def _distances(left: Values, right: Values) -> NDArray[np.float64]:
    """|left − right|, 0 where both are the same infinity or no numbers, infinity where one of them alone is none."""
    with np.errstate(all="ignore"):
        apart = np.abs(left - right)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    found: NDArray[np.float64] = np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart))
    return found
