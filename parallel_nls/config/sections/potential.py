"""The terms of [equation.potential]: radial potentials V(r) between two particles."""

from __future__ import annotations

from abc import abstractmethod
from math import inf, sqrt
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from parallel_nls.config.sections.paths import PythonFile, find_file, identifier
from parallel_nls.config.sections.union import UnionByKey
from parallel_nls.config.sections.values import Number, Positive, Section, Text

__all__ = ["AnyPotential", "PotentialTerm", "Potentials", "PythonTerm", "TableTerm"]


class PotentialTerm(Section):
    """A radial potential; what attracts where coupling < 0 is positive."""

    strength: Number = Field(description="the factor of the potential; positive attracts where coupling < 0")

    if TYPE_CHECKING:  # a key of every member

        @property
        def kind(self) -> str:
            """The kind."""

    @property
    def source_file(self) -> str | None:
        """The file whose text the run stores; None: there is none."""
        return None

    @property
    def singularity(self) -> float:
        """The power a of V ~ r^−a at 0; 0: the term is bounded."""
        return 0.0

    def narrowest(self, dimension: int) -> float:
        """The largest distance of points at which sums over them see the term as it is, as far as that is known."""
        del dimension
        return inf

    def parameters(self) -> dict[str, float]:
        """Return the arguments with which the object is made, by name."""
        return self.model_dump(exclude={"kind"})

    @abstractmethod
    def describe(self) -> str:
        """Return the formula with its numbers."""


class InversePowerTerm(PotentialTerm):
    """strength·r^−power."""

    tag: ClassVar[str] = "<inverse-power>"

    kind: Literal["inverse-power"]
    power: Positive = Field(description="the power of 1/r, below 3 to be integrable in space")

    @property
    def singularity(self) -> float:
        """The power."""
        return self.power

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.strength:g}·r^-{self.power:g}"


class YukawaPowerTerm(PotentialTerm):
    """strength·r^−power·exp(−decay r)."""

    tag: ClassVar[str] = "<yukawa-power>"

    kind: Literal["yukawa-power"]
    power: Positive = Field(description="the power of 1/r, below 3 to be integrable in space")
    decay: Positive = Field(description="the rate in exp(-decay r)")

    @property
    def singularity(self) -> float:
        """The power."""
        return self.power

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.strength:g}·r^-{self.power:g}·exp(-{self.decay:g} r)"


class SoftenedPowerTerm(PotentialTerm):
    """strength·(r² + softening²)^(−power/2)."""

    tag: ClassVar[str] = "<softened-power>"

    kind: Literal["softened-power"]
    power: Positive = Field(description="the power of 1/r far away")
    softening: Positive = Field(description="the distance below which the power is softened")

    def narrowest(self, dimension: int) -> float:
        """To some 10⁻³, as measured for powers up to 12: the higher one is, the narrower is the term."""
        steepness = self.power + 3 - dimension
        return self.softening / min(0.3 * steepness, 2 / 3 * sqrt(steepness))

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.strength:g}·(r² + {self.softening:g}²)^-{self.power / 2:g}"


class GaussianTerm(PotentialTerm):
    """strength·exp(−r²/width²)."""

    tag: ClassVar[str] = "<gaussian>"

    kind: Literal["gaussian"]
    width: Positive = Field(description="the width in exp(-r²/width²)")

    def narrowest(self, dimension: int) -> float:
        """The width: to 10⁻⁴."""
        del dimension
        return self.width

    def describe(self) -> str:
        """Return the formula with its numbers."""
        return f"{self.strength:g}·exp(-r²/{self.width:g}²)"


class TableTerm(PotentialTerm):
    """The spline through a table of r and V; 0 beyond its last row."""

    tag: ClassVar[str] = "<table>"

    kind: Literal["table"]
    strength: Number = Field(default=1.0, description="the factor of the values in the table")
    file: Annotated[Text, find_file(".txt", ".csv", ".dat")] = Field(
        description='the path of a text with the columns r and V, as file = "potential.txt"'
    )

    @property
    def source_file(self) -> str:
        """The table."""
        return self.file

    def describe(self) -> str:
        """Return where the values are."""
        return f"{self.strength:g}·(table {self.file})"


class PythonTerm(PotentialTerm):
    """A function V(r) of the user, that behaves as r^−singular_power at 0."""

    tag: ClassVar[str] = "<python>"

    kind: Literal["python"]
    strength: Number = Field(default=1.0, description="the factor of the values of the function")
    file: PythonFile = Field(description='the path of a Python file, as file = "potential.py"')
    function: Annotated[Text, identifier("a function", 'the name of one in the file, as function = "V"')] = Field(
        default="V", description='the name of a function of an array of r > 0, as function = "V"'
    )
    singular_power: Annotated[Number, Field(ge=0.0)] = Field(
        default=0.0, description="the power a of V ~ r^-a at 0; 0: the function is bounded"
    )
    length: Positive = Field(default=1.0, description="a length on which the function varies")

    @property
    def singularity(self) -> float:
        """As the user says."""
        return self.singular_power

    @property
    def source_file(self) -> str:
        """The Python file."""
        return self.file

    def describe(self) -> str:
        """Return where the function is."""
        return f"{self.strength:g}·({self.function}(r) of {self.file})"


AnyPotential = Annotated[
    InversePowerTerm | YukawaPowerTerm | SoftenedPowerTerm | GaussianTerm | TableTerm | PythonTerm,
    UnionByKey("kind", "kind of potential"),
]


def _one_table_as_list(value: Any) -> Any:
    """Return a table alone as a list of one term."""
    return (value,) if isinstance(value, (dict, PotentialTerm)) else value


Potentials = Annotated[tuple[AnyPotential, ...], BeforeValidator(_one_table_as_list), Field(min_length=1)]
"""Terms that add: a table [equation.potential], or a list [[equation.potential]]."""
