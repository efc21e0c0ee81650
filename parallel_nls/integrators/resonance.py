"""Step-size resonance: pairs of waves ±k that a splitting amplifies though the equation does not.

Write u = U + v with v at high wavenumbers ±k. A kick for a time τ couples the two, v ← v + iτ[(p/2+1)|U|^p v +
(p/2)|U|^{p-2}U² v̄]; all of that but the averages over the box, A of |U|^p and B of |U|^{p-2}U², is out of tune with
the drifts. So a pair sees the step of a plane wave: drifts turn it by ω(k), kicks shear it by (p/2)|B|. Where ω(k)h
comes near mπ, m = 1, 2, 3, …, it grows, at the center by the rate

    g_m = (p/2)·|B|·c_m,    c_m = |Σ_j a_j e^{2πi m s_j}|,

s_j the drifts ahead of kick j; off it, by √(g_m² − δ²) with the detuning δ = ω(k) − mπ/h + O(A). All schemes have it,
the order does not help: c_m = 1 for Strang. Below the first, h·max ω < π, there is none.

Sources: Weideman & Herbst 1986, SIAM J. Numer. Anal. 23, 485; Lakoba, arXiv 1008.4974; Chin 2007, Phys. Rev. E 76,
056708. Units: dimensionless, rates per unit of time.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from parallel_nls.integrators.compositions import Composition
from parallel_nls.numerics.arrays import RealArray


def kick_positions(scheme: Composition) -> tuple[float, ...]:
    """s_j, the part of a step that the drifts ahead of each kick make up. *Communication*: local."""
    positions = tuple(accumulate(scheme.drifts, initial=0.0))
    return positions[1:-1] if scheme.drift_first else positions


def strength(scheme: Composition, number: int | NDArray[np.integer]) -> RealArray:
    """c_m of the resonances ω(k)h = mπ.

    Parameters
    ----------
    scheme : Composition
        The splitting.
    number : int or ndarray
        m = 1, 2, 3, …

    Returns
    -------
    ndarray
        Of the shape of ``number``.

    Notes
    -----
    *Communication*: local.
    """
    turns = np.multiply.outer(np.asarray(number), np.array(kick_positions(scheme)))
    amplitudes: RealArray = np.abs(np.exp(2j * np.pi * turns) @ np.array(scheme.kicks))
    return amplitudes


def growth_rate(
    scheme: Composition, step: float, symbol: RealArray | float, coupling: float, shift: float | None = None
) -> RealArray:
    """Rate at which a pair of waves ±k grows, from the trace of its step exactly.

    Parameters
    ----------
    scheme : Composition
        The splitting.
    step : float
        h.
    symbol : ndarray
        ω(k).
    coupling : float
        (p/2)|B|.
    shift : float, optional
        What kicks turn a wave by, less what they turn the background by: (p/2+1)A − μ. That of a plane wave, (p/2)A
        with A = |B|, unless given.

    Returns
    -------
    ndarray
        arccosh(|tr M|/2)/|h|, zero where the pair is stable.

    Notes
    -----
    *Communication*: local.
    """
    symbol = np.asarray(symbol, dtype=float)
    drift = np.zeros((*symbol.shape, 2, 2), dtype=complex)
    total = np.zeros_like(drift)
    total[..., 0, 0] = total[..., 1, 1] = 1.0
    shear = 1j * np.array([[0, coupling], [-coupling, 0]]) + 1j * np.diag([1, -1]) * (
        coupling if shift is None else shift
    )
    for index, stage in enumerate(scheme.stages):
        if index % 2 == scheme.drift_first:
            total = _exponential(shear, stage * step) @ total
        else:
            turn = np.exp(-1j * stage * step * symbol)
            drift[..., 0, 0], drift[..., 1, 1] = turn, turn.conj()
            total = drift @ total
    half_trace = np.abs(np.trace(total, axis1=-2, axis2=-1).real) / 2
    rate: RealArray = np.arccosh(np.maximum(half_trace, 1.0)) / abs(step)
    return rate


def _exponential(generator: NDArray[np.complex128], time: float) -> NDArray[np.complex128]:
    """Exponential of a traceless 2 × 2 matrix: its square is a number."""
    square = -np.linalg.det(generator) * time**2
    root = np.sqrt(square)
    # sinh(z)/z, which is 1 at a plane wave, where the matrix is nilpotent.
    ratio = np.sinh(root) / root if abs(root) > np.finfo(float).eps else 1.0
    return np.asarray(np.cosh(root) * np.eye(2) + ratio * time * generator)
