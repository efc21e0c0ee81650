"""The [initial] section: what the run starts from, by its kind."""

from __future__ import annotations

from typing import Annotated

from parallel_nls.config.sections.initial_base import BubbleParameters, InitialSection, MovingWave
from parallel_nls.config.sections.initial_changes import NoiseParameters, Normalisation
from parallel_nls.config.sections.initial_files import FileInitial, PythonInitial
from parallel_nls.config.sections.initial_mixture import ComponentParameters, MixtureInitial, ThermalInitial
from parallel_nls.config.sections.initial_profile import ProfileInitial, SechInitial
from parallel_nls.config.sections.initial_remainder import PerturbationInitial, RemainderInitial
from parallel_nls.config.sections.initial_waves import (
    BubblesInitial,
    GaussianInitial,
    SolitonParameters,
    SolitonsInitial,
)
from parallel_nls.config.sections.union import UnionByKey

__all__ = [
    "AnyInitial",
    "BubbleParameters",
    "BubblesInitial",
    "ComponentParameters",
    "FileInitial",
    "GaussianInitial",
    "InitialSection",
    "MixtureInitial",
    "MovingWave",
    "NoiseParameters",
    "Normalisation",
    "PerturbationInitial",
    "ProfileInitial",
    "PythonInitial",
    "RemainderInitial",
    "SechInitial",
    "SolitonParameters",
    "SolitonsInitial",
    "ThermalInitial",
]

AnyInitial = Annotated[
    BubblesInitial
    | RemainderInitial
    | SolitonsInitial
    | GaussianInitial
    | MixtureInitial
    | ThermalInitial
    | ProfileInitial
    | SechInitial
    | FileInitial
    | PythonInitial,
    UnionByKey("kind", "kind", variants=(("bubbles", "remainder"),)),
]
