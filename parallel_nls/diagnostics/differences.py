"""Finite differences over the rows of a series, in any spacing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.reduction import ordered_sum

Rows = Mapping[str, RealArray]
"""Columns of a series by name, each with the rows as first axis; `time` and `step` are among them."""

HALF_WIDTH = 3
"""Rows on either side of a centered stencil."""
ROWS = 2 * HALF_WIDTH + 1
"""Rows that a derivative takes: with fewer it is NaN."""


def first_derivative_weights(nodes: RealArray, point: float) -> RealArray:
    """Weights of Σ w_i f(nodes_i) ≈ f'(point), exact for polynomials of degree len(nodes) - 1.

    Parameters
    ----------
    nodes : ndarray, (n,)
        Distinct, in any spacing.
    point : float
        Where the derivative is taken.

    Returns
    -------
    ndarray, (n,)
        Weights, by Fornberg's recurrence (Math. Comp. 51, 1988).

    Notes
    -----
    Times are counted in a power of two near their spread, which changes no bit: products of six of them are none
    beyond 10⁵¹. *Communication*: local.
    """
    n = len(nodes)
    exponent = math.frexp(float(np.abs(nodes - point).max()))[1]
    nodes, point = np.ldexp(nodes, -exponent), math.ldexp(point, -exponent)
    values, slopes = np.zeros(n), np.zeros(n)
    values[0] = 1.0
    product = 1.0
    for i in range(1, n):
        new_product = 1.0
        last, offset = nodes[i - 1] - point, nodes[i] - point
        newest = values[i - 1], slopes[i - 1]
        for j in range(i):
            gap = nodes[i] - nodes[j]
            new_product *= gap
            slopes[j] = (offset * slopes[j] - values[j]) / gap
            values[j] = offset * values[j] / gap
        values[i] = -product / new_product * last * newest[0]
        slopes[i] = product / new_product * (newest[0] - last * newest[1])
        product = new_product
    return np.ldexp(slopes, -exponent)


@lru_cache(maxsize=32)
def _weights(nodes: tuple[float, ...], point: float) -> RealArray:
    # The identities of a row share their stencils.
    weights = first_derivative_weights(np.array(nodes), point)
    weights.setflags(write=False)
    return weights


def weights_at(times: RealArray, row: int, near: slice) -> RealArray:
    """Weights of the time derivative at one row, of the rows of a stencil. *Communication*: local."""
    return _weights(tuple(times[near].tolist()), float(times[row]))


def stencil(rows: int, row: int) -> slice | None:
    """The seven rows nearest to one: centered, but near the ends one-sided; None if there are fewer.

    Parameters
    ----------
    rows : int
        How many there are.
    row : int
        Which one is meant.

    Notes
    -----
    *Communication*: local.
    """
    width = 2 * HALF_WIDTH + 1
    if rows < width:
        return None
    first = min(max(row - HALF_WIDTH, 0), rows - width)
    return slice(first, first + width)


def weighted_sum(weights: RealArray, values: RealArray) -> RealArray:
    """Σ_j w_j f_j of each component, exactly rounded; NaN where one of its values is not finite.

    Parameters
    ----------
    weights : ndarray, (n,)
        For instance of `weights_at`.
    values : ndarray, (n, ...)
        Rows of numbers or of arrays.

    Returns
    -------
    ndarray, (...)
        One sum for each component; of numbers, a 0-dimensional array.

    Notes
    -----
    *Communication*: local.
    """
    columns = values.reshape(len(weights), -1).T
    return np.array([ordered_sum(weights * column) for column in columns]).reshape(values.shape[1:])
