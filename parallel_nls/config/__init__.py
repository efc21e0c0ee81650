"""Configuration of a run: TOML in, one validated object out, every mistake named at once.

No part of it initialises MPI or imports numba or h5py, so help, ``examples`` and dry runs stay light.
"""

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.initial import (
    BubbleParameters,
    BubblesInitial,
    FileInitial,
    GaussianInitial,
    PythonInitial,
    SolitonParameters,
    SolitonsInitial,
)
from parallel_nls.config.loading import configuration_name, load_configuration
from parallel_nls.config.memory import check_memory, node_memory, required_bytes
from parallel_nls.config.modulation_section import ModulationSection, ReferenceBubbles
from parallel_nls.config.packaged import example_names, example_text
from parallel_nls.config.resources import Resources, compute_resources, describe_resources
from parallel_nls.config.sections import EQUATION_NAMES, FAMILIES, MODULATED_FAMILIES, PAIRS_PER_STEP
from parallel_nls.config.toml_text import counted, quoted

__all__ = [
    "EQUATION_NAMES",
    "FAMILIES",
    "MODULATED_FAMILIES",
    "PAIRS_PER_STEP",
    "BubbleParameters",
    "BubblesInitial",
    "Configuration",
    "FileInitial",
    "GaussianInitial",
    "ModulationSection",
    "PythonInitial",
    "ReferenceBubbles",
    "Resources",
    "SolitonParameters",
    "SolitonsInitial",
    "check_memory",
    "compute_resources",
    "configuration_name",
    "counted",
    "describe_resources",
    "example_names",
    "example_text",
    "load_configuration",
    "node_memory",
    "quoted",
    "required_bytes",
]
