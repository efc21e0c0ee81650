"""A configured run of a mixture of Hartree waves in the plane in memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parallel_nls.contracts import State
from parallel_nls.hartree.plane_running import PlaneMixture, PlaneMixtureSteps
from parallel_nls.hartree.plane_sampling import PlaneMixtureSampler
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.running.assembly.hierarchy import certificate_by
from parallel_nls.running.assembly.plane_mixture import make_plane_mixture, make_plane_sampler, start_plane_mixture
from parallel_nls.running.configured_run import ConfiguredRun


class PlaneMixtureSimulation(ConfiguredRun[PlaneMixture, PlaneMixtureSampler]):
    """A run of a mixture in the plane; see `Simulation`. `field` is φ of a single wave, else the root of ρ."""

    def _make_integrator(self) -> PlaneMixture:
        return make_plane_mixture(self.config, self.comm, self.sources)

    def _make_control(self) -> StepControl | None:
        tolerance = self.config.time.tolerance
        if tolerance is None:
            return None
        return StepControl(PlaneMixtureSteps(self.integrator), self.config.frames.frame, tolerance)

    def _make_sampler(self) -> PlaneMixtureSampler:
        return make_plane_sampler(self.config, self.integrator)

    def _start(self) -> State:
        return start_plane_mixture(self.config, self.integrator, self.sources)

    def waves(self) -> Mapping[str, ComplexArray]:
        """Of several waves all of them; see `ConfiguredRun`."""
        return self.integrator.waves if len(self.integrator.names) > 1 else {}

    @property
    def resting(self) -> tuple[str, ...]:
        """The waves. *Communication*: local."""
        return self.integrator.names

    @property
    def meshes(self) -> tuple[str, ...]:
        """The waves, or u where there is one."""
        return self.integrator.names if len(self.integrator.names) > 1 else super().meshes

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """What the blow-up theorems say of the potential: nothing that ends in the plane. *Communication*: local."""
        never = np.full(len(self.integrator.names), self.config.time.never)
        return {"certificate": certificate_by(self.config, self.sources, float(first["energy"]), never)}
