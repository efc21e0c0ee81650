"""What the layers promise each other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Protocol

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, BlockKernel


class Domain(LayoutChain, Protocol):
    """Where the points of a distributed array are in space, and which wavenumbers they carry.

    The array lives in the layouts, transposes and sweeps of a `LayoutChain`. In ``layouts[0]`` rows, its lines along
    the last axis, are whole; in ``layouts[-1]`` columns are, its lines along the first.

    Attributes
    ----------
    dimension : int
        Of space, d: what formulas mean by it.
    points : tuple of int
        Of each axis of space, in natural order: a field has this shape in a file.
    length, spacing : tuple of float
        Extent of the box [-L/2, L/2) along each of these axes, and distance of neighbouring points (dimensionless).
    natural_order : tuple of int
        The axes of the array from the slowest to the fastest of the natural order:
        ``whole.transpose(natural_order).reshape(points)`` is the field by its points. (1, 0) of a folded line.
    """

    dimension: int
    points: tuple[int, ...]
    length: tuple[float, ...]
    spacing: tuple[float, ...]
    natural_order: tuple[int, ...]

    @property
    def cell(self) -> float:
        """Volume of a grid cell: the weight of the trapezoidal rule. *Communication*: local."""

    @property
    def row_places(self) -> RowPlaces:
        """Where the points of all rows are, those of other ranks too. *Communication*: local."""

    def block_coordinates(self, lines: Block) -> tuple[RealArray, ...]:
        """Coordinates of a block of rows.

        Returns
        -------
        tuple of ndarray
            One for each axis of space; they broadcast to (rows, row length). In the plane x is (rows, 1) and y is
            (1, row length), on a folded line x is (rows, row length).

        Notes
        -----
        *Communication*: local.
        """

    def block_wavenumbers(self, lines: Block) -> tuple[RealArray, ...]:
        """Angular wavenumbers k of a block of columns, where the drift acts.

        Returns
        -------
        tuple of ndarray
            One for each axis of space; they broadcast to (columns, column length). In the plane k₀ is
            (1, column length) and k₁ is (columns, 1), on a folded line k is (columns, column length). The lone
            wavenumber of an even number of points is negative.

        Notes
        -----
        *Communication*: local.
        """

    def coarsened(self, every: int) -> Domain | None:
        """The domain of every so many-th point on each axis of the array, or None where these points make none.

        Notes
        -----
        *Communication*: collective; all ranks get a domain, which they close, or none does.
        """


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
