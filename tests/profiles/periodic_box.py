"""A periodic box on one rank with spectral derivatives, and profiles evaluated on all of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.profiles.pointwise import values

if TYPE_CHECKING:
    from parallel_nls.contracts import Profile

Field = NDArray[np.complex128]


@dataclass(frozen=True)
class PeriodicBox:
    """The box [-L/2, L/2)^d with N points on each axis; a line is a field of shape (1, N)."""

    dimension: int
    points: int
    extent: float

    @property
    def coordinates(self) -> tuple[NDArray[np.float64], ...]:
        """As of a block that holds the whole box."""
        x = (np.arange(self.points) - self.points // 2) * self.extent / self.points
        return (x[None, :],) if self.dimension == 1 else (x[:, None], x[None, :])

    @property
    def wavenumbers(self) -> tuple[NDArray[np.float64], ...]:
        """As the coordinates."""
        k = np.asarray(2 * np.pi * np.fft.fftfreq(self.points, self.extent / self.points), dtype=np.float64)
        return (k[None, :],) if self.dimension == 1 else (k[:, None], k[None, :])

    def of(self, profile: Profile, time: float) -> Field:
        """A profile on the box."""
        return values(profile, time, self.coordinates)

    def times(self, symbol: NDArray[Any], field: Field) -> Field:
        """Apply a Fourier multiplier."""
        axes = (1,) if self.dimension == 1 else (0, 1)
        result: Field = np.fft.ifftn(symbol * np.fft.fftn(field, axes=axes), axes=axes)
        return result

    def laplacian(self, field: Field) -> Field:
        """Δu."""
        return self.times(-sum((k**2 for k in self.wavenumbers), start=np.zeros(1)), field)

    def gradient(self, field: Field) -> list[Field]:
        """The components of ∇u."""
        return [self.times(1j * k, field) for k in self.wavenumbers]

    def integral(self, density: NDArray[np.float64]) -> float:
        """By the trapezoidal rule."""
        return float(density.sum()) * (self.extent / self.points) ** self.dimension

    def invariants(self, field: Field) -> tuple[float, float, NDArray[np.float64]]:
        """Mass, energy for p = 4/d, momentum."""
        slopes, power = self.gradient(field), 2 + 4 // self.dimension
        kinetic = sum(self.integral(np.abs(slope) ** 2) for slope in slopes) / 2
        momentum = np.array([self.integral((field.conj() * slope).imag) for slope in slopes])
        energy = kinetic - self.integral(np.abs(field) ** power) / power
        return self.integral(np.abs(field) ** 2), energy, momentum

    def residual(self, profile: Profile, time: float, step: float, power: float | None = None) -> float:
        """‖i u_t + Δu + |u|^p u‖ / ‖Δu‖: spectral in space, order 14 in time; p is 4/d by default."""
        p = 4 / self.dimension if power is None else power
        field = self.of(profile, time)
        laplacian = self.laplacian(field)
        residual = 1j * self.time_derivative(profile, time, step) + laplacian + np.abs(field) ** p * field
        return float(np.linalg.norm(residual) / np.linalg.norm(laplacian))

    def time_derivative(self, profile: Profile, time: float, step: float, order: int = 14) -> Field:
        """Central difference of high order."""
        n, total = order // 2, 0 * self.of(profile, time)
        for k in range(1, n + 1):
            weight = (-1) ** (k + 1) * factorial(n) ** 2 / (k * factorial(n - k) * factorial(n + k)) / step
            profile.add_to(total, time + k * step, self.coordinates, weight)
            profile.add_to(total, time - k * step, self.coordinates, -weight)
        return total
