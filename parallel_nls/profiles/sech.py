"""The kernel of solitary waves of any power p on the line: λ^{-2/p} Q(|x-c|/λ) e^{iφ(x)} with a quadratic phase φ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, contiguous, fill_row, first_rows
from parallel_nls.profiles.power_state import PowerState


@kernel
def add_sech(
    block: ComplexBlock,
    shape: tuple[int, int],
    coordinates: Coordinates,
    power: float,
    phase: QuadraticPhase,
    sizes: tuple[float, float, float],
) -> None:
    """Add amplitude·sech^{2/p}(p|x-c|/(2·scale))·e^{iφ(x)} to the first rows of a block, where |x-c| is within reach.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    shape : (int, int)
        count, n.
    coordinates : tuple of ndarray, C-contiguous
        They broadcast to (count, n).
    power : float
        p > 0.
    phase : QuadraticPhase
        c and φ.
    sizes : (float, float, float)
        scale, amplitude, reach; dimensionless.

    Notes
    -----
    *Communication*: local.
    """
    count, n = shape
    scale, amplitude, reach = sizes
    squares, angles = np.empty(n), np.empty(n)
    for b in range(count):
        fill_row(coordinates, b, phase, squares, angles)
        for j in range(n):
            if not squares[j] > reach * reach:
                # sech^{2/p}(pr/2) = e^{-r} (2/(1 + e^{-pr}))^{2/p}: nothing overflows, and the tail is there far out.
                r = math.sqrt(squares[j]) / scale
                size = amplitude * math.exp(-r) * (2.0 / (1.0 + math.exp(-power * r))) ** (2.0 / power)
                s, c = sine_cosine(angles[j])
                block[b, j] += complex(size * c, size * s)


def add_power_state(
    block: ComplexBlock,
    coordinates: Coordinates,
    state: PowerState,
    phase: QuadraticPhase,
    scale: float,
    weight: float,
    reach: float = math.inf,
) -> None:
    """Add weight·λ^{-2/p} Q(|x-c|/λ) e^{iφ(x)} to the first rows of a block of the line; else as `add_ground_state`.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    coordinates : tuple of ndarray
        They broadcast to (count, n).
    state : PowerState
        Q of the line.
    phase : QuadraticPhase
        c and φ.
    scale, weight : float
        λ > 0, and a factor.
    reach : float, optional
        |x-c| beyond which nothing is added.

    Notes
    -----
    *Communication*: local.
    """
    amplitude = weight * state.peak / scale ** (2.0 / state.power)
    sizes = float(scale), float(amplitude), float(reach)
    add_sech(
        block,
        first_rows(block, coordinates, len(phase.center)),
        contiguous(coordinates),
        float(state.power),
        phase,
        sizes,
    )


@dataclass(frozen=True)
class Sech:
    """amplitude·sech(x/width) on the line; mass 2·amplitude²·width.

    Attributes
    ----------
    amplitude, width : float
        Positive.
    """

    amplitude: float
    width: float

    def add_to(
        self,
        block: ComplexBlock,
        time: float,  # noqa: ARG002  (the same at any time)
        coordinates: Coordinates,
        weight: float = 1.0,
    ) -> None:
        """Add weight·u₀ to the rows of a block; see `contracts.Profile`. *Communication*: local."""
        phase = QuadraticPhase.of(len(coordinates), ())
        sizes = self.width, weight * self.amplitude, math.inf
        rows = first_rows(block, coordinates, len(phase.center))
        add_sech(block, rows, contiguous(coordinates), 2.0, phase, sizes)
