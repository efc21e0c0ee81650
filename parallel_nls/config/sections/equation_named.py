"""The equations that come with the package, by their names."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from parallel_nls.config.sections.equation_base import DIMENSIONS, Dimension, EquationSection
from parallel_nls.config.sections.values import Positive, Text
from parallel_nls.config.toml_text import counted

__all__ = ["DefocusingEquation", "GrossPitaevskiiEquation", "NLSEquation"]


class _PowerEquation(EquationSection):
    """An equation with the nonlinearity |u|^power u, of this sign, and by default of the critical power."""

    sign: ClassVar[str] = ""

    name: Text
    dimension: Dimension = 2
    power: Annotated[Positive, Field(le=16)] = Field(
        default=2.0, description="p in |u|^p u, greater than 0 and at most 16; by default the critical 4/dimension"
    )

    @model_validator(mode="before")
    @classmethod
    def fill_in_power(cls, value: object) -> object:
        """Return the table with the critical power, where it names none and its dimension is a dimension."""
        if isinstance(value, dict) and "power" not in value:
            dimension = value.get("dimension", 2)
            if dimension in DIMENSIONS:
                return {**value, "power": 4.0 / dimension}
        return value

    def describe(self) -> str:
        """Return what `info` says of it: name, dimension, nonlinearity."""
        return f"{self.name} in {counted(self.dimension, 'dimension')}, nonlinearity {self.sign}|u|^{self.power:g} u"

    def parameters(self) -> dict[str, float]:
        """Return the arguments besides the domain with which the object of the equation is made, by name."""
        return {"power": self.power}


class NLSEquation(_PowerEquation):
    """i u_t + Δu + |u|^power u = 0."""

    tag: ClassVar[str] = "<nls>"

    name: Literal["nls"]

    @property
    def is_critical(self) -> bool:
        """Whether the power is 4/d."""
        return self.power == self.critical_power

    @property
    def has_local_balance(self) -> bool:
        """With any power."""
        return True

    @property
    def focusing_power(self) -> float:
        """The power."""
        return self.power

    @property
    def has_ground_states(self) -> bool:
        """With any power."""
        return True

    @property
    def deviation(self) -> tuple[str, float | str]:
        """The power, where it is not the critical one."""
        return "equation.power", self.power

    def describe(self) -> str:
        """Return what `info` says of it: name, dimension, nonlinearity."""
        return f"{super().describe()}{' (L²-critical)' if self.is_critical else ''}"

    def statement(self) -> str:
        """Return the equation itself."""
        return f"i u_t + Δu + |u|^{self.power:g} u = 0"


class GrossPitaevskiiEquation(_PowerEquation):
    """i u_t = -Δu + trap²|x|²u - |u|^power u."""

    tag: ClassVar[str] = "<gross-pitaevskii>"

    name: Literal["gross-pitaevskii"]
    trap: Positive = Field(default=1.0, description="ω in the potential ω²|x|², as trap = 1.0")

    @property
    def focusing_power(self) -> float:
        """The power: a peak that focuses does not feel the trap."""
        return self.power

    @property
    def own_rate(self) -> float:
        """That of the trap, ω."""
        return self.trap

    def describe(self) -> str:
        """Return what `info` says of it: name, dimension, nonlinearity, trap."""
        return f"{super().describe()}, trap {self.trap:g}"

    def statement(self) -> str:
        """Return the equation itself."""
        factor = "" if self.trap == 1 else f"{self.trap**2:g}"
        return f"i u_t = -Δu + {factor}|x|² u - |u|^{self.power:g} u"

    def parameters(self) -> dict[str, float]:
        """Return the arguments besides the domain with which the object of the equation is made, by name."""
        return {**super().parameters(), "trap": self.trap}


class DefocusingEquation(_PowerEquation):
    """i u_t + Δu - |u|^power u = 0."""

    tag: ClassVar[str] = "<defocusing-nls>"
    sign: ClassVar[str] = "-"

    name: Literal["defocusing-nls"]

    def statement(self) -> str:
        """Return the equation itself."""
        return f"i u_t + Δu - |u|^{self.power:g} u = 0"
