"""Quadrature on panels that shrink towards the origin: for functions of a distance that are singular or steep there.

Gauss–Legendre on a panel [a, 2a] integrates q^p to rounding whatever p is, since the singularity lies a panel away;
Gauss–Jacobi on the last panel [0, b] takes the weight q^p with it and is as exact.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import scipy.special

from parallel_nls.numerics.arrays import RealArray

Function = Callable[[RealArray], RealArray]

NODES = 24
"""On a panel: q^p on [a, 2a] to 3^{-48} or better, half a wave of sin to rounding."""
OCTAVES = 40
"""Panels between the origin and a length: a function is resolved that varies on 10^{-12} of that length."""


@functools.cache
def unit_rule() -> tuple[RealArray, RealArray]:
    """Nodes and weights of Gauss–Legendre on (0, 1), (NODES,) each. *Communication*: local."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (1 + nodes) / 2, weights / 2


def panel_rule(edges: RealArray) -> tuple[RealArray, RealArray]:
    """Nodes and weights of Gauss–Legendre on each panel between increasing edges.

    Parameters
    ----------
    edges : ndarray, (m + 1,)

    Returns
    -------
    nodes, weights : ndarray, (m, NODES)

    Notes
    -----
    *Communication*: local.
    """
    nodes, weights = unit_rule()
    lengths = np.diff(edges)[:, None]
    return edges[:-1, None] + lengths * nodes, lengths * weights


@functools.cache
def _origin_rule(power: float) -> tuple[RealArray, RealArray]:
    nodes, weights = scipy.special.roots_jacobi(NODES, 0.0, power)
    nodes = (1 + nodes) / 2
    return nodes, weights / 2 ** (power + 1) / nodes**power


def origin_rule(length: float, power: float) -> tuple[RealArray, RealArray]:
    """Nodes and weights on (0, length) for functions that are q^power times a smooth one.

    Parameters
    ----------
    length : float
    power : float
        Above −1.

    Returns
    -------
    nodes, weights : ndarray, (NODES,)
        The weights are for the whole function, its singular factor included.

    Notes
    -----
    *Communication*: local.
    """
    nodes, weights = _origin_rule(power)
    return length * nodes, length * weights


def graded_rule(upper: float, power: float, breaks: RealArray) -> tuple[RealArray, RealArray]:
    """Nodes and weights on (0, upper), on octaves down to the origin.

    Parameters
    ----------
    upper : float
    power : float
        Above −1; the function is q^power times one that is smooth at the origin.
    breaks : ndarray
        Where the function is not smooth; a panel ends there.

    Returns
    -------
    nodes, weights : ndarray, (m,)

    Notes
    -----
    *Communication*: local.
    """
    edges = np.asarray(upper * 0.5 ** np.arange(OCTAVES + 1), dtype=np.float64)
    edges = np.unique(np.concatenate([edges, breaks[(breaks > edges[-1]) & (breaks < upper)]]))
    inner, inner_weights = origin_rule(edges[0], power)
    nodes, weights = panel_rule(edges)
    return np.concatenate([inner, nodes.ravel()]), np.concatenate([inner_weights, weights.ravel()])


def running_integral(function: Function, points: RealArray, power: float) -> RealArray:
    """∫_0^r of a function, at every one of many r.

    Parameters
    ----------
    function : callable
        Of an array of positive numbers.
    points : ndarray
        r ≥ 0, of any shape.
    power : float
        The function is q^power times one that is smooth at the origin. Where power ≤ −1 the integrals are from the
        largest point instead, and −inf at 0 (for a positive function).

    Returns
    -------
    ndarray of the shape of ``points``

    Notes
    -----
    *Communication*: local.
    """
    wanted = np.unique(points[points > 0])
    if not wanted.size:
        return np.zeros(points.shape) if power > -1 else np.full(points.shape, -np.inf)
    # Between neighbours no panel is longer than a quarter of its distance from the origin.
    octaves = max(1, int(np.ceil(4 * np.log2(wanted[-1] / wanted[0]))))
    edges = np.unique(np.concatenate([wanted, np.geomspace(wanted[0], wanted[-1], octaves + 1)[1:-1]]))
    nodes, weights = panel_rule(edges)
    pieces = (function(nodes) * weights).sum(axis=1)
    if power > -1:
        first, first_weights = origin_rule(wanted[0], power)
        sums = np.cumsum(np.concatenate([[(function(first) * first_weights).sum()], pieces]))
        at_zero = 0.0
    else:
        sums = -np.cumsum(np.concatenate([[0.0], pieces[::-1]]))[::-1]
        at_zero = -np.inf
    return np.where(points > 0, sums[np.searchsorted(edges, np.maximum(points, wanted[0]))], at_zero)
