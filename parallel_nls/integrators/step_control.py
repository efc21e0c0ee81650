"""Step control: the largest steps F/2^m whose estimated error stays below a tolerance.

The local error of a step h is measured relative to ‖u‖₂ and per unit of rescaled time ∫dt/λ², where λ is the scale of
the highest peak, (Q(0)/sup|u|)^{p/2}: a collapsing bubble looks the same at all times in x/λ and ∫dt/λ². So the error
depends on η = |h|/λ² alone, and one constant carries over from one time to the next:

    e(η) = 2^c η^{q+1},    wanted: e(η) ≤ tolerance · η.

λ chooses the level m of every step. First of all, and every 16 steps, c is measured by two steps against a double one.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, inf, isfinite, log2, sqrt

import numpy as np
from mpi4py import MPI

from parallel_nls.contracts import State, StepMemory
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.schedules import TICKS

STEPS_BETWEEN_CHECKS = 16
SAFETY = 0.5  # of the tolerance, aimed at; beyond the whole of it a measured step is taken back
RELUCTANCE = 0.85  # of the allowed step, within which the next longer one must lie: no hopping to and fro
FIRST_GUESS = 2.0  # e = (2η)^{q+1} before the first measurement: rather too short a step
STEEPEST = 4  # how much faster than by its order a scheme may seem to converge
ROUNDING = 8.0  # units of rounding below which a difference tells nothing


class ErrorModel:
    """The error constant of a scheme along a run; all state is in the `StepMemory`.

    Parameters
    ----------
    order : int
        Of the scheme.
    tolerance : float
        Bound on the local error per unit of ∫dt/λ².
    rounding : float
        Relative rounding of the field's numbers.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    def __init__(self, order: int, tolerance: float, rounding: float) -> None:
        self.order, self.tolerance, self.noise = order, tolerance, ROUNDING * rounding

    def begin(self, memory: StepMemory) -> None:
        """Set the guess that the first measurement replaces."""
        memory.order = float(self.order)
        memory.constant = (self.order + 1) * log2(FIRST_GUESS)
        memory.since_check = STEPS_BETWEEN_CHECKS

    def error(self, memory: StepMemory, size: float) -> float:
        """Estimated relative error of a step of rescaled size η."""
        return float(2.0 ** (memory.constant + (memory.order + 1) * log2(size)))

    def allowed(self, memory: StepMemory) -> float:
        """The η of the longest step that keeps half the tolerance."""
        return float(2.0 ** ((log2(SAFETY * self.tolerance) - memory.constant) / memory.order))

    def measure(self, memory: StepMemory, size: float, difference: float) -> bool:
        """Learn from two steps η against one of 2η; whether the two keep the tolerance.

        A double step errs by about the whole difference, whatever the order at which the error really falls. Between
        measurements at two levels that order is fitted, so that a coarse step is judged as it was when it was tried.
        """
        if difference <= self.noise:
            memory.since_check, memory.check_level = 0, -1
            return True
        if memory.check_level not in (-1, memory.level):
            slope = log2(difference / memory.check_error) / log2(2 * size / memory.check_size)
            memory.order = min(max(slope - 1, float(self.order)), float(self.order + STEEPEST))
        double = difference / (1 - 2.0**-memory.order)
        memory.constant = log2(double) - (memory.order + 1) * log2(2 * size)
        memory.check_level, memory.check_size, memory.check_error = memory.level, 2 * size, difference
        memory.since_check = 0
        return self.error(memory, size) <= self.tolerance * size


class StepControl:
    """Advances a state by steps that keep a tolerance.

    Parameters
    ----------
    integrator : SplitStep
        Takes the steps.
    frame : float
        F, signed.
    tolerance : float
        Bound on the estimated relative L² error of a step, per unit of ∫dt/λ².
    height : float
        Q(0) of the ground state: λ = (Q(0)/sup|u|)^{p/2}.

    Notes
    -----
    Holds two more shares of the field: the state before a measurement, and the double step.
    *Communication*: `advance` is collective over all ranks: one number a step, and one message a measurement, besides
    the transposes of the steps.
    """

    def __init__(self, integrator: SplitStep, frame: float, tolerance: float, height: float) -> None:
        self.integrator, self.frame, self.height = integrator, frame, height
        domain = integrator.domain
        self.model = ErrorModel(integrator.scheme.order, tolerance, float(np.finfo(domain.dtype).eps))
        self.comm = domain.comm
        self._saved, self._double = (domain.allocate(domain.layouts[0]) for _ in range(2))
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])
        self._peak = np.zeros(1)

    def advance(self, state: State) -> str | None:
        """Take one step, or two where the error is measured.

        Parameters
        ----------
        state : State
            Advanced in place, with its ticks, steps and memory.

        Returns
        -------
        str or None
            Why no step can be taken (then the state is as before), the same on every rank.
        """
        memory = state.control
        if memory.level < 0:
            self.model.begin(memory)
            self._peak[0] = 0.0
            self.integrator.completed(state).visit(self.integrator.equation.kick.kernel(0.0, 1.0, self._peak))
            memory.peak = self._largest_density(self._peak[0])
        while True:
            verdict = self._choose_level(state)
            if verdict is not None:
                return verdict
            if memory.since_check < STEPS_BETWEEN_CHECKS or state.ticks % (TICKS >> max(memory.level - 1, 0)):
                self._take(state)
                return None
            if self._measured(state):
                return None

    def _size(self, memory: StepMemory) -> float:
        """η of a step at the present level and peak."""
        peak = sqrt(memory.peak) / self.height
        return float(abs(self.frame) / 2**memory.level * peak**self.integrator.equation.power)

    def _choose_level(self, state: State) -> str | None:
        """Set the level of the next step; why there is none, or None."""
        memory = state.control
        if not (isfinite(memory.peak) and memory.peak > 0):
            return (
                "the field is zero" if memory.peak == 0 else "the field is no longer finite; take a smaller tolerance"
            )
        unit = self._size(memory) * 2**memory.level  # η of a whole frame
        excess = log2(unit / self.model.allowed(memory))
        if memory.level < 0 or excess > memory.level:
            memory.level = max(0, ceil(excess))
        while (
            memory.level > 0
            and excess - log2(RELUCTANCE) <= memory.level - 1
            and state.ticks % (TICKS >> (memory.level - 1)) == 0
        ):
            memory.level -= 1
        if 2**memory.level > TICKS:
            return (
                f"sup|u| = {sqrt(memory.peak):.6g} and the tolerance ask for steps below 2^-20 of the frame "
                f"{abs(self.frame):g}; take a larger tolerance, a shorter frame, or a scheme of higher order"
            )
        return None

    def _take(self, state: State) -> None:
        """One step at the present level."""
        memory = state.control
        memory.step_size = self.frame / 2**memory.level
        self._peak[0] = 0.0
        self.integrator.advance(state, memory.step_size, self._peak)
        memory.peak = self._largest_density(self._peak[0])
        memory.error_estimate += self.model.error(memory, self._size(memory))
        memory.since_check += 1
        state.steps += 1
        state.ticks += TICKS >> memory.level

    def _measured(self, state: State) -> bool:
        """Two steps against one double step; if they miss the tolerance the state is taken back to before them."""
        memory = state.control
        memory.level = max(memory.level, 1)
        size, before = self._size(memory), replace(state, field=self._saved, control=replace(memory))
        double = replace(state, field=self._double)
        self._saved[...] = state.field
        self._double[...] = state.field
        self.integrator.advance(double, 2 * self.frame / 2**memory.level)
        self._take(state)
        self._take(state)
        (sums,) = self._reducer.gather([self.integrator.difference(state, double)])
        relative = sqrt(ordered_sum(sums[1]) / ordered_sum(sums[0]))
        kept = self.model.measure(memory, size, min(relative, 1.0) if isfinite(relative) else 1.0)
        memory.error_estimate = before.control.error_estimate + 2 * self.model.error(memory, size)
        if not kept:
            state.field[...] = self._saved
            state.ticks, state.steps, state.pending = before.ticks, before.steps, before.pending
            memory.peak, memory.error_estimate = before.control.peak, before.control.error_estimate
            memory.since_check = STEPS_BETWEEN_CHECKS
        return kept

    def _largest_density(self, local: float) -> float:
        """max|u|² over all ranks, NaN or infinity included."""
        found = np.array([local if isfinite(local) else inf])
        self.comm.Allreduce(MPI.IN_PLACE, found, MPI.MAX)
        return float(found[0])
