"""Gaussian initial data with a quadratic phase, u₀ = a·exp(-|x-c|²/(2w²) + ib|x-c|² + ik·(x-c))."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.arguments import number, positive, vector
from parallel_nls.notebook import html_table
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, contiguous, fill_row, first_rows


@kernel
def add_gaussian(
    block: ComplexBlock,
    shape: tuple[int, int],
    coordinates: Coordinates,
    phase: QuadraticPhase,
    rate: float,
    amplitude: float,
) -> None:
    """Add amplitude·exp(-rate·|x-c|² + iφ(x)) to the first rows of ``block``; arguments as for `add_radial`."""
    count, n = shape
    squares, angles = np.empty(n), np.empty(n)
    for b in range(count):
        fill_row(coordinates, b, phase, squares, angles)
        for j in range(n):
            size = amplitude * math.exp(-rate * squares[j])
            s, c = sine_cosine(angles[j])
            block[b, j] += complex(size * c, size * s)


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian on the line or in the plane; mass a²(√π w)^d.

    Attributes
    ----------
    amplitude, width : float
        a, w > 0.
    center : tuple of float
        c, one number for each space axis; () is the origin.
    chirp : float
        b; negative focuses.
    wavevector : tuple of float
        k, one number for each space axis; () is rest.

    Raises
    ------
    ArgumentError
        If a or w is not positive, or a number not finite.
    """

    amplitude: float
    width: float
    center: tuple[float, ...] = ()
    chirp: float = 0.0
    wavevector: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no Gaussian."""
        checked = {
            "amplitude": positive("amplitude", self.amplitude),
            "width": positive("width", self.width),
            "center": vector("center", self.center, empty=True),
            "chirp": number("chirp", self.chirp),
            "wavevector": vector("wavevector", self.wavevector, empty=True),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def _repr_html_(self) -> str:
        return html_table("Gaussian", vars(self))

    def add_to(
        self,
        block: ComplexBlock,
        time: float,  # noqa: ARG002  (the same at any time)
        coordinates: Coordinates,
        weight: float = 1.0,
    ) -> None:
        """Add weight·u₀ to the rows of a block; it stands for any time; see `contracts.Profile`.

        Notes
        -----
        *Communication*: local.
        """
        phase = QuadraticPhase.of(len(coordinates), self.center, self.wavevector, chirp=self.chirp)
        rate, amplitude = 0.5 / self.width**2, weight * self.amplitude
        add_gaussian(
            block, first_rows(block, coordinates, len(phase.center)), contiguous(coordinates), phase, rate, amplitude
        )
