"""From the terms of [equation.potential] to a potential."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from parallel_nls.config import PotentialTerm, PythonTerm, RadialHartreeEquation, TableTerm
from parallel_nls.errors import UserError
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.potentials import KINDS, PotentialSum
from parallel_nls.hartree.tabulated import FunctionPotential, Table
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.assembly.user_files import check_alone, read_columns, user_function
from parallel_nls.running.sources import Sources

__all__ = ["check_values", "make_potential"]

_PLACES = 64  # where a function is tried with fewer points
_ON_AXIS = 1000  # where a potential is looked at


def make_potential(section: RadialHartreeEquation, sources: Sources) -> RadialPotential:
    """The sum of the terms.

    Parameters
    ----------
    section : RadialHartreeEquation
        With the terms.
    sources : Sources
        Texts of tables and Python files.

    Raises
    ------
    UserError
        If a table or a function of the user gives no potential.

    Notes
    -----
    *Communication*: local.
    """
    terms = []
    for number, term in enumerate(section.potential, start=1):
        path = Path(term.source_file or "")
        text = sources.get(RunPaths.POTENTIAL.format(number) + path.suffix, "")
        terms.append(_made(term, text, path))
    return PotentialSum(tuple(terms))


def check_values(potential: RadialPotential, reach: float) -> None:
    """Refuse a potential that is no number somewhere.

    Parameters
    ----------
    potential : RadialPotential
        From `make_potential`.
    reach : float
        The largest distance of two points.

    Raises
    ------
    UserError
        With the place.

    Notes
    -----
    *Communication*: local.
    """
    r = reach * np.arange(1, _ON_AXIS + 1) / _ON_AXIS
    with np.errstate(all="ignore"):
        values = potential.value(r)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        place = wrong[0]
        raise UserError(
            f"equation.potential is {values[place]} at r = {r[place]:.4g}; give a potential with finite numbers up to "
            f"r = {reach:.4g}, the largest distance of two points"
        )


def _made(term: PotentialTerm, text: str, path: Path) -> RadialPotential:
    if isinstance(term, TableTerm):
        return _table(text, path, term.strength)
    if isinstance(term, PythonTerm):
        return _function(term, text, path)
    return KINDS[str(term.kind)](**term.parameters())


def _table(text: str, path: Path, strength: float) -> Table:
    r, values = read_columns(text, path, "r and V")
    try:
        return Table(r, strength * values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _function(term: PythonTerm, text: str, path: Path) -> FunctionPotential:
    function = user_function(text, path, term.function, "r", "potential", float)
    check_alone(function, str(path), term.function, "r", term.length * np.geomspace(1e-2, 1e2, _PLACES))

    def scaled(r: RealArray) -> ArrayLike:
        """Call the function."""
        return np.asarray(term.strength * function(r))

    try:
        return FunctionPotential(scaled, singular_power=term.singular_power, length=term.length)
    except UserError as error:
        told = str(error)
        raise UserError(told if str(path) in told else f"{path}: {told}") from None
