"""A configured run of the remainder equation in memory."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.contracts import State
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.integrators.exponential import ExponentialStep
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.running.assembly.remainder import (
    make_remainder,
    make_remainder_sampler,
    remainder_findings,
    start_remainder,
)
from parallel_nls.running.configured_run import ConfiguredRun


class RemainderSimulation(ConfiguredRun[ExponentialStep, Sampler]):
    """A run of what a solution has besides a sum of exact waves; see `Simulation`. `field` is z, or R."""

    def _make_integrator(self) -> ExponentialStep:
        return make_remainder(self.config, self.comm)

    def _make_sampler(self) -> Sampler:
        return make_remainder_sampler(self.config, self.integrator)

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """How fast the remainder decays, by theory. *Communication*: local."""
        del first
        return remainder_findings(self.config)

    def _start(self) -> State:
        return start_remainder(self.config, self.integrator, self.sources)
