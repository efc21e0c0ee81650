"""Runs under step control that note every step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Domain, Profile, State
from parallel_nls.integrators.controlled_steps import FieldSteps
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.schedules import TICKS
from tests.integrators.problems import started
from tests.support import digest


@dataclass(frozen=True)
class Attempt:
    """A call for a step: when, how long, and from what."""

    ticks: int
    step: float
    start: str


class Watched(SplitStep):
    """Notes every step it is asked for."""

    attempts: list[Attempt]

    def advance(self, state: State, step: float, peak: NDArray[np.float64] | None = None, mend: bool = True) -> None:
        """Note the step and take it."""
        self.attempts.append(Attempt(state.ticks, step, digest(state.field, np.array(state.pending))))
        super().advance(state, step, peak, mend)


@dataclass
class Run:
    """A state under control, and what its calls did: level, η, steps and ∫dt/λ² of each."""

    control: StepControl
    state: State
    levels: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    rescaled: list[float] = field(default_factory=list)

    @property
    def integrator(self) -> Watched:
        """That of the control."""
        integrator = getattr(self.control.steps, "integrator", None)
        if not isinstance(integrator, Watched):
            raise TypeError(integrator)
        return integrator

    def advance(self) -> str | None:
        """One call."""
        ticks, steps = self.state.ticks, self.state.steps
        verdict = self.control.advance(self.state)
        memory, equation = self.state.control, self.integrator.equation
        height, power = ground_state(equation.domain.dimension).peak, equation.parameters()["power"]
        rate = abs(self.control.frame) * (np.sqrt(memory.peak) / height) ** power
        self.levels.append(memory.level)
        self.sizes.append(rate / 2**memory.level)
        self.steps.append(self.state.steps - steps)
        self.rescaled.append(rate * (self.state.ticks - ticks) / TICKS)
        return verdict

    def to_frame(self, number: int) -> None:
        """Calls until so many frames are done."""
        while self.state.ticks < number * TICKS:
            if self.advance() is not None:
                raise RuntimeError("no step")


def controlled(
    domain: Domain, scheme: str, tolerance: float, frame: float, profile: Profile | None = None, time: float = 0.0
) -> Run:
    """A profile at rest under control."""
    plain, state = started(domain, scheme, profile, time)
    integrator = Watched(plain.equation, plain.scheme)
    integrator.attempts = []
    return Run(StepControl(FieldSteps(integrator), frame, tolerance), state)
