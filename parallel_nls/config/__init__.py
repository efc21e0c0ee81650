"""Configuration of a run: TOML in, one validated object out, every mistake named at once.

No part of it initialises MPI or imports numba or h5py, so help, ``examples`` and dry runs stay light.
"""

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.loading import configuration_name, load_configuration
from parallel_nls.config.reading import example_names, example_text
from parallel_nls.config.sections.equation import (
    EQUATION_NAMES,
    DefocusingEquation,
    EquationSection,
    GrossPitaevskiiEquation,
    NLSEquation,
    PythonEquation,
)
from parallel_nls.config.sections.grid import FourierGrid, GridSection
from parallel_nls.config.sections.initial import (
    BubbleParameters,
    BubblesInitial,
    FileInitial,
    GaussianInitial,
    InitialSection,
    PythonInitial,
    SolitonParameters,
    SolitonsInitial,
)
from parallel_nls.config.sections.modulation import ModulationSection, ReferenceBubbles
from parallel_nls.config.sections.output import FAMILIES, MODULATED_FAMILIES
from parallel_nls.config.sections.own import OwnQuantity
from parallel_nls.config.toml_text import counted, quoted

__all__ = [
    "EQUATION_NAMES",
    "FAMILIES",
    "MODULATED_FAMILIES",
    "BubbleParameters",
    "BubblesInitial",
    "Configuration",
    "DefocusingEquation",
    "EquationSection",
    "FileInitial",
    "FourierGrid",
    "GaussianInitial",
    "GridSection",
    "GrossPitaevskiiEquation",
    "InitialSection",
    "ModulationSection",
    "NLSEquation",
    "OwnQuantity",
    "PythonEquation",
    "PythonInitial",
    "ReferenceBubbles",
    "SolitonParameters",
    "SolitonsInitial",
    "configuration_name",
    "counted",
    "example_names",
    "example_text",
    "load_configuration",
    "quoted",
]
