"""What the layers promise each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.sweeps import BlockKernel


class Flow(Protocol):
    """An exact flow, diagonal in the form (physical or spectral) in which the engine hands it blocks."""

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel that follows the flow for a time ``tau`` and multiplies by ``scale``."""


class Equation(Protocol):
    """Splits u_t = N(u) + L(u) into two exact flows; N must act like a momentum kick (a pure phase)."""

    name: str
    dimension: int
    domain: FourierDomain

    @property
    def kick(self) -> Flow:
        """The nonlinear flow, in physical space."""

    @property
    def drift(self) -> Flow:
        """The linear flow, on Fourier coefficients."""

    def energy(self, gradient: float, quartic: float) -> float:
        """Conserved energy from its two parts."""


class Profile(Protocol):
    """A function of time and of the plane that can be added to a block of rows."""

    def add_to(
        self,
        block: NDArray[np.complex128],
        time: float,
        across: NDArray[np.float64],
        along: NDArray[np.float64],
        weight: float = 1.0,
    ) -> None:
        """Add weight·profile(time) at the points (across[b], along[j]) to the rows of ``block``."""


@dataclass
class State:
    """The resting form of a run: all that its future depends on.

    Attributes
    ----------
    frames : int
        Frames taken since the start; time is start + F·frames.
    field : ndarray, complex128
        Half-transformed field, local share in physical layout: Fourier coefficients along the last axis, values along
        the first.
    pending : float
        Time τ of the nonlinear flow that still has to act on ``field``.
    """

    frames: int
    field: NDArray[np.complex128]
    pending: float
