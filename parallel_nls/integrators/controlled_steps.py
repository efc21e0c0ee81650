"""What a step control asks of what takes the steps, and what it finds in a field that splitting follows."""

from __future__ import annotations

from dataclasses import astuple
from math import inf, isfinite, pi, sqrt
from typing import Protocol

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State, StepMemory
from parallel_nls.integrators.compositions import Composition
from parallel_nls.integrators.grid_resonances import (
    BackgroundCoupling,
    CouplingGauge,
    GridResonances,
    content_above,
    highest_content,
)
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.sweeps import Block

__all__ = ["ControlledSteps", "FieldSteps"]

TURN = 2
"""Half turns in a step from which on waves are not followed: the first resonance is weak; smooth fields reach it."""


class ControlledSteps(Protocol):
    """Takes steps whose lengths are chosen by their errors.

    Attributes
    ----------
    epsilon : float
        Relative accuracy of the numbers of a state.
    """

    epsilon: float

    @property
    def scheme(self) -> Composition:
        """Of a step. *Communication*: local."""

    def twin(self) -> State:
        """Another state of the same shape. *Communication*: collective."""

    def begin(self, state: State) -> None:
        """Measure peak, noise and coupling of a state before its first step. *Communication*: collective."""

    def advance(self, state: State, step: float, mend: bool = True) -> None:
        """Follow for a time, in place, and note the peak on the way. *Communication*: collective."""

    def distance(self, state: State, other: State) -> float:
        """How far two states are apart, relative; ``other`` may be used up. *Communication*: collective."""

    def unfollowed(self, other: State, step: float) -> float:
        """The part of the last distance, from 0 to 1, that waves make which a step turns by a turn or more.

        ``other`` is what `distance` left of it. *Communication*: collective.
        """

    def note_coupling(self, state: State) -> None:
        """Note how small waves were coupled when its distance was taken, if that matters. *Communication*: local."""

    def log_rate(self, peak: float) -> float:
        """Binary logarithm of 1/λ² of a peak. *Communication*: local."""

    def describe_peak(self, peak: float) -> str:
        """A peak in words. *Communication*: local."""

    def amplification(self, memory: StepMemory, step: float) -> float:
        """At which rate resonances with a step amplify rounding. *Communication*: local."""


class FieldSteps:
    """`ControlledSteps` of a field.

    Parameters
    ----------
    integrator : SplitStep
        Takes them.

    Notes
    -----
    *Communication*: a step adds one number to what it needs itself, a distance one message.
    """

    def __init__(self, integrator: SplitStep) -> None:
        self.integrator, self.scheme, domain = integrator, integrator.scheme, integrator.domain
        self.epsilon = float(np.finfo(domain.dtype).eps)
        self._comm, self._peak = domain.comm, np.zeros(1)
        equation = integrator.equation
        self._gauge = CouplingGauge(equation) if equation.coupling is not None else None
        lines = [(domain.layouts[0], 1), *([] if self._gauge is None else self._gauge.lines)]
        self._reducer = Reducer(domain.comm, lines)
        self._seen = BackgroundCoupling()
        self.resonances = GridResonances(domain, equation, integrator.scheme)
        self._rates_of, self._rates = BackgroundCoupling(), dict[float, float]()

    def twin(self) -> State:
        """Another state of the same shape. *Communication*: collective."""
        return State.of(allocate_resident(self.integrator.domain))

    def begin(self, state: State) -> None:
        """Measure max|u|², the content of the highest waves and the coupling. *Communication*: collective."""
        integrator, memory = self.integrator, state.control
        self._peak[0] = 0.0
        equation, gauge = integrator.equation, self._gauge
        completed = integrator.completed(state)
        looks, table = [equation.kick.kernel(0.0, 1.0, self._peak)], np.empty((0, 0))
        if gauge is not None:
            table = gauge.empty_table()
            looks.append(gauge.filling(table))

        def look(block: ComplexArray, lines: Block) -> None:
            """Take a peak and a coupling from the rows that pass: a kick of no duration keeps them."""
            for each in looks:
                each(block, lines)

        memory.noise = highest_content(equation, completed, integrator.spare, look)
        memory.peak = self._largest_density()
        if gauge is not None:
            self._seen = gauge.merged(table)
        self.note_coupling(state)

    def advance(self, state: State, step: float, mend: bool = True) -> None:
        """Follow for a time, and note max|u|² ahead of the first kick. *Communication*: collective."""
        self._peak[0] = 0.0
        self.integrator.advance(state, step, self._peak, mend)
        state.control.peak = self._largest_density()

    def distance(self, state: State, other: State) -> float:
        """‖u − v‖₂/‖u‖₂; ``other`` holds v − u then, ``spare`` is used up. *Communication*: collective."""
        if self._gauge is None:
            (sums,) = self._reducer.gather([self.integrator.difference(state, other)])
        else:
            couplings = self._gauge.empty_table()
            table = self.integrator.difference(state, other, self._gauge.filling(couplings))
            sums, whole = self._reducer.gather([table, couplings])
            self._seen = self._gauge.of(whole)
        return sqrt(ordered_sum(sums[1]) / ordered_sum(sums[0]))

    def unfollowed(self, other: State, step: float) -> float:
        """Of the v − u that `distance` left; ``spare`` is used up. *Communication*: collective."""
        if self.resonances.count(step) < TURN:
            return 0.0
        integrator = self.integrator
        integrator.rows(other.field, integrator.spare, None, lambda *_: None, "forward")
        return content_above(integrator.equation, integrator.spare, TURN * pi / abs(step))

    def note_coupling(self, state: State) -> None:
        """That which the last look at a field has found. *Communication*: local."""
        if self._gauge is not None:
            state.control.shift, state.control.strength, state.control.reach = astuple(self._seen)

    def log_rate(self, peak: float) -> float:
        """As of the equation. *Communication*: local."""
        return self.integrator.equation.log_rate(peak)

    def describe_peak(self, peak: float) -> str:
        """As sup|u|. *Communication*: local."""
        return f"sup|u| = {sqrt(peak):.6g}"

    def amplification(self, memory: StepMemory, step: float) -> float:
        """By the worst resonance, with the coupling that was measured last. *Communication*: local."""
        coupling = BackgroundCoupling(memory.shift, memory.strength, memory.reach)
        if coupling != self._rates_of:
            self._rates_of, self._rates = coupling, {}
        if step not in self._rates:
            self._rates[step], _ = self.resonances.worst(step, coupling)
        return self._rates[step]

    def _largest_density(self) -> float:
        """max|u|² over all ranks, NaN or infinity included."""
        found = np.array([self._peak[0] if isfinite(self._peak[0]) else inf])
        self._comm.Allreduce(MPI.IN_PLACE, found, MPI.MAX)
        return float(found[0])
