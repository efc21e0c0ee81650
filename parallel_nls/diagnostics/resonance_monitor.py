"""How much the step-size resonance may have amplified rounding so far, and, where that is much, whether it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, isfinite

from parallel_nls.contracts import Equation
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.diagnostics.shells import ShellContent, ShellProbe
from parallel_nls.integrators.grid_resonances import CouplingGauge, GridResonances
from parallel_nls.numerics.arrays import RealArray

SUSPICIOUS = 1e3
"""Gain of rounding from which on the shells are looked at."""
LARGEST_EXPONENT = 700.0  # exp of which is finite


class ResonanceMonitor(Monitor):
    """The predicted gain of the resonances of a fixed step, and the content of their shells.

    Parameters
    ----------
    equation : Equation
        With a coupling that is known.
    resonances : GridResonances
        Of its grid and the scheme.
    step : float
        h.
    quantities : sequence of Quantity, optional
        What of this goes into a series.

    Attributes
    ----------
    gain : float
        exp ∫ rate dt since the start, by the trapezoidal rule over the samples.

    Notes
    -----
    Must stand ahead of the `FieldMonitor`, whose pass it shares.
    *Communication*: construction is local; `tables` is none as long as the gain is small, else a transpose in up to
    eight pieces.
    """

    name = "resonance"

    def __init__(
        self, equation: Equation, resonances: GridResonances, step: float, quantities: Sequence[Quantity] = ()
    ) -> None:
        self._gauge, self._probe = CouplingGauge(equation), ShellProbe(equation)
        self.resonances, self.step = resonances, step
        self.quantities, self.lines = tuple(quantities), self._gauge.lines
        self.gain, self._rate, self._time = 1.0, 0.0, float("nan")
        self._found = ShellContent()

    def tables(self, sample: Sample) -> list[RealArray]:
        """Row sums of the coupling, which are there once the field has passed."""
        self._found = ShellContent()
        if self.gain > SUSPICIOUS:
            self._found = self._probe.look(sample.completed, sample.spare, self.step)
        table = self._gauge.empty_table()
        sample.beside.append(self._gauge.filling(table))
        return [table]

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """The gain, the rate, and what stands out. *Communication*: local."""
        rate, number = self.resonances.worst(self.step, self._gauge.of(tables[0]))
        if isfinite(self._time):
            exponent = 0.5 * (self._rate + rate) * abs(sample.time - self._time)
            self.gain *= exp(min(exponent, LARGEST_EXPONENT))
        self._rate, self._time = rate, sample.time
        return {
            "resonance_gain": self.gain,
            "resonance_rate": rate,
            "resonance_number": float(number),
            "resonance_safe_step": self.resonances.safe_step,
            "resonance_shell": float(self._found.number),
            "resonance_content": self._found.content,
        }

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample; runs that were stored before know no gain. *Communication*: local."""
        self.gain = float(values.get("resonance_gain", 1.0))
        self._rate = float(values.get("resonance_rate", 0.0))
        self._time = float(values["time"])
