"""How far bubbles that differ little from S_k are from solving the modulation equations, to relative accuracy.

With λ = λ₀(1 + a), α = x + λ₀c, β = b, γ = γ₀ + g, θ = θ₀ + h, and λ₀ = ω(T - t), γ₀ = ω²(T - t) of S_k, the parts of
Mod_k are

    λλ' + γ = λ₀²(1 + a)a' - γ₀(2a + a²) + g,
    λ²γ' + γ² = λ₀²(1 + a)²g' - γ₀²(2a + a²) + 2γ₀g + g²,
    λα' - 2β = (1 + a)(λ₀²c' - γ₀c) - 2b,
    λ²β' + γβ = λ₀²(1 + a)²b' + (γ₀ + g)b,
    λ²θ' - 1 - |β|² = λ₀²(1 + a)²h' + 2a + a² - |b|²:

what is of order one has cancelled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.diagnostics.differences import Rows, stencil, weighted_sum, weights_at
from parallel_nls.numerics.arrays import RealArray

DEVIATION_NAMES = ("scale_deviation", "center_deviation", "boost", "chirp_deviation", "phase_deviation")
"""Columns of a, c, b, g, h."""


@dataclass(frozen=True)
class DeviationParts:
    """The five parts of Mod_k, from the series of a run in remainder form; see `diagnostics.quantity.Derivation`.

    Attributes
    ----------
    frequencies : tuple of float
        ω_k.
    blowup_time : float or None
        T where the time of the series is t; None where it is s = 1/(T - t).
    """

    frequencies: tuple[float, ...]
    blowup_time: float | None

    @property
    def needs(self) -> tuple[str, ...]:
        """The changes of the parameters."""
        return DEVIATION_NAMES

    def value(self, rows: Rows, row: int) -> RealArray:
        """The parts at one row from the seven rows around it, (K, 5); NaN with fewer. *Communication*: local."""
        times = rows["time"]
        near = stencil(len(times), row)
        if near is None:
            return np.full((len(self.frequencies), 5), np.nan)
        time, weights = float(times[row]), weights_at(times, row, near)
        # d/dt = s² d/ds.
        rate, remaining = (time * time, 1 / time) if self.blowup_time is None else (1.0, self.blowup_time - time)
        own = [rows[name][row] for name in DEVIATION_NAMES]
        rates = [rate * weighted_sum(weights, rows[name][near]) for name in DEVIATION_NAMES]
        return np.array([self._parts(k, remaining, [v[k] for v in own], [v[k] for v in rates]) for k in self._bubbles])

    @property
    def _bubbles(self) -> range:
        return range(len(self.frequencies))

    def _parts(self, k: int, remaining: float, own: Sequence[RealArray], rates: Sequence[RealArray]) -> list[float]:
        """Of one bubble, from its changes and their rates in t."""
        a, c, b, g, _ = own
        a_rate, c_rate, b_rate, g_rate, h_rate = rates
        scale, chirp = self.frequencies[k] * remaining, self.frequencies[k] ** 2 * remaining
        first, second, grown = scale**2 * (1 + a), scale**2 * (1 + a) ** 2, 2 * a + a * a
        return [
            abs(float(first * a_rate - chirp * grown + g)),
            abs(float(second * g_rate - chirp**2 * grown + 2 * chirp * g + g * g)),
            math.hypot(*((1 + a) * (scale**2 * c_rate - chirp * c) - 2 * b)),
            math.hypot(*(second * b_rate + (chirp + g) * b)),
            abs(float(second * h_rate + grown - np.sum(b * b))),
        ]
