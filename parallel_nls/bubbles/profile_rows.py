"""Bubbles along rows of a field: the profile Q, ρ, their slopes and the phase at every point, and the remainder there.

A row runs along the last axis of a plane, or is every N_a-th point of a folded line. Of y = (x - α)/λ it holds the
component w across it, one number (0 on the line), and the component t along it, one number a point.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import inlined, kernel, lean_kernel
from parallel_nls.numerics.lane_polynomials import (
    SHORT_TERMS,
    SHORTER_TERMS,
    SHORTEST_TERMS,
    polynomials,
    short_polynomials,
    shorter_polynomials,
    shortest_polynomials,
)
from parallel_nls.numerics.lanes import LANES, all_lanes, fused, lanes_of, put_lanes, root, smaller
from parallel_nls.numerics.trigonometry import ROUND, sine_cosine
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.spectral.transforms import aligned_zeros

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
# Radii from which on 8, 6 and 4 terms have all digits that count beside the peak.
_SHORT, _SHORTER, _SHORTEST = 4.0, 16.0, 28.0
_FARTHEST = 45.0  # within the table


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
    kept : ndarray, (K, 6, n + 8)
        Profiles and phases, of `fill_bubble`; what stands behind the last point within reach means nothing.
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
        np.empty((count, KEPT, n + LANES)),
        np.empty((count, 2), np.int64),
        np.empty((count, 2)),
        np.empty((2, n)),
        np.empty((2, n)),
    )


@lean_kernel
def _split(values: ComplexArray, parts: RealArray) -> None:
    re, im = parts[0], parts[1]
    for j in range(re.size):
        value = complex(values[j])
        re[j], im[j] = value.real, value.imag


@lean_kernel
def split_row(values: ComplexArray, every: int, parts: RealArray) -> None:
    """Real and imaginary part of every so many-th number of a row, (2, n). *Communication*: local."""
    if every == 1:
        _split(values, parts)
    else:
        _split(values[::every], parts)


@cache
def profile_table(dimension: int) -> RealArray:
    """Coefficients of Q, Q', ρ and ρ' side by side, (722, 14, 4), as of `ground_state`. *Communication*: local.

    Of the 14 of a cell all but eight are below rounding of the largest value of their function from radius 4 on, all
    but six from 16 on, all but four from 28 on, and 0 stands for them.
    """
    state = ground_state(dimension)
    tables = (state.value_table, state.derivative_table, state.rho_table, state.rho_derivative_table)
    coefficients = np.stack([table.coefficients for table in tables], axis=-1)
    # A cell begins on a cache line, of which it has seven: what a register takes lies on one of them.
    table: RealArray = aligned_zeros((*coefficients.shape[:2], len(tables) // 2)).view(np.float64)
    table[...] = coefficients
    for radius, terms in ((_SHORT, SHORT_TERMS), (_SHORTER, SHORTER_TERMS), (_SHORTEST, SHORTEST_TERMS)):
        table[int(radius * _CELLS) :, terms:] = 0.0
    return table


@lean_kernel
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


@inlined
def _profiles(table: RealArray, cells: RealArray, x: RealArray, j: int, nearest: float) -> tuple[Any, Any, Any, Any]:
    """The four functions of the table at eight points, by as many terms as the nearest one needs."""
    found: tuple[Any, Any, Any, Any]
    if nearest >= _SHORTEST:
        found = shortest_polynomials(table, cells, x, j)
    elif nearest >= _SHORTER:
        found = shorter_polynomials(table, cells, x, j)
    elif nearest >= _SHORT:
        found = short_polynomials(table, cells, x, j)
    else:
        found = polynomials(table, cells, x, j)
    return found


@lean_kernel
def _fill_radial(
    table: RealArray, along: tuple[RealArray, float, float], w: float, first: int, kept: RealArray
) -> None:
    """Q, Q'/r, ρ and ρ'/r from cells, 1/r and places in cells, which stand where the first three of them go."""
    places, middle, inverse = along
    values, slopes, rhos, rho_slopes = kept[VALUE], kept[SLOPE], kept[RHO], kept[RHO_SLOPE]
    for j in range(first, places.size, LANES):
        begin, end = (places[j] - middle) * inverse, (places[min(j + LANES, places.size) - 1] - middle) * inverse
        least = min(abs(begin), abs(end)) if begin * end > 0.0 else 0.0
        unit = lanes_of(slopes, j)
        q, slope, rho, rho_slope = _profiles(table, values, rhos, j, math.sqrt(w * w + least * least))
        put_lanes(values, j, q)
        put_lanes(slopes, j, slope * unit)
        put_lanes(rhos, j, rho)
        put_lanes(rho_slopes, j, rho_slope * unit)


@lean_kernel
def _at_rest(table: RealArray, radii: RealArray, kept: RealArray) -> None:
    """Q'/r and ρ'/r where r = 0: Q'' and ρ''."""
    for j in range(radii.size):
        if radii[j] == 0.0:
            kept[SLOPE, j], kept[RHO_SLOPE, j] = table[0, 1, 1], table[0, 1, 3]


@lean_kernel
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
    places, kept, inverse = points.along[:last], row.kept[k], 1.0 / scale
    cells, units, x, radii, angles = kept[VALUE], kept[SLOPE], kept[RHO], kept[COSINE], kept[SINE]
    for j in range(first, last, LANES):
        t = (lanes_of(places, j) - middle) * inverse
        square = t * t + w * w
        put_lanes(angles, j, constant + boost * t - 0.25 * chirp * square)
        r = smaller(root(square), _FARTHEST)  # lanes behind the last point are anywhere
        cell = fused(r, all_lanes(_CELLS), all_lanes(ROUND))
        put_lanes(radii, j, r)
        put_lanes(cells, j, cell)
        put_lanes(units, j, 1.0 / r)
        put_lanes(x, j, r - (cell - ROUND) * (1.0 / _CELLS))
    _fill_radial(table, (places, middle, inverse), w, first, kept)
    if w * w == 0.0:  # which a w may underflow to
        _at_rest(table, radii[first:last], kept[:, first:last])
    cosines, sines = kept[COSINE, first:last], kept[SINE, first:last]
    for j in range(sines.size):
        sines[j], cosines[j] = sine_cosine(sines[j])


@lean_kernel
def amplitude(scale: float, dimension: int) -> float:
    """λ^{-d/2}, d = 1 or 2."""
    return 1.0 / (math.sqrt(scale) if dimension == 1 else scale)
