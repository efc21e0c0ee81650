"""Who measures, and what of it goes into the series."""

from __future__ import annotations

from math import isfinite, isnan
from pathlib import Path

from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis, BubbleMonitor
from parallel_nls.bubbles.quantities import BUBBLE_QUANTITIES
from parallel_nls.catalogue import (
    DISTANCE_QUANTITIES,
    GRID_QUANTITIES,
    QUANTITIES,
    RESONANCE_QUANTITIES,
    STEP_QUANTITIES,
    fitting,
    of_equation,
)
from parallel_nls.config import FIELD_SYSTEMS, Configuration
from parallel_nls.contracts import Completed, Equation, State
from parallel_nls.diagnostics.field_monitor import DistanceMonitor, FieldMonitor
from parallel_nls.diagnostics.monitor import AnySampler, Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.diagnostics.resonance_monitor import ResonanceMonitor
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.diagnostics.user_monitors import OWN, FailureMonitor, load_monitor
from parallel_nls.diagnostics.virial_claim import check_acceleration
from parallel_nls.equations.claims import check_claims
from parallel_nls.equations.trial import try_equation
from parallel_nls.equations.user_equation import load_equation
from parallel_nls.equations.watched_equation import UserEquation
from parallel_nls.errors import UserError
from parallel_nls.integrators.grid_resonances import GridResonances
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import on_all_ranks
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.running.assembly.initial import reference_profile
from parallel_nls.running.sources import Sources
from parallel_nls.user_code.failures import Failures

_OF_INTEGRALS = ("energy", "variance_acceleration", "variance_scale")


def _analysis(config: Configuration) -> Analysis | None:
    """What the modulation analysis is to find out, if it is asked for."""
    families, reference = config.diagnostics.modulated_families, config.modulated
    if not families or reference is None:
        return None
    bubbles = tuple(Bubble(bubble.center, bubble.frequency, bubble.phase) for bubble in reference.bubbles)
    section = config.modulation
    power = config.equation.focusing_power
    return Analysis(bubbles, reference.blowup_time, families, section.cutoff, section.direction, power)


def make_sampler(
    config: Configuration, integrator: SplitStep, sources: Sources, failures: Failures | None = None
) -> Sampler:
    """Who measures a state as a configuration wants, which may be another than the one that the state comes from.

    Parameters
    ----------
    config : Configuration
        Its families and diagnostics.
    integrator : SplitStep
        Of the state.
    sources : Sources
        With the texts of the user's own diagnostics.
    failures : Failures, optional
        Of the equation.

    Raises
    ------
    UserError
        On every rank, if a file defines no diagnostic.

    Notes
    -----
    *Communication*: collective.
    """
    equation, dimension = integrator.equation, config.equation.dimension
    passes, analysis = passes_over(equation), _analysis(config)
    monitors: list[Monitor] = [FieldMonitor(passes, fitting(of_equation(equation), dimension))]
    reference = reference_profile(config) if "distance" in config.diagnostics.families else None
    if reference is not None:
        # Ahead of the field, whose derivative must stay in the spare buffer.
        monitors.insert(0, DistanceMonitor(passes, reference, fitting(DISTANCE_QUANTITIES, dimension)))
    if equation.coupling is not None and not config.adaptive:
        # It may use the spare buffer too.
        resonances = GridResonances(equation.domain, equation, integrator.scheme)
        quantities = fitting(RESONANCE_QUANTITIES, dimension)
        monitors.insert(0, ResonanceMonitor(equation, resonances, config.frames.frame, quantities))
    if failures is not None:
        monitors.append(FailureMonitor(passes.equation.domain.comm, failures))
    monitors += _own_monitors(config, passes, sources)
    if analysis is not None:
        quantities = fitting(BUBBLE_QUANTITIES, dimension, len(analysis.bubbles))
        monitors.append(BubbleMonitor(passes, analysis, quantities))
    if "half-wave" in config.equation.families:
        # Only then: it takes SciPy, which other runs start without. Behind all others: it takes up the spare buffer.
        from parallel_nls.running.assembly.half_wave_line import make_half_wave_monitor

        monitors.append(make_half_wave_monitor(config, passes))
    return Sampler(integrator, monitors)


def _own_monitors(config: Configuration, passes: Passes, sources: Sources) -> list[Monitor]:
    """What the user measures besides. *Communication*: collective."""
    comm, found = passes.equation.domain.comm, list[Monitor]()
    if not config.diagnostics.own:
        return found

    def load() -> None:
        """Make them, and refuse names that are taken."""
        taken = {"time", "step", *(quantity.name for quantity in QUANTITIES)}
        for own in config.diagnostics.own:
            text = sources[RunPaths.DIAGNOSTIC.format(own.name)]
            monitor = load_monitor(text, Path(own.file), own.name, own.function, passes)
            for quantity in monitor.quantities:
                if quantity.name in taken:
                    shown = f"diagnostics.own: {own.name} in {own.file} measures {quantity.name!r}"
                    raise UserError(f"{shown}, which is what another quantity is called; choose another name")
                taken.add(quantity.name)
            found.append(monitor)

    on_all_ranks(comm, load, f"diagnostics.own: {', '.join(own.file for own in config.diagnostics.own)}")
    return found


def try_user_code(config: Configuration, integrator: SplitStep, sources: Sources, state: State, time: float) -> None:
    """Try what the user has written on the field at the start, before any work is done for it.

    Raises
    ------
    UserError
        On every rank: something raises, or gives what cannot be used.

    Notes
    -----
    *Communication*: collective, two samples, for an equation up to three passes besides; nothing where all is the
    package's own.
    """
    equation, comm = integrator.equation, integrator.domain.comm
    if isinstance(equation, UserEquation):
        completed = Completed(integrator.rows, state.field, None)

        def try_it() -> None:
            """Try it against what another run of its file defines."""
            section = config.equation
            parameters, text = section.parameters(), sources[RunPaths.EQUATION]
            again = load_equation(text, equation.path, integrator.domain, parameters, Failures())
            try_equation(equation, again, completed)
            if not state.steps:  # a run that goes on keeps its text, whatever that says
                check_claims(equation, completed)

        on_all_ranks(comm, try_it, f"the equation in {equation.path}")
    passes = passes_over(equation)
    own = _own_monitors(config, passes, sources)
    if own or isinstance(equation, UserEquation):
        values = Sampler(integrator, [FieldMonitor(passes), *own]).measure(state, time)
    if isinstance(equation, UserEquation):
        found = [_numbers_of(equation, config.adaptive, values)]
        found.append(
            _numbers_of(equation, config.adaptive, Sampler(integrator, [FieldMonitor(passes)]).measure(state, time))
        )
        _check_agreement(comm, equation, found)
        if not (state.steps or isfinite(found[0]["energy"])):
            raise UserError(f"{equation.path}: energy of {equation.name} is {found[0]['energy']} of the initial data")
        if not state.steps:
            check_acceleration(
                equation, passes, lambda: Sample(integrator.completed(state), integrator.spare, time), values
            )


def _numbers_of(equation: UserEquation, adaptive: bool, values: Values) -> dict[str, float]:
    """What the user's equation makes of integrals and of a peak. *Communication*: local."""
    found = {name: float(values[name]) for name in _OF_INTEGRALS if name in values}
    if adaptive and values["sup_norm"] > 0:
        found["log_rate"] = equation.log_rate(float(values["sup_norm"]) ** 2)
    return found


def _check_agreement(comm: MPI.Intracomm, equation: UserEquation, found: list[dict[str, float]]) -> None:
    """Refuse numbers that differ between calls, or ranks: the ranks would no longer decide alike. Collective."""
    everyone = [numbers for own in comm.allgather(found) for numbers in own]
    for name, first in everyone[0].items():
        for other in everyone:
            if not (other[name] == first or (isnan(first) and isnan(other[name]))):
                raise UserError(
                    f"{equation.path}: {name} of {equation.name} is {first:.15g} at one call and {other[name]:.15g} at "
                    "another with the same arguments; it must follow from them alone, and leave nothing to chance"
                )


def findings_of(config: Configuration, equation: Equation) -> dict[str, object]:
    """What a summary tells of an equation: the refined law of half waves. *Communication*: local."""
    if "half-wave" not in config.diagnostics.families:
        return {}
    from parallel_nls.running.assembly.half_wave_line import line_law_numbers

    return line_law_numbers(equation)


def series_quantities(config: Configuration, sampler: AnySampler) -> tuple[Quantity, ...]:
    """What goes into the series, in the order of the files. *Communication*: local."""
    families = config.diagnostics.families
    order = {name: place for place, name in enumerate(quantity.name for quantity in QUANTITIES)}
    wanted = [quantity for quantity in sampler.quantities if quantity.family in (*families, OWN)]
    steps = fitting(STEP_QUANTITIES, config.equation.dimension) if config.adaptive else ()
    if config.adaptive and config.system in FIELD_SYSTEMS and RESONANCE_QUANTITIES[0].family in families:
        steps += fitting(RESONANCE_QUANTITIES, config.equation.dimension)
    if config.grid.refines:
        steps += fitting(GRID_QUANTITIES, config.equation.dimension)
    return tuple(sorted([*wanted, *steps], key=lambda quantity: order.get(quantity.name, len(order))))
