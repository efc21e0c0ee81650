"""From [equation.inhomogeneity] to the coefficient k(x) of the half-wave equation."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from parallel_nls.config import HalfWaveEquation, PythonInhomogeneity, TableInhomogeneity
from parallel_nls.config.toml_text import quoted
from parallel_nls.errors import UserError
from parallel_nls.half_wave.inhomogeneity import (
    FromPython,
    GaussianBump,
    Homogeneous,
    Inhomogeneity,
    Rational,
    Tabulated,
    check_inhomogeneity,
)
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.assembly.user_files import check_alone, read_columns, user_function
from parallel_nls.running.sources import Sources

__all__ = ["checked_inhomogeneity", "make_inhomogeneity"]

_KEY = "equation.inhomogeneity"
_KINDS: dict[str, Callable[..., Inhomogeneity]] = {"rational": Rational, "gaussian-bump": GaussianBump}
_SUM = 1e-12  # by which k(0) may miss 1


def make_inhomogeneity(section: HalfWaveEquation, sources: Sources) -> Inhomogeneity:
    """The coefficient k(x).

    Raises
    ------
    UserError
        If a table or a function of the user gives none.

    Notes
    -----
    *Communication*: local.
    """
    given = section.inhomogeneity
    if given is None:
        return Homogeneous()
    if not isinstance(given, (TableInhomogeneity, PythonInhomogeneity)):
        base, height, curvature = (given.parameters()[name] for name in ("base", "height", "curvature"))
        if abs(base + height - 1) > _SUM:
            raise UserError(
                f"{_shown(section)}: base + height = {base + height:g} is k(0), which must be 1; divide both by it, "
                "and multiply u by its square root"
            )
        return _KINDS[given.kind](base, 1 / math.sqrt(curvature))
    path = Path(given.file)
    text = sources[RunPaths.POTENTIAL.format(1) + path.suffix]
    if isinstance(given, TableInhomogeneity):
        return _table(text, path, _shown(section))
    function = user_function(text, path, given.function, "x", "inhomogeneity")
    half = np.geomspace(1e-2, 1e2, 32)
    check_alone(function, _shown(section), given.function, "x", np.concatenate([-half[::-1], half]))
    return FromPython(function, f"{_shown(section)}: {given.function}(x)")


def checked_inhomogeneity(section: HalfWaveEquation, sources: Sources, *, for_profile: bool = True) -> Inhomogeneity:
    """The coefficient k(x), of which the theory is true.

    Parameters
    ----------
    section, sources
        As of `make_inhomogeneity`.
    for_profile : bool
        As of `half_wave.inhomogeneity.check_inhomogeneity`.

    Raises
    ------
    UserError
        If a file gives none, or the theory excludes it.

    Notes
    -----
    *Communication*: local.
    """
    k = make_inhomogeneity(section, sources)
    check_inhomogeneity(k, for_profile=for_profile, name=f"{_shown(section)}: k")
    return k


def _shown(section: HalfWaveEquation) -> str:
    """The key, and its value as far as that tells which k it is."""
    given = section.inhomogeneity
    if given is None or given.source_file is None:
        return f"{_KEY} = {quoted({} if given is None else given.model_dump())}"
    return f"{_KEY}.file = {quoted(given.source_file)}"


def _table(text: str, path: Path, shown: str) -> Tabulated:
    try:
        return Tabulated(*read_columns(text, path, "x and k"))
    except UserError as error:
        told = str(error)
        raise UserError(f"{_KEY}.file: {told}" if str(path) in told else f"{shown}: {told}") from None
