"""Functions of points: called on whole blocks, and tried with some points alone.

A function always gets whole blocks of 32 rows in arrays of their own, the rows behind the last one repeated, so that
the vector instructions of numpy meet each point in the same way on any number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.spectral.transforms import WIDTH
from parallel_nls.user_code.elementwise import array_of, check_elementwise
from parallel_nls.user_code.source import BadResult

PointFunction = Callable[..., RealArray]
"""``function(square, *coordinates)``: real values, of the shape of its arguments."""


def real_values(function: PointFunction, shape: tuple[int, ...], *arguments: NDArray[Any]) -> RealArray:
    """Call a function of points.

    Parameters
    ----------
    function : callable
        Gives a real number for each point.
    shape : tuple of int
        Of the points.
    *arguments : ndarray
        Handed on as they are.

    Returns
    -------
    ndarray, C-contiguous
        Of that shape.

    Raises
    ------
    BadResult
        If it does not give a real number for each point.

    Notes
    -----
    *Communication*: local.
    """
    with np.errstate(all="ignore"):
        values = array_of(function, function(*arguments))
    if values.dtype.kind not in "iuf":
        raise BadResult(function, f"returns {values.dtype}; return real numbers")
    if values.shape == (1, *shape):
        values = values[0]
    if values.shape not in (shape, ()):
        raise BadResult(
            function, f"returns shape {values.shape} at points of shape {shape}; return one number for each"
        )
    return np.ascontiguousarray(np.broadcast_to(values, shape), dtype=np.float64)


def check_pointwise(
    function: PointFunction, shape: tuple[int, int], *arguments: NDArray[Any], again: PointFunction | None = None
) -> None:
    """Refuse a function whose value at a point depends on the others, or on chance.

    Parameters
    ----------
    function, shape, arguments
        As of `real_values`; the last two axes of the arguments are those of the points.
    again : callable, optional
        The same function of another run of its file, by default itself.

    Raises
    ------
    BadResult
        If some points alone get other values than among all.

    Notes
    -----
    *Communication*: local.
    """

    def evaluate(*some: NDArray[Any]) -> RealArray:
        """Values at some points."""
        return real_values(again or function, some[-1].shape[-2:], *some)

    among = real_values(function, shape, *(a.copy() for a in arguments))
    size = float(np.max(np.abs(among), where=np.isfinite(among), initial=0.0))
    check_elementwise(function, evaluate, among, arguments, size)


def whole_block(values: RealArray, row_length: int) -> RealArray:
    """Values at the rows of a block as (32, n), an array of its own, the last row repeated. *Communication*: local."""
    whole = np.empty((WIDTH, row_length))
    whole[: len(values)] = values
    whole[len(values) :] = values[-1]
    return whole


@kernel
def row_sums(values: RealArray, sums: RealArray) -> None:
    """Sum of each row, in index order."""
    for b in range(sums.size):
        total = 0.0
        for j in range(values.shape[1]):
            total += values[b, j]
        sums[b] = total
