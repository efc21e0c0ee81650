"""Residuals of exact identities, by finite differences of the series itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from parallel_nls.parallel.reduction import ordered_sum

HALF_WIDTH = 3


def first_derivative_weights(nodes: NDArray[np.float64], point: float) -> NDArray[np.float64]:
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
    *Communication*: local.
    """
    n = len(nodes)
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
    return slopes


def virial_residual(
    times: NDArray[np.float64], rates: NDArray[np.float64], accelerations: NDArray[np.float64], row: int
) -> float:
    """(d/dt variance_rate − a)/|a| at one row, a = variance_acceleration, from the seven rows around it.

    Parameters
    ----------
    times, rates, accelerations : ndarray, (rows,)
        Of all rows of a series.
    row : int
        Which one; near the ends the stencil is one-sided.

    Returns
    -------
    float
        NaN with fewer than seven rows or where a vanishes.

    Notes
    -----
    *Communication*: local.
    """
    width = 2 * HALF_WIDTH + 1
    acceleration = float(accelerations[row])
    if len(times) < width or acceleration == 0:
        return math.nan
    first = min(max(row - HALF_WIDTH, 0), len(times) - width)
    near = slice(first, first + width)
    weights = first_derivative_weights(times[near], times[row])
    rate = ordered_sum(weights * rates[near])
    return (rate - acceleration) / abs(acceleration)
