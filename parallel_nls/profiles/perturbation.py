"""Perturbations of one wave: a direction h of `kernel_directions`, at the wave's place, scale and phase.

    z = size·λ^{-d/2} h((x-c)/λ) e^{iφ(x)},      where the wave is λ^{-d/2} Q(|x-c|/λ) e^{iφ(x)}

So the pseudo-conformal transform takes that of a solitary wave to that of its bubble.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine
from parallel_nls.profiles.ground_state import RadialTable, evaluate_point, ground_state
from parallel_nls.profiles.kernel_directions import DIRECTIONS
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, QuadraticPhase, contiguous, fill_row, first_rows

_PHASE, _PLACE, _VELOCITY, _DILATION, _CHIRP, _RHO, _GAUSSIAN = range(len(DIRECTIONS))


@kernel
def direction_value(tables: tuple[RadialTable, RadialTable, RadialTable], which: int, r: float, y: float) -> complex:
    """The value of h at radius r and y₁ = y; the tails of the tables Q, Q', ρ tell d. *Communication*: local."""
    state, slope, rho = tables
    dimension = 1.0 + state.half
    if which == _PHASE:
        return complex(0.0, evaluate_point(state, r))
    if which == _PLACE:
        return complex(evaluate_point(slope, r) * (y / r) if r > 0.0 else 0.0, 0.0)
    if which == _VELOCITY:
        return complex(0.0, y * evaluate_point(state, r))
    if which == _DILATION:
        return complex(0.5 * dimension * evaluate_point(state, r) + r * evaluate_point(slope, r), 0.0)
    if which == _CHIRP:
        return complex(0.0, r * r * evaluate_point(state, r))
    if which == _RHO:
        return complex(evaluate_point(rho, r), 0.0)
    return complex(math.exp(-0.5 * r * r), 0.0)


@kernel
def add_direction(
    block: ComplexBlock,
    shape: tuple[int, int],
    coordinates: Coordinates,
    tables: tuple[RadialTable, RadialTable, RadialTable],
    phases: tuple[QuadraticPhase, QuadraticPhase],
    sizes: tuple[int, float, float],
) -> None:
    """Add amplitude·h((x-c)/scale)·e^{iφ(x)} to the first rows of ``block``.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    shape : (int, int)
        count, n.
    coordinates : tuple of ndarray, C-contiguous
        They broadcast to (count, n).
    tables : tuple of RadialTable
        Q, Q', ρ.
    phases : (QuadraticPhase, QuadraticPhase)
        φ; and (x-c)₁ as a phase.
    sizes : (int, float, float)
        Place in `DIRECTIONS`, scale, amplitude.

    Notes
    -----
    *Communication*: local.
    """
    count, n = shape
    which, scale, amplitude = sizes
    squares, angles, offsets = np.empty(n), np.empty(n), np.empty(n)
    for b in range(count):
        fill_row(coordinates, b, phases[1], squares, offsets)
        fill_row(coordinates, b, phases[0], squares, angles)
        for j in range(n):
            value = direction_value(tables, which, math.sqrt(squares[j]) / scale, offsets[j] / scale)
            s, c = sine_cosine(angles[j])
            block[b, j] += amplitude * value * complex(c, s)


@dataclass(frozen=True)
class Perturbation:
    """A direction beside a wave, as a profile.

    Attributes
    ----------
    direction : str
        Of `DIRECTIONS`.
    scale : callable
        λ at a time.
    phase : callable
        Place and phase of the wave at a time.
    size : callable
        The factor of h at a time.
    """

    direction: str
    scale: Callable[[float], float]
    phase: Callable[[float], QuadraticPhase]
    size: Callable[[float], float]

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·z(time) to the rows of a block; see `contracts.Profile`. *Communication*: local."""
        dimension, phase, scale = len(coordinates), self.phase(time), float(self.scale(time))
        state = ground_state(dimension)
        first = QuadraticPhase.of(dimension, phase.center, (1.0, *(0.0,) * (dimension - 1)))
        tables = state.value_table, state.derivative_table, state.rho_table
        sizes = DIRECTIONS.index(self.direction), scale, float(weight * self.size(time) * scale ** (-0.5 * dimension))
        add_direction(
            block,
            first_rows(block, coordinates, len(phase.center)),
            contiguous(coordinates),
            tables,
            (phase, first),
            sizes,
        )
