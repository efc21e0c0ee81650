"""Curves of dots: each character is two dots wide and four high."""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import RealArray

__all__ = ["curve"]

_BLANK = 0x2800
# Bits of the dots of a character by row and column.
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_DECADES = 2.0  # that positive values span, from which on the ordinate is logarithmic


def curve(places: RealArray, values: RealArray, width: int, height: int) -> tuple[list[str], bool]:
    """Draw values over places, and straight lines between them.

    Parameters
    ----------
    places, values : ndarray, (n,)
        Only finite values are drawn.
    width, height : int
        In characters.

    Returns
    -------
    tuple of list of str and bool
        The lines, and whether the ordinate is logarithmic: positive values over more than two decades.

    Notes
    -----
    *Communication*: local.
    """
    known = np.isfinite(values) & np.isfinite(places)
    x, y = places[known], values[known]
    logarithmic = bool(y.size and y.max() > 0 and _spans(y))
    if logarithmic:
        x, y = x[y > 0], np.log10(y[y > 0])
    if not y.size:
        return [chr(_BLANK) * width] * height, False
    columns, rows = _scaled(x, 2 * width), 4 * height - 1 - _scaled(y, 4 * height)
    order = np.argsort(columns, kind="stable")
    between = np.round(np.interp(np.arange(2 * width), columns[order], rows[order])).astype(np.intp)
    dots = np.zeros((4 * height, 2 * width), dtype=bool)
    for column in range(columns.min(), columns.max() + 1):
        inside = np.r_[rows[columns == column], between[column]]
        dots[inside.min() : inside.max() + 1, column] = True
    return _characters(dots), logarithmic


def _spans(values: RealArray) -> bool:
    """Whether values, but for exact zeros, are positive and of different decades."""
    positive = values[values != 0]
    return bool(positive.min() > 0 and np.log10(positive.max() / positive.min()) > _DECADES)


def _scaled(values: RealArray, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Places among so many, from the smallest value to the largest; in the middle where all are the same."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return np.full(len(values), count // 2 if count > 1 else 0, dtype=np.intp)
    return np.minimum(((values - low) / (high - low) * count).astype(np.intp), count - 1)


def _characters(dots: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[str]:
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    lines = []
    for row in range(height):
        cells = [
            sum(bit for y, bits in enumerate(_BITS) for x, bit in enumerate(bits) if dots[4 * row + y, 2 * column + x])
            for column in range(width)
        ]
        lines.append("".join(chr(_BLANK + cell) for cell in cells))
    return lines
