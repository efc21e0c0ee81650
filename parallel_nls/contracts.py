"""What the layers promise each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.pencils import LayoutChain
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import Direction


class DriftSweep(Protocol):
    """A pass that transforms a field that rests in rows, runs a kernel over its coefficients, and transforms back.

    Attributes
    ----------
    spare : ndarray
        The second array, in row layout: free between calls, overwritten by each.
    normalisation : float
        What a field is multiplied by in a pass with a kernel that does nothing.
    """

    spare: ComplexArray

    @property
    def normalisation(self) -> float:
        """What the transforms together multiply by."""

    def __call__(self, field: ComplexArray, kernel: BlockKernel) -> None:
        """Run ``kernel(block, lines)`` over blocks of coefficients, in place.

        Parameters
        ----------
        field : ndarray
            Local share in row layout, C-contiguous.
        kernel : callable
            Changes a block of 32 lines.

        Notes
        -----
        *Communication*: collective.
        """


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

    def drift_sweep(self) -> DriftSweep:
        """The sweep in which the linear flow acts, with the second array that it takes. *Communication*: local."""

    def coarsened(self, every: int) -> Domain | None:
        """The domain of every so many-th point on each axis of the array, or None where these points make none.

        Notes
        -----
        *Communication*: collective; all ranks get a domain, which they close, or none does.
        """


class Integrals(Protocol):
    """Integrals over space of a field u: what energies and virial identities are made of (dimensionless).

    Attributes
    ----------
    mass, variance : float
        ∫|u|², ∫|x|²|u|².
    gradient : float
        ∫|∇u|².
    quadratic : float
        The quadratic form ⟨u, ω(k)u⟩ of the equation's symbol; ∫|∇u|² for ω = |k|².
    potential : float
        The integral of the equation's density.
    """

    @property
    def mass(self) -> float:
        """∫|u|²."""

    @property
    def variance(self) -> float:
        """∫|x|²|u|²."""

    @property
    def gradient(self) -> float:
        """∫|∇u|²."""

    @property
    def quadratic(self) -> float:
        """⟨u, ω(k)u⟩."""

    @property
    def potential(self) -> float:
        """The integral of the equation's density."""


class Flow(Protocol):
    """An exact flow, diagonal in the form (physical or spectral) in which the engine hands it blocks."""

    def kernel(self, tau: float, scale: float) -> BlockKernel:
        """Block kernel that follows the flow for a time ``tau`` and multiplies by ``scale``."""


class Kick(Protocol):
    """A pure phase flow in physical space, which sees every value and so can tell the largest."""

    def prepare(self, completed: Completed) -> None:
        """Look at the whole field ahead of a kick, for a potential that is not local; a local one does nothing.

        Parameters
        ----------
        completed : Completed
            The field that the kick will act on; kept.

        Notes
        -----
        *Communication*: collective, as far as the potential needs it.
        """

    def kernel(self, tau: float, scale: float, peak: RealArray | None = None) -> BlockKernel:
        """Block kernel as of a `Flow`; ``peak[0]``, if given, becomes the largest |u|² met so far."""


class Density(Protocol):
    """The potential part of the energy, a real function of |u|² and x at each point, summed along lines."""

    def fill(self, block: ComplexArray, lines: Block, sums: RealArray) -> None:
        """Write the sum over each row of a block.

        Parameters
        ----------
        block : ndarray, complex, (at least count, n)
            Rows u.
        lines : Block
            Which ones.
        sums : ndarray, (count,)
            Filled.

        Notes
        -----
        *Communication*: local.
        """


class Equation(Protocol):
    """Splits i u_t = ω(D)u − Φ[u]u into two exact flows; Φ is real and does not change along its own flow.

    Attributes
    ----------
    name : str
        As a configuration and stored runs call it.
    domain : Domain
        Where it is solved.
    kick, drift : Kick, Flow
        The phase flow u ← u·e^{iτΦ}, in physical space, and the linear flow û ← û·e^{-iτω(k)}, on coefficients.
    density : Density
        Of the potential part of the energy.
    quadratic : bool
        Whether ω = |k|². Schemes of Nyström type keep their order only then: what the phase flow does to ∇(phase) is
        the kick of a momentum, and the linear flow is quadratic in it.
    has_virial : bool
        Whether `variance_acceleration` knows an identity.
    conserved : tuple of str
        Which of mass, energy and momentum are.
    formulas : mapping of str to str
        Formulas of quantities that read otherwise than in the catalogue, by name.
    """

    @property
    def domain(self) -> Domain:
        """Where it is solved."""

    @property
    def name(self) -> str:
        """As a configuration and stored runs call it."""

    @property
    def quadratic(self) -> bool:
        """Whether ω = |k|²."""

    @property
    def has_virial(self) -> bool:
        """Whether a virial identity is known."""

    @property
    def has_variance_scale(self) -> bool:
        """Whether `variance_scale` gives a number."""

    @property
    def conserved(self) -> tuple[str, ...]:
        """Which of mass, energy and momentum are."""

    @property
    def formulas(self) -> Mapping[str, str]:
        """Formulas of quantities that read otherwise than in the catalogue, by name."""

    @property
    def kick(self) -> Kick:
        """The nonlinear flow, in physical space."""

    @property
    def drift(self) -> Flow:
        """The linear flow, on Fourier coefficients."""

    @property
    def density(self) -> Density:
        """Density of the potential part of the energy."""

    def symbol(self, *wavenumbers: RealArray) -> RealArray:
        """ω(k), real, from angular wavenumbers that broadcast against each other. *Communication*: local."""

    def energy(self, integrals: Integrals) -> float:
        """Conserved energy of a field. *Communication*: local."""

    def variance_acceleration(self, integrals: Integrals) -> float | None:
        """Second time derivative of ∫|x|²|u|² by a virial identity; None: none is known. *Communication*: local."""

    def variance_scale(self, integrals: Integrals) -> float | None:
        """What residuals of the virial identity are relative to where its terms may cancel; None: their sum's modulus.

        Notes
        -----
        *Communication*: local.
        """

    def log_rate(self, peak: float) -> float:
        """Binary logarithm of the rate at which a peak of |u|² = ``peak`` > 0 changes, 1/λ² for Δ: the unit of steps.

        Notes
        -----
        *Communication*: local.
        """

    def parameters(self) -> Mapping[str, str | float | Sequence[float]]:
        """What else than the name tells the equation from another, for checkpoints. *Communication*: local."""


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


@dataclass(frozen=True)
class Completed:
    """A state whose last flow is done, or will be as its rows pass: to be looked at row by row.

    Attributes
    ----------
    rows : Sweep
        Over the rows.
    field : ndarray
        Half-transformed, local share in physical layout.
    kick : callable or None
        The pending nonlinear flow, as a block kernel.

    Notes
    -----
    *Communication*: local.
    """

    rows: Sweep
    field: ComplexArray
    kick: BlockKernel | None

    def visit(
        self, kernel: BlockKernel | None, target: ComplexArray | None = None, after: Direction | None = None
    ) -> None:
        """Run ``kernel(block, lines)`` over the rows of u; ``target`` takes them, transformed by ``after`` if given."""

        def act(block: ComplexArray, lines: Block) -> None:
            """Complete one block of rows, and hand it on."""
            if self.kick is not None:
                self.kick(block, lines)
            if kernel is not None:
                kernel(block, lines)

        self.rows(self.field, target, "backward", act, after)


FIELD = "field"
"""Name of the field of a system that has one only."""
HALF_TRANSFORMED = "Fourier coefficients along the last axis"


@dataclass
class State:
    """The resting form of a run: all that its future depends on.

    Attributes
    ----------
    ticks : int
        Simulated time since the start in units of 2^-20 frame.
    steps : int
        Steps taken since the start.
    fields : dict of str to ndarray
        Local shares in physical layout by name.
    pending : float
        Time τ of the flow that still has to act on the fields: the last one of the scheme.
    control : StepMemory
        Of runs with a tolerance.
    representation : str
        In which form the fields rest; by default half-transformed: coefficients along the last axis, values along the
        first.
    """

    ticks: int
    steps: int
    fields: dict[str, ComplexArray]
    pending: float
    control: StepMemory = dataclasses.field(default_factory=StepMemory)
    representation: str = HALF_TRANSFORMED

    @classmethod
    def of(cls, field: ComplexArray) -> State:
        """A system of one field at its start. *Communication*: local."""
        return cls(0, 0, {FIELD: field}, 0.0)

    @property
    def field(self) -> ComplexArray:
        """The field of a system that has one only. *Communication*: local."""
        return self.fields[FIELD]

    def copied(self) -> State:
        """The same state in arrays of its own. *Communication*: local."""
        fields = {name: field.copy() for name, field in self.fields.items()}
        return dataclasses.replace(self, fields=fields, control=dataclasses.replace(self.control))

    def take(self, other: State) -> None:
        """Become another state of the same shapes, in the arrays that are here. *Communication*: local."""
        for name, field in self.fields.items():
            field[...] = other.fields[name]
        self.ticks, self.steps, self.pending = other.ticks, other.steps, other.pending
        self.control = dataclasses.replace(other.control)
