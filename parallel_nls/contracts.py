"""What the layers promise each other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Protocol

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import BlockKernel

Domain = FourierDomain | LineDomain


class Flow(Protocol):
    """An exact flow, diagonal in the form (physical or spectral) in which the engine hands it blocks."""

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel that follows the flow for a time ``tau`` and multiplies by ``scale``."""


class Kick(Protocol):
    """A pure phase flow in physical space, which sees every value and so can tell the largest."""

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel as of a `Flow`; ``peak[0]``, if given, becomes the largest |u|² met so far."""


class Equation(Protocol):
    """Splits u_t = N(u) + L(u) into two exact flows; N must act like a momentum kick (a pure phase)."""

    name: str
    dimension: int
    power: float
    domain: Domain

    @property
    def kick(self) -> Kick:
        """The nonlinear flow, in physical space."""

    @property
    def drift(self) -> Flow:
        """The linear flow, on Fourier coefficients."""

    def energy(self, gradient: float, potential: float) -> float:
        """Conserved energy from its two parts."""

    def variance_acceleration(self, gradient: float, potential: float) -> float:
        """Second time derivative of the variance, by the virial identity."""


class Profile(Protocol):
    """A function of time and space that can be added to a block of rows."""

    def add_to(
        self,
        block: ComplexArray,
        time: float,
        coordinates: tuple[RealArray, ...],
        weight: float = 1.0,
    ) -> None:
        """Add weight·profile(time) to the rows of a block.

        Parameters
        ----------
        block : ndarray, complex128 or complex64, (at least count, n)
            Its first rows are changed in place.
        time : float
            Simulated time; initial data stand for any.
        coordinates : tuple of ndarray
            One for each space axis, as of ``Domain.block_coordinates``; they broadcast to (count, n).
        weight : float
            Usually 1 or -1.
        """


@dataclass
class StepMemory:
    """What step control knows; all numbers are the same on every rank and go into checkpoints.

    Attributes
    ----------
    level : int
        A step is F/2^level; -1 before the first step.
    constant, order : float
        The error model: a step of η = |h|/λ² makes a relative L² error 2^constant · η^(order + 1).
    since_check : int
        Steps since the last measured error.
    doublings : int
        Powers of two of steps that the next measurement spans.
    check_size, check_error : float
        η of the long step that was measured then, 0 before the first one, and by how much it differed.
    peak : float
        max|u|² at the start of the last step; 0 before the first one.
    error_estimate : float
        Sum of the estimated errors of all steps.
    step_size : float
        The last step taken, signed.
    """

    level: int = -1
    constant: float = 0.0
    order: float = 0.0
    since_check: int = 0
    doublings: int = 1
    check_size: float = 0.0
    check_error: float = 0.0
    peak: float = 0.0
    error_estimate: float = 0.0
    step_size: float = 0.0


@dataclass
class State:
    """The resting form of a run: all that its future depends on.

    Attributes
    ----------
    ticks : int
        Simulated time since the start in units of 2^-20 frame.
    steps : int
        Steps taken since the start.
    field : ndarray
        Half-transformed field, local share in physical layout: Fourier coefficients along the last axis, values along
        the first.
    pending : float
        Time τ of the flow that still has to act on ``field``: the last one of the scheme.
    control : StepMemory
        Of runs with a tolerance.
    """

    ticks: int
    steps: int
    field: ComplexArray
    pending: float
    control: StepMemory = dataclasses.field(default_factory=StepMemory)
