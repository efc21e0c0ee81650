"""The quantities of a sample by their formulas, in plain numpy on a whole field; a line in the order of x."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.complex128]
Real = NDArray[np.float64]


class Box:
    """A periodic box of one or two dimensions.

    Parameters
    ----------
    points, length : sequence
        For each axis.
    even : sequence of int
        Axes whose points lie at both sides of the origin, half a spacing from it.
    """

    def __init__(self, points: Sequence[int], length: Sequence[float], even: Sequence[int] = ()) -> None:
        self.points, self.length, self.even = tuple(points), tuple(length), even
        self.cell = math.prod(self.length) / math.prod(self.points)

    def along(self, axis: int, values: Real) -> Real:
        """Values of one axis, shaped to multiply a field."""
        shape = [1] * len(self.points)
        shape[axis] = -1
        return values.reshape(shape)

    def harmonics(self, axis: int) -> Real:
        """Integer wavenumbers in the order of numpy."""
        n = self.points[axis]
        return np.asarray(np.fft.fftfreq(n, 1 / n).round(), dtype=np.float64)

    def coordinates(self) -> list[Real]:
        """One array for each axis; they broadcast."""
        axes = enumerate(zip(self.points, self.length, strict=True))
        return [
            self.along(axis, (np.arange(n) - n / 2 + (0.5 if axis in self.even else 0.0)) * extent / n)
            for axis, (n, extent) in axes
        ]

    def derivative(self, u: Field, axis: int) -> Field:
        """Spectral; the lone coefficient of an even axis has none, since its wave has no slope on the grid."""
        m = self.harmonics(axis)
        k = 2 * np.pi / self.length[axis] * np.where(2 * np.abs(m) == self.points[axis], 0.0, m)
        slope: Field = np.fft.ifft(1j * self.along(axis, k) * np.fft.fft(u, axis=axis), axis=axis)
        return slope

    def gradient_squared(self, u: Field) -> float:
        """∫|∇u|² with the lone coefficients, as the linear flow conserves it."""
        total = 0.0
        for axis, n in enumerate(self.points):
            k = self.along(axis, 2 * np.pi / self.length[axis] * self.harmonics(axis))
            total += float(np.sum(k**2 * np.abs(np.fft.fft(u, axis=axis)) ** 2)) / n
        return self.cell * total

    def quantities(self, u: Field, power: float) -> dict[str, Any]:
        """All of a sample but the distances."""
        x, d = self.coordinates(), len(self.points)
        slopes = [self.derivative(u, axis) for axis in range(d)]
        currents = [(np.conj(u) * slope).imag for slope in slopes]
        density = np.abs(u) ** 2
        spectrum = np.abs(np.fft.fftn(u)) / np.abs(np.fft.fftn(u)).max()
        # Even fields between the points have no wave of the last harmonic; the outer tenth begins at the one before.
        last = [self.points[a] // 2 - (a in self.even) for a in range(d)]
        bounds = [min(0.9 * (self.points[a] // 2), last[a]) for a in range(d)]
        outer = [np.abs(self.along(a, self.harmonics(a))) >= bounds[a] for a in range(d)]
        peak = np.unravel_index(np.argmax(density), u.shape)
        gradient, potential = self.gradient_squared(u), self.cell * np.sum(np.abs(u) ** (power + 2))
        return {
            "finite": 1.0,
            "mass": self.cell * density.sum(),
            "energy": 0.5 * gradient - potential / (power + 2),
            "energy_scale": 0.5 * gradient + potential / (power + 2),
            "momentum": [self.cell * current.sum() for current in currents],
            "variance": self.cell * sum(np.sum(x[a] ** 2 * density) for a in range(d)),
            "variance_rate": 4 * self.cell * sum(np.sum(x[a] * currents[a]) for a in range(d)),
            "variance_acceleration": 8 * gradient - 4 * d * power / (power + 2) * potential,
            "sup_norm": np.sqrt(density.max()),
            "sup_position": [x[a].ravel()[peak[a]] for a in range(d)],
            "edge": self.edge(u) / np.abs(u).max(),
            "spectral_tail": [np.max(spectrum, where=np.broadcast_to(o, u.shape), initial=0.0) for o in outer],
        }

    def edge(self, u: Field) -> float:
        """The largest |u| at the first and the last point of any axis."""
        return max(float(np.abs(np.take(u, [0, -1], axis)).max()) for axis in range(u.ndim))

    def distances(self, u: Field, reference: Field) -> dict[str, float]:
        """In L², H¹ and Σ."""
        v = u - reference
        l2 = self.cell * np.sum(np.abs(v) ** 2)
        h1 = math.sqrt(l2 + self.gradient_squared(v))
        weighted = self.cell * sum(np.sum(x**2 * np.abs(v) ** 2) for x in self.coordinates())
        return {"distance_l2": math.sqrt(l2), "distance_h1": h1, "distance_sigma": h1 + math.sqrt(weighted)}

    def gaussian(self, amplitude: float, width: float, center: Sequence[float], chirp: float) -> Field:
        """amplitude·exp(-|x-c|²/(2w²) + ib|x-c|²)."""
        offsets = zip(self.coordinates(), center, strict=True)
        squares = sum(((x - c) ** 2 for x, c in offsets), np.zeros(self.points))
        return np.asarray(amplitude * np.exp(-squares / (2 * width**2) + 1j * chirp * squares), dtype=np.complex128)
