"""Bubbles along rows of a field: the profile Q, ρ, their slopes and the phase at every point, and the remainder there.

A row runs along the last axis of a plane, or is every N_a-th point of a folded line. Of y = (x - α)/λ it holds the
component w across it, one number (0 on the line), and the component t along it, one number a point.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import (
    FOUR_TERMS,
    SHORT_TERMS,
    SHORTER_TERMS,
    SHORTEST_TERMS,
    four_polynomials,
    four_short_polynomials,
    four_shorter_polynomials,
    four_shortest_polynomials,
    kernel,
)
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import ground_state

REACH = 34.0
"""Radius |y| up to which a bubble is evaluated: beyond, Q is below 1e-15 of its peak, and tests below 1e-12."""

LOOSE = 24.0
"""Radius for what only leads on: beyond, tests are below 2e-7 and meet what is left of the field."""

# What is kept of each bubble at the points of a row: Q, Q'/|y|, ρ, ρ'/|y|, as the table has them, cos φ, sin φ.
VALUE, SLOPE, RHO, RHO_SLOPE, COSINE, SINE = range(6)
KEPT = 6
# Columns of packed parameters.
SCALE, CENTER_ACROSS, CENTER_ALONG, BOOST_ACROSS, BOOST_ALONG, CHIRP, PHASE = range(7)
_CELLS = 16.0
# Cells from which on 9, 6 and 4 terms have all digits that count beside the peak: radius 4, 16 and 28.
_SHORT, _SHORTER, _SHORTEST = 64, 256, 448
_CHUNK = 64  # points whose four functions stay in the first cache


class UsedPoints(NamedTuple):
    """The points of a block of rows that are used.

    Attributes
    ----------
    rows : ndarray of int, (rows,)
        Which rows of the block.
    across : ndarray, (rows,)
        Their coordinates.
    along : ndarray, (n,)
        Coordinates along them.
    folded : bool
        Whether they are parts of one line: then the sum of both is x.
    every : int
        From one point of a row to the next that is used.
    """

    rows: IndexArray
    across: RealArray
    along: RealArray
    folded: bool
    every: int

    @classmethod
    def of_rows(cls, across: RealArray, along: RealArray, folded: bool, every: int = 1) -> UsedPoints:
        """Those of a block whose first rows are used, one after the other. *Communication*: local."""
        return cls(np.arange(len(across)), across, along, folded, every)


class BubbleRow(NamedTuple):
    """What is known of K bubbles along one row.

    Attributes
    ----------
    kept : ndarray, (K, 6, n)
        Profiles and phases, of `fill_bubble`.
    ranges : ndarray of int, (K, 2)
        Positions within reach.
    middles : ndarray, (K, 2)
        w, and the coordinate of t = 0.
    field, remainder : ndarray, (2, n)
        Real and imaginary part of v, and of R.
    """

    kept: RealArray
    ranges: IndexArray
    middles: RealArray
    field: RealArray
    remainder: RealArray


@kernel
def new_row(count: int, n: int) -> BubbleRow:
    """Room for one row of n points and K bubbles. *Communication*: local."""
    return BubbleRow(
        np.empty((count, KEPT, n)),
        np.empty((count, 2), np.int64),
        np.empty((count, 2)),
        np.empty((2, n)),
        np.empty((2, n)),
    )


@kernel
def _split(values: ComplexArray, parts: RealArray) -> None:
    re, im = parts[0], parts[1]
    for j in range(re.size):
        value = complex(values[j])
        re[j], im[j] = value.real, value.imag


@kernel
def split_row(values: ComplexArray, every: int, parts: RealArray) -> None:
    """Real and imaginary part of every so many-th number of a row, (2, n). *Communication*: local."""
    if every == 1:
        _split(values, parts)
    else:
        _split(values[::every], parts)


@cache
def profile_table(dimension: int) -> RealArray:
    """Coefficients of Q, Q', ρ and ρ' side by side, (722, 13, 4), as of `ground_state`. *Communication*: local.

    Of the 14 of a cell the last is below rounding of the largest value of its function, from radius 4 on all but nine
    are, from 16 on all but six, from 28 on all but four, and 0 stands for them.
    """
    state = ground_state(dimension)
    tables = (state.value_table, state.derivative_table, state.rho_table, state.rho_derivative_table)
    coefficients = [table.coefficients[:, :FOUR_TERMS] for table in tables]
    table = np.ascontiguousarray(np.stack(coefficients, axis=-1))
    for cell, terms in ((_SHORT, SHORT_TERMS), (_SHORTER, SHORTER_TERMS), (_SHORTEST, SHORTEST_TERMS)):
        table[cell:, terms:] = 0.0
    return table


@kernel
def window(
    bubble: RealArray, across: float, along: RealArray, folded: bool, reach: float
) -> tuple[int, int, float, float]:
    """Positions [first, last) of a row with |y| ≤ reach, w, and the coordinate along the row at which t = 0."""
    scale = bubble[SCALE]
    middle, w = bubble[CENTER_ALONG], 0.0
    if folded:
        middle -= across
    else:
        w = (across - bubble[CENTER_ACROSS]) / scale
    rest = reach * reach - w * w
    if not rest > 0.0:
        return 0, 0, w, middle
    half, spacing = math.sqrt(rest) * scale, along[1] - along[0] if along.size > 1 else 1.0
    first = math.ceil(min(max((middle - half - along[0]) / spacing, 0.0), float(along.size)))
    last = math.floor(min(max((middle + half - along[0]) / spacing, -1.0), along.size - 1.0)) + 1
    return int(first), max(int(last), int(first)), w, middle


@kernel
def _fill_places(radii: RealArray, rows: IndexArray, x: RealArray, inverse: RealArray) -> None:
    """Of each radius the cell, the place in it, and 1/r, 0 for r = 0."""
    for j in range(radii.size):
        rows[j] = np.int64(radii[j] * _CELLS + 0.5)
    for j in range(radii.size):
        x[j] = radii[j] - rows[j] / _CELLS
    for j in range(radii.size):
        inverse[j] = 1.0 / radii[j] if radii[j] > 0.0 else 0.0


@kernel
def _divide(values: RealArray, inverse: RealArray, at_rest: float) -> None:
    """Divide numbers by the radius; ``at_rest`` is what that comes to at 0."""
    for j in range(values.size):
        values[j] = values[j] * inverse[j] if inverse[j] > 0.0 else at_rest


@kernel
def _least(rows: IndexArray) -> int:
    least = rows[0]
    for j in range(rows.size):
        least = min(least, rows[j])
    return int(least)


@kernel
def _fill_fours(table: RealArray, rows: IndexArray, x: RealArray, kept: RealArray, first: int) -> None:
    """The four functions at points whose number is a multiple of 4, from position ``first`` on."""
    least, count = _least(rows), rows.size
    if least >= _SHORTEST:
        for j in range(0, count, 4):
            four_shortest_polynomials(table, rows[j:], x[j:], kept, first + j)
    elif least >= _SHORTER:
        for j in range(0, count, 4):
            four_shorter_polynomials(table, rows[j:], x[j:], kept, first + j)
    elif least >= _SHORT:
        for j in range(0, count, 4):
            four_short_polynomials(table, rows[j:], x[j:], kept, first + j)
    else:
        for j in range(0, count, 4):
            four_polynomials(table, rows[j:], x[j:], kept, first + j)


@kernel
def _fill_radial(table: RealArray, radii: RealArray, kept: RealArray, first: int) -> None:
    """Q, Q'/r, ρ and ρ'/r by Horner's scheme, from position ``first`` on."""
    # Of the last four points some may lie behind the end: they are evaluated aside, whatever stands there.
    rows, x, inverse, aside = np.zeros(_CHUNK, np.int64), np.zeros(_CHUNK), np.empty(_CHUNK), np.empty((4, _CHUNK))
    at_rest, bend_at_rest = table[0, 1, 1], table[0, 1, 3]
    for start in range(0, radii.size, _CHUNK):
        count = min(_CHUNK, radii.size - start)
        begin, whole = first + start, count - count % 4
        _fill_places(radii[start : start + count], rows, x, inverse)
        if whole:
            _fill_fours(table, rows[:whole], x[:whole], kept, begin)
        if whole < count:
            four_polynomials(table, rows[whole:], x[whole:], aside, 0)
            for m in range(4):
                for j in range(whole, count):
                    kept[m, begin + j] = aside[m, j - whole]
        _divide(kept[SLOPE, begin : begin + count], inverse, at_rest)
        _divide(kept[RHO_SLOPE, begin : begin + count], inverse, bend_at_rest)


@kernel
def fill_bubble(
    table: RealArray, bubble: RealArray, k: int, across: float, points: UsedPoints, reach: float, row: BubbleRow
) -> None:
    """Fill Q, Q'/|y|, ρ, ρ'/|y|, cos φ and sin φ of one bubble at the points of a row within its reach.

    Parameters
    ----------
    table : ndarray
        From `profile_table`.
    bubble : ndarray, (7,)
        A row of `Parameters.packed`.
    k : int
        Its number.
    across : float
        Coordinate of the row.
    points : UsedPoints
        Along it.
    reach : float
        Radius |y| up to which the bubble is evaluated, up to 45.
    row : BubbleRow
        What it has of this bubble is filled, profiles within its range.

    Notes
    -----
    *Communication*: local.
    """
    first, last, w, middle = window(bubble, across, points.along, points.folded, reach)
    row.ranges[k, 0], row.ranges[k, 1] = first, last
    row.middles[k, 0], row.middles[k, 1] = w, middle
    scale, chirp, boost = bubble[SCALE], bubble[CHIRP], bubble[BOOST_ALONG]
    constant = bubble[PHASE] + bubble[BOOST_ACROSS] * w
    places, kept = points.along[first:last], row.kept[k]
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    inverse = 1.0 / scale
    for j in range(places.size):
        t = (places[j] - middle) * inverse
        square = w * w + t * t
        cosines[j] = math.sqrt(square)
        sines[j] = constant + boost * t - 0.25 * chirp * square
    _fill_radial(table, cosines, kept, first)
    for j in range(places.size):
        sines[j], cosines[j] = sine_cosine(sines[j])


@kernel
def amplitude(scale: float, dimension: int) -> float:
    """λ^{-d/2}, d = 1 or 2."""
    return 1.0 / (math.sqrt(scale) if dimension == 1 else scale)
