"""A configured run of density matrices in memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from parallel_nls.contracts import State
from parallel_nls.hartree.controlled import HierarchySteps
from parallel_nls.hartree.running import HierarchyIntegrator, HierarchySampler
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.assembly.hierarchy import certificate_by, make_hierarchy, make_hierarchy_sampler
from parallel_nls.running.configured_run import ConfiguredRun


class HierarchySimulation(ConfiguredRun[HierarchyIntegrator, HierarchySampler]):
    """A run of a hierarchy, or of its exact mixture; see `Simulation`. `field` is the local share of γ⁽¹⁾."""

    def _make_integrator(self) -> HierarchyIntegrator:
        made = make_hierarchy(self.config, self.comm, self.sources, self._stored is None)
        # A run that goes on has its waves, but not what its files said of their weights.
        weights = "".join(f"{float(weight)!r}\n" for weight in made.hierarchy.mixture.weights)
        self.sources = {**self.sources, RunPaths.WEIGHTS: weights}
        return made

    def _make_control(self) -> StepControl | None:
        tolerance = self.config.time.tolerance
        if tolerance is None:
            return None
        return StepControl(HierarchySteps(self.integrator), self.config.frames.frame, tolerance)

    def _make_sampler(self) -> HierarchySampler:
        return make_hierarchy_sampler(self.config, self.integrator)

    @property
    def resting(self) -> tuple[str, ...]:
        """The density matrices that are solved for, and the waves. *Communication*: local."""
        return tuple(self.integrator.hierarchy.fields)

    def _start(self) -> State:
        return self.integrator.start()

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """The certificate of collapse, by E, V₁ and V₁' of each wave in the first sample. *Communication*: local."""
        times = np.atleast_1d(first["virial_time"])
        return {"certificate": certificate_by(self.config, self.sources, float(first["energy"]), times)}
