"""One sample: all line tables, one message, all quantities.

Looking does not touch the trajectory: the pending flow is completed on a copy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Equation, Profile, State
from parallel_nls.diagnostics import line_sums, passes
from parallel_nls.diagnostics.passes import FieldPasses
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.profiles.placing import adding

Values = Mapping[str, float | NDArray[np.float64]]
Table = NDArray[np.float64]


class Sampler:
    """Measures a state.

    Parameters
    ----------
    equation : Equation
        Supplies the domain and the energy.
    integrator : SplitStep
        Completes the state; its idle buffer is overwritten.
    reference : Profile, optional
        What distances are taken to.

    Notes
    -----
    *Communication*: `measure` is collective: one transpose in up to eight pieces (two with a reference), one message.
    """

    def __init__(self, equation: Equation, integrator: SplitStep, reference: Profile | None = None) -> None:
        self.equation, self.integrator, self.reference = equation, integrator, reference
        self.domain = equation.domain
        self.passes = FieldPasses(self.domain)
        lines = [(self.domain.layouts[0], 1), (self.domain.layouts[1], 0)]
        self.reducer = Reducer(self.domain.comm, lines * (2 if reference is not None else 1))

    def measure(self, state: State, time: float) -> dict[str, float | NDArray[np.float64]]:
        """Return all quantities of the field at ``time``, the same numbers on every rank.

        Parameters
        ----------
        state : State
            Kept.
        time : float
            Simulated time of the state.

        Returns
        -------
        dict
            Numbers, or arrays of one number for each axis, by quantity name; `finite` tells whether the field is.
        """
        tables = list(self.passes.tables(self.integrator.physical(state)))
        if self.reference is not None:
            subtract = adding(self.reference, self.domain, time, -1.0)
            tables += self.passes.tables(self.integrator.physical(state), subtract)
        whole = self.reducer.gather(tables)
        values = self._field_quantities(whole[0], whole[1])
        if self.reference is not None:
            values.update(self._distances(whole[2], whole[3]))
        return values

    def _integral(self, line_results: Table, columns: bool = False) -> float:
        # Σ_x |f|² = N₁ Σ_k |f̂|² for coefficients f̂ along the last axis.
        weight = self.domain.cell * (self.domain.shape[1] if columns else 1)
        return weight * ordered_sum(line_results)

    def _both(self, rows: Table, columns: Table, which: int) -> tuple[float, float]:
        """A sum along each axis, the first axis first."""
        first = self._integral(columns[passes.COLUMN_DERIVATIVE][which], columns=True)
        return first, self._integral(rows[passes.ROW_DERIVATIVE][which])

    def _field_quantities(self, rows: Table, columns: Table) -> dict[str, float | NDArray[np.float64]]:
        density = rows[passes.DENSITY]
        mass = self._integral(density[line_sums.MASS])
        gradient = sum(self._both(rows, columns, line_sums.GRADIENT))
        quartic = self._integral(density[line_sums.QUARTIC])
        row = int(np.argmax(density[line_sums.PEAK]))
        column = int(density[line_sums.PEAK_INDEX, row])
        finite = math.isfinite(mass)
        return {
            "finite": float(finite),
            "mass": mass,
            "energy": self.equation.energy(gradient, quartic),
            "momentum": np.array(self._both(rows, columns, line_sums.CURRENT)),
            "variance": self._integral(density[line_sums.SECOND_MOMENT]),
            "variance_rate": 4 * sum(self._both(rows, columns, line_sums.DILATION)),
            "sup_norm": math.sqrt(density[line_sums.PEAK, row]) if finite else math.nan,
            "sup_position": np.array([self.domain.coordinates(0)[row], self.domain.coordinates(1)[column]]),
            "spectral_tail": self._spectral_tail(columns[passes.SPECTRUM]),
        }

    def _spectral_tail(self, spectrum: Table) -> NDArray[np.float64]:
        largest = spectrum[line_sums.LARGEST].max()
        outer = spectrum[line_sums.LARGEST_OUTER].max(), spectrum[line_sums.LARGEST, self.passes.outer[1]].max()
        return np.sqrt(np.array(outer) / largest) if largest > 0 else np.full(2, math.nan)

    def _distances(self, rows: Table, columns: Table) -> dict[str, float]:
        l2 = self._integral(rows[passes.DENSITY][line_sums.MASS])
        gradient = sum(self._both(rows, columns, line_sums.GRADIENT))
        h1 = math.sqrt(l2 + gradient)
        weighted = self._integral(rows[passes.DENSITY][line_sums.SECOND_MOMENT])
        return {"distance_l2": math.sqrt(l2), "distance_h1": h1, "distance_sigma": h1 + math.sqrt(weighted)}
