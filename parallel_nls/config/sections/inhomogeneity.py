"""The coefficient k(x) of the half-wave equation in [equation.inhomogeneity]."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from parallel_nls.config.sections.paths import PythonFile, find_file, identifier
from parallel_nls.config.sections.union import UnionByKey
from parallel_nls.config.sections.values import Number, Positive, Section, Text

__all__ = ["AnyInhomogeneity", "InhomogeneitySection", "PythonInhomogeneity", "TableInhomogeneity"]


class InhomogeneitySection(Section):
    """k(x): 1 at the origin, even, and falling from there where a blow-up profile is asked for."""

    @property
    def source_file(self) -> str | None:
        """The file whose text the run stores; None: there is none."""
        return None

    def parameters(self) -> dict[str, Any]:
        """Return the arguments with which the object is made, by name."""
        return self.model_dump(exclude={"kind"})

    @abstractmethod
    def describe(self) -> str:
        """Return the formula with its numbers."""


class BumpInhomogeneity(InhomogeneitySection):
    """base + height·f(curvature x²)."""

    base: Number = Field(default=0.5, description="the limit of k far away")
    height: Number = Field(default=0.5, description="by how much k(0) exceeds it")
    curvature: Positive = Field(default=1.0, description="the factor of x²")


class RationalInhomogeneity(BumpInhomogeneity):
    """base + height/(1 + curvature x²)."""

    tag: ClassVar[str] = "<rational>"

    kind: Literal["rational"]

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.base:g} + {self.height:g}/(1 + {self.curvature:g} x²)"


class GaussianBumpInhomogeneity(BumpInhomogeneity):
    """base + height·exp(−curvature x²)."""

    tag: ClassVar[str] = "<gaussian-bump>"

    kind: Literal["gaussian-bump"]

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.base:g} + {self.height:g}·exp(-{self.curvature:g} x²)"


class TableInhomogeneity(InhomogeneitySection):
    """A spline through a table of x ≥ 0 and k; even."""

    tag: ClassVar[str] = "<table>"

    kind: Literal["table"]
    file: Annotated[Text, find_file(".txt", ".csv", ".dat")] = Field(
        description='the path of a text with the columns x and k, as file = "k.txt"'
    )

    @property
    def source_file(self) -> str:
        """The table."""
        return self.file

    def describe(self) -> str:
        """Return where the values are."""
        return f"table {self.file}"


class PythonInhomogeneity(InhomogeneitySection):
    """A function k(x) of the user."""

    tag: ClassVar[str] = "<python>"

    kind: Literal["python"]
    file: PythonFile = Field(description='the path of a Python file, as file = "k.py"')
    function: Annotated[Text, identifier("a function", 'the name of one in the file, as function = "k"')] = Field(
        default="k", description='the name of a function of an array of x, as function = "k"'
    )

    @property
    def source_file(self) -> str:
        """The Python file."""
        return self.file

    def describe(self) -> str:
        """Return where the function is."""
        return f"{self.function}(x) of {self.file}"


AnyInhomogeneity = Annotated[
    RationalInhomogeneity | GaussianBumpInhomogeneity | TableInhomogeneity | PythonInhomogeneity,
    UnionByKey("kind", "kind of inhomogeneity"),
]
