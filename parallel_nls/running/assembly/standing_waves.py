"""From a configuration to the standing wave of its equation: symbol, power, coefficient and potential in a box."""

from __future__ import annotations

from mpi4py import MPI

from parallel_nls.config import (
    Configuration,
    FourierGrid,
    GrossPitaevskiiEquation,
    HalfWaveEquation,
    NLSEquation,
)
from parallel_nls.elliptic.fields import PointFunction
from parallel_nls.elliptic.standing_wave import Problem
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.running.assembly.inhomogeneity import make_inhomogeneity
from parallel_nls.running.assembly.solving import make_domain
from parallel_nls.running.sources import Sources

__all__ = ["check_standing_waves", "make_problem"]

_KNOWN = (NLSEquation, GrossPitaevskiiEquation, HalfWaveEquation)


def check_standing_waves(config: Configuration) -> None:
    """Refuse an equation whose ground state is not known here.

    Raises
    ------
    UserError

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(config.equation, _KNOWN):
        raise UserError(
            f'equation.name = "{config.equation.name}": ground states are computed of "nls", "gross-pitaevskii" and '
            '"half-wave"; give one of them'
        )


def make_problem(config: Configuration, comm: MPI.Intracomm, sources: Sources, frequency: float) -> Problem:
    """The standing wave of frequency ω in the box of a configuration, in double precision whatever that says.

    Parameters
    ----------
    config : Configuration
        Of a box; its equation has been looked at by `check_standing_waves`.
    comm : MPI.Comm
        Over which the box is distributed.
    sources : Sources
        With the text of k(x), where that is the user's.
    frequency : float
        ω.

    Raises
    ------
    UserError
        If a table or a function of the user gives no k.

    Notes
    -----
    *Communication*: collective.
    """
    section, grid = config.equation, config.grid
    if not isinstance(grid, FourierGrid):
        raise ValueError(f"{section.name} is not solved in a box")
    coefficient, potential = _functions(config, sources)
    order, power = (1.0, 2.0) if isinstance(section, HalfWaveEquation) else (2.0, section.parameters()["power"])
    double = config.model_copy(update={"grid": grid.model_copy(update={"precision": "double"})})
    return Problem(make_domain(double, comm), order, power, frequency, coefficient, potential)


def _functions(config: Configuration, sources: Sources) -> tuple[PointFunction | None, PointFunction | None]:
    """The coefficient k and the potential V."""
    section = config.equation
    if isinstance(section, HalfWaveEquation) and section.inhomogeneity is not None:
        return make_inhomogeneity(section, sources).value, None
    if isinstance(section, GrossPitaevskiiEquation):
        strength = section.trap**2

        def potential(*places: RealArray) -> RealArray:
            """−trap²|x|²."""
            first, *others = (x * x for x in places)
            return -strength * sum(others, start=first)

        return None, potential
    return None, None
