"""One sample: all line tables, one message, all quantities.

Looking does not touch the trajectory: the pending flow is completed on a copy.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from parallel_nls.bubbles.analysis import Analysis, BubbleMonitor
from parallel_nls.contracts import Equation, Profile, State
from parallel_nls.diagnostics.line_passes import LinePasses
from parallel_nls.diagnostics.passes import FieldSums, Passes
from parallel_nls.diagnostics.plane_passes import PlanePasses
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.reduction import Reducer
from parallel_nls.profiles import pointwise
from parallel_nls.profiles.placing import adding
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain

Values = dict[str, float | RealArray]


class Sampler:
    """Measures a state.

    Parameters
    ----------
    equation : Equation
        Supplies the domain, the energy and the virial identity.
    integrator : SplitStep
        Completes the state; its spare buffer is overwritten.
    reference : Profile, optional
        What distances are taken to.
    analysis : Analysis, optional
        Of the modulation, if it is wanted.

    Attributes
    ----------
    modulation : BubbleMonitor or None
        Of the analysis.

    Notes
    -----
    *Communication*: `measure` is collective: one transpose in up to eight pieces (two on the line, one more with a
    reference), one message; the modulation analysis adds its own.
    """

    def __init__(
        self,
        equation: Equation,
        integrator: SplitStep,
        reference: Profile | None = None,
        analysis: Analysis | None = None,
    ) -> None:
        self.equation, self.integrator, self.reference = equation, integrator, reference
        self.domain = equation.domain
        self.passes: Passes
        if isinstance(self.domain, LineDomain):
            self.passes = LinePasses(self.domain, equation.power)
        else:
            self.passes = PlanePasses(cast(FourierDomain, self.domain), equation.power)
        self.reducer = Reducer(self.domain.comm, self.passes.lines * (2 if reference is not None else 1))
        self.modulation = None if analysis is None else BubbleMonitor(equation, self.passes, analysis)

    @property
    def orthogonality(self) -> float:
        """The largest orthogonality condition of the last sample; 0 without a decomposition. *Communication*: local."""
        return 0.0 if self.modulation is None else self.modulation.residual

    def measure(self, state: State, time: float) -> Values:
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
        if self.reference is not None:
            # On every rank, with rows or without: a reference that has no values at this time is an error of all.
            pointwise.values(self.reference, time, (np.zeros((1, 1)),) * self.domain.dimension)
        completed, spare = self.integrator.completed(state), self.integrator.spare
        tables = []
        if self.reference is not None:
            tables = self.passes.tables(completed, spare, adding(self.reference, self.domain, time, -1.0))
        tables = self.passes.tables(completed, spare, keep_slopes=self.modulation is not None) + tables
        whole = self.reducer.gather(tables)
        sums = self.passes.sums(whole[:2])
        values = {"time": time, **self._field_quantities(sums)}
        if self.reference is not None:
            values.update(self._distances(self.passes.sums(whole[2:])))
        if self.modulation is not None and values["finite"]:
            values.update(self.modulation.measure(completed, spare, time, sums))
        return values

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        if self.modulation is not None:
            self.modulation.close()

    def _field_quantities(self, sums: FieldSums) -> Values:
        finite = math.isfinite(sums.mass)
        return {
            "finite": float(finite),
            "mass": sums.mass,
            "energy": self.equation.energy(sums.gradient, sums.potential),
            "momentum": sums.momentum,
            "variance": sums.variance,
            "variance_rate": 4 * sums.dilation,
            "variance_acceleration": self.equation.variance_acceleration(sums.gradient, sums.potential),
            "sup_norm": math.sqrt(sums.peak) if finite else math.nan,
            "sup_position": sums.peak_position,
            "spectral_tail": sums.spectral_tail,
        }

    @staticmethod
    def _distances(sums: FieldSums) -> Values:
        h1 = math.sqrt(sums.mass + sums.gradient)
        return {
            "distance_l2": math.sqrt(sums.mass),
            "distance_h1": h1,
            "distance_sigma": h1 + math.sqrt(sums.variance),
        }
