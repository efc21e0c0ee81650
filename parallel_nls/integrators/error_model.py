"""The error of a step as a power of its rescaled size, learnt while a run goes on.

The local error of a step h is measured relative to ‖u‖₂ and per unit of rescaled time ∫dt/λ², where λ is the scale of
the highest peak, (Q(0)/sup|u|)^{p/2}: a collapsing bubble looks the same at all times in x/λ and ∫dt/λ². So the error
depends on η = |h|/λ² alone, and one constant carries over from one time to the next:

    e(η) = 2^c η^{q+1},    wanted: e(η) ≤ tolerance · η.

Waves that a step turns by a turn or more are another matter: what it errs by there, each kick coupling them anew,
is about as much a unit of time however long it is, until it is short enough to follow them. Where they stand out of the
rounding, their part of the error is set apart, and bounds the steps by itself.
"""

from __future__ import annotations

from math import inf, log2, sqrt

from parallel_nls.contracts import StepMemory

STEPS_BETWEEN_CHECKS = 20  # twice as many while a measurement finds what the last one foresaw
AS_FORESEEN = 0.5  # powers of two by which it may differ from that
SAFETY = 0.5  # of the tolerance, aimed at; beyond the whole of it a measured step is taken back
FIRST_GUESS = 3.0  # e = (3η)^{q+1} before the first measurement: rather too short a step
STEEPEST = 4  # how much faster than by its order a scheme may seem to converge
ROUNDING = 4.0  # units of rounding, times the square root of the pairs: differences up to that tell nothing
CLEAR, PLENTY = 2.0**4, 2.0**14  # times that: less, and the next measurement spans more steps; more, and fewer
LONGEST = 4  # powers of two of steps that a measurement spans
FLAT = 0.5  # a step tried again that errs by more than this part of what it erred before errs by rounding
SOON = 2  # steps to the next measurement where waves are not followed, then twice as many, up to the usual number
APPARENT, STILL_APPARENT = 0.7, 0.45  # of a difference: less is not set apart, at first and once it has been
LITTLE = 0.25  # of the tolerance, up to which what such waves make lets steps grow
APART = 0.5  # powers of two between two sizes from which an order can be fitted
SATURATED = 0.1  # a relative difference that no longer grows as a power of the step
LARGEST_EXPONENT = 1000.0


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
    rounding : float, optional
        Relative L² error that rounding adds in a step, in the long run.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    def __init__(self, order: int, tolerance: float, noise: float, rounding: float = 0.0) -> None:
        self.order, self.tolerance, self.noise, self.rounding = order, tolerance, noise, rounding

    def begin(self, memory: StepMemory) -> None:
        """Set the guess that the first measurement replaces."""
        memory.order = float(self.order)
        memory.constant = (self.order + 1) * log2(FIRST_GUESS)
        memory.since_check = memory.cadence = STEPS_BETWEEN_CHECKS
        memory.doublings = 1

    def error(self, memory: StepMemory, size: float) -> float:
        """Estimated relative error of a step of rescaled size η."""
        return float(2.0 ** min(memory.constant + (memory.order + 1) * log2(size), LARGEST_EXPONENT))

    def allowed(self, memory: StepMemory) -> float:
        """The η of the longest step that keeps half the tolerance, and follows the waves that matter."""
        return min(self.allowed_by_order(memory), self.allowed_by_waves(memory))

    def allowed_by_order(self, memory: StepMemory) -> float:
        """The same, of the error alone that falls with the order of the scheme."""
        return float(2.0 ** ((log2(SAFETY * self.tolerance) - memory.constant) / memory.order))

    def expected(self, memory: StepMemory, size: float) -> float:
        """What a step of rescaled size η adds to the estimate: its error, that of waves, and its rounding."""
        return self.error(memory, size) + memory.waves_error * size + self.rounding

    def smallest_tolerance(self, memory: StepMemory) -> float:
        """The tolerance below which rounding outweighs what shorter steps gain: e(η) is the rounding of a step there.

        Of the constant that was measured, or the first guess where that is less: what is lost in rounding is a bound.
        """
        constant = min(memory.constant, (self.order + 1) * log2(FIRST_GUESS))
        log_size = (log2(self.rounding) - constant) / (self.order + 1)
        return float(self.rounding / (SAFETY * 2.0**log_size))

    def allowed_by_waves(self, memory: StepMemory) -> float:
        """The same, of the waves that steps do not follow: shorter by a level, as long, or longer by one."""
        if memory.waves_size == 0:
            return inf
        rate = memory.waves_error / self.tolerance
        # Half a level more, so that no rounding of logarithms decides.
        return float(memory.waves_size * 2.0 ** (APART + (rate <= LITTLE) - (rate > 1)))

    def leaves_the_known(self, memory: StepMemory, size: float) -> bool:
        """Whether a step, where such waves have been met, is clearly longer than the last that was measured."""
        return memory.waves_size > 0 and log2(size / memory.waves_size) >= APART

    def measure(
        self,
        memory: StepMemory,
        size: float,
        doublings: int,
        difference: float,
        again: bool,
        unfollowed: float = 0.0,
    ) -> bool:
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
        unfollowed : float, optional
            The part of the difference that waves make which a step does not follow.
        """
        long, noise = 2**doublings * size, self.noise * sqrt(2**doublings + 1)
        memory.since_check = 0
        memory.doublings = min(
            max(doublings + (difference <= CLEAR * noise) - (difference > PLENTY * noise), 1), LONGEST
        )
        if difference > SATURATED:
            # Whatever it means, the step must shrink.
            memory.constant = max(memory.constant, log2(self.tolerance) - memory.order * (log2(size) - 1))
            memory.check_size = 0.0
            return False
        apparent = APPARENT if memory.waves_size == 0 else STILL_APPARENT
        if unfollowed < max(CLEAR * noise, apparent * difference):
            unfollowed = 0.0  # of a smooth field they fall with the step, faster than all else
        calm = self._note_waves(memory, size, unfollowed / long)
        resolved = sqrt(max(difference * difference - unfollowed * unfollowed, 0.0)) if unfollowed else difference
        return self._learn(memory, size, doublings, resolved, again) and calm

    def _note_waves(self, memory: StepMemory, size: float, rate: float) -> bool:
        """Note what waves that a step does not follow add per unit of η; whether that keeps the tolerance."""
        if rate == 0 and memory.waves_size == 0:
            return True  # none have been met yet
        first, longer = memory.waves_size == 0, self.leaves_the_known(memory, size)
        memory.waves_error, memory.waves_size = rate, size
        kept = rate <= self.tolerance
        # A longer step that was tried in vain tells nothing new of those that are taken.
        soon = first or not (kept or longer)
        memory.cadence = SOON if soon else min(2 * memory.cadence, STEPS_BETWEEN_CHECKS)
        return kept

    def _learn(self, memory: StepMemory, size: float, doublings: int, difference: float, again: bool) -> bool:
        """Constant and order from the part of a difference that falls with the order."""
        long, noise = 2**doublings * size, self.noise * sqrt(2**doublings + 1)
        apart = log2(long / memory.check_size) if memory.check_size > 0 else 0.0
        if memory.waves_size == 0:
            foreseen = (
                memory.check_size > 0 and difference > noise and self._foresaw(memory, long, doublings, difference)
            )
            memory.cadence = STEPS_BETWEEN_CHECKS * (1 + foreseen)
        if difference <= noise or (again and apart <= -APART and difference > FLAT * memory.check_error):
            # All that is known is a bound; it may still allow longer steps, and a longer look may tell more.
            memory.constant = min(memory.constant, self._constant(memory.order, long, doublings, difference + noise))
            memory.check_size = 0.0
            # At once, where a frame has that many steps: always would keep rounding from being taken out.
            memory.since_check = memory.cadence if min(memory.doublings, memory.level) > doublings else 0
            return True
        if abs(apart) >= APART:
            slope = log2(difference / memory.check_error) / apart
            memory.order = min(max(slope - 1, float(self.order)), float(self.order + STEEPEST))
        memory.constant = self._constant(memory.order, long, doublings, difference)
        memory.check_size, memory.check_error = long, difference
        return self.error(memory, size) <= self.tolerance * size

    def _foresaw(self, memory: StepMemory, long: float, doublings: int, difference: float) -> bool:
        """Whether the last measurement foresaw how far steps, together η = ``long``, end from one as long."""
        return abs(memory.constant - self._constant(memory.order, long, doublings, difference)) <= AS_FORESEEN

    @staticmethod
    def _constant(order: float, long: float, doublings: int, difference: float) -> float:
        """c, where steps of together η = ``long`` differ from one of that size by ``difference``."""
        return log2(difference / (1 - 2.0 ** (-order * doublings))) - (order + 1) * log2(long)
