"""How far a field is from the solitary waves: the least distance over place, velocity, scale and phase, near one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.solitons import Soliton

__all__ = ["WaveFit", "mass_excess"]

_STEPS, _HALVINGS = 30, 8
_SETTLED = 1e-13


@dataclass
class WaveFit:
    """Follows the wave that is nearest to W + z, from one time to the next.

    Attributes
    ----------
    wave : Soliton
        W.
    coordinates : sequence of ndarray, (n,)
        Points on each axis.
    offsets : ndarray, (2 d + 2,)
        Of the nearest wave from W: place, wavevector, phase, log of the scale; 0 at first.
    """

    wave: Soliton
    coordinates: Sequence[RealArray]
    offsets: RealArray

    @classmethod
    def beside(cls, wave: Soliton, coordinates: Sequence[RealArray]) -> WaveFit:
        """Return one that starts from W itself. *Communication*: local."""
        return cls(wave, coordinates, np.zeros(2 * len(coordinates) + 2))

    def distance(self, z: ComplexArray, time: float) -> float:
        """Return min ‖W + z − W'‖₂ over the waves W' around the last one, by Gauss and Newton with damped steps.

        None of them is nearer in H¹. *Communication*: local.
        """
        own = self._wave(time, np.zeros_like(self.offsets))[0]
        left, columns = self._left(own, z, time, self.offsets)
        for _ in range(_STEPS):
            size = np.linalg.norm(left)
            matrix = np.concatenate([columns.real, columns.imag], axis=1).T
            step, *_ = np.linalg.lstsq(matrix, np.concatenate([left.real, left.imag]), rcond=None)
            for halving in range(_HALVINGS):
                offsets = self.offsets + step / 2**halving
                new, new_columns = self._left(own, z, time, offsets)
                if np.linalg.norm(new) < size:
                    break
            else:
                break
            self.offsets, left, columns = offsets, new, new_columns
            if np.linalg.norm(step) < _SETTLED:
                break
        return float(np.linalg.norm(left)) * _root_of_cell(self.coordinates)

    def _left(
        self, own: ComplexArray, z: ComplexArray, time: float, offsets: RealArray
    ) -> tuple[ComplexArray, ComplexArray]:
        """W + z − W' at all points, and the derivatives of W'."""
        wave, columns = self._wave(time, offsets)
        left: ComplexArray = (own - wave).reshape(-1) + z.reshape(-1)
        return left, columns.reshape(len(offsets), -1)

    def _wave(self, time: float, offsets: RealArray) -> tuple[ComplexArray, ComplexArray]:
        """W' at all points, and its derivatives by the offsets."""
        dimension, at = len(self.coordinates), self.wave.phase_at(time)
        place, vector = offsets[:dimension] + at.center, offsets[dimension:-2] + at.wavevector
        scale = self.wave.frequency * np.exp(offsets[-1])
        apart = np.meshgrid(*(x - c for x, c in zip(self.coordinates, place, strict=True)), indexing="ij")
        r = np.sqrt(sum(x * x for x in apart)) / scale
        state = ground_state(dimension)
        angle = at.constant + offsets[-2] + sum(k * x for k, x in zip(vector, apart, strict=True))
        turn = np.exp(1j * angle) * scale ** (-0.5 * dimension)
        wave, slope = state.value(r) * turn, state.derivative(r) * turn
        safe = np.where(r > 0, r, 1.0)
        columns = [-slope * x / (safe * scale**2) - 1j * k * wave for k, x in zip(vector, apart, strict=True)]
        columns += [1j * x * wave for x in apart]
        columns += [1j * wave, -(0.5 * dimension * wave + r * slope)]
        return wave, np.stack(columns)


def mass_excess(wave: Soliton, coordinates: Sequence[RealArray], z: ComplexArray, time: float) -> float:
    """Return ‖W + z‖₂ − ‖W‖₂ = (2Re⟨W, z⟩ + ‖z‖²)/(‖W + z‖ + ‖W‖), without cancellation. *Communication*: local."""
    fit = WaveFit.beside(wave, coordinates)
    own, _ = fit._wave(time, fit.offsets)
    own, cell = own.reshape(-1), _root_of_cell(coordinates) ** 2
    change = float(np.sum((own.conj() * z.reshape(-1)).real * 2 + np.abs(z.reshape(-1)) ** 2)) * cell
    mass = ground_state(len(coordinates)).mass
    return change / (math.sqrt(mass + change) + math.sqrt(mass))


def _root_of_cell(coordinates: Sequence[RealArray]) -> float:
    """The root of the volume of a point."""
    return float(np.sqrt(np.prod([x[1] - x[0] for x in coordinates])))
