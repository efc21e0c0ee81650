"""From names in a configuration to objects: domain, equation, integrator, initial data, and who measures.

The only module that knows the names of equations, domains, kinds of initial data and families of quantities.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.bubbles.analysis import Analysis
from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    FileInitial,
    GaussianInitial,
    PythonInitial,
    SolitonsInitial,
)
from parallel_nls.contracts import Domain, Profile
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations import EQUATIONS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.output.initial_file import read_initial_field
from parallel_nls.parallel.consensus import from_root, on_all_ranks, ranks_on_node
from parallel_nls.planning.memory import check_memory
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.python_function import PythonProfile
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.profiles.user_code import read_source
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain


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


def make_integrator(config: Configuration, domain: Domain) -> SplitStep:
    """What advances a state: the scheme, for the equation on a domain. *Communication*: local."""
    equation = EQUATIONS[config.equation.name](domain, **config.equation.parameters())
    return SplitStep(equation, composition(config.time.scheme))


def make_step_control(config: Configuration, integrator: SplitStep) -> StepControl | None:
    """What chooses the steps, if there is a tolerance. *Communication*: local."""
    tolerance = config.time.tolerance
    if tolerance is None:
        return None
    height = ground_state(config.equation.dimension).peak
    return StepControl(integrator, config.frames.frame, tolerance, height)


def _analysis(config: Configuration) -> Analysis | None:
    """What the modulation analysis is to find out, if it is asked for."""
    families, reference = config.diagnostics.modulated_families, config.modulated
    if not families or reference is None:
        return None
    bubbles = tuple(Bubble(bubble.center, bubble.frequency, bubble.phase) for bubble in reference.bubbles)
    section = config.modulation
    return Analysis(bubbles, reference.blowup_time, families, section.cutoff, section.direction)


def make_sampler(config: Configuration, integrator: SplitStep) -> Sampler:
    """Who measures a state as a configuration wants, which may be another than the one that the state comes from.

    Notes
    -----
    *Communication*: collective.
    """
    reference = reference_profile(config) if "distance" in config.diagnostics.families else None
    return Sampler(integrator.equation, integrator, reference, _analysis(config))


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


def initial_source(config: Configuration, domain: Domain) -> str | None:
    """Source text of the user's function, the same on every rank. *Communication*: collective."""
    initial = config.initial
    if not isinstance(initial, PythonInitial):
        return None
    return from_root(domain.comm, lambda: read_source(Path(initial.file)))


def place_initial(config: Configuration, domain: Domain, field: ComplexArray, source: str | None) -> None:
    """Overwrite ``field`` by the initial data.

    Parameters
    ----------
    config : Configuration
        Its section [initial].
    domain : Domain
        The line or the plane.
    field : ndarray
        Local share in physical layout.
    source : str or None
        From `initial_source`.

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
            place(_profile(config, source or ""), domain, config.time.start, field)

    on_all_ranks(domain.comm, fill)
