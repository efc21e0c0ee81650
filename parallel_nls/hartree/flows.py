"""One step of a composition of the kinetic flow and the interaction of a closed hierarchy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from parallel_nls.integrators.compositions import Composition
from parallel_nls.numerics.arrays import ComplexArray

Flow = Callable[[Mapping[str, ComplexArray], float], None]
"""``flow(fields, tau)`` changes fields in place."""


@dataclass(frozen=True)
class TwoFlows:
    """Two exact flows of named fields.

    Attributes
    ----------
    kinetic, interaction : callable
        As of `Flow`.

    Notes
    -----
    *Communication*: as the flows.
    """

    kinetic: Flow
    interaction: Flow

    def advance(self, fields: Mapping[str, ComplexArray], scheme: Composition, step: float) -> None:
        """Follow the solution for a time ``step`` (negative: backward), in place.

        Between steps no flow is left pending: what rests is the field itself.
        """
        flows = (self.kinetic, self.interaction) if scheme.drift_first else (self.interaction, self.kinetic)
        for i, stage in enumerate(scheme.stages):
            flows[i % 2](fields, stage * step)
