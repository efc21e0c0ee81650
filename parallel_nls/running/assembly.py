"""From names in a configuration to objects: domain, equation, integrator, initial data, and who measures.

The only module that knows the names of equations, domains, kinds of initial data and families of quantities.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis, BubbleMonitor
from parallel_nls.bubbles.quantities import BUBBLE_QUANTITIES
from parallel_nls.catalogue import DISTANCE_QUANTITIES, EQUATIONS, QUANTITIES, STEP_QUANTITIES, fitting, of_equation
from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    FileInitial,
    GaussianInitial,
    PythonEquation,
    PythonInitial,
    SolitonsInitial,
)
from parallel_nls.contracts import Completed, Domain, Equation, Profile, State
from parallel_nls.diagnostics.field_monitor import DistanceMonitor, FieldMonitor
from parallel_nls.diagnostics.monitor import Monitor
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.diagnostics.user_monitors import OWN, FailureMonitor, load_monitor
from parallel_nls.equations.trial import try_equation
from parallel_nls.equations.user_equation import load_equation
from parallel_nls.equations.watched_equation import UserEquation
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES, composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.output.initial_file import read_initial_field
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import on_all_ranks, ranks_on_node
from parallel_nls.planning.memory import check_memory
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.running.sources import Sources
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.user_code.failures import Failures


def check_memory_of_all(config: Configuration, comm: MPI.Intracomm) -> None:
    """Refuse a grid that some node has no memory for, before anything is allocated.

    Raises
    ------
    UserError
        With the same text on every rank.

    Notes
    -----
    *Communication*: collective.
    """
    on_node = ranks_on_node(comm)
    # Nodes may differ.
    on_all_ranks(comm, lambda: check_memory(config, on_node, comm.size))


def make_domain(config: Configuration, comm: MPI.Intracomm) -> Domain:
    """The grid over a communicator. *Communication*: collective."""
    grid = config.grid
    kind = LineDomain if config.equation.dimension == 1 else FourierDomain
    return kind(comm, grid.points, grid.length, dtype=np.complex64 if grid.precision == "single" else np.complex128)


def make_integrator(config: Configuration, domain: Domain, sources: Sources, failures: Failures) -> SplitStep:
    """What advances a state: the scheme, for the equation on a domain.

    Parameters
    ----------
    config : Configuration
        Names the equation and the scheme.
    domain : Domain
        Where.
    sources : Sources
        With the text of an equation that is the user's.
    failures : Failures
        Where its errors go.

    Raises
    ------
    UserError
        On every rank, if the file defines no equation, or the scheme does not suit it.

    Notes
    -----
    *Communication*: collective, one message.
    """
    found: list[Equation] = []
    on_all_ranks(domain.comm, lambda: found.append(_equation(config, domain, sources, failures)))
    equation, scheme = found[0], composition(config.time.scheme)
    if scheme.needs_quadratic and not equation.quadratic:
        others = ", ".join(name for name, other in SCHEMES.items() if not other.needs_quadratic)
        raise UserError(
            f'time.scheme = "{scheme.name}": of Nyström type, with order {scheme.order} only where the symbol of the '
            f"linear part is |k|², and that of {equation.name} is another; choose one of {others}"
        )
    return SplitStep(equation, scheme)


def _equation(config: Configuration, domain: Domain, sources: Sources, failures: Failures) -> Equation:
    section = config.equation
    if isinstance(section, PythonEquation):
        text = sources[RunPaths.EQUATION]
        return load_equation(text, Path(section.file), domain, section.parameters(), failures)
    return EQUATIONS[section.name](domain, **section.parameters())


def make_step_control(config: Configuration, integrator: SplitStep) -> StepControl | None:
    """What chooses the steps, if there is a tolerance. *Communication*: local."""
    tolerance = config.time.tolerance
    return None if tolerance is None else StepControl(integrator, config.frames.frame, tolerance)


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
    if failures is not None:
        monitors.append(FailureMonitor(passes.equation.domain.comm, failures))
    monitors += _own_monitors(config, passes, sources)
    if analysis is not None:
        quantities = fitting(BUBBLE_QUANTITIES, dimension, len(analysis.bubbles))
        monitors.append(BubbleMonitor(passes, analysis, quantities))
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

    on_all_ranks(comm, load)
    return found


def try_user_code(config: Configuration, integrator: SplitStep, sources: Sources, state: State, time: float) -> None:
    """Try what the user has written on the field at the start, before any work is done for it.

    Raises
    ------
    UserError
        On every rank: something raises, or gives what cannot be used.

    Notes
    -----
    *Communication*: collective, one sample; nothing where all is the package's own.
    """
    equation, comm = integrator.equation, integrator.domain.comm
    if isinstance(equation, UserEquation):
        on_all_ranks(comm, lambda: try_equation(equation, Completed(integrator.rows, state.field, None)))
    passes = passes_over(equation)
    own = _own_monitors(config, passes, sources)
    if own or isinstance(equation, UserEquation):
        Sampler(integrator, [FieldMonitor(passes), *own]).measure(state, time)


def series_quantities(config: Configuration, sampler: Sampler) -> tuple[Quantity, ...]:
    """What goes into the series, in the order of the files. *Communication*: local."""
    families = config.diagnostics.families
    order = {name: place for place, name in enumerate(quantity.name for quantity in QUANTITIES)}
    wanted = [quantity for quantity in sampler.quantities if quantity.family in (*families, OWN)]
    steps = fitting(STEP_QUANTITIES, config.equation.dimension) if config.adaptive else ()
    return tuple(sorted([*wanted, *steps], key=lambda quantity: order.get(quantity.name, len(order))))


def reference_profile(config: Configuration) -> Profile | None:
    """The sum of bubbles or solitary waves that distances are taken to, at any time. *Communication*: local."""
    initial = config.initial
    if isinstance(initial, BubblesInitial):
        bubbles = [Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles]
        return BubbleSum(bubbles, initial.blowup_time)
    if isinstance(initial, SolitonsInitial):
        return SolitonSum([Soliton(w.velocity, w.center, w.frequency, w.phase) for w in initial.solitons])
    return None


def _profile(config: Configuration, source: str) -> Profile:
    """What [initial] describes, other than a file."""
    initial = config.initial
    if isinstance(initial, PythonInitial):
        return PythonProfile(source, initial.file, initial.function)
    if isinstance(initial, GaussianInitial):
        return Gaussian(initial.amplitude, initial.width, initial.center, initial.chirp)
    profile = reference_profile(config)
    if profile is None:
        raise ValueError(f"initial data of kind {initial.kind} are no profile")
    return profile


def place_initial(config: Configuration, domain: Domain, field: ComplexArray, sources: Sources) -> None:
    """Overwrite ``field`` by the initial data.

    Parameters
    ----------
    config : Configuration
        Its section [initial].
    domain : Domain
        The line or the plane.
    field : ndarray
        Local share in physical layout.
    sources : Sources
        With the text of the user's function, if there is one.

    Raises
    ------
    UserError
        If the file or the user's function does not give values on the grid; the same text on every rank.

    Notes
    -----
    *Communication*: collective.
    """
    initial = config.initial

    def fill() -> None:
        """Fill this rank's share: the user's function may fail at its points alone, a file be missing on its node."""
        if isinstance(initial, FileInitial):
            read_initial_field(initial.file, domain, field)
        else:
            place(_profile(config, sources.get(RunPaths.INITIAL_DATA, "")), domain, config.time.start, field)

    on_all_ranks(domain.comm, fill)
