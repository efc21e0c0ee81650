"""Initial data given by a file: a stored field, an array, or a function in Python."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from parallel_nls.config.sections.initial_base import LastingInitial
from parallel_nls.config.sections.paths import PythonFile, find_file, identifier
from parallel_nls.config.sections.values import Text

__all__ = ["FileInitial", "PythonInitial"]

_ARGUMENTS = {1: "x", 2: "x, y"}


class FileInitial(LastingInitial):
    """A stored field of a run on the same grid, or an array; ``file`` is an absolute path."""

    tag: ClassVar[str] = "<file>"
    takes_radius: ClassVar[bool] = True
    takes_line: ClassVar[bool] = True
    takes_plane: ClassVar[bool] = True
    is_on_one_grid: ClassVar[bool] = True

    kind: Literal["file"]
    file: Annotated[Text, find_file(".h5", ".npy")] = Field(
        description='the path of a stored field or of an array, as file = "start.h5" or file = "start.npy"'
    )

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        return [f"the field in {self.file}"]


class PythonInitial(LastingInitial):
    """The values of a function in a Python file, of x, of x and y, or of r; ``file`` is an absolute path."""

    tag: ClassVar[str] = "<python>"
    takes_radius: ClassVar[bool] = True
    takes_line: ClassVar[bool] = True
    takes_plane: ClassVar[bool] = True

    kind: Literal["python"]
    file: PythonFile = Field(description='the path of a Python file, as file = "start.py"')
    function: Annotated[Text, identifier("a function", 'the name of one in the file, as function = "u0"')] = Field(
        default="u0", description='the name of a function of x, or of x and y, as function = "u0"'
    )

    @property
    def source_file(self) -> str:
        """The Python file."""
        return self.file

    def describe(self, dimension: int) -> list[str]:
        """Return a line."""
        return [f"{self.function}({_ARGUMENTS.get(dimension, 'r')}) of {self.file}"]
