"""Step control: the largest steps F/2^m whose estimated error stays below a tolerance.

λ, from the peak that the steps meet, chooses the level m of every step by the error model. First of all, and
every 20 steps, or 40 while that brings nothing new, the model is measured by two steps against a double one, or by up
to 16 steps against one as long, where fewer would differ by rounding alone. Then too the coupling of small waves is
measured, from which follows how fast the step-size resonance amplifies rounding: once that could have grown to the
tolerance, only steps that meet none are taken.
"""

from __future__ import annotations

from math import ceil, isfinite, log, log2, pi, sqrt

from parallel_nls.contracts import State, StepMemory
from parallel_nls.integrators.controlled_steps import ControlledSteps
from parallel_nls.integrators.error_model import ROUNDING, ErrorModel
from parallel_nls.integrators.rounding import A_PAIR_ADDS
from parallel_nls.schedules import TICKS

RELUCTANCE = 0.85  # of the allowed step, within which the next longer one must lie: no hopping to and fro
EXTREME = 200.0  # powers of two of η, in either direction, beyond which all steps are alike


def _is_multiple(ticks: int, level: int) -> bool:
    """Whether a time is a whole number of steps of a level from the start."""
    return ticks % (TICKS >> level) == 0


class StepControl:
    """Advances a state by steps that keep a tolerance.

    Parameters
    ----------
    steps : ControlledSteps
        Takes the steps.
    frame : float
        F, signed.
    tolerance : float
        Bound on the estimated relative L² error of a step, per unit of ∫dt/λ².

    Notes
    -----
    Holds two more states: the one before a measurement, and the long step.
    *Communication*: `advance` is collective over all ranks: one number a step, and two messages and a transpose a
    measurement, besides the transposes of the steps.
    """

    def __init__(self, steps: ControlledSteps, frame: float, tolerance: float) -> None:
        self.steps, self.frame = steps, frame
        pairs = steps.scheme.pairs
        noise, rounding = ROUNDING * steps.epsilon * sqrt(pairs), A_PAIR_ADDS * steps.epsilon * pairs
        self.model = ErrorModel(steps.scheme.order, tolerance, noise, rounding)
        self._saved, self._long = (steps.twin() for _ in range(2))

    def advance(self, state: State) -> str | None:
        """Take one step, or two to sixteen where the error is measured.

        Parameters
        ----------
        state : State
            Advanced in place, with its ticks, steps and memory.

        Returns
        -------
        str or None
            Why no step can be taken (then field, time and counts are as before), the same on every rank.
        """
        memory = state.control
        if memory.level < 0:
            self.model.begin(memory)
            self.steps.begin(state)
        again = False
        while True:
            verdict = self._choose_level(state)
            if verdict is not None:
                return verdict
            # Measured steps make up one long step, which must not cross the end of a frame.
            doublings = min(memory.doublings, max(memory.level, 1))
            aligned = _is_multiple(state.ticks, max(memory.level - doublings, 0))
            due = memory.since_check >= memory.cadence or self.model.leaves_the_known(memory, self._size(memory))
            if not (due and aligned):
                self._take(state)
                return None
            if self._measured(state, doublings, again):
                return None
            again = True

    def begin_on_grid(self, state: State) -> None:
        """Look at a state that has come from another grid: its peak, its highest waves, how small ones are coupled.

        What the model knows of errors, and what resonance may have amplified so far, stays as it is.
        *Communication*: collective.
        """
        if state.control.level >= 0:
            self.steps.begin(state)

    def doubt(self, state: State) -> str | None:
        """Why rounding cannot keep the tolerance, once an error has been measured; None if it can."""
        smallest = self.model.smallest_tolerance(state.control)
        if self.model.tolerance >= 0.5 * smallest:  # it is an estimate
            return None
        return (
            f"warning: rounding cannot keep time.tolerance = {self.model.tolerance:g}: it adds about "
            f"{self.model.rounding:.1g} to the error in every step, and shorter steps are more of them; the smallest "
            f"tolerance that makes sense here is about {smallest:.0e}"
        )

    def strain(self, state: State) -> str | None:
        """Which waves make the steps shorter than the rest of the field asks for, by a level or more; None if none."""
        memory, model = state.control, self.model
        if memory.waves_size == 0:
            return None
        shorter = model.allowed_by_order(memory) / model.allowed_by_waves(memory)
        if shorter < 2:
            return None
        step = abs(memory.step_size)
        return (
            f"waves with ω(k) above 2π/{step:.3g} = {2 * pi / step:.3g}, which turn by over a turn in a step, make "
            f"most of what the last steps erred by: to keep time.tolerance = {model.tolerance:g} steps are up to "
            f"{shorter:.2g} times shorter than the rest of the field asks for, and how many there are depends on the "
            "grid, which holds such waves or does not. Where they come from the box, which cuts the field off, enlarge "
            "grid.length; or take a larger tolerance"
        )

    def _frame_size(self, memory: StepMemory) -> float:
        """η of a whole frame at the present peak, within bounds that no wanted step comes near."""
        exponent = log2(abs(self.frame)) + self.steps.log_rate(memory.peak)
        return float(2.0 ** min(max(exponent, -EXTREME), EXTREME))

    def _size(self, memory: StepMemory) -> float:
        """η of a step at the present level and peak."""
        return self._frame_size(memory) / float(2**memory.level)

    def _choose_level(self, state: State) -> str | None:
        """Set the level of the next step; or why there is none."""
        memory = state.control
        if memory.peak == 0:
            return "the field is zero"
        if not isfinite(memory.peak):
            return "the field is no longer finite; take a smaller tolerance"
        level, excess = memory.level, log2(self._frame_size(memory) / self.model.allowed(memory))
        if level < 0 or excess > level:
            level = max(0, ceil(excess))
        while level > 0 and excess - log2(RELUCTANCE) <= level - 1 and _is_multiple(state.ticks, level - 1):
            level -= 1
        calm = self._calm_level(memory, level)
        if 2**calm > TICKS:
            cause = f"{self.steps.describe_peak(memory.peak)} and the tolerance ask"
            if self.model.allowed_by_waves(memory) < self.model.allowed_by_order(memory):
                cause = "waves that turn by over a turn in a step, and the tolerance, ask"
            if calm > level:
                cause = "the step-size resonance, which would amplify rounding beyond the tolerance, asks"
            return (
                f"{cause} for steps below 2^-20 of the frame {abs(self.frame):g}; take a larger tolerance, a shorter "
                "frame, or a scheme of higher order"
            )
        memory.level = calm
        return None

    def _calm_level(self, memory: StepMemory, level: int) -> int:
        """The lowest level from ``level`` on at which resonance cannot amplify rounding beyond the tolerance."""
        # What is above the tolerance already may grow by a factor e.
        most = max(log(self.model.tolerance / max(memory.noise, self.steps.epsilon)), 1.0)
        while level < TICKS.bit_length():
            rate = self._amplification(memory, level)
            soon = memory.growth + rate * abs(self.frame) / 2**level * memory.cadence
            if rate == 0 or soon <= most:
                break
            level += 1
        return level

    def _amplification(self, memory: StepMemory, level: int) -> float:
        """At which resonances of a level amplify rounding."""
        return self.steps.amplification(memory, self.frame / 2**level)

    def _take(self, state: State, mend: bool = True) -> None:
        """One step at the present level."""
        memory = state.control
        memory.step_size = self.frame / 2**memory.level
        memory.growth += self._amplification(memory, memory.level) * abs(memory.step_size)
        self.steps.advance(state, memory.step_size, mend)
        memory.error_estimate += self.model.expected(memory, self._size(memory))
        memory.since_check += 1
        state.steps += 1
        state.ticks += TICKS >> memory.level

    def _follow_long(self, state: State, doublings: int) -> None:
        """The one step as long as so many doubled ones at the present level, on a copy."""
        self._long.take(state)
        # Rounding is taken out before or after: what it adds at once would be a difference.
        self.steps.advance(self._long, 2**doublings * self.frame / 2**state.control.level, mend=False)

    def _measured(self, state: State, doublings: int, again: bool) -> bool:
        """Steps against one as long as all of them; if they miss the tolerance the state is back to before them."""
        memory = state.control
        memory.level = max(memory.level, 1)
        size, before, long = self._size(memory), self._saved, self._long
        before.take(state)
        self._follow_long(state, doublings)
        for _ in range(2**doublings):
            self._take(state, mend=False)
        relative = self.steps.distance(state, long)
        difference = min(relative, 1.0) if isfinite(relative) else 1.0
        waves = difference * self.steps.unfollowed(long, memory.step_size) if 0 < difference < 1 else 0.0
        kept = self.model.measure(memory, size, doublings, difference, again, waves)
        memory.error_estimate = before.control.error_estimate + 2**doublings * self.model.expected(memory, size)
        if kept:
            self.steps.note_coupling(state)
        else:
            for name, field in state.fields.items():
                field[...] = before.fields[name]
            state.ticks, state.steps, state.pending = before.ticks, before.steps, before.pending
            memory.peak, memory.error_estimate = before.control.peak, before.control.error_estimate
            memory.growth = before.control.growth
            memory.unmended, memory.mass = before.control.unmended, before.control.mass
            memory.since_check = memory.cadence
        return kept
