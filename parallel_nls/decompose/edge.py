"""What the edge of the periodic box does to a decomposition, whose bubbles are taken without periodic images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.images import FOLDINGS, images

__all__ = ["Edge"]


@dataclass(frozen=True, eq=False)
class Edge:
    """How far bubbles reach beyond the box.

    Attributes
    ----------
    heights : ndarray, (K,)
        |U_k| at the face of the box that is nearest to its center, relative to its peak.
    changes : ndarray, (K,)
        By how much of themselves, or of 1, the parameters of each bubble may change by the images of all.
    beyond : float
        A bound of Σ∫|U_k|² beyond the box, which wraps around and counts in R.
    """

    heights: RealArray
    changes: RealArray
    beyond: float

    @classmethod
    def of(cls, scales: RealArray, centers: RealArray, length: Sequence[float]) -> Edge:
        """Of bubbles of these scales, (K,), at these places, (K, d), in a box.

        Notes
        -----
        An image at a distance of r scales pairs with the test functions (2.3), of which the first has the weight |y|²:
        of exact sums of bubbles with images the parameters are off by 0.25 to 0.9 of r²Q(r)/Q(0), r from 2 to 24.
        *Communication*: local.
        """
        state = ground_state(len(length))

        def height(radii: RealArray) -> RealArray:
            """Return Q(r)/Q(0)."""
            found: RealArray = state.value(radii) / state.peak
            return found

        room = (0.5 * np.asarray(length) - np.abs(centers)).min(axis=1)
        heights = height(np.maximum(room, 0.0) / scales)
        changes = np.zeros(len(scales))
        for scale, center in zip(scales.tolist(), centers.tolist(), strict=True):
            _, *others = images(center, length, FOLDINGS * scale, 0.0)
            for image in others:
                radii = np.maximum(np.sqrt(((centers - image.center) ** 2).sum(axis=1)) / scale, 1.0)
                share = height(radii) * radii**2 * (scales / scale) ** (0.5 * len(length))
                changes = np.maximum(changes, share)
        return cls(heights, changes, state.mass * math.fsum(heights**2))

    def of_norm(self, size: float) -> float:
        """By how much a norm of R of this size may change: R² by what is beyond the box. *Communication*: local."""
        return min(math.sqrt(self.beyond), self.beyond / size) if size > 0 else math.sqrt(self.beyond)

    def document(self) -> dict[str, object]:
        """As values of JSON. *Communication*: local."""
        return {"edge_heights": self.heights.tolist(), "edge_changes": self.changes.tolist(), "edge_mass": self.beyond}
