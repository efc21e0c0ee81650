"""Initial data of the half-wave equation: its blow-up profile, and sech."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import ClassVar, Literal

from pydantic import Field

from parallel_nls.config.sections.initial_base import LastingInitial
from parallel_nls.config.sections.values import Number, Positive, Switch

__all__ = ["ProfileInitial", "SechInitial"]

_TAIL = 0.547  # c/Q(0) of Q ≈ c/x²


class ProfileInitial(LastingInitial):
    """λ^{−1/2} Q_P(x/λ) with P = (b, λ), the approximate blow-up profile."""

    tag: ClassVar[str] = "<profile>"
    takes_box: ClassVar[bool] = False
    takes_line: ClassVar[bool] = True

    kind: Literal["profile"]
    b: Positive = Field(lt=0.3, description="b of the profile Q_P; below 0.3, beyond which it is no profile")
    scale: Positive = Field(default=1.0, description="λ of the profile")
    normalise: Switch = Field(  # type: ignore[assignment]  # of other data a table
        default=True, description="whether it is scaled to the mass of Q, without which it does not blow up"
    )
    excess: Number = Field(default=0.0, description="what is added to that mass, negative for a bounce")

    @property
    def is_even(self) -> bool:
        """It is."""
        return not self.noise

    def edge(
        self,
        time: float,  # noqa: ARG002
        lengths: Sequence[float],
    ) -> float:
        """Return the tail of Q, c(λ/x)², relative to Q(0)."""
        return _TAIL * (2 * self.scale / lengths[0]) ** 2

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return λ."""
        return {"smallest λ": self.scale}

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        excess = f" {self.excess:+g}" if self.excess else ""
        mass = f", of the mass of Q{excess}" if self.normalise else ""
        return [f"blow-up profile with b = {self.b:g} and scale {self.scale:g}{mass}"]

    def describe_changes(self) -> list[str]:
        """Return nothing: all is said."""
        return []


class SechInitial(LastingInitial):
    """amplitude·sech(x/width)."""

    tag: ClassVar[str] = "<sech>"
    takes_box: ClassVar[bool] = False
    takes_line: ClassVar[bool] = True

    kind: Literal["sech"]
    amplitude: Positive = Field(description="the largest |u|")
    width: Positive = Field(default=1.0, description="the width in sech(x/width)")

    @property
    def is_even(self) -> bool:
        """It is."""
        return not self.noise

    def edge(
        self,
        time: float,  # noqa: ARG002
        lengths: Sequence[float],
    ) -> float:
        """Return 2e^{−L/(2·width)}."""
        return 2 * exp(-lengths[0] / (2 * self.width))

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the width."""
        return {"smallest width": self.width}

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        return [f"{self.amplitude:g}·sech(x/{self.width:g})"]
