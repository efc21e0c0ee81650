"""Mass and energy of v = P_T u beyond those of the bubbles, from u = ΣW_k + z in the soliton frame.

    E(v) = s²(½‖∇u‖² − (d/(2d+4))∫|u|^{2+4/d}) − ½s Im∫ū y·∇u + ⅛‖yu‖²,      E(S_k) = ω_k²‖yQ‖²/8,      ‖S_k‖ = ‖Q‖

(Cao, Su & Zhang, (5.22)–(5.24)). The chirp of v is not differentiated. Terms of s²|x_k|² cancel, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.solitons import Soliton, SolitonSum

__all__ = ["excess", "waves_at"]


def waves_at(bubbles: Sequence[Bubble], s: float, coordinates: Sequence[RealArray]) -> ComplexArray:
    """Return ΣW_k at the points of a grid, one array of points for each axis. *Communication*: local."""
    solitons = SolitonSum([Soliton(b.center, (), b.frequency, b.phase) for b in bubbles])
    line = len(coordinates) == 1
    rows = (coordinates[0][None, :],) if line else (coordinates[0][:, None], coordinates[1][None, :])
    block: ComplexArray = np.zeros((1, len(coordinates[0])) if line else tuple(map(len, coordinates)), np.complex128)
    solitons.add_to(block, s, rows)
    return block[0] if line else block


def excess(
    bubbles: Sequence[Bubble], s: float, coordinates: Sequence[RealArray], u: ComplexArray
) -> tuple[float, float]:
    """Return M(v) − K‖Q‖² and E(v) − ΣE(S_k).

    Parameters
    ----------
    bubbles : sequence of Bubble
        S_k.
    s : float
        1/(T − t).
    coordinates : sequence of ndarray
        Points of each axis, in equal steps over a box in which u has vanished at the edge.
    u : ndarray, complex128
        ΣW_k + z, one axis of the array for each axis of space.

    Notes
    -----
    *Communication*: local.
    """
    dimension, state = len(coordinates), ground_state(len(coordinates))
    mesh = np.meshgrid(*coordinates, indexing="ij")
    steps = [float(x[1] - x[0]) for x in coordinates]
    gradient, dilation = 0.0, 0.0
    for axis, (x, step) in enumerate(zip(mesh, steps, strict=True)):
        wavenumbers = 2 * np.pi * np.fft.fftfreq(u.shape[axis], step)
        shape = [-1 if place == axis else 1 for place in range(dimension)]
        slope = np.fft.ifft(1j * wavenumbers.reshape(shape) * np.fft.fft(u, axis=axis), axis=axis)
        gradient += float(np.sum(np.abs(slope) ** 2))
        dilation += float(np.sum(x * (u.conj() * slope).imag))
    density = np.abs(u) ** 2
    spread = float(np.sum(sum(x * x for x in mesh) * density))
    well = dimension / (2 * dimension + 4) * float(np.sum(density ** (1 + 2 / dimension)))
    energy = s**2 * (0.5 * gradient - well) - 0.5 * s * dilation + 0.125 * spread
    cell = math.prod(steps)
    bubble_energy = sum(b.frequency**2 for b in bubbles) * state.second_moment / 8
    return cell * float(np.sum(density)) - len(bubbles) * state.mass, cell * energy - bubble_energy
