"""A configured run of the half-wave equation in memory."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.contracts import State
from parallel_nls.half_wave.controlled import HalfWaveSteps
from parallel_nls.half_wave.running import RESTING, HalfWaveIntegrator, HalfWaveSampler
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.running.assembly.half_wave import law_numbers, law_remarks, make_half_wave, make_half_wave_sampler
from parallel_nls.running.configured_run import ConfiguredRun


class HalfWaveSimulation(ConfiguredRun[HalfWaveIntegrator, HalfWaveSampler]):
    """A run of the half-wave equation on the whole line; see `Simulation`. `field` is u at ±x of the moving frame."""

    def _make_integrator(self) -> HalfWaveIntegrator:
        integrator, self._initial = make_half_wave(self.config, self.comm, self.sources, self._stored)
        return integrator

    def _make_control(self) -> StepControl | None:
        tolerance = self.config.time.tolerance
        if tolerance is None:
            return None
        return StepControl(HalfWaveSteps(self.integrator), self.config.frames.frame, tolerance)

    def _make_sampler(self) -> HalfWaveSampler:
        return make_half_wave_sampler(self.config, self.integrator)

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """The refined law of its k(x), where there is one. *Communication*: local."""
        del first
        return law_numbers(self.integrator.run.k)

    @property
    def remarks(self) -> list[str]:
        """That the law is rough, besides what all say. *Communication*: local."""
        return [*super().remarks, *law_remarks(self.config, self.integrator.run.k)]

    @property
    def resting(self) -> tuple[str, ...]:
        """The coefficients, and the frame. *Communication*: local."""
        return RESTING

    def _start(self) -> State:
        return self.integrator.start(self._initial)
