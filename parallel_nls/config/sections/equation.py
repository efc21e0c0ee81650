"""The [equation] section: which equation is solved."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from parallel_nls.config.sections.values import Count, Positive, Section, Text, fail, one_of

__all__ = ["EQUATION_NAMES", "EquationSection"]

EQUATION_NAMES = ("nls",)
_DIMENSIONS = (1, 2)


def _line_or_plane(value: int) -> int:
    """Return the dimension when it is one that can be solved."""
    if value not in _DIMENSIONS:
        raise fail("must be 1, the line, or 2, the plane")
    return value


class EquationSection(Section):
    """Which equation is solved: i u_t + Δu + |u|^power u = 0."""

    name: Annotated[Text, one_of("equation", EQUATION_NAMES)] = Field(description='the equation, as name = "nls"')
    dimension: Annotated[Count, AfterValidator(_line_or_plane)] = Field(
        default=2, description="the number of space dimensions, 1 or 2"
    )
    power: Annotated[Positive, Field(le=16)] = Field(
        default=2.0, description="p in |u|^p u, greater than 0 and at most 16; by default the critical 4/dimension"
    )

    @model_validator(mode="before")
    @classmethod
    def fill_in_power(cls, value: object) -> object:
        """Return the table with the critical power, where it names none and its dimension is a dimension."""
        if isinstance(value, dict) and "power" not in value:
            dimension = value.get("dimension", 2)
            if dimension in _DIMENSIONS:
                return {**value, "power": 4.0 / dimension}
        return value

    @property
    def critical_power(self) -> float:
        """4/d, the power with which mass is invariant under scaling."""
        return 4.0 / self.dimension

    @property
    def is_critical(self) -> bool:
        """Whether this is the L²-critical equation itself."""
        return self.power == self.critical_power
