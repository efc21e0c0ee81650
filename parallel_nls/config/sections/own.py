"""Quantities of the user's own, each a function in a Python file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from parallel_nls.config.sections.paths import PythonFile, identifier
from parallel_nls.config.sections.values import Section, Text, fail

__all__ = ["RESERVED", "OwnQuantity"]

RESERVED = (
    "time", "step", "finite", "axis", "bubble", "part", "local_term", "energy_term", "mass", "energy", "momentum",
    "variance", "variance_rate", "variance_acceleration", "virial_residual", "sup_norm", "sup_position",
    "spectral_tail", "distance_l2", "distance_h1", "distance_sigma", "scale", "center", "boost", "chirp", "phase",
    "orthogonality", "fit_passes", "remainder_l2", "remainder_gradient", "remainder_size", "localized_mass",
    "modulation_parts", "modulation_defect", "morawetz", "localized_remainder", "localized_virial",
    "modified_localized_virial", "generalized_energy", "energy_defect", "energy_expansion", "energy_remainder",
    "local_mass", "local_current", "local_flux", "local_scale", "local_terms", "local_acceleration",
    "mass_identity", "current_identity", "step_size", "error_estimate",
)  # fmt: skip
"""What columns of a series, and what belongs to them, are called; the catalogue, which makes them, lies above."""


def _not_reserved(name: str, info: ValidationInfo) -> str:
    """Return a name that no column of a series has already; a run that has begun keeps one that was free then."""
    if name in RESERVED and (info.context or {}).get("files", True):
        raise fail("is what a quantity of the package is called; choose another name")
    return name


_Name = Annotated[
    Text, identifier("a quantity", 'one of letters, as name = "tail_mass"'), AfterValidator(_not_reserved)
]
_Function = Annotated[Text, identifier("a function", 'the name of one in the file, as function = "tail_mass"')]


class OwnQuantity(Section):
    """One table [[diagnostics.own]]; ``file`` is an absolute path, ``function`` by default called as the quantity."""

    name: _Name = Field(description='the name of the quantity in the series, as name = "tail_mass"')
    file: PythonFile = Field(description='the path of a Python file, as file = "mine.py"')
    function: _Function = Field(
        default="", description='the name of what the file defines, by default that of the quantity, as function = "f"'
    )

    @model_validator(mode="before")
    @classmethod
    def fill_in_function(cls, value: object) -> object:
        """Return the table with the name of the quantity for a function that was not given."""
        if isinstance(value, dict) and "function" not in value and isinstance(value.get("name"), str):
            return {**value, "function": value["name"]}
        return value
