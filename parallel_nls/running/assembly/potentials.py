"""From the terms of [equation.potential] to a potential."""

from __future__ import annotations

import io
import warnings
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
from parallel_nls.running.sources import Sources
from parallel_nls.user_code.source import RunningUserCode, digest_of, function_named, names_defined

__all__ = ["make_potential"]

_COLUMNS = 2


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


def _made(term: PotentialTerm, text: str, path: Path) -> RadialPotential:
    if isinstance(term, TableTerm):
        return _table(text, path, term.strength)
    if isinstance(term, PythonTerm):
        return _function(term, text, path)
    return KINDS[str(term.kind)](**term.parameters())


def _table(text: str, path: Path, strength: float) -> Table:
    """A table from its text: numbers in two columns, separated by blanks or commas, # before remarks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file, which is told below
            rows = np.loadtxt(io.StringIO(text.replace(",", " ")), ndmin=2)
    except ValueError as error:
        raise UserError(f"{path} holds no table of numbers: {error}; give the columns r and V") from None
    if rows.shape[1:] != (_COLUMNS,):
        raise UserError(f"{path} has {rows.shape[-1] if rows.size else 0} columns; give two, r and V")
    try:
        return Table(np.ascontiguousarray(rows[:, 0]), strength * rows[:, 1])
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def _function(term: PythonTerm, text: str, path: Path) -> FunctionPotential:
    """A function of the user; whatever it raises, then and later, becomes one message."""
    function = function_named(term.function, names_defined(text, path, f"potential_{digest_of(text)}"), path)

    def scaled(r: RealArray) -> ArrayLike:
        """Call the function."""
        with RunningUserCode(path, f"{term.function}(r)"):
            return np.asarray(term.strength * np.asarray(function(r), dtype=float))

    try:
        return FunctionPotential(scaled, singular_power=term.singular_power, length=term.length)
    except UserError as error:
        text = str(error)
        raise UserError(text if str(path) in text else f"{path}: {text}") from None
