"""Initial data given by a formula: bubbles, solitary waves, a Gaussian."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field

from parallel_nls.config.sections.values import Number, Positive, Section, Vector

__all__ = ["BubbleParameters", "BubblesInitial", "GaussianInitial", "SolitonParameters", "SolitonsInitial"]

_ORIGIN: Vector = ()  # until the dimension is known


def _filled(vector: Vector, dimension: int) -> Vector:
    """Return a vector that was not given as zeros."""
    return vector or (0.0,) * dimension


class BubbleParameters(Section):
    """One pseudo-conformal bubble S_k: center x_k, frequency ω_k, phase ϑ_k (docs/equations.md)."""

    center: Vector = Field(description="the blow-up point, one number for each axis, as center = [-2.0, 0.0]")
    frequency: Positive = Field(default=1.0, description="ω: the bubble's scale is ω(T - t)")
    phase: Number = Field(default=0.0, description="the constant phase of the bubble")


class BubblesInitial(Section):
    """A sum of bubbles that blow up together at T = ``blowup_time``."""

    tag: ClassVar[str] = "<bubbles>"

    kind: Literal["bubbles"]
    blowup_time: Number = Field(default=0.0, description="T, the time at which all bubbles blow up")
    bubbles: tuple[BubbleParameters, ...] = Field(
        min_length=1, description="one table [[initial.bubbles]] with a center for each bubble"
    )

    def smallest_scale(self, time: float) -> float:
        """Return the smallest λ_k = ω_k(T - t) at ``time``."""
        return min(bubble.frequency for bubble in self.bubbles) * (self.blowup_time - time)


class SolitonParameters(Section):
    """One solitary wave W_k = ω^(-d/2) Q((x - c - vt)/ω) exp(i[v·(x - c)/2 - |v|²t/4 + t/ω² + ϑ])."""

    velocity: Vector = Field(default=_ORIGIN, description="v, one number for each axis, as velocity = [1.0, 0.0]")
    center: Vector = Field(
        default=_ORIGIN, description="c, the place at time 0, one number for each axis, as center = [-2.0, 0.0]"
    )
    frequency: Positive = Field(default=1.0, description="ω: the wave's scale")
    phase: Number = Field(default=0.0, description="the constant phase of the wave")

    def center_at(self, time: float) -> Vector:
        """Return the place c + vt of the wave at ``time``."""
        return tuple(c + v * time for c, v in zip(self.center, self.velocity, strict=True))


class SolitonsInitial(Section):
    """A sum of solitary waves, each with a velocity, a center at time 0, a frequency and a phase."""

    tag: ClassVar[str] = "<solitons>"

    kind: Literal["solitons"]
    solitons: tuple[SolitonParameters, ...] = Field(
        min_length=1, description="one table [[initial.solitons]] for each solitary wave"
    )

    def smallest_scale(
        self,
        time: float = 0.0,  # noqa: ARG002  (the same at any time)
    ) -> float:
        """Return the smallest ω_k."""
        return min(soliton.frequency for soliton in self.solitons)

    def in_dimension(self, dimension: int) -> Self:
        """Return the same with zeros for the centers and velocities that were not given."""
        filled = (
            soliton.model_copy(
                update={
                    "velocity": _filled(soliton.velocity, dimension),
                    "center": _filled(soliton.center, dimension),
                }
            )
            for soliton in self.solitons
        )
        return self.model_copy(update={"solitons": tuple(filled)})


class GaussianInitial(Section):
    """u₀ = amplitude·exp(-|x - center|²/(2 width²) + i chirp |x - center|²)."""

    tag: ClassVar[str] = "<gaussian>"

    kind: Literal["gaussian"]
    amplitude: Positive = Field(description="the largest |u| at the start")
    width: Positive = Field(description="the width in exp(-|x - center|²/(2 width²))")
    center: Vector = Field(default=_ORIGIN, description="one number for each axis, as center = [0.0, 0.0]")
    chirp: Number = Field(default=0.0, description="the factor of i|x - center|² in the exponent; negative focuses")

    def in_dimension(self, dimension: int) -> Self:
        """Return the same with zeros for a center that was not given."""
        return self.model_copy(update={"center": _filled(self.center, dimension)})
