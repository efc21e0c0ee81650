"""From names in a configuration to the objects of the remainder equation."""

from __future__ import annotations

import math

from mpi4py import MPI

from parallel_nls.bubbles.deviations.equations import DeviationParts
from parallel_nls.bubbles.deviations.monitor import DeviationMonitor, DeviationSetting
from parallel_nls.bubbles.deviations.quantities import DEVIATION_QUANTITIES, with_parts
from parallel_nls.bubbles.remainder_norms import REMAINDER_QUANTITIES, RemainderMonitor
from parallel_nls.catalogue import fitting
from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    PerturbationInitial,
    RemainderEquation,
    decay_rate,
)
from parallel_nls.contracts import Profile, State
from parallel_nls.diagnostics.monitor import Monitor
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.equations import remainder
from parallel_nls.integrators.exponential import ExponentialStep
from parallel_nls.integrators.exponential_schemes import EXPONENTIAL_SCHEMES
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.perturbation import Perturbation
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.running.assembly.initial import place_initial
from parallel_nls.running.assembly.solving import make_domain
from parallel_nls.running.sources import Sources

__all__ = ["make_remainder", "make_remainder_sampler", "remainder_findings", "start_remainder"]


def _parts(config: Configuration) -> tuple[RemainderEquation, BubblesInitial]:
    """The two sections that a run in remainder form has."""
    section, initial = config.equation, config.initial
    if not (isinstance(section, RemainderEquation) and isinstance(initial, BubblesInitial)):
        raise ValueError(f"{section.name} with initial data of kind {initial.kind} is not in remainder form")
    return section, initial


def _waves(config: Configuration) -> list[Profile]:
    """W_k, or S_k, each by itself, in the whole space."""
    section, initial = _parts(config)
    if section.travels:
        return [SolitonSum([Soliton(b.center, (), b.frequency, b.phase)]) for b in initial.bubbles]
    bubbles = [Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles]
    return [BubbleSum([bubble], initial.blowup_time) for bubble in bubbles]


def make_remainder(config: Configuration, comm: MPI.Intracomm) -> ExponentialStep:
    """What advances a remainder. *Communication*: collective."""
    section, initial = _parts(config)
    parameters = {
        **section.parameters(),
        "centers": [float(x) for b in initial.bubbles for x in b.center],
        "frequencies": [b.frequency for b in initial.bubbles],
        "phases": [b.phase for b in initial.bubbles],
    }
    if not section.travels:
        parameters["blowup_time"] = initial.blowup_time
    equation = remainder.RemainderEquation(make_domain(config, comm), _waves(config), parameters)
    return ExponentialStep(equation, EXPONENTIAL_SCHEMES[config.time.scheme], config.frames.time_of_tick)


def make_remainder_sampler(config: Configuration, integrator: ExponentialStep) -> Sampler:
    """What measures a remainder. *Communication*: local."""
    section, initial = _parts(config)
    equation = integrator.equation
    if not isinstance(equation, remainder.RemainderEquation):
        raise ValueError(f"{equation.name} is not in remainder form")
    quantities = fitting(REMAINDER_QUANTITIES, section.dimension)
    blowup_time = None if section.travels else initial.blowup_time
    passes = passes_over(equation.whole)
    monitors: list[Monitor] = [RemainderMonitor(passes, equation, blowup_time, quantities)]
    if config.diagnostics.modulated_families:
        bubbles = tuple(Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles)
        setting = DeviationSetting(bubbles, blowup_time, config.modulation.direction)
        parts = DeviationParts(tuple(bubble.frequency for bubble in bubbles), blowup_time)
        measured = with_parts(fitting(DEVIATION_QUANTITIES, section.dimension, len(bubbles)), parts)
        monitors.append(DeviationMonitor(passes, setting, measured))
    return Sampler(integrator, monitors)


def start_remainder(config: Configuration, integrator: ExponentialStep, sources: Sources) -> State:
    """The state at the start: 0, or small data; raises as `place_initial`. *Communication*: collective."""
    small = config.initial.small_data
    if small is None:
        integrator.spare[...] = 0
    elif isinstance(small, PerturbationInitial):
        place(_perturbation(config, small), integrator.domain, config.time.start, integrator.spare)
    else:
        place_initial(config.model_copy(update={"initial": small}), integrator.domain, integrator.spare, sources)
    return integrator.start()


def _perturbation(config: Configuration, small: PerturbationInitial) -> Perturbation:
    """The direction beside its wave, or its bubble, in the frame of the run."""
    section, initial = _parts(config)
    own = initial.bubbles[small.bubble - 1]
    if section.travels:
        wave = Soliton(own.center, (), own.frequency, own.phase)
        return Perturbation(small.direction, lambda _: own.frequency, wave.phase_at, small.size_at)
    bubble, end = Bubble(own.center, own.frequency, own.phase), initial.blowup_time
    return Perturbation(
        small.direction,
        lambda time: own.frequency * (end - time),
        lambda time: bubble.phase_at(end - time),
        lambda time: small.size_at(1 / (end - time)),
    )


def remainder_findings(config: Configuration) -> dict[str, object]:
    """The rate δ at which theory says that the remainder decays, for a summary; one bubble has none; local."""
    rate = decay_rate(_parts(config)[1].bubbles)
    return {"decay_rate": rate} if math.isfinite(rate) else {}
