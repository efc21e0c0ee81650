"""The small sections of the configuration: equation, diagnostics, limits, output."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from parallel_nls.config.time_section import PAIRS_PER_STEP
from parallel_nls.config.values import (
    Count,
    Interval,
    Limit,
    OptionalInterval,
    Positive,
    Section,
    Text,
    fail,
    one_of,
)
from parallel_nls.config.wall_time import AnyInterval

__all__ = [
    "CRITICAL_FAMILIES",
    "FAMILIES",
    "MODULATED_FAMILIES",
    "PAIRS_PER_STEP",
    "CheckpointSection",
    "DiagnosticsSection",
    "EquationSection",
    "LimitsSection",
    "OutputSection",
]

EQUATION_NAMES = ("nls",)
CRITICAL_FAMILIES = ("modulation", "functionals")
"""Families that decompose the solution, which takes the ground state of the critical equation and a blow-up time."""
MODULATED_FAMILIES = (*CRITICAL_FAMILIES, "localized")
"""Families that are measured on bubbles; the last needs to know no more of them than where they are."""
FAMILIES = ("conserved", "virial", "resolution", "distance", *MODULATED_FAMILIES)

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


class DiagnosticsSection(Section):
    """What is measured, and how often."""

    every: Interval | None = Field(
        default=None, description="simulated time, as every = 0.01, or steps, as every = {steps = 10}"
    )
    families: tuple[Annotated[Text, one_of("family", FAMILIES)], ...] = Field(
        min_length=1,
        default=("conserved", "virial", "resolution"),
        description='a list, as families = ["conserved", "virial"]',
    )

    @property
    def modulated_families(self) -> tuple[str, ...]:
        """The families that are measured on bubbles, in an order of their own."""
        return tuple(name for name in MODULATED_FAMILIES if name in self.families)


class LimitsSection(Section):
    """Bounds at which the run stops honestly (exit code 3); infinity: not in force, written as "off"."""

    spectral_tail: Limit = Field(
        default=1e-5,
        description='the largest |û| over the outer tenth of the wavenumbers, relative to max|û|; or "off"',
    )
    sup_norm: Limit = Field(default=float("inf"), description='the largest sup|u|; or "off"')
    identity: Limit = Field(
        default=float("inf"),
        description='the largest relative residual of an identity, the virial or a local one; or "off"',
    )


class OutputSection(Section):
    """Which fields are stored besides the first and the last."""

    fields_every: OptionalInterval = Field(
        default=None, description='simulated time, as fields_every = 0.1, or {steps = 100}, or "off"'
    )


class CheckpointSection(Section):
    """How often the whole state is stored, so that the run can go on from there, and how many of them are kept."""

    every: AnyInterval = Field(
        default="10 min",
        description='a time on the clock, as every = "10 min", or steps, as {steps = 20}, or simulated time, or "off"',
    )
    slots: Annotated[Count, Field(ge=2, le=1000)] = Field(
        default=2, description="the number of checkpoints that are kept, as slots = 2: one may be damaged"
    )
