"""The [equation] section: which equation is solved, by its name or by a file."""

from __future__ import annotations

from typing import Annotated

from parallel_nls.config.sections.equation_base import EquationSection
from parallel_nls.config.sections.equation_file import PythonEquation
from parallel_nls.config.sections.equation_half_wave import HalfWaveEquation
from parallel_nls.config.sections.equation_hartree import (
    HartreeEquation,
    HartreeHierarchyEquation,
    RadialHartreeEquation,
)
from parallel_nls.config.sections.equation_named import DefocusingEquation, GrossPitaevskiiEquation, NLSEquation
from parallel_nls.config.sections.union import UnionByKey, sections_in

__all__ = [
    "EQUATION_NAMES",
    "FAMILIES_BY_DEFAULT",
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
]

_BY_NAME = UnionByKey("name", "equation", alternative="file")

AnyEquation = Annotated[
    NLSEquation
    | GrossPitaevskiiEquation
    | DefocusingEquation
    | HalfWaveEquation
    | HartreeEquation
    | HartreeHierarchyEquation
    | PythonEquation,
    _BY_NAME,
]

_OF_MATRICES = ("conserved", "virial", "resolution", "hierarchy")
_HALF_WAVE = ("conserved", "resolution", "half-wave")
FAMILIES_BY_DEFAULT = {"hartree": _OF_MATRICES, "hartree-hierarchy": _OF_MATRICES, "half-wave": _HALF_WAVE}
"""What is measured unless the configuration says so, of equations of which it is not what others have."""

EQUATION_NAMES = tuple(_BY_NAME.names_of(sections_in(AnyEquation)))
"""The names of the equations that come with the package."""
