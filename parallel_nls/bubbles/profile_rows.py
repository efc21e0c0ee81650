"""Bubbles along rows of a field: the profile Q, its slope, ρ and the phase at every point, and the remainder there.

A row runs along the last axis of a plane, or is every N_a-th point of a folded line. Of y = (x - α)/λ it holds the
component w across it, one number (0 on the line), and the component t along it, one number a point.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import ground_state

REACH = 34.0
"""Radius |y| up to which a bubble is evaluated: beyond, Q is below 1e-15 of its peak, and tests below 1e-12."""

# What is kept of each bubble at the points of a row.
VALUE, SLOPE, RHO, COSINE, SINE = range(5)
KEPT = 5
# Columns of packed parameters.
SCALE, CENTER_ACROSS, CENTER_ALONG, BOOST_ACROSS, BOOST_ALONG, CHIRP, PHASE = range(7)
_CELLS = 16.0
_DEGREE = 12  # of the 13: the last coefficient is below rounding


@cache
def profile_table(dimension: int) -> RealArray:
    """Coefficients of Q and ρ side by side, (722, 14, 2), as of `ground_state`. *Communication*: local."""
    state = ground_state(dimension)
    tables = (state.value_table, state.rho_table)
    return np.ascontiguousarray(np.stack([table.coefficients for table in tables], axis=-1))


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
def _fill_radial(table: RealArray, radii: RealArray, values: RealArray, slopes: RealArray, rhos: RealArray) -> None:
    """Q, Q'/r and ρ by Horner's scheme, Q' along with Q."""
    for j in range(radii.size):
        r = radii[j]
        row = np.uint64(r * _CELLS + 0.5)
        x = r - row / _CELLS
        value, slope, rho = table[row, _DEGREE, 0], 0.0, table[row, _DEGREE, 1]
        for i in range(_DEGREE):
            k = np.uint64(_DEGREE - 1 - i)
            slope = fma(slope, x, value)
            value = fma(value, x, table[row, k, 0])
            rho = fma(rho, x, table[row, k, 1])
        values[j], rhos[j] = value, rho
        slopes[j] = slope / r if r > 0.0 else 2.0 * table[0, 2, 0]


@kernel
def fill_bubble(
    table: RealArray, bubble: RealArray, across: float, along: RealArray, folded: bool, kept: RealArray
) -> tuple[int, int, float, float]:
    """Fill Q, Q'/|y|, ρ, cos φ and sin φ of one bubble at the points of a row within its reach.

    Parameters
    ----------
    table : ndarray
        From `profile_table`.
    bubble : ndarray, (7,)
        A row of `Parameters.packed`.
    across : float
        Coordinate of the row.
    along : ndarray, (n,)
        Along it.
    folded : bool
        Whether the rows are parts of one line.
    kept : ndarray, (5, n)
        Filled between the positions that are returned.

    Returns
    -------
    first, last : int
        The positions within reach.
    w, middle : float
        As of `window`.

    Notes
    -----
    *Communication*: local.
    """
    first, last, w, middle = window(bubble, across, along, folded, REACH)
    scale, chirp, boost = bubble[SCALE], bubble[CHIRP], bubble[BOOST_ALONG]
    constant = bubble[PHASE] + bubble[BOOST_ACROSS] * w
    places, cosines, sines = along[first:last], kept[COSINE, first:last], kept[SINE, first:last]
    inverse = 1.0 / scale
    for j in range(places.size):
        t = (places[j] - middle) * inverse
        square = w * w + t * t
        cosines[j] = math.sqrt(square)
        sines[j] = constant + boost * t - 0.25 * chirp * square
    _fill_radial(table, cosines, kept[VALUE, first:last], kept[SLOPE, first:last], kept[RHO, first:last])
    for j in range(places.size):
        sines[j], cosines[j] = sine_cosine(sines[j])
    return first, last, w, middle


@kernel
def amplitude(scale: float, dimension: int) -> float:
    """λ^{-d/2}, d = 1 or 2."""
    return 1.0 / (math.sqrt(scale) if dimension == 1 else scale)
