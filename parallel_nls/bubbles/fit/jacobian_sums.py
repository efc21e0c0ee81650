"""Compiled sums of Newton's matrix: tests against tangents of all bubbles, and their changes against the remainder.

They need not be exact, since they only lead to the solution: every few points do, and a radius of a few scales.
"""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import fill_remainder
from parallel_nls.bubbles.fit.tangents import add_explicit, change_of, radial_jet, test_jets
from parallel_nls.bubbles.profile_rows import COSINE, KEPT, RHO, SCALE, SINE, SLOPE, VALUE, amplitude
from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.profiles.ground_state import RadialTable, evaluate_point

NEAR = 16.0
"""Radius |y| up to which tangents are taken: beyond, |y|⁴Q is below 1e-2 of rounding for the digits that lead on."""


@kernel
def point_tangents(
    bubble: RealArray,
    kept: tuple[float, float, float, float, float],
    w: float,
    t: float,
    d: int,
    slope_table: RadialTable,
    jet: RealArray,
    slopes: ComplexArray,
    tests: ComplexArray,
    tangents: ComplexArray,
    changes: ComplexArray,
) -> None:
    """Test functions, ∂U and the changes of the tests at one point, phase and amplitude included.

    Parameters
    ----------
    bubble : ndarray, (7,)
        Packed parameters.
    kept : five float
        Q, Q'/|y|, ρ, cos φ, sin φ.
    w, t : float
        The components of y.
    d : int
        Dimension.
    slope_table : RadialTable
        ρ'.
    jet, slopes : ndarray
        Scratch of `radial_jet` and `test_jets`.
    tests, tangents : ndarray, complex, (2d + 3,)
        Filled.
    changes : ndarray, complex, (2d + 3, 2d + 3)
        Filled: tests, parameters.

    Notes
    -----
    *Communication*: local.
    """
    n = 2 * d + 3
    r = math.sqrt(w * w + t * t)
    rho_slope = evaluate_point(slope_table, r) / r if r > 0.0 else 0.0
    value, slope, rho, cosine, sine = kept
    radial_jet((value, slope, rho, rho_slope), w, t, d, jet)
    test_jets(bubble, jet, w, t, d, tests, slopes)
    change_of(bubble, complex(value, 0.0), complex(jet[1], 0.0), complex(jet[2], 0.0), w, t, d, tangents)
    for i in range(n):
        change_of(bubble, tests[i], slopes[i, 0], slopes[i, 1], w, t, d, changes[i])
    add_explicit(value, w, t, d, changes)
    size = amplitude(bubble[SCALE], d)
    turn = complex(size * cosine, size * sine)
    for i in range(n):
        tests[i] *= turn
        tangents[i] *= turn
        for m in range(n):
            changes[i, m] *= turn


@kernel
def add_point(tests: ComplexArray, tangents: ComplexArray, inside: RealArray, d: int, out: RealArray) -> None:
    """Add -Re∫τT conj(∂U) of all pairs of bubbles that reach a point; τ is 1 for the first d + 1 tests, then -i."""
    count, n = tests.shape
    for k in range(count):
        if inside[k] == 0.0:
            continue
        for j in range(count):
            if inside[j] == 0.0:
                continue
            for i in range(n):
                x, y = tests[k, i].real, tests[k, i].imag
                if i > d:
                    x, y = y, -x
                for m in range(n):
                    out[k, i, j, m] -= x * tangents[j, m].real + y * tangents[j, m].imag


@kernel
def add_remainder(changes: ComplexArray, re: float, im: float, d: int, out: RealArray) -> None:
    """Add Re∫τ(∂T)R̄ of one bubble."""
    n = changes.shape[0]
    for i in range(n):
        for m in range(n):
            x, y = changes[i, m].real, changes[i, m].imag
            if i > d:
                x, y = y, -x
            out[i, m] += x * re + y * im


@kernel
def jacobian_row(
    kept: RealArray,
    ranges: IndexArray,
    middles: RealArray,
    remainder: RealArray,
    slope_table: RadialTable,
    bubbles: RealArray,
    along: RealArray,
    d: int,
    out: RealArray,
) -> None:
    """The sums of one row, into ``out``, (K²m² + Km²,), from what `fill_remainder` fills; see `jacobian_sums`."""
    count, n = bubbles.shape[0], along.size
    m = 2 * d + 3
    tests, tangents = np.zeros((count, m), np.complex128), np.zeros((count, m), np.complex128)
    changes, inside = np.zeros((m, m), np.complex128), np.zeros(count)
    jet, slopes = np.empty(9), np.zeros((m, 2), np.complex128)
    products, corrections = np.zeros((count, m, count, m)), np.zeros((count, m, m))
    for j in range(n):
        any_inside = False
        for k in range(count):
            w, t = middles[k, 0], (along[j] - middles[k, 1]) / bubbles[k, SCALE]
            inside[k] = 1.0 if w * w + t * t < NEAR * NEAR and ranges[k, 0] <= j < ranges[k, 1] else 0.0
            if inside[k] == 1.0:
                any_inside = True
                p = kept[k]
                point = (p[VALUE, j], p[SLOPE, j], p[RHO, j], p[COSINE, j], p[SINE, j])
                point_tangents(bubbles[k], point, w, t, d, slope_table, jet, slopes, tests[k], tangents[k], changes)
                add_remainder(changes, remainder[0, j], remainder[1, j], d, corrections[k])
        if any_inside:
            add_point(tests, tangents, inside, d, products)
    size = products.size
    out[:size] = products.ravel()
    out[size:] = corrections.ravel()


@kernel
def jacobian_sums(
    block: ComplexArray,
    table: RealArray,
    slope_table: RadialTable,
    bubbles: RealArray,
    places: tuple[RealArray, RealArray, bool],
    d: int,
    out: RealArray,
) -> None:
    """The sums for each row of a block.

    Parameters
    ----------
    block : ndarray, complex, (at least rows, n)
        v.
    table, slope_table
        `profile_table`, and ρ'.
    bubbles : ndarray, (K, 7)
        `Parameters.packed`.
    places : (ndarray, ndarray, bool)
        Coordinates of the rows and along them, whether they are parts of one line.
    d : int
        Dimension.
    out : ndarray, (K²m² + Km², rows), m = 2d + 3
        Filled: the matrix of Gauss and Newton [k, i, j, m], then what the remainder adds to its diagonal blocks.

    Notes
    -----
    *Communication*: local.
    """
    across, along, folded = places
    count, n = bubbles.shape[0], along.size
    kept, remainder = np.empty((count, KEPT, n)), np.empty((2, n))
    ranges, middles = np.empty((count, 2), np.int64), np.empty((count, 2))
    for b in range(across.size):
        place = (across[b], folded)
        fill_remainder(block[b], table, bubbles, place, along, d, kept, ranges, middles, remainder)
        jacobian_row(kept, ranges, middles, remainder, slope_table, bubbles, along, d, out[:, b])
