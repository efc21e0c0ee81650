"""What is measured of half waves on a distributed line besides what every field has: ‖D^{1/2}u‖² and the decomposition.

Rank 0 leads Newton's method, since its numbers are not those of another processor to the last bit: the others follow
with their shares of the sums, so that all ranks take the same steps.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence

import numpy as np

from parallel_nls.contracts import Completed
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.errors import UserError
from parallel_nls.half_wave import profile_functions as functions
from parallel_nls.half_wave.line_equation import HalfWaveLine
from parallel_nls.half_wave.line_pairings import LinePairings, ScaledProfile, tabulated
from parallel_nls.half_wave.modulation import Decomposer, Parameters, Rates
from parallel_nls.half_wave.profile_functions import COUNT, ONCE
from parallel_nls.half_wave.tracking import Tracking, is_near
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.profiles.placing import adding


class LineDecomposition:
    """Finds the decomposition of fields, whatever part of them each rank has.

    Parameters
    ----------
    equation : HalfWaveLine
    decomposer : Decomposer
        For its k''(0); that of rank 0 counts.

    Notes
    -----
    *Communication*: construction is collective, a broadcast; calls a message a step of Newton's method.
    """

    def __init__(self, equation: HalfWaveLine, decomposer: Decomposer) -> None:
        self.decomposer, self.comm, axis = decomposer, equation.domain.comm, decomposer.axis
        own = decomposer.functions
        rows, moved = self.comm.bcast((own.rows, own.moved))
        self._table, self._moved = tabulated(axis, rows), tabulated(axis, moved)
        self._once = np.ascontiguousarray(self._table[:, :ONCE])
        self.pairings = LinePairings(equation.domain, axis, equation.phase_rate)

    def find(self, completed: Completed, guess: Parameters) -> tuple[Parameters, Rates] | None:
        """Parameters of a field and how they move; None where Newton's method fails."""
        if self.comm.rank == 0:
            try:
                found = self._lead(completed, guess)
            except (UserError, np.linalg.LinAlgError):
                found = None
            self.comm.bcast(None)
        else:
            while (scale := self.comm.bcast(None)) is not None:
                self.pairings.paired(completed, self._table, scale)
            found = None
        parameters = self.comm.bcast(found)
        if parameters is None:
            return None
        return parameters, self._rates(completed, parameters)

    def first_guess(self, completed: Completed, scale: float) -> Parameters:
        """Parameters to begin with, from λ = ‖u‖²/‖D^{1/2}u‖²."""
        return self.decomposer.guess_at(scale, self.pairings.paired(completed, self._table, scale))

    def _lead(self, completed: Completed, guess: Parameters) -> Parameters:
        def pairing(scale: float) -> ComplexArray:
            """With the shares of all ranks."""
            self.comm.bcast(scale)
            return self.pairings.paired(completed, self._table, scale)

        return self.decomposer.find(pairing, guess)[0]

    def _rates(self, completed: Completed, known: Parameters) -> Rates:
        turn = cmath.exp(-1j * known.phase)
        tables = (self._table, False), (self._moved, False), (self._once, True)
        parts = [self.pairings.paired(completed, table, known.scale, force) * turn for table, force in tables]
        rates: Rates = self.comm.bcast(self.decomposer.rates_at(known, *parts))
        return rates

    def profile(self, known: Parameters) -> ScaledProfile:
        """λ^{−1/2}Q_P(x/λ)e^{iγ}."""
        q = functions.profile(known.b, known.scale)[:COUNT]
        table = self._table[:, :COUNT] @ np.array([q.real, q.imag]).T
        return ScaledProfile(table, self.decomposer.axis.scale, known.scale, cmath.exp(1j * known.phase))


class HalfWaveMonitor(Monitor):
    """‖D^{1/2}u‖², and the decomposition of fields.

    Parameters
    ----------
    passes : Passes
        Over fields of a `HalfWaveLine`.
    quantities : sequence of Quantity
        What of this goes into a series.
    decomposer : Decomposer or None
        None: nothing is decomposed.

    Notes
    -----
    It stands behind all others: it takes the integrals of the field, and overwrites the spare buffer. *Communication*:
    construction and `tables` as of `LineDecomposition`, and a transpose.
    """

    name = "decomposition"

    def __init__(self, passes: Passes, quantities: Sequence[Quantity], decomposer: Decomposer | None) -> None:
        self.passes, self.quantities, self.tracking = passes, tuple(quantities), Tracking(decomposer)
        self.lines = () if decomposer is None else passes.lines
        self._found: tuple[Parameters, Rates] | None = None
        self._decomposition = None
        if decomposer is not None and isinstance(passes.equation, HalfWaveLine):
            self._decomposition = LineDecomposition(passes.equation, decomposer)

    def tables(self, sample: Sample) -> list[RealArray]:
        """Line sums of the remainder, or of the field where there is none; ``sample.spare`` is overwritten."""
        decomposition, completed = self._decomposition, sample.completed
        if decomposition is None:
            return []
        for start in self.tracking.starts(
            sample.time, lambda: decomposition.first_guess(completed, self._scale(sample))
        ):
            self._found = decomposition.find(completed, start)
            if self._found is not None:
                break
        if self._found is None:
            return self.passes.tables(completed, sample.spare)
        known, _ = self._found
        subtract = adding(decomposition.profile(known), self.passes.equation.domain, sample.time, -1.0)
        return self.passes.tables(completed, sample.spare, subtract)

    def _scale(self, sample: Sample) -> float:
        """‖u‖²/‖D^{1/2}u‖², where no sample before tells λ."""
        tables = self.passes.tables(sample.completed, sample.spare)
        sums = self.passes.sums(Reducer(self.passes.equation.domain.comm, self.passes.lines).gather(tables))
        return sums.mass / sums.quadratic if sums.quadratic > 0 else math.nan

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:
        """All of it; of the decomposition NaN where the field is not near the profile. *Communication*: local."""
        sums = sample.integrals
        found: Values = {"half_derivative": sums.quadratic}
        rest = None if self._found is None else self.passes.sums(tables)
        if self._found is None or rest is None or not is_near(math.sqrt(rest.mass), sums.mass):
            self.tracking.lose()
            return found | self.tracking.values(sums.mass)
        known, rates = self._found
        # The form of a remainder is 0 up to rounding where the remainder is.
        remainder = math.sqrt(rest.mass), math.sqrt(max(rest.quadratic, 0.0)) * math.sqrt(known.scale)
        energy = self.passes.equation.energy(sums)
        return found | self.tracking.note(sample.time, known, rates, remainder, sums.mass, energy)

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample of a run. *Communication*: local."""
        self.tracking.recall(values)
