"""The small sections of the configuration: diagnostics, limits, output, checkpoints."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from parallel_nls.config.sections.own import OwnQuantity
from parallel_nls.config.sections.values import (
    AnyInterval,
    Count,
    Interval,
    Limit,
    OptionalInterval,
    Section,
    Text,
    one_of,
)

__all__ = [
    "CRITICAL_FAMILIES",
    "FAMILIES",
    "MODULATED_FAMILIES",
    "CheckpointSection",
    "DiagnosticsSection",
    "LimitsSection",
    "OutputSection",
]

CRITICAL_FAMILIES = ("modulation", "functionals")
"""Families that decompose the solution, which takes the ground state of the critical equation and a blow-up time."""
MODULATED_FAMILIES = (*CRITICAL_FAMILIES, "localized")
"""Families that are measured on bubbles; the last needs to know no more of them than where they are."""
FAMILIES = ("conserved", "virial", "resolution", "distance", *MODULATED_FAMILIES, "hierarchy", "half-wave", "remainder")


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
    own: tuple[OwnQuantity, ...] = Field(
        default=(), description="one table [[diagnostics.own]] with name and file for each quantity"
    )

    @property
    def modulated_families(self) -> tuple[str, ...]:
        """The families that are measured on bubbles, in an order of their own."""
        return tuple(name for name in MODULATED_FAMILIES if name in self.families)

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, without `own` where there is none, as runs were stored before it."""
        document: dict[str, Any] = dump(self)
        return document if self.own else {key: value for key, value in document.items() if key != "own"}


class LimitsSection(Section):
    """Bounds at which the run stops honestly (exit code 3); infinity: not in force, written as "off"."""

    spectral_tail: Limit = Field(
        default=1e-5,
        description='the largest |û| over the outer tenth of the wavenumbers, relative to max|û|; or "off"',
    )
    sup_norm: Limit = Field(default=float("inf"), description='the largest sup|u|; or "off"')
    energy_drift: Limit = Field(
        default=1e-2,
        description='the largest change of the energy, relative to the sum of the moduli of its parts; or "off"',
    )
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
