"""The [initial] section: what the run starts from."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from parallel_nls.config.values import Number, Positive, Section, Vector

__all__ = ["BubbleParameters", "BubblesInitial", "GaussianInitial", "InitialSection"]


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


class GaussianInitial(Section):
    """u₀ = amplitude·exp(-|x - center|²/(2 width²) + i chirp |x - center|²)."""

    tag: ClassVar[str] = "<gaussian>"

    kind: Literal["gaussian"]
    amplitude: Positive = Field(description="the largest |u| at the start")
    width: Positive = Field(description="the width in exp(-|x - center|²/(2 width²))")
    center: Vector = Field(default=(0.0, 0.0), description="one number for each axis, as center = [0.0, 0.0]")
    chirp: Number = Field(default=0.0, description="the factor of i|x - center|² in the exponent; negative focuses")


def _kind(value: object) -> str | None:
    """Return the tag of the union member that a table's ``kind`` names."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>" if isinstance(kind, str) else None


InitialSection = Annotated[
    Annotated[BubblesInitial, Tag(BubblesInitial.tag)] | Annotated[GaussianInitial, Tag(GaussianInitial.tag)],
    Discriminator(_kind),
]
