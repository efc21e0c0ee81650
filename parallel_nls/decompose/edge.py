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
        where neither tail falls faster than the other, ∫|y|²Q(|y|)Q(|y − r|) is about r³/3·Q(r) of what the same is of
        r = 0. Of waves of two scales the tail of the wider one counts. What an image changes of one bubble changes its
        neighbours in turn, by as much of that as they overlap. *Communication*: local.
        """
        state = ground_state(len(length))
        room = (0.5 * np.asarray(length) - np.abs(centers)).min(axis=1)
        heights: RealArray = state.value(np.maximum(room, 0.0) / scales) / state.peak
        reach = FOLDINGS * float(scales.max())
        by_images, overlaps = np.zeros(len(scales)), np.zeros((len(scales), len(scales)))
        for number, (scale, center) in enumerate(zip(scales.tolist(), centers.tolist(), strict=True)):
            home, *others = images(center, length, reach, 0.0)
            for image in others:
                by_images += _shares(scales, centers, scale, image.center)
            if len(scales) > 1:
                overlaps[:, number] = np.minimum(_shares(scales, centers, scale, home.center), 1.0)
        np.fill_diagonal(overlaps, 0.0)
        changes, passed_on = by_images, by_images
        for _ in range(len(scales) - 1):
            passed_on = overlaps @ passed_on
            changes = changes + passed_on
        return cls(heights, changes, state.mass * math.fsum(heights**2))

    def of_norm(self, size: float) -> float:
        """By how much a norm of R of this size may change: R² by what is beyond the box. *Communication*: local."""
        return min(math.sqrt(self.beyond), self.beyond / size) if size > 0 else math.sqrt(self.beyond)

    def document(self) -> dict[str, object]:
        """As values of JSON. *Communication*: local."""
        return {"edge_heights": self.heights.tolist(), "edge_changes": self.changes.tolist(), "edge_mass": self.beyond}


def _shares(scales: RealArray, centers: RealArray, scale: float, place: Sequence[float]) -> RealArray:
    """How much of bubbles of these scales, (K,), a wave somewhere else may pair with their test functions; local."""
    state, wider = ground_state(centers.shape[1]), np.maximum(scales, scale)
    radii = np.maximum(np.sqrt(((centers - place) ** 2).sum(axis=1)) / wider, 1.0)
    heights: RealArray = state.value(radii) / state.peak
    narrower = np.minimum(scales, scale)
    return np.asarray(heights * (radii**2 + radii**3 / 3) * (wider / narrower) ** (0.5 * centers.shape[1]))
