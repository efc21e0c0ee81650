"""A run between two steps, and what looks at it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.sweeps import Block, BlockKernel, Sweep
from parallel_nls.spectral.transforms import Direction
from parallel_nls.spectral.wisdom import NO_WISDOM, Wisdom


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
    cadence : int
        Steps from one measured error to the next; as it stands here, that of runs which were stored without it.
    doublings : int
        Powers of two of steps that the next measurement spans.
    check_size, check_error : float
        η of the long step that was measured then, 0 before the first one, and by how much it differed.
    peak : float
        max|u|² at the start of the last step; 0 before the first one.
    error_estimate : float
        Sum of the estimated errors of all steps, what rounding adds included.
    step_size : float
        The last step taken, signed.
    growth : float
        Logarithm of what the step-size resonance may have amplified rounding by so far.
    shift, strength, reach : float
        The coupling of small waves by the field when it was measured last; see `BackgroundCoupling`.
    noise : float
        Largest |û| of the highest waves at the start, relative to max|û|: what the resonance amplifies.
    unmended : int
        Transform pairs since rounding was last taken out of the field.
    mass : float
        Σ|u|² that is held where rounding alone changes it; 0 before the first step.
    waves_error : float
        What waves that a step does not follow added to the error when it was measured last, per unit of η.
    waves_size : float
        η of the step that was measured then; 0 before such waves have been met.
    """

    level: int = -1
    constant: float = 0.0
    order: float = 0.0
    since_check: int = 0
    cadence: int = 16
    doublings: int = 1
    check_size: float = 0.0
    check_error: float = 0.0
    peak: float = 0.0
    error_estimate: float = 0.0
    step_size: float = 0.0
    growth: float = 0.0
    shift: float = 0.0
    strength: float = 0.0
    reach: float = 0.0
    noise: float = 0.0
    unmended: int = 0
    mass: float = 0.0
    waves_error: float = 0.0
    waves_size: float = 0.0


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
    wisdom : Wisdom
        By which the transforms of the run are planned; without it by estimate.
    """

    ticks: int
    steps: int
    fields: dict[str, ComplexArray]
    pending: float
    control: StepMemory = dataclasses.field(default_factory=StepMemory)
    representation: str = HALF_TRANSFORMED
    wisdom: Wisdom = NO_WISDOM

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
