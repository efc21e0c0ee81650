"""How far the parameters of a decomposition are from solving the modulation equations, from the series itself.

The free flow through the parameters of a row solves Mod_k = 0 and touches the measured path there. So the five parts of
Mod_k are derivatives of the small deviations of the path from it, and nothing of order one has to cancel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.diagnostics.differences import Rows, stencil, weighted_sum, weights_at
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.reduction import ordered_sum

NAMES = ("scale", "center", "boost", "chirp", "phase")
"""Columns of the parameters."""


def modulation_parts(rows: Rows, row: int) -> RealArray:
    """The five parts of Mod_k at one row, from the seven rows around it.

    |λλ' + γ|, |λ²γ' + γ²|, |λα' − 2β|, |λ²β' + γβ|, |λ²θ' − 1 − |β|²| (Cao, Su & Zhang, section 2.2).

    Parameters
    ----------
    rows : mapping
        `time`, (n,); `scale`, `chirp`, `phase`, (n, K); `center`, `boost`, (n, K, d).
    row : int
        Which one; near the ends the stencil is one-sided.

    Returns
    -------
    ndarray, (K, 5)
        NaN with fewer than seven rows, where one of them is NaN, and where the free flow collapses within them.

    Notes
    -----
    *Communication*: local.
    """
    path = Parameters(*(rows[name] for name in NAMES))
    parts = np.full((path.count, 5), np.nan)
    times = rows["time"]
    near = stencil(len(times), row)
    if near is None:
        return parts
    flow = path.row(row).free_flow(times[near] - times[row])
    weights = weights_at(times, row, near)
    scale, chirp, center, boost, phase = (
        weighted_sum(weights, getattr(path, name)[near] - getattr(flow, name))
        for name in ("scale", "chirp", "center", "boost", "phase")
    )
    for k in np.flatnonzero((flow.scale > 0).all(axis=0)):
        size = float(path.scale[row, k])
        parts[k] = (
            size * abs(scale[k]),
            size**2 * abs(chirp[k]),
            size * math.hypot(*center[k]),
            size**2 * math.hypot(*boost[k]),
            size**2 * abs(phase[k]),
        )
    return parts


def modulation_defect(rows: Rows, row: int) -> RealArray:
    """Mod_k at one row, (K,): the sum of `modulation_parts`, (n, K, 5). *Communication*: local."""
    return np.array([ordered_sum(parts) for parts in rows["modulation_parts"][row]])


@dataclass(frozen=True)
class ModulationDerivation:
    """A quantity that follows from the parameters; see `diagnostics.quantity.Derivation`."""

    needs: tuple[str, ...]
    function: Callable[[Rows, int], RealArray]

    def value(self, rows: Rows, row: int) -> RealArray:
        """Its value at one row. *Communication*: local."""
        return self.function(rows, row)


PARTS = ModulationDerivation(NAMES, modulation_parts)
DEFECT = ModulationDerivation(("modulation_parts",), modulation_defect)
