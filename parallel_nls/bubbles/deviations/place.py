"""Bubbles near the exact ones, as a remainder of either frame is compared with them.

In the soliton frame, y = sx, a bubble U_k of the blow-up frame is one with other parameters, and so are its tests but
for β and γ where derivatives bring them down: tests and tangents are transformed, not made anew, since Im∫∇U_k R̄ = 0 is
not the same condition in both frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from parallel_nls.bubbles.parameters import PACKED, Parameters
from parallel_nls.numerics.arrays import RealArray

START_CHIRP, GROWTH = PACKED, PACKED + 1
"""What `Deviation.changes` has behind the seven changes of packed parameters: γ of S_k, and (1 + q₀)^{d/2} - 1."""


@dataclass(frozen=True, eq=False)
class Deviation:
    """Bubbles U_k, by their scaled changes from the exact S_k.

    Attributes
    ----------
    exact : Parameters
        Of S_k, in the blow-up frame.
    change : ndarray, (K, 2d + 3)
        q, as of `Parameters.changed`: the tilde parameters, λ̃ - 1, α̃, β, γ̃, θ̃, with their relative accuracy.
    s : float or None
        1/(T - t) where the points are those of the soliton frame; None: of the blow-up frame.
    """

    exact: Parameters
    change: RealArray
    s: float | None

    @classmethod
    def none(cls, exact: Parameters, s: float | None) -> Deviation:
        """The exact bubbles themselves. *Communication*: local."""
        return cls(exact, np.zeros((exact.count, 2 * exact.dimension + 3)), s)

    @cached_property
    def parameters(self) -> Parameters:
        """Of U_k, in the blow-up frame; to absolute accuracy, as what follows from them."""
        return self.exact.changed(self.change)

    @cached_property
    def waves(self) -> Parameters:
        """Of U_k on the grid: their heights and phases are those of the tests too."""
        return self.parameters if self.s is None else self.parameters.in_soliton_frame(self.s)

    @cached_property
    def forms(self) -> Parameters:
        """The same with β and γ of the blow-up frame: what the derivatives in the tests and tangents bring down."""
        return replace(self.waves, boost=self.parameters.boost, chirp=self.parameters.chirp)

    @cached_property
    def changes(self) -> RealArray:
        """As kernels read them, (K, 9): q in the order of `Parameters.packed`, γ of S_k, (1 + q₀)^{d/2} - 1."""
        d, q = self.exact.dimension, self.change
        packed = np.zeros((self.exact.count, PACKED + 2))
        packed[:, 0], packed[:, 3 - d : 3], packed[:, 5 - d : 5] = q[:, 0], q[:, 1 : 1 + d], q[:, 1 + d : 1 + 2 * d]
        packed[:, 5], packed[:, 6], packed[:, START_CHIRP] = q[:, -2], q[:, -1], self.exact.chirp
        packed[:, GROWTH] = q[:, 0] if d == 2 else q[:, 0] / (np.sqrt(1 + q[:, 0]) + 1)
        return packed

    def packed(self) -> tuple[RealArray, RealArray, RealArray]:
        """As kernels read them: packed `waves` and `forms`, (K, 7), and `changes`, (K, 9). *Communication*: local."""
        return self.waves.packed(), self.forms.packed(), self.changes

    def moved(self, step: RealArray) -> Deviation:
        """After another change of q. *Communication*: local."""
        return Deviation(self.exact, self.change + step, self.s)
