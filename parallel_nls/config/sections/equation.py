"""The [equation] section: which equation is solved, by its name or by a file."""

from __future__ import annotations

from typing import Annotated

from parallel_nls.config.sections.equation_base import EquationSection
from parallel_nls.config.sections.equation_file import PythonEquation
from parallel_nls.config.sections.equation_named import DefocusingEquation, GrossPitaevskiiEquation, NLSEquation
from parallel_nls.config.sections.union import UnionByKey, sections_in

__all__ = [
    "EQUATION_NAMES",
    "AnyEquation",
    "DefocusingEquation",
    "EquationSection",
    "GrossPitaevskiiEquation",
    "NLSEquation",
    "PythonEquation",
]

_BY_NAME = UnionByKey("name", "equation", alternative="file")

AnyEquation = Annotated[NLSEquation | GrossPitaevskiiEquation | DefocusingEquation | PythonEquation, _BY_NAME]

EQUATION_NAMES = tuple(_BY_NAME.names_of(sections_in(AnyEquation)))
"""The names of the equations that come with the package."""
