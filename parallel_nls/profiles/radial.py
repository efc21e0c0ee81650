"""The kernel of all that is built from the ground state: λ^{-d/2} Q(|x-c|/λ) e^{iφ(x)} with a quadratic phase φ."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import GroundState, RadialTable, evaluate
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, contiguous, fill_row, shape_of


@kernel
def add_radial(
    block: ComplexBlock,
    shape: tuple[int, int],
    coordinates: Coordinates,
    table: RadialTable,
    phase: QuadraticPhase,
    scale: float,
    amplitude: float,
) -> None:
    """Add amplitude·f(|x-c|/scale)·e^{iφ(x)} to the first rows of ``block``.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    shape : (int, int)
        count, n.
    coordinates : tuple of ndarray, C-contiguous
        They broadcast to (count, n).
    table : RadialTable
        f.
    phase : QuadraticPhase
        c and φ.
    scale, amplitude : float
        Dimensionless.

    Notes
    -----
    *Communication*: local.
    """
    count, n = shape
    radii, angles = np.empty(n), np.empty(n)
    for b in range(count):
        fill_row(coordinates, b, phase, radii, angles)
        for j in range(n):
            radii[j] = math.sqrt(radii[j]) / scale
        evaluate(table, radii, radii)
        for j in range(n):
            size = amplitude * radii[j]
            s, c = sine_cosine(angles[j])
            block[b, j] += complex(size * c, size * s)


def add_ground_state(
    block: ComplexBlock,
    coordinates: Coordinates,
    state: GroundState,
    phase: QuadraticPhase,
    scale: float,
    weight: float,
) -> None:
    """Add weight·λ^{-d/2} Q(|x-c|/λ) e^{iφ(x)} to the first rows of ``block``.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    coordinates : tuple of ndarray
        They broadcast to (count, n).
    state : GroundState
        Q.
    phase : QuadraticPhase
        c and φ.
    scale, weight : float
        λ > 0, and a factor.

    Notes
    -----
    *Communication*: local.
    """
    amplitude = weight / (scale if state.dimension == 2 else math.sqrt(scale))
    add_radial(block, shape_of(coordinates), contiguous(coordinates), state.value_table, phase, scale, amplitude)
