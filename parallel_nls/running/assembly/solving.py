"""What solves: domain, equation, integrator, step control."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.catalogue import EQUATIONS
from parallel_nls.config import (
    Configuration,
    PythonEquation,
)
from parallel_nls.contracts import Domain, Equation
from parallel_nls.equations.user_equation import load_equation
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import SCHEMES, composition
from parallel_nls.integrators.controlled_steps import FieldSteps
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import on_all_ranks
from parallel_nls.parallel.nodes import ranks_on_node
from parallel_nls.planning.memory import check_memory
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
    dtype = np.complex64 if grid.precision == "single" else np.complex128
    if config.equation.dimension == 1:
        return LineDomain(comm, grid.points, grid.length, dtype)
    return FourierDomain(comm, grid.points, grid.length, dtype=dtype, even=grid.even_axes)


def make_integrator(config: Configuration, comm: MPI.Intracomm, sources: Sources, failures: Failures) -> SplitStep:
    """What advances a state: the scheme, for the equation on its grid.

    Parameters
    ----------
    config : Configuration
        Names the equation and the scheme.
    comm : MPI.Comm
        Over which the grid is distributed.
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
    *Communication*: collective.
    """
    domain = make_domain(config, comm)
    found: list[Equation] = []
    section = config.equation
    doing = f"the equation in {section.file}" if isinstance(section, PythonEquation) else ""
    on_all_ranks(domain.comm, lambda: found.append(_equation(config, domain, sources, failures)), doing)
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
    if section.name not in EQUATIONS:
        # Only then: it takes SciPy, which other runs start without.
        from parallel_nls.running.assembly.half_wave_line import make_half_wave_line

        return make_half_wave_line(config, domain, sources)
    return EQUATIONS[section.name](domain, **section.parameters())


def make_step_control(config: Configuration, integrator: SplitStep) -> StepControl | None:
    """What chooses the steps, if there is a tolerance. *Communication*: local."""
    tolerance = config.time.tolerance
    return None if tolerance is None else StepControl(FieldSteps(integrator), config.frames.frame, tolerance)
