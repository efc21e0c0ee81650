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
    HalfWaveEquation,
    HartreeEquation,
    HartreeHierarchyEquation,
    NLSEquation,
    PythonEquation,
    RadialHartreeEquation,
    RemainderEquation,
    decay_rate,
)
from parallel_nls.config.sections.equation_base import FIELD_SYSTEMS
from parallel_nls.config.sections.grid import FourierGrid, GridSection, RadialGrid, RationalGrid
from parallel_nls.config.sections.inhomogeneity import (
    InhomogeneitySection,
    PythonInhomogeneity,
    TableInhomogeneity,
)
from parallel_nls.config.sections.initial import (
    BubbleParameters,
    BubblesInitial,
    FileInitial,
    GaussianInitial,
    InitialSection,
    MixtureInitial,
    PerturbationInitial,
    ProfileInitial,
    PythonInitial,
    SechInitial,
    SolitonParameters,
    SolitonsInitial,
    ThermalInitial,
)
from parallel_nls.config.sections.modulation import ModulationSection, ReferenceBubbles
from parallel_nls.config.sections.output import FAMILIES, MODULATED_FAMILIES
from parallel_nls.config.sections.own import OwnQuantity
from parallel_nls.config.sections.potential import PotentialTerm, PythonTerm, TableTerm
from parallel_nls.config.toml_text import counted, quoted, whole_number

__all__ = [
    "EQUATION_NAMES",
    "FAMILIES",
    "FIELD_SYSTEMS",
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
    "HalfWaveEquation",
    "HartreeEquation",
    "HartreeHierarchyEquation",
    "InhomogeneitySection",
    "InitialSection",
    "MixtureInitial",
    "ModulationSection",
    "NLSEquation",
    "OwnQuantity",
    "PerturbationInitial",
    "PotentialTerm",
    "ProfileInitial",
    "PythonEquation",
    "PythonInhomogeneity",
    "PythonInitial",
    "PythonTerm",
    "RadialGrid",
    "RadialHartreeEquation",
    "RationalGrid",
    "ReferenceBubbles",
    "RemainderEquation",
    "SechInitial",
    "SolitonParameters",
    "SolitonsInitial",
    "TableInhomogeneity",
    "TableTerm",
    "ThermalInitial",
    "configuration_name",
    "counted",
    "decay_rate",
    "example_names",
    "example_text",
    "load_configuration",
    "quoted",
    "whole_number",
]
