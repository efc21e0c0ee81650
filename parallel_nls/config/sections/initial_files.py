"""Initial data given by a file: a stored field, an array, or a function in Python."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from parallel_nls.config.sections.initial_base import LastingInitial, without_changes
from parallel_nls.config.sections.paths import PythonFile, find_file, identifier
from parallel_nls.config.sections.values import Switch, Text, one_of
from parallel_nls.config.stored_time import STORED

__all__ = ["FileInitial", "PythonInitial"]

_ARGUMENTS = {1: "x", 2: "x, y"}


class FileInitial(LastingInitial):
    """A stored field, or an array, of any grid of the same box; ``file`` is an absolute path.

    ``time`` is None in a valid configuration: the time of the file is put into ``time.start`` before.
    """

    tag: ClassVar[str] = "<file>"
    takes_radius: ClassVar[bool] = True
    takes_line: ClassVar[bool] = True
    takes_plane: ClassVar[bool] = True

    kind: Literal["file"]
    file: Annotated[Text, find_file(".h5", ".hdf5", ".npy", ".npz")] = Field(
        description='the path of a stored field or of an array, as file = "start.h5" or file = "start.npy"'
    )
    dataset: Text | None = Field(
        default=None, description='the name of what is read in a file that holds several, as dataset = "psi"'
    )
    time: Annotated[Text | None, one_of("time of a file", (STORED,), optional=True)] = Field(
        default=None, description='"stored", to start at the time that the file holds'
    )
    interpolate: Switch = Field(
        default=False,
        description="whether a field of other points is taken to the grid, as interpolate = true",
    )

    @property
    def data_file(self) -> str:
        """The file."""
        return self.file

    @property
    def is_on_one_grid(self) -> bool:
        """Whether it is not to be taken to another grid."""
        return not self.interpolate

    @property
    def is_interpolated(self) -> bool:
        """Whether it is."""
        return self.interpolate

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        return [f"the field {'' if self.dataset is None else f'{self.dataset} '}in {self.file}"]

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, without what is not asked for: as before there was any of it."""
        document: dict[str, Any] = without_changes(dump(self))
        given = {"dataset": self.dataset is not None, "time": self.time is not None, "interpolate": self.interpolate}
        return {key: value for key, value in document.items() if given.get(key, True)}


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
