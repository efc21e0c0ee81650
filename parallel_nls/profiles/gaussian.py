"""Gaussian initial data with a quadratic phase, u₀ = a·exp(-|x-c|²/(2w²) + ib|x-c|²)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from parallel_nls.compiled import kernel
from parallel_nls.equations.trigonometry import sine_cosine


@kernel
def add_gaussian_plane(
    block: NDArray[np.complex128],
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    parameters: tuple[float, float, float],
) -> None:
    """Add weight·u₀ at the points (across[b], along[j]), both relative to the center, to ``block``."""
    amplitude, rate, chirp = parameters
    for b in range(across.size):
        for j in range(along.size):
            square = across[b] * across[b] + along[j] * along[j]
            size = amplitude * math.exp(-rate * square)
            s, c = sine_cosine(chirp * square)
            block[b, j] += complex(size * c, size * s)


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian in the plane; mass πa²w².

    Attributes
    ----------
    amplitude, width : float
        a, w > 0.
    center : tuple of float
        c.
    chirp : float
        b; negative focuses.
    """

    amplitude: float
    width: float
    center: tuple[float, ...] = (0.0, 0.0)
    chirp: float = 0.0

    def add_to(
        self,
        block: NDArray[np.complex128],
        time: float,  # noqa: ARG002  (the same at any time)
        across: NDArray[np.float64],
        along: NDArray[np.float64],
        weight: float = 1.0,
    ) -> None:
        """Add weight·u₀ at the points (across[b], along[j]); it stands for any time. *Communication*: local."""
        parameters = (weight * self.amplitude, 0.5 / self.width**2, self.chirp)
        add_gaussian_plane(block, across - self.center[0], along - self.center[1], parameters)
