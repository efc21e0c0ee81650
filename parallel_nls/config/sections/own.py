"""Quantities of the user's own, each a function in a Python file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from parallel_nls.config.sections.paths import PythonFile, identifier
from parallel_nls.config.sections.values import Section, Text, fail

__all__ = ["OwnQuantity"]

_RESERVED = ("time", "step", "finite")  # columns of every series; those of quantities are looked at with the quantities


def _not_reserved(name: str) -> str:
    """Return a name that no column of every series has."""
    if name in _RESERVED:
        raise fail("is what a column of every series is called; choose another name")
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
