"""An equation of the user's own, from a Python file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
)

from parallel_nls.config.sections.equation_base import Dimension, EquationSection
from parallel_nls.config.sections.paths import PythonFile
from parallel_nls.config.sections.values import Number, Text, fail
from parallel_nls.config.toml_text import counted, quoted

__all__ = ["Parameter", "PythonEquation"]

Parameter = bool | int | float | str | tuple[int | float, ...]
"""A value of [equation.parameters]; a list comes as a tuple. Whole numbers stay whole."""

_NUMBER, _TEXT = TypeAdapter(Number), TypeAdapter(Text)
_OF_THE_PACKAGE = ("self", "domain")  # names that the arguments of the equation have already


def _is_number(value: object) -> bool:
    """Return whether a value is a finite number of a sensible size; a boolean is none."""
    return _is_valid(_NUMBER, value) and not isinstance(value, bool)


def _is_valid(kind: TypeAdapter[Any], value: object) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return True


def _check_parameter(value: Any) -> Parameter:
    """Return the value of a parameter, a list as a tuple."""
    if isinstance(value, (list, tuple)) and all(map(_is_number, value)):
        return tuple(value)
    if isinstance(value, bool) or _is_number(value) or _is_valid(_TEXT, value):
        accepted: Parameter = value
        return accepted
    raise fail("must be a number of at most 1e100, a text in quotes, true, false, or a list of such numbers")


def _check_names(parameters: dict[str, Parameter]) -> dict[str, Parameter]:
    """Return the parameters, whose names must do for arguments."""
    for name in parameters:
        if not name.isidentifier() or name in _OF_THE_PACKAGE:
            raise fail(
                f"{quoted(name)} cannot be the name of a parameter; choose one that Python takes for an argument"
            )
    return parameters


_Parameters = Annotated[dict[str, Annotated[Any, PlainValidator(_check_parameter)]], AfterValidator(_check_names)]


class PythonEquation(EquationSection):
    """The equation that a class in a Python file is; ``file`` is an absolute path."""

    tag: ClassVar[str] = "<file>"

    file: PythonFile = Field(description='the path of a Python file, as file = "mine.py"')
    dimension: Dimension = 2
    table: _Parameters = Field(
        default={}, alias="parameters", description="a table of the equation's own keys, as {strength = 1.0}"
    )

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.file).stem

    @property
    def source_file(self) -> str:
        """The Python file."""
        return self.file

    @property
    def deviation(self) -> tuple[str, float | str]:
        """The file: what it holds is not known."""
        return "equation.file", self.file

    def describe(self) -> str:
        """Return what `info` says of it: name, dimension, file, parameters."""
        given = "".join(f", {name} = {quoted(value)}" for name, value in self.table.items())
        return f"{self.name} in {counted(self.dimension, 'dimension')}, of {self.file}{given}"

    def statement(self) -> str:
        """Return where the equation itself is to be found."""
        return f"as {self.file} has it"

    def parameters(self) -> dict[str, Any]:
        """Return the arguments besides the domain with which the object of the equation is made, by name."""
        return dict(self.table)

    @model_serializer(mode="wrap")
    def _under_its_key(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, the table under the name that it has in files."""
        document: dict[str, Any] = dump(self)
        return {**{key: value for key, value in document.items() if key != "table"}, "parameters": document["table"]}
