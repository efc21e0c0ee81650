"""Step control: the largest steps F/2^m whose estimated error stays below a tolerance.

The local error of a step h is measured relative to ‖u‖₂ and per unit of rescaled time ∫dt/λ², where λ is the scale of
the highest peak, (Q(0)/sup|u|)^{p/2}: a collapsing bubble looks the same at all times in x/λ and ∫dt/λ². So the error
depends on η = |h|/λ² alone, and one constant carries over from one time to the next:

    e(η) = 2^c η^{q+1},    wanted: e(η) ≤ tolerance · η.

λ chooses the level m of every step. First of all, and every 16 steps, c is measured by two steps against a double one,
or by up to 16 steps against one as long, where fewer would differ by rounding alone.
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
FIRST_GUESS = 4.0  # e = (4η)^{q+1} before the first measurement: rather too short a step
STEEPEST = 4  # how much faster than by its order a scheme may seem to converge
ROUNDING = 4.0  # units of rounding, times the square root of the pairs: differences up to that tell nothing
CLEAR, PLENTY = 2.0**4, 2.0**14  # times that: less, and the next measurement spans more steps; more, and fewer
LONGEST = 4  # powers of two of steps that a measurement spans
FLAT = 0.5  # a step tried again that errs by more than this part of what it erred before errs by rounding
APART = 0.5  # powers of two between two sizes from which an order can be fitted


class ErrorModel:
    """The error constant of a scheme along a run; all state is in the `StepMemory`.

    Parameters
    ----------
    order : int
        Of the scheme.
    tolerance : float
        Bound on the local error per unit of ∫dt/λ².
    noise : float
        Relative L² difference that rounding alone makes in a step.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    def __init__(self, order: int, tolerance: float, noise: float) -> None:
        self.order, self.tolerance, self.noise = order, tolerance, noise

    def begin(self, memory: StepMemory) -> None:
        """Set the guess that the first measurement replaces."""
        memory.order = float(self.order)
        memory.constant = (self.order + 1) * log2(FIRST_GUESS)
        memory.since_check = STEPS_BETWEEN_CHECKS
        memory.doublings = 1

    def error(self, memory: StepMemory, size: float) -> float:
        """Estimated relative error of a step of rescaled size η."""
        return float(2.0 ** (memory.constant + (memory.order + 1) * log2(size)))

    def allowed(self, memory: StepMemory) -> float:
        """The η of the longest step that keeps half the tolerance."""
        return float(2.0 ** ((log2(SAFETY * self.tolerance) - memory.constant) / memory.order))

    def measure(self, memory: StepMemory, size: float, doublings: int, difference: float, again: bool) -> bool:
        """Learn from 2^doublings steps against one long step; whether the steps keep the tolerance.

        A long step errs by about the whole difference, whatever the order at which the error really falls. Between
        measurements of two lengths that order is fitted, so that a step is judged as it was when it was the long one.

        Parameters
        ----------
        memory : StepMemory
            Changed.
        size : float
            η of a step.
        doublings : int
            Powers of two of steps that make up the long one.
        difference : float
            Relative L² difference of the two results.
        again : bool
            Whether longer steps from the same state were just taken back.
        """
        long, noise = 2**doublings * size, self.noise * sqrt(2**doublings + 1)
        memory.since_check = 0
        memory.doublings = min(
            max(doublings + (difference <= CLEAR * noise) - (difference > PLENTY * noise), 1), LONGEST
        )
        apart = log2(long / memory.check_size) if memory.check_size > 0 else 0.0
        if difference <= noise or (again and apart <= -APART and difference > FLAT * memory.check_error):
            # All that is known is a bound; it may still allow longer steps, and a longer look may tell more.
            memory.constant = min(memory.constant, self._constant(memory.order, long, doublings, difference + noise))
            memory.check_size = 0.0
            memory.since_check = STEPS_BETWEEN_CHECKS if memory.doublings > doublings else 0
            return True
        if abs(apart) >= APART:
            slope = log2(difference / memory.check_error) / apart
            memory.order = min(max(slope - 1, float(self.order)), float(self.order + STEEPEST))
        memory.constant = self._constant(memory.order, long, doublings, difference)
        memory.check_size, memory.check_error = long, difference
        return self.error(memory, size) <= self.tolerance * size

    @staticmethod
    def _constant(order: float, long: float, doublings: int, difference: float) -> float:
        """c, where steps of together η = ``long`` differ from one of that size by ``difference``."""
        return log2(difference / (1 - 2.0 ** (-order * doublings))) - (order + 1) * log2(long)


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
    Holds two more shares of the field: the state before a measurement, and the long step.
    *Communication*: `advance` is collective over all ranks: one number a step, and one message a measurement, besides
    the transposes of the steps.
    """

    def __init__(self, integrator: SplitStep, frame: float, tolerance: float, height: float) -> None:
        self.integrator, self.frame, self.height = integrator, frame, height
        domain = integrator.domain
        noise = ROUNDING * float(np.finfo(domain.dtype).eps) * sqrt(integrator.scheme.pairs)
        self.model = ErrorModel(integrator.scheme.order, tolerance, noise)
        self.comm = domain.comm
        self._saved, self._long = (domain.allocate(domain.layouts[0]) for _ in range(2))
        self._reducer = Reducer(domain.comm, [(domain.layouts[0], 1)])
        self._peak = np.zeros(1)

    def advance(self, state: State) -> str | None:
        """Take one step, or two to sixteen where the error is measured.

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
        again = False
        while True:
            verdict = self._choose_level(state)
            if verdict is not None:
                return verdict
            # Measured steps make up one long step, which must not cross the end of a frame.
            doublings = min(memory.doublings, max(memory.level, 1))
            if memory.since_check < STEPS_BETWEEN_CHECKS or state.ticks % (TICKS >> max(memory.level - doublings, 0)):
                self._take(state)
                return None
            if self._measured(state, doublings, again):
                return None
            again = True

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

    def _measured(self, state: State, doublings: int, again: bool) -> bool:
        """Steps against one as long as all of them; if they miss the tolerance the state is back to before them."""
        memory = state.control
        memory.level = max(memory.level, 1)
        size, before = self._size(memory), replace(state, field=self._saved, control=replace(memory))
        long = replace(state, field=self._long)
        self._saved[...] = state.field
        self._long[...] = state.field
        self.integrator.advance(long, 2**doublings * self.frame / 2**memory.level)
        for _ in range(2**doublings):
            self._take(state)
        (sums,) = self._reducer.gather([self.integrator.difference(state, long)])
        relative = sqrt(ordered_sum(sums[1]) / ordered_sum(sums[0]))
        difference = min(relative, 1.0) if isfinite(relative) else 1.0
        kept = self.model.measure(memory, size, doublings, difference, again)
        memory.error_estimate = before.control.error_estimate + 2**doublings * self.model.error(memory, size)
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
