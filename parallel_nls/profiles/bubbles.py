"""Pseudo-conformal bubbles, the exact blow-up solutions of the L²-critical NLS with the least mass.

    S(t,x) = (ω(T-t))^{-d/2} Q((x-x_k)/(ω(T-t))) exp(i[-|x-x_k|²/(4(T-t)) + 1/(ω²(T-t)) + ϑ])

mass ‖Q‖², momentum 0, energy ω²‖yQ‖²/8, sup|S| = Q(0)(ω(T-t))^{-d/2} (Cao, Su & Zhang, eq. 1.10). A sum of K of them is
what a K-bubble solution follows as t → T.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import kernel
from parallel_nls.equations.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import GroundState, RadialTable, evaluate, ground_state


@kernel
def add_bubble_plane(
    block: NDArray[np.complex128],
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    table: RadialTable,
    parameters: tuple[float, float, float, float],
) -> None:
    """Add weight·S at the points (across[b], along[j]), both relative to the center, to ``block``."""
    remaining, frequency, phase, weight = parameters
    scale = frequency * remaining
    constant = 1.0 / (frequency * frequency * remaining) + phase
    radii = np.empty(along.size)
    for b in range(across.size):
        x2 = across[b] * across[b]
        for j in range(along.size):
            radii[j] = np.sqrt(x2 + along[j] * along[j]) / scale
        evaluate(table, radii, radii)
        for j in range(along.size):
            size = weight * radii[j] / scale
            s, c = sine_cosine(constant - (x2 + along[j] * along[j]) / (4.0 * remaining))
            block[b, j] += complex(size * c, size * s)


@dataclass(frozen=True)
class Bubble:
    """Parameters of one bubble.

    Attributes
    ----------
    center : tuple of float
        Blow-up point x_k.
    frequency : float
        ω > 0; the scale is ω(T-t).
    phase : float
        ϑ.
    """

    center: tuple[float, ...]
    frequency: float = 1.0
    phase: float = 0.0


class BubbleSum:
    """The sum of K bubbles in the plane that blow up together at time T.

    Parameters
    ----------
    bubbles : sequence of Bubble
        Any number of them.
    blowup_time : float
        T.

    Notes
    -----
    No periodic images: the box must be wide enough for the tails. *Communication*: local.
    """

    def __init__(self, bubbles: Sequence[Bubble], blowup_time: float) -> None:
        self.bubbles = tuple(bubbles)
        self.blowup_time = float(blowup_time)
        self.profile: GroundState = ground_state(2)

    def add_to(
        self,
        block: NDArray[np.complex128],
        time: float,
        across: NDArray[np.float64],
        along: NDArray[np.float64],
        weight: float = 1.0,
    ) -> None:
        """Add weight·ΣS_k(time) at the points (across[b], along[j]) to the rows of a block.

        Parameters
        ----------
        block : ndarray, complex128, (at least len(across), len(along))
            Changed in place.
        time : float
            Before T.
        across, along : ndarray
            First coordinate of each row, and second coordinates of a whole line.
        weight : float
            Usually 1 or -1.
        """
        for bubble in self.bubbles:
            parameters = (self.blowup_time - time, bubble.frequency, bubble.phase, weight)
            first, second = across - bubble.center[0], along - bubble.center[1]
            add_bubble_plane(block, first, second, self.profile.value_table, parameters)
