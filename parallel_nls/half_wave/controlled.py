"""Steps of the half-wave equation whose lengths are chosen by their errors."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.contracts import State, StepMemory
from parallel_nls.half_wave.running import HalfWaveIntegrator
from parallel_nls.integrators.compositions import Composition
from parallel_nls.parallel.reduction import ordered_sum

__all__ = ["HalfWaveSteps"]

FORBIDDEN = 1e6  # a rate of amplification that no step may have
RESONANT = 0.9 * math.pi
"""Of the phase that the linear flow between two kicks turns the highest waves by, from which on they resonate."""


class HalfWaveSteps:
    """`ControlledSteps` of the half-wave equation.

    Parameters
    ----------
    integrator : HalfWaveIntegrator
        Takes them.

    Notes
    -----
    The rate of the error model is 1/λ with λ = ‖u‖²/‖D^{1/2}u‖². Steps that turn the highest waves of the frame by a
    half turn between two kicks, where a splitting resonates, are not taken. *Communication*: all local.
    """

    def __init__(self, integrator: HalfWaveIntegrator) -> None:
        self.integrator = integrator
        self.scheme: Composition = integrator.scheme
        self.epsilon = float(np.finfo(np.float64).eps)
        flow, scheme = integrator.run.flow, integrator.scheme
        longest = max(abs(stage) for stage in scheme.stages[1 - scheme.drift_first :: 2])
        self._highest = float(flow.frequencies.max()) * longest

    def twin(self) -> State:
        """Another state of the same shape. *Communication*: local."""
        return self.integrator.start()

    def begin(self, state: State) -> None:
        """Measure 1/λ. *Communication*: local."""
        self._note(state)

    def advance(self, state: State, step: float, mend: bool = True) -> None:
        """Follow for a time, and note 1/λ at its end. *Communication*: local."""
        self.integrator.advance(state, step, mend=mend)
        self._note(state)

    def distance(self, state: State, other: State) -> float:
        """‖u − v‖₂/‖u‖₂ in one frame. *Communication*: local."""
        one, two = state.fields["field"].ravel(), other.fields["field"].ravel()
        return math.sqrt(ordered_sum(np.abs(one - two) ** 2) / ordered_sum(np.abs(one) ** 2))

    def unfollowed(self, other: State, step: float) -> float:  # noqa: ARG002
        """Nothing is set apart. *Communication*: local."""
        return 0.0

    def log_rate(self, peak: float) -> float:
        """As of the equation. *Communication*: local."""
        return self.integrator.equation.log_rate(peak)

    def describe_peak(self, peak: float) -> str:
        """As λ. *Communication*: local."""
        return f"λ = {1 / peak:.6g}"

    def note_coupling(self, state: State) -> None:
        """Nothing: resonances are met by no step. *Communication*: local."""

    def amplification(self, memory: StepMemory, step: float) -> float:
        """Forbidden where the highest waves turn by a half turn between two kicks. *Communication*: local."""
        return FORBIDDEN if abs(step) / memory.reach * self._highest > RESONANT else 0.0

    def _note(self, state: State) -> None:
        """Note 1/λ, and as the reach of the coupling the scale of the frame, which bounds what is resolved."""
        moving = self.integrator.moving(state)
        scale = self.integrator.run.scale_of(moving)
        state.control.peak = 1 / scale if scale > 0 else math.inf
        state.control.reach = moving.scale
