"""The geometrical parameters of K bubbles, and how they move where nothing disturbs them.

    U_k(x) = λ^{-d/2} Q(y) exp(i[β·y - γ|y|²/4 + θ]),      y = (x - α)/λ

with (λ, α, β, γ, θ) of bubble k (Cao, Su & Zhang, eq. 2.2). The modulation equations Mod_k = 0,

    λλ' = -γ,   λ²γ' = -γ²,   λα' = 2β,   λ²β' = -γβ,   λ²θ' = 1 + |β|²,

have an exact solution, the free flow, which every pseudo-conformal bubble S_k follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

PACKED = 7
"""Numbers of a bubble as kernels read them: λ, α, β across and along the rows, γ, θ; on the line all are along."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """The geometrical parameters of K bubbles; dimensionless.

    Attributes
    ----------
    scale : ndarray, (..., K)
        λ > 0; any leading axes, for instance rows of a series, are common to all five.
    center : ndarray, (..., K, d)
        α.
    boost : ndarray, (..., K, d)
        β.
    chirp : ndarray, (..., K)
        γ.
    phase : ndarray, (..., K)
        θ, in radians.
    """

    scale: RealArray
    center: RealArray
    boost: RealArray
    chirp: RealArray
    phase: RealArray

    @property
    def dimension(self) -> int:
        """D."""
        return int(self.center.shape[-1])

    @property
    def count(self) -> int:
        """K."""
        return int(self.scale.shape[-1])

    @classmethod
    def of_bubbles(cls, bubbles: Sequence[Bubble], remaining: float) -> Parameters:
        """Those of the exact bubbles S_k a time ``remaining`` = T - t before they blow up (eq. 1.10).

        Notes
        -----
        *Communication*: local.
        """
        frequency = np.array([bubble.frequency for bubble in bubbles])
        center = np.array([bubble.center for bubble in bubbles], dtype=np.float64)
        phase = 1 / (frequency**2 * remaining) + np.array([bubble.phase for bubble in bubbles])
        return cls(frequency * remaining, center, np.zeros_like(center), frequency**2 * remaining, phase)

    def row(self, index: int) -> Parameters:
        """One row of a series of them. *Communication*: local."""
        values = (self.scale, self.center, self.boost, self.chirp, self.phase)
        return Parameters(*(value[index] for value in values))

    def packed(self) -> RealArray:
        """As kernels read them, (K, 7): λ, α across, α along, β across, β along, γ, θ. *Communication*: local."""
        packed = np.zeros((self.count, PACKED))
        d = self.dimension
        packed[:, 0], packed[:, 5], packed[:, 6] = self.scale, self.chirp, self.phase
        packed[:, 3 - d : 3], packed[:, 5 - d : 5] = self.center, self.boost
        return packed

    def changed(self, change: RealArray) -> Parameters:
        """The parameters after scaled changes: λ(1 + q₀), α + λq, β + q, γ + q, θ + q.

        Parameters
        ----------
        change : ndarray, (K, 2d + 3)
            In the order scale, center, boost, chirp, phase.

        Notes
        -----
        *Communication*: local.
        """
        d = self.dimension
        return Parameters(
            self.scale * (1 + change[:, 0]),
            self.center + self.scale[:, None] * change[:, 1 : 1 + d],
            self.boost + change[:, 1 + d : 1 + 2 * d],
            self.chirp + change[:, 1 + 2 * d],
            self.phase + change[:, 2 + 2 * d],
        )

    def change_from(self, start: Parameters) -> RealArray:
        """The scaled changes by which ``start`` becomes these: the inverse of `changed`, (K, 2d + 3).

        Notes
        -----
        *Communication*: local.
        """
        scale = start.scale[:, None]
        columns = (
            self.scale[:, None] / scale - 1,
            (self.center - start.center) / scale,
            self.boost - start.boost,
            (self.chirp - start.chirp)[:, None],
            (self.phase - start.phase)[:, None],
        )
        return np.hstack(columns)

    def in_soliton_frame(self, s: float) -> Parameters:
        """Those of the same bubbles before the pseudo-conformal transform, at s = 1/(T - t) and y = sx.

        λ → sλ, α → sα, β → β + sλα/2, γ → γ - sλ², θ → θ + s|α|²/4: of S_k those of the solitary wave W_k.

        Notes
        -----
        *Communication*: local.
        """
        return Parameters(
            s * self.scale,
            s * self.center,
            self.boost + (0.5 * s) * self.scale[..., None] * self.center,
            self.chirp - s * self.scale**2,
            self.phase + 0.25 * s * (self.center**2).sum(axis=-1),
        )

    def free_flow(self, duration: RealArray | float) -> Parameters:
        """Where the free flow takes them: the exact solution of Mod_k = 0.

        γ/λ, β/λ and λ² dθ/dt - |β|² stay what they are, so λ = λ₀ - γ₀τ/λ₀, α = α₀ + 2β₀τ/λ₀ and
        θ = θ₀ + τ/(λ₀λ) + |β₀|²τ/λ₀².

        Parameters
        ----------
        duration : ndarray or float
            τ; an array of m numbers gives m rows. The scales stay positive for τ < λ₀²/γ₀ only (γ₀ > 0): beyond, they
            are negative or infinite.

        Notes
        -----
        *Communication*: local.
        """
        tau = np.asarray(duration, dtype=np.float64)[..., None]
        scale = self.scale - self.chirp / self.scale * tau
        shrinking = scale / self.scale
        drift = tau / self.scale
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = tau / (self.scale * scale) + (self.boost**2).sum(axis=-1) * drift / self.scale
        return Parameters(
            scale,
            self.center + 2 * self.boost * drift[..., None],
            self.boost * shrinking[..., None],
            self.chirp * shrinking,
            self.phase + turn,
        )

    def sum_at(self, *coordinates: RealArray) -> ComplexArray:
        """ΣU_k at some points, as (2.2) has it, without periodic images; of one row.

        Parameters
        ----------
        *coordinates : ndarray
            One array an axis, of shapes that broadcast.

        Returns
        -------
        ndarray, complex128
            Of that shape.

        Notes
        -----
        *Communication*: local.
        """
        d, state = self.dimension, ground_state(self.dimension)
        total = np.zeros(np.broadcast_shapes(*(np.shape(x) for x in coordinates)), dtype=np.complex128)
        for k in range(self.count):
            y = [(x - center) / self.scale[k] for x, center in zip(coordinates, self.center[k], strict=True)]
            squared = sum(part**2 for part in y)
            turn = sum(boost * part for boost, part in zip(self.boost[k], y, strict=True))
            turn = turn - self.chirp[k] / 4 * squared + self.phase[k]
            total += self.scale[k] ** (-d / 2) * state.value(np.sqrt(squared)) * np.exp(1j * turn)
        return total
