"""What is done to initial data of any kind before a run starts from them: noise is added, and the whole is scaled."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from parallel_nls.config.sections.values import Count, Positive, Section, fail

__all__ = ["LARGEST_SEED", "NoiseParameters", "Normalisation"]

LARGEST_SEED = 2**63 - 1  # of the integers that TOML has
_CHOICE = "give normalise = {mass = 1.0} or normalise = {peak = 1.0}"


class NoiseParameters(Section):
    """One random function Σ c_k e^{ik·x} over the wavenumbers |k| ≤ bandwidth (`profiles.noise`)."""

    amplitude: Positive = Field(description="the root mean square of the noise over the box, as amplitude = 1e-3")
    bandwidth: Positive = Field(
        description="the largest |k| that the noise has, k = 2πm/L in radians for a length, as bandwidth = 4.0"
    )
    seed: Annotated[Count, Field(ge=0, le=LARGEST_SEED)] = Field(
        description="a whole number from 0, as seed = 1; the same seed gives the same noise"
    )

    def describe(self) -> str:
        """Return a line."""
        return f"noise of root mean square {self.amplitude:g} in |k| ≤ {self.bandwidth:g}, seed {self.seed}"


class Normalisation(Section):
    """The mass, or else the largest |u|, to which the initial data are scaled."""

    mass: Positive | None = Field(default=None, description="the mass ∫|u|² at the start, as mass = 1.0")
    peak: Positive | None = Field(
        default=None, description="the largest |u| at the start, also between the points, as peak = 1.0"
    )

    @model_validator(mode="before")
    @classmethod
    def check_choice(cls, value: object) -> object:
        """Return a table that says one of the two."""
        if isinstance(value, dict):
            if "mass" in value and "peak" in value:
                raise fail("mass excludes peak; keep one and remove the other")
            if not value:
                raise fail(f"names nothing; {_CHOICE}")
        return value

    @model_serializer(mode="wrap")
    def _without_the_other(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, the one that was given."""
        return {key: value for key, value in dump(self).items() if value is not None}

    def describe(self) -> str:
        """Return a line."""
        return f"scaled to mass {self.mass:g}" if self.mass is not None else f"scaled to the largest |u| {self.peak:g}"
