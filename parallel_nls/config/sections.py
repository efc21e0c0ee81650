"""The other sections of the configuration: equation, grid, time, diagnostics, limits, output."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from parallel_nls.config.toml_text import quoted
from parallel_nls.config.values import (
    Count,
    Interval,
    Limit,
    Number,
    OptionalInterval,
    Positive,
    Section,
    Text,
    Vector,
    fail,
    one_of,
)

__all__ = [
    "FAMILIES",
    "PAIRS_PER_STEP",
    "DiagnosticsSection",
    "EquationSection",
    "GridSection",
    "LimitsSection",
    "OutputSection",
    "TimeSection",
]

EQUATION_NAMES = ("nls",)
PRECISIONS = ("double",)
PAIRS_PER_STEP = {"strang": 1, "blanes-moan-rkn4": 6}
"""Pairs of a transform and its inverse that one step of each scheme costs."""
FAMILIES = ("conserved", "virial", "resolution", "distance")


def _two(value: int) -> int:
    """Return the dimension when it is one that can be solved."""
    if value != 2:
        raise fail("must be 2; only the plane is on offer")
    return value


class EquationSection(Section):
    """Which equation is solved."""

    name: Annotated[Text, one_of("equation", EQUATION_NAMES)] = Field(description='the equation, as name = "nls"')
    dimension: Annotated[Count, AfterValidator(_two)] = Field(
        default=2, description="the number of space dimensions, 2"
    )


class GridSection(Section):
    """The periodic box [-L/2, L/2) and its points."""

    points: tuple[Annotated[Count, Field(ge=4, le=2**30)], ...] = Field(
        description="whole numbers of at least 4, one for each axis, as points = [512, 512]"
    )
    length: tuple[Positive, ...] = Field(
        description="the sides L of the box [-L/2, L/2), one for each axis, as length = [20.0, 20.0]"
    )
    precision: Annotated[Text, one_of("precision", PRECISIONS)] = "double"

    @property
    def spacing(self) -> Vector:
        """The distance of neighbouring points on each axis."""
        return tuple(length / points for length, points in zip(self.length, self.points, strict=True))


class TimeSection(Section):
    """The run in simulated time; ``stop < start`` runs backward."""

    start: Number = Field(description="the simulated time at the start, as start = -0.5")
    stop: Number = Field(description="the simulated time at the end, as stop = -0.1; before start: a run backward")
    scheme: Annotated[Text, one_of("scheme", tuple(PAIRS_PER_STEP))] = "blanes-moan-rkn4"
    step: Positive = Field(description="the fixed time step, as step = 1e-3; stop before start runs backward")

    @model_validator(mode="before")
    @classmethod
    def refuse_tolerance(cls, value: object) -> object:
        """Refuse error control, which has no implementation behind it, with what to write instead."""
        if isinstance(value, dict) and "tolerance" in value:
            if "step" in value:
                step = quoted(value["step"])
                raise fail(f"excludes time.step = {step}; keep step and remove tolerance", "tolerance")
            raise fail("error control is not available; give a fixed step instead, as step = 1e-3", "tolerance")
        return value


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


class LimitsSection(Section):
    """Bounds at which the run stops honestly (exit code 3); infinity: not in force, written as "off"."""

    spectral_tail: Limit = Field(
        default=1e-5,
        description='the largest |û| over the outer tenth of the wavenumbers, relative to max|û|; or "off"',
    )
    sup_norm: Limit = Field(default=float("inf"), description='the largest sup|u|; or "off"')


class OutputSection(Section):
    """Which fields are stored besides the first and the last."""

    fields_every: OptionalInterval = Field(
        default=None, description='simulated time, as fields_every = 0.1, or {steps = 100}, or "off"'
    )
