"""Decompositions along a run: each starts where the law of the profile takes the one before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from parallel_nls.diagnostics.monitor import Values
from parallel_nls.errors import UserError
from parallel_nls.half_wave.modulation import Decomposer, Parameters, Rates
from parallel_nls.half_wave.quantities import HALF_WAVE_QUANTITIES
from parallel_nls.numerics.arrays import RealArray

FAR = 0.5
"""Of ‖u‖: with a remainder of that size the conditions can hold, but there is no profile that they tell of."""
_NAMES = ("scale", "b", "phase")


def is_near(remainder: float, mass: float) -> bool:
    """Whether a solution of this mass is near the profile that leaves this ‖ε‖ of it. *Communication*: local."""
    return remainder < FAR * math.sqrt(mass)


class Tracking:
    """The parameters of the last sample, and what the series tells of one.

    Parameters
    ----------
    decomposer : Decomposer or None
        None: solutions are not near the profile, and nothing is told.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, decomposer: Decomposer | None) -> None:
        self.decomposer = decomposer
        self._last: tuple[float, Parameters, float] | None = None  # time, parameters, excess of mass

    def guess(self, time: float) -> Parameters | None:
        """Parameters at a time by the law, from the last sample; None where that was not near the profile."""
        if self.decomposer is None or self._last is None:
            return None
        before, known, excess = self._last
        return self.decomposer.predict(known, time - before, excess)

    def starts(self, time: float, first_guess: Callable[[], Parameters]) -> Iterator[Parameters]:
        """Where a decomposition at a time may begin: where the law leads, then where the solution says that it is.

        Of the latter the phase is the turn next to that of the law.
        """
        expected = self.guess(time)
        if expected is None:
            yield first_guess()
            return
        yield expected
        found = first_guess()
        turns = (expected.phase - found.phase) / (2 * math.pi)
        yield replace(found, phase=found.phase + 2 * math.pi * round(turns)) if math.isfinite(turns) else found

    def lose(self) -> None:
        """Forget the last sample: the solution is not near the profile now, and a run that goes on knows no more."""
        self._last = None

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample of a run."""
        if all(name in values and math.isfinite(float(values[name])) for name in _NAMES):
            known = Parameters(*(float(values[name]) for name in _NAMES))
            self._last = float(values["time"]), known, float(values.get("excess_mass", 0.0))

    def values(self, mass: float) -> Values:
        """What the series tells of a solution that is not near the profile: NaN, but for its mass."""
        found: Values = {q.name: math.nan for q in HALF_WAVE_QUANTITIES if q.family == "half-wave"}
        if self.decomposer is not None:
            found["excess_mass"] = mass - self.decomposer.law.mass
        return found

    def note(
        self, time: float, known: Parameters, rates: Rates, remainder: tuple[float, float], mass: float, energy: float
    ) -> Values:
        """Take up a decomposition, and return what the series tells of it.

        Parameters
        ----------
        time : float
        known, rates : Parameters, Rates
            Of the decomposition.
        remainder : (float, float)
            ‖ε‖ and ‖D^{1/2}ε‖.
        mass, energy : float
            Of the solution.
        """
        values = self.values(mass)
        self._last = time, known, float(values["excess_mass"])
        values |= {"scale": known.scale, "b": known.b, "phase": known.phase}
        values |= {"remainder_l2": remainder[0], "remainder_half": remainder[1], "modulation_defect": rates.size}
        if known.b > 0 and self.decomposer is not None:
            try:
                law = self.decomposer.law
                self.decomposer.profile.check_scale(known.scale)
                values["law_time"] = time + law.time_left(known.scale, energy, mass - law.mass)
            except UserError:  # there is no blow-up at this energy and mass, or no law at this scale
                return values
        return values
