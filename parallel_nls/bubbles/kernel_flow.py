"""How the equation linearised at a solitary wave moves its generalised kernel: exactly, by a polynomial of time.

In the frame and scale of the wave, τ = (s − s₀)/ω², what was aρ + c i|y|²Q + bΛQ + q iQ + p∂₁Q + m iy₁Q is after τ

    a,   c + aτ,   b − 4cτ − 2aτ²,   q + 2bτ − 4cτ² − (4/3)aτ³,   p − 2mτ,   m

(from the identities of `profiles.kernel_directions`). So a start grows as the third power at most, and does so where
it changes the mass: ⟨u, Q⟩ = a⟨ρ, Q⟩. What is beside the kernel stays bounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state

__all__ = ["KernelPart", "kernel_part"]

_REACH, _NODES = 40.0, 400


@dataclass(frozen=True)
class KernelPart:
    """Factors of ρ, i|y|²Q, ΛQ, iQ, ∂₁Q, iy₁Q, d, and the growth that they have in common."""

    dimension: int
    rho: float = 0.0
    chirp: float = 0.0
    dilation: float = 0.0
    phase: float = 0.0
    place: float = 0.0
    velocity: float = 0.0

    def after(self, time: float) -> KernelPart:
        """Return it after τ. *Communication*: local."""
        a, c, b = self.rho, self.chirp, self.dilation
        return KernelPart(
            self.dimension,
            a,
            c + a * time,
            b - 4 * c * time - 2 * a * time**2,
            self.phase + 2 * b * time - 4 * c * time**2 - 4 / 3 * a * time**3,
            self.place - 2 * self.velocity * time,
            self.velocity,
        )

    @property
    def power(self) -> int:
        """Return with what power of τ it grows at last. *Communication*: local."""
        powers = {3: self.rho, 2: self.chirp, 1: self.dilation or self.velocity}
        return max((power for power, factor in powers.items() if factor), default=0)

    def norm(self) -> float:
        """Return its L² norm. *Communication*: local."""
        r, weights = _nodes(self.dimension)
        state = ground_state(self.dimension)
        q, slope = state.value(r), state.derivative(r)
        scaling = 0.5 * self.dimension * q + r * slope
        real, imaginary = self.rho * state.rho(r) + self.dilation * scaling, self.chirp * r**2 * q + self.phase * q
        # Functions with a factor y₁ are orthogonal to radial ones; |y₁|² is |y|²/d in the mean.
        odd = (self.place * slope) ** 2 + (self.velocity * r * q) ** 2
        return math.sqrt(float(weights @ (real**2 + imaginary**2 + odd / self.dimension)))


def kernel_part(dimension: int, direction: str, size: float = 1.0) -> KernelPart:
    """What a perturbation of `profiles.perturbation` has in the generalised kernel.

    Parameters
    ----------
    dimension : int
        1 or 2.
    direction : str
        Of `DIRECTIONS`.
    size : float
        Factor.

    Notes
    -----
    *Communication*: local.
    """
    if direction != "gaussian":
        return KernelPart(dimension, **{direction: size})
    r, weights = _nodes(dimension)
    state = ground_state(dimension)
    start, q = size * np.exp(-0.5 * r**2), state.value(r)
    # Paired with Q and with |y|²Q, to which what is beside the kernel is orthogonal; ⟨ΛQ, |y|²Q⟩ = −‖yQ‖².
    rho = float(weights @ (start * q)) / state.rho_overlap
    dilation = (rho * state.rho_moment - float(weights @ (start * r**2 * q))) / state.second_moment
    return KernelPart(dimension, rho=rho, dilation=dilation)


def _nodes(dimension: int) -> tuple[RealArray, RealArray]:
    """Radii and weights of Gauss and Legendre for integrals of radial functions over R^d."""
    x, weights = np.polynomial.legendre.leggauss(_NODES)
    r: RealArray = 0.5 * _REACH * (x + 1)
    measure = 2.0 if dimension == 1 else 2 * np.pi * r
    found: RealArray = 0.5 * _REACH * weights * measure
    return r, found
