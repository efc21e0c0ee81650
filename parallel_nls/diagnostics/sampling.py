"""One sample: the line tables of all monitors, one message, all quantities.

Looking does not touch the trajectory: the pending flow is completed on a copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from parallel_nls.contracts import Completed, Equation, Profile, State, StoredDomain
from parallel_nls.diagnostics.even_passes import EvenPlanePasses
from parallel_nls.diagnostics.field_monitor import DistanceMonitor, FieldMonitor
from parallel_nls.diagnostics.line_passes import LinePasses
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Keep, Passes
from parallel_nls.diagnostics.plane_passes import PlanePasses
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.reduction import Reducer


def passes_over(equation: Equation) -> Passes:
    """Passes over the fields of an equation, as its domain lays them out. *Communication*: local."""
    if equation.domain.row_places.folded:
        return LinePasses(equation)
    return (EvenPlanePasses if equation.domain.even else PlanePasses)(equation)


class Completing(Protocol):
    """What advances states, as a sampler asks it.

    Attributes
    ----------
    spare : ndarray
        A buffer that samples may overwrite.
    """

    spare: ComplexArray

    @property
    def domain(self) -> StoredDomain:
        """Where states rest."""

    def completed(self, state: State) -> Completed:
        """The state to be looked at. *Communication*: collective, if any."""


class Sampler:
    """Measures a state.

    Parameters
    ----------
    integrator : Completing
        Completes the state; its spare buffer is overwritten.
    monitors : sequence of Monitor
        What measures, in the order in which they are asked. Whoever needs the integrals of the field, or its gradient,
        stands behind the `FieldMonitor`; whoever overwrites the spare buffer besides, ahead of it.

    Attributes
    ----------
    monitors : tuple of Monitor

    Notes
    -----
    *Communication*: `measure` is collective: what the tables of the monitors take, one message for all of them, and
    what the monitors take besides.
    """

    def __init__(self, integrator: Completing, monitors: Sequence[Monitor]) -> None:
        self.integrator, self.monitors = integrator, tuple(monitors)
        lines = [line for monitor in monitors for line in monitor.lines]
        self._reducer = Reducer(integrator.domain.comm, lines)
        self._keep = Keep.SLOPES if any(monitor.takes_gradient for monitor in monitors) else Keep.NOTHING

    @classmethod
    def of_field(cls, integrator: SplitStep, reference: Profile | None = None) -> Sampler:
        """Who measures a field alone, and its distance to a reference, if there is one. *Communication*: local."""
        passes = passes_over(integrator.equation)
        distances = [] if reference is None else [DistanceMonitor(passes, reference)]
        return cls(integrator, [*distances, FieldMonitor(passes)])

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """All that is measured, in the order of the monitors. *Communication*: local."""
        return tuple(quantity for monitor in self.monitors for quantity in monitor.quantities)

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
        sample = Sample(self.integrator.completed(state), self.integrator.spare, time, self._keep)
        for monitor in self.monitors:
            monitor.prepare(sample)
        tables = [monitor.tables(sample) for monitor in self.monitors]
        whole = iter(self._reducer.gather([table for own in tables for table in own]))
        values = sample.values
        values["time"] = time
        for monitor, own in zip(self.monitors, tables, strict=True):
            complete: list[RealArray] = [next(whole) for _ in own]
            values.update(monitor.values(complete, sample))
        return values

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take up the last sample of a run that goes on. *Communication*: local."""
        for monitor in self.monitors:
            monitor.recall(values)

    @property
    def failures(self) -> dict[str, str]:
        """Which monitors failed at the last sample, and why; the same on every rank. *Communication*: local."""
        return {monitor.name: monitor.failure for monitor in self.monitors if monitor.failure is not None}

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        for monitor in self.monitors:
            monitor.close()
