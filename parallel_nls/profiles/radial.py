"""The kernel of all that is built from the ground state: λ^{-d/2} Q(|x-c|/λ) e^{iφ(x)} with a quadratic phase φ."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import GroundState, RadialTable, evaluate
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, contiguous, fill_row, first_rows


@kernel
def add_radial(
    block: ComplexBlock,
    shape: tuple[int, int],
    coordinates: Coordinates,
    table: RadialTable,
    phase: QuadraticPhase,
    sizes: tuple[float, float, float],
) -> None:
    """Add amplitude·f(|x-c|/scale)·e^{iφ(x)} to the first rows of ``block``, where |x-c| is within reach.

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
    sizes : (float, float, float)
        scale, amplitude, reach; dimensionless.

    Notes
    -----
    *Communication*: local.
    """
    count, n = shape
    scale, amplitude, reach = sizes
    radii, angles, near = np.empty(n), np.empty(n), np.empty(n, dtype=np.int64)
    for b in range(count):
        fill_row(coordinates, b, phase, radii, angles)
        found = 0
        for j in range(n):
            if not radii[j] > reach * reach:
                radii[found], near[found] = math.sqrt(radii[j]) / scale, j
                found += 1
        evaluate(table, radii[:found], radii[:found])
        for i in range(found):
            size = amplitude * radii[i]
            s, c = sine_cosine(angles[near[i]])
            block[b, near[i]] += complex(size * c, size * s)


def add_ground_state(
    block: ComplexBlock,
    coordinates: Coordinates,
    state: GroundState,
    phase: QuadraticPhase,
    scale: float,
    weight: float,
    reach: float = math.inf,
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
    reach : float, optional
        |x-c| beyond which nothing is added.

    Notes
    -----
    *Communication*: local.
    """
    amplitude = weight / (scale if state.dimension == 2 else math.sqrt(scale))
    sizes = float(scale), float(amplitude), float(reach)
    add_radial(
        block,
        first_rows(block, coordinates, len(phase.center)),
        contiguous(coordinates),
        state.value_table,
        phase,
        sizes,
    )
