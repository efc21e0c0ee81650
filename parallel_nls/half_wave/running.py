"""The half-wave equation as a run has it: an integrator of states, and a sampler of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State
from parallel_nls.diagnostics.monitor import Values
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.errors import UserError
from parallel_nls.half_wave.evolution import HalfWave
from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.frames import absorb
from parallel_nls.half_wave.functionals import Functionals, functionals
from parallel_nls.half_wave.live_energy import LiveEnergy
from parallel_nls.half_wave.modulation import Decomposer, Decomposition
from parallel_nls.half_wave.tracking import Tracking, is_near
from parallel_nls.integrators.compositions import Composition
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.spectral.pencils import Place
from parallel_nls.spectral.transforms import aligned_zeros

REPRESENTATION = "normalised values in a moving frame"
_FRAME = "frame"  # the field of a state that holds Λ and what was left behind
RESTING = ("field", _FRAME)
"""Names of the fields of a state."""


class HalfWaveEquation:
    """What a run asks of the equation.

    Attributes
    ----------
    name : str
        As a configuration calls it.
    conserved : tuple of str
        Mass and energy.
    """

    name = "half-wave"
    conserved = ("mass", "energy")

    def __init__(self, parameters: Mapping[str, str | float]) -> None:
        self._parameters = dict(parameters)

    def log_rate(self, peak: float) -> float:
        """Of 1/λ, which is the natural rate. *Communication*: local."""
        return math.log2(peak) if 0 < peak < math.inf else 0.0

    def parameters(self) -> Mapping[str, str | float]:
        """What else than the name tells it from another. *Communication*: local."""
        return self._parameters


@dataclass
class _Array:
    """A `Place` of an array that one rank holds."""

    comm: MPI.Intracomm
    grid: ProcessGrid
    shape: tuple[int, ...]
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.complex128))
    shared_rows: SharedRows | None = None

    def __post_init__(self) -> None:
        self.layouts: tuple[Layout, ...] = (Layout(self.grid, self.shape, (0,)),)

    def allocate(self, layout: Layout) -> ComplexArray:
        """A zero local array of a layout. *Communication*: local."""
        return aligned_zeros(layout.local_shape)


class LinePlaces(_Array):
    """Where fields are in files: the values u at the 2N points ±x of the frame, on one rank; a `StoredDomain`.

    Parameters
    ----------
    comm : MPI.Comm
        Of one rank.
    run : HalfWave
        Of what is stored.
    rows : int
        Parts of the field: 1, even, or 2.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, comm: MPI.Intracomm, run: HalfWave, rows: int) -> None:
        points = run.axis.points
        super().__init__(comm, ProcessGrid(comm, (1,)), (2 * points,))
        self.axis = run.axis
        self.points: tuple[int, ...] = (2 * points,)
        self.labels: tuple[str, ...] = ("x",)
        self.natural_order: tuple[int, ...] = (0,)
        self.even: tuple[int, ...] = ()
        self.length: tuple[float, ...] = (2 * run.axis.scale,)
        self.spacing: tuple[float, ...] = (math.pi * run.axis.scale / (2 * points),)
        self.amplitude: RealArray | None = None
        self.frame = 1.0
        self._places: dict[str, Place] = {
            "field": _Array(comm, self.grid, (rows, points)),
            _FRAME: _Array(comm, self.grid, (2,)),
        }

    @property
    def nodes(self) -> RealArray | None:
        """The points x of the present frame, increasing. *Communication*: local."""
        return np.concatenate([-self.frame * self.axis.x[::-1], self.frame * self.axis.x])

    @property
    def origin(self) -> tuple[float, ...]:
        """The first of them. *Communication*: local."""
        return (float(-self.frame * self.axis.x[-1]),)

    def place_of(self, name: str) -> Place:
        """Where a field of a state lies. *Communication*: local."""
        return self._places[name]

    def close(self) -> None:
        """Give communicators back. *Communication*: local."""
        self.grid.close()


class HalfWaveIntegrator:
    """Advances states.

    Parameters
    ----------
    comm : MPI.Comm
        Of one rank.
    run : HalfWave
        Axis, scheme and k.
    equation : HalfWaveEquation
        Name and parameters.
    rows : int
        Parts of the field: 1, even, or 2.

    Attributes
    ----------
    domain : LinePlaces
        For files.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, comm: MPI.Intracomm, run: HalfWave, equation: HalfWaveEquation, rows: int) -> None:
        self.run, self.equation = run, equation
        self.domain = LinePlaces(comm, run, rows)

    @property
    def scheme(self) -> Composition:
        """Of a step. *Communication*: local."""
        return self.run.scheme

    @property
    def pairs(self) -> int:
        """Linear flows of all steps so far. *Communication*: local."""
        return self.run.pairs

    @pairs.setter
    def pairs(self, value: int) -> None:
        """Go on counting from those of a run that is resumed."""
        self.run.pairs = value

    def start(self, initial: FrameState | None = None) -> State:
        """The state at the start, by default of the field 0. *Communication*: local."""
        state = State(0, 0, {}, 0.0, representation=REPRESENTATION)
        field = self.domain.place_of("field")
        self._put(state, initial or FrameState(field.allocate(field.layouts[0])))
        return state

    @property
    def even(self) -> bool:
        """Whether fields are even. *Communication*: local."""
        return self.domain.place_of("field").shape[0] == 1

    def moving(self, state: State) -> FrameState:
        """The same as a state of `HalfWave`, in the same arrays. *Communication*: local."""
        scale, left_behind = state.fields[_FRAME].real.tolist()
        return FrameState(state.fields["field"], scale, left_behind=left_behind)

    def _put(self, state: State, moving: FrameState) -> None:
        state.fields.update(moving.arrays())

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow the solution for a time ``step``, in place; the frame changes only where ``mend`` is given."""
        del peak
        moving = self.moving(state)
        self.run.advance(moving, step)
        if mend:
            # What leaves would come back from the end of the basis; backward in time nothing may be lost.
            if step > 0:
                absorb(moving, self.run.axis, self.run.absorption * step / moving.scale)
            self.run.follow(moving)
        self._put(state, moving)

    def physical(self, state: State) -> ComplexArray:
        """The values u at ±x of the frame, (2N,); `domain` tells these points. *Communication*: local."""
        moving = self.moving(state)
        values = self.run.physical(moving)
        self.domain.frame = moving.scale
        whole = np.concatenate([values[::-1], values]) if len(moving.field) == 1 else values
        return np.ascontiguousarray(whole)


class HalfWaveSampler:
    """Measures states.

    Parameters
    ----------
    integrator : HalfWaveIntegrator
        Of the states.
    quantities : sequence of Quantity
        What goes into the series.
    decomposer : Decomposer, optional
        Of even solutions near the blow-up profile; of others it tells the critical mass alone.
    energy : LiveEnergy, optional
        Of the remainder, with a decomposer.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(
        self,
        integrator: HalfWaveIntegrator,
        quantities: Sequence[Quantity],
        decomposer: Decomposer | None,
        energy: LiveEnergy | None = None,
    ) -> None:
        self.integrator, self.quantities, self._tracking = integrator, tuple(quantities), Tracking(decomposer)
        self._energy = energy
        self.failures: dict[str, str] = {}

    def measure(self, state: State, time: float) -> Values:
        """Return all quantities of a state."""
        run, moving = self.integrator.run, self.integrator.moving(state)
        parts = run.coefficients(moving)
        found = functionals(run.axis, parts[0], parts[1] if len(parts) > 1 else None, run.k, moving.scale)
        values: Values = {
            "time": time,
            "finite": float(math.isfinite(found.mass) and math.isfinite(found.half_derivative)),
            "mass": found.mass,
            "energy": found.energy,
            "energy_scale": 0.5 * found.half_derivative,
            "momentum": np.array([found.momentum]),
            "half_derivative": found.half_derivative,
            "sup_norm": found.sup_norm,
            "spectral_tail": np.array([max(run.axis.content(part) for part in parts)]),
            "edge": 0.0,
            "frame": moving.scale,
            "left_behind": moving.left_behind,
        }
        if any(quantity.family in ("half-wave", "functionals") for quantity in self.quantities):
            values |= self._decomposed(parts[0], moving.scale, time, found)
        return values

    def _decomposed(self, even: ComplexArray, frame: float, time: float, found: Functionals) -> Values:
        """Parameters, remainder and the refined law; NaN where the solution is not near the profile."""
        axis, tracking = self.integrator.run.axis, self._tracking
        decomposer = tracking.decomposer
        if decomposer is None or not self.integrator.even:
            return tracking.values(found.mass)
        result = self._decomposition(decomposer, even, frame, time, found.mass)
        if result is None:
            tracking.lose()
            return tracking.values(found.mass) | (self._energy.nothing() if self._energy else {})
        rates = decomposer.rates(result, self.integrator.run.k)
        remainder = result.remainder_l2, result.remainder_half
        values = tracking.note(time, result.parameters, rates, remainder, found.mass, found.energy)
        return values | (self._energy.measure(result, rates, axis, even, frame) if self._energy else {})

    def _decomposition(
        self, decomposer: Decomposer, even: ComplexArray, frame: float, time: float, mass: float
    ) -> Decomposition | None:
        """The first one near the profile, of all starts; None if there is none."""
        axis = self.integrator.run.axis
        with suppress(UserError):  # not even a first guess
            for start in self._tracking.starts(time, lambda: decomposer.guess(axis, even, frame)):
                with suppress(UserError, np.linalg.LinAlgError):
                    result = decomposer(axis, even, start, frame)
                    if is_near(result.remainder_l2, mass):
                        return result
        return None

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample: parameters are predicted from it. *Communication*: local."""
        self._tracking.recall(values)

    def close(self) -> None:
        """Nothing to give back. *Communication*: local."""
