"""Bubbles, and small data beside them, in [initial]: what a run in remainder form may start from in place of zero."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field

from parallel_nls.config.sections.initial_base import InitialSection
from parallel_nls.config.sections.initial_files import FileInitial, PythonInitial
from parallel_nls.config.sections.initial_waves import BubblesInitial, GaussianInitial
from parallel_nls.config.sections.union import UnionByKey

__all__ = ["RemainderInitial"]


class RemainderInitial(BubblesInitial):
    """The S_k of `BubblesInitial`, and z or R at the start."""

    tag: ClassVar[str] = "<bubbles:remainder>"

    remainder: Annotated[GaussianInitial | FileInitial | PythonInitial, UnionByKey("kind", "kind")] = Field(
        description='a table [initial.remainder] with a kind, as kind = "gaussian"; left out: 0'
    )

    @property
    def small_data(self) -> InitialSection:
        """What the unknown is at the start."""
        return self.remainder

    @property
    def source_file(self) -> str | None:
        """The Python file, where it is given by one."""
        return self.remainder.source_file

    def in_dimension(self, dimension: int) -> Self:
        """Return the same with zeros for a center that was not given."""
        return self.model_copy(update={"remainder": self.remainder.in_dimension(dimension)})

    def describe(self, dimension: int) -> list[str]:
        """Return a line about all bubbles, one about each, and one about the remainder."""
        return [*super().describe(dimension), *(f"beside them {line}" for line in self.remainder.describe(dimension))]
