"""The [equation] section: which equation is solved, by its name or by a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from parallel_nls.config.sections.equation_base import EquationSection
from parallel_nls.config.sections.equation_file import PythonEquation
from parallel_nls.config.sections.equation_half_wave import HalfWaveEquation
from parallel_nls.config.sections.equation_hartree import (
    HartreeEquation,
    HartreeHierarchyEquation,
    RadialHartreeEquation,
)
from parallel_nls.config.sections.equation_named import DefocusingEquation, GrossPitaevskiiEquation, NLSEquation
from parallel_nls.config.sections.equation_remainder import RemainderEquation, decay_rate
from parallel_nls.config.sections.union import UnionByKey, sections_in
from parallel_nls.integrators.exponential_schemes import EXPONENTIAL_SCHEMES

__all__ = [
    "EQUATION_NAMES",
    "AnyEquation",
    "DefocusingEquation",
    "EquationSection",
    "GrossPitaevskiiEquation",
    "HalfWaveEquation",
    "HartreeEquation",
    "HartreeHierarchyEquation",
    "NLSEquation",
    "PythonEquation",
    "RadialHartreeEquation",
    "RemainderEquation",
    "decay_rate",
    "defaults_of",
]

_BY_NAME = UnionByKey("name", "equation", alternative="file", variants=(("nls", "form"),))

AnyEquation = Annotated[
    NLSEquation
    | GrossPitaevskiiEquation
    | DefocusingEquation
    | HalfWaveEquation
    | HartreeEquation
    | HartreeHierarchyEquation
    | RemainderEquation
    | PythonEquation,
    _BY_NAME,
]

_OF_MATRICES = ("conserved", "virial", "resolution", "hierarchy")
_HALF_WAVE = ("conserved", "resolution", "half-wave")
_FAMILIES_BY_DEFAULT = {"hartree": _OF_MATRICES, "hartree-hierarchy": _OF_MATRICES, "half-wave": _HALF_WAVE}

EQUATION_NAMES = tuple(_BY_NAME.names_of(sections_in(AnyEquation)))
"""The names of the equations that come with the package."""


def defaults_of(equation: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the defaults of other sections that an equation, as a table, has unlike most; by section and key."""
    if equation.get("name") == "nls" and "form" in equation:
        scheme = next(iter(EXPONENTIAL_SCHEMES))
        return {"diagnostics": {"families": ("remainder", "resolution")}, "time": {"scheme": scheme}}
    families = _FAMILIES_BY_DEFAULT.get(str(equation.get("name")))
    return {} if families is None else {"diagnostics": {"families": families}}
