"""Bubbles, and small data beside them, in [initial]: what a run in remainder form may start from in place of zero."""

from __future__ import annotations

from math import exp, log
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from parallel_nls.config.sections.initial_base import InitialSection, LastingInitial
from parallel_nls.config.sections.initial_files import FileInitial, PythonInitial
from parallel_nls.config.sections.initial_waves import BubblesInitial, GaussianInitial
from parallel_nls.config.sections.union import UnionByKey
from parallel_nls.config.sections.values import Count, Number, Text, one_of
from parallel_nls.profiles.kernel_directions import DIRECTIONS

__all__ = ["PerturbationInitial", "RemainderInitial"]


class PerturbationInitial(LastingInitial):
    """A small change of one bubble, amplitude·s^{−power}e^{−rate·s} of a direction, where s is that of the start."""

    tag: ClassVar[str] = "<perturbation>"

    kind: Literal["perturbation"]
    direction: Annotated[Text, one_of("direction", DIRECTIONS)] = Field(
        default="gaussian", description=f"one of {', '.join(DIRECTIONS)}"
    )
    bubble: Annotated[Count, Field(ge=1)] = Field(default=1, description="which bubble it changes, from 1 on")
    amplitude: Number = Field(description="the factor of the direction, as amplitude = 1e-3")
    power: Number = Field(default=0.0, description="of 1/s in the factor")
    rate: Number = Field(default=0.0, description="of e^(-rate s) in the factor")

    @property
    def changed_bubble(self) -> int:
        """The number of the bubble."""
        return self.bubble

    def size_at(self, s: float) -> float:
        """Return the factor of the direction at s = 1/(T - t)."""
        return self.amplitude * exp(-self.power * log(s) - self.rate * s)

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        law = (f" s^-{self.power:g}" if self.power else "") + (f" e^(-{self.rate:g} s)" if self.rate else "")
        return [f"bubble {self.bubble} perturbed in the direction {self.direction} by {self.amplitude:g}{law}"]


class RemainderInitial(BubblesInitial):
    """The S_k of `BubblesInitial`, and z or R at the start."""

    tag: ClassVar[str] = "<bubbles:remainder>"

    remainder: Annotated[
        GaussianInitial | FileInitial | PythonInitial | PerturbationInitial, UnionByKey("kind", "kind")
    ] = Field(description='a table [initial.remainder] with a kind, as kind = "gaussian"; left out: 0')

    @property
    def small_data(self) -> InitialSection:
        """What the unknown is at the start."""
        return self.remainder

    @property
    def source_file(self) -> str | None:
        """The Python file, where it is given by one."""
        return self.remainder.source_file

    @property
    def data_file(self) -> str | None:
        """The file of numbers, where it is given by one."""
        return self.remainder.data_file

    def in_dimension(self, dimension: int) -> Self:
        """Return the same with zeros for a center that was not given."""
        return self.model_copy(update={"remainder": self.remainder.in_dimension(dimension)})

    def describe(self, dimension: int) -> list[str]:
        """Return a line about all bubbles, one about each, and one about the remainder."""
        return [*super().describe(dimension), *(f"beside them {line}" for line in self.remainder.describe(dimension))]
