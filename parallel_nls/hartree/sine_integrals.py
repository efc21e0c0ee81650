"""The integrals ∫_0^L q V(q) sin(mπq/L) dq for m = 1, 2, …, all at once, for V singular at 0.

L is cut into panels of half a wave of the highest m; on each, qV is smooth and Gauss–Legendre exact to rounding. The
sums over panels are one FFT for each node of the rule. The first panel, which reaches the origin, and panels in which
V is not smooth are cut further and summed as they stand.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from parallel_nls.hartree.kernels import RadialKernel
from parallel_nls.hartree.quadrature import graded_rule, panel_rule, unit_rule
from parallel_nls.numerics.arrays import IndexArray, RealArray

CHUNK = 2**21
"""Sines evaluated at once, at most."""


def sine_integrals(kernel: RadialKernel, count: int, length: float) -> RealArray:
    """∫_0^L q V(q) sin(mπq/L) dq, m = 1…count.

    Parameters
    ----------
    kernel : RadialKernel
        One term: V·q^a smooth at 0, a < 3.
    count : int
    length : float
        L.

    Returns
    -------
    ndarray, (count,)
        Good to about 10^{-15} of the largest of them, where V is resolved by panels of L/(count + 1).

    Notes
    -----
    *Communication*: local.
    """
    panels = count + 1
    width = length / panels
    breaks = kernel.breaks[kernel.breaks < length]
    rough = np.unique(np.concatenate([[0], (breaks / width).astype(int)]))
    total = _by_transforms(kernel, panels, width, rough)
    nodes, weights = graded_rule(width, 2 - kernel.singular_power, breaks)
    total += _as_they_stand(kernel, nodes, weights, length, count)
    if breaks.size:
        edges = np.unique(np.concatenate([breaks, rough * width, (rough + 1) * width]))
        nodes, weights = panel_rule(edges[edges >= width])
        inside = np.isin((nodes[:, 0] / width).astype(int), rough)
        total += _as_they_stand(kernel, nodes[inside].ravel(), weights[inside].ravel(), length, count)
    return total


def _by_transforms(kernel: RadialKernel, panels: int, width: float, rough: IndexArray) -> RealArray:
    """The sum over all panels but the rough ones, Im Σ_p e^{iπmξ_p/N} Σ_i f_{p,i} e^{iπmi/N}, q = (i + ξ_p)·width."""
    places, shares = unit_rule()
    q = width * (np.arange(panels) + places[:, None])
    values = np.zeros(q.shape)
    smooth = np.setdiff1d(np.arange(panels), rough)
    values[:, smooth] = width * shares[:, None] * q[:, smooth] * kernel.value(q[:, smooth])
    sums = scipy.fft.rfft(values, n=2 * panels, axis=1)[:, 1:panels].conj()
    turns = np.exp(1j * math.pi / panels * np.outer(places, np.arange(1, panels)))
    return np.asarray((turns * sums).imag.sum(axis=0))


def _as_they_stand(kernel: RadialKernel, nodes: RealArray, weights: RealArray, length: float, count: int) -> RealArray:
    """Σ w q V(q) sin(mπq/L)."""
    values, m = weights * nodes * kernel.value(nodes), np.arange(1, count + 1)
    total = np.zeros(count)
    step = max(1, CHUNK // count)
    for start in range(0, nodes.size, step):
        part = slice(start, start + step)
        total += (values[part, None] * np.sin(math.pi / length * np.outer(nodes[part], m))).sum(axis=0)
    return total
