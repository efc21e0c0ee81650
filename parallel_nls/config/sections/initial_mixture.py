"""Mixtures of waves from which a hierarchy starts: Gaussians, and thermal states of an oscillator."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from parallel_nls.config.sections.initial_base import LastingInitial
from parallel_nls.config.sections.values import Count, Number, Positive, Section, Vector, fail
from parallel_nls.config.toml_text import counted

__all__ = ["ComponentParameters", "MixtureInitial", "ThermalInitial"]

_SUM = 1e-12  # by which weights may miss 1


class ComponentParameters(Section):
    """One wave φ ∝ exp(−r²/(2 width²) + i chirp r²), r = |x − center|, of norm 1, and its weight in the mixture."""

    weight: Positive = Field(description="the share of this wave; all weights sum to 1")
    width: Positive = Field(description="the width in exp(-r²/(2 width²))")
    chirp: Number = Field(default=0.0, description="the factor of i r² in the exponent; negative focuses")
    # In the plane alone, and not written where they were not given, as runs were stored before there were any.
    center: Vector | None = Field(default=None, description="where it is in the plane, as center = [-2.0, 0.0]")
    boost: Vector | None = Field(
        default=None,
        description="k of exp(i k·(x - center)), with which it moves by 2k in unit time, as boost = [0.5, 0.0]",
    )

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the table as plain values, without the vectors that were not given."""
        return {key: value for key, value in dump(self).items() if value is not None}

    def describe(self) -> str:
        """Return what `info` says of it."""
        vectors = [f"{name} {list(at)}" for name, at in (("center", self.center), ("boost", self.boost)) if at]
        return ", ".join([f"weight {self.weight:g}, width {self.width:g}, chirp {self.chirp:g}", *vectors])


class MixtureInitial(LastingInitial):
    """γ⁽ᵏ⁾ = Σ weight_j |φ_j⟩⟨φ_j|^{⊗k} of Gaussian waves, radial ones or anywhere in the plane."""

    tag: ClassVar[str] = "<mixture>"
    takes_box: ClassVar[bool] = False
    takes_radius: ClassVar[bool] = True
    takes_plane: ClassVar[bool] = True
    may_coincide: ClassVar[bool] = True

    kind: Literal["mixture"]
    components: tuple[ComponentParameters, ...] = Field(
        min_length=1, description="one table [[initial.components]] with weight and width for each wave"
    )

    @model_validator(mode="after")
    def sum_to_one(self) -> Self:
        """Refuse weights that do not sum to 1."""
        total = sum(component.weight for component in self.components)
        if abs(total - 1) > _SUM:
            raise fail(f"the weights of initial.components sum to {total!r}; they must sum to 1")
        return self

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the smallest width."""
        return {"smallest width": min(component.width for component in self.components)}

    def edge(
        self,
        time: float,  # noqa: ARG002
        lengths: Sequence[float],
    ) -> float:
        """Return the root of the density at the end of the axis, or at the edge of the box, relative to its largest."""
        if len(lengths) > 1:
            return self._edge_of_box(lengths)
        (radius,) = lengths
        heights = [(wave.weight / wave.width**3, math.exp(-((radius / wave.width) ** 2))) for wave in self.components]
        return math.sqrt(sum(top * rest for top, rest in heights) / sum(top for top, _ in heights))

    def _edge_of_box(self, lengths: Sequence[float]) -> float:
        """Return what the wave that is nearest to the edge has there; all of one height at most."""
        tops = [wave.weight / wave.width ** len(lengths) for wave in self.components]
        rest = 0.0
        for top, wave in zip(tops, self.components, strict=True):
            center = wave.center or (0.0,) * len(lengths)
            gap = min(length / 2 - abs(x) for length, x in zip(lengths, center, strict=True))
            rest = max(rest, top * math.exp(-((gap / wave.width) ** 2)))
        return math.sqrt(rest / max(tops))

    def vectors(self) -> Iterator[tuple[str, Vector]]:
        """Yield centers and boosts that were given, by key."""
        for number, wave in enumerate(self.components):
            for name, vector in (("center", wave.center), ("boost", wave.boost)):
                if vector is not None:
                    yield f"initial.components.{number}.{name}", vector

    def count_waves(self) -> int:
        """Return the number of components."""
        return len(self.components)

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line about all, and one about each wave."""
        head = f"mixture of {counted(len(self.components), 'Gaussian wave')}"
        return [head, *(component.describe() for component in self.components)]


class ThermalInitial(LastingInitial):
    """The thermal γ⁽¹⁾ ∝ e^{−H/temperature}, H = −Δ + r²/width⁴, of its radial modes up to a number."""

    tag: ClassVar[str] = "<thermal>"
    takes_box: ClassVar[bool] = False
    takes_radius: ClassVar[bool] = True

    kind: Literal["thermal"]
    width: Positive = Field(description="the width in the ground state exp(-r²/(2 width²))")
    temperature: Positive = Field(description="the temperature, in units of the energies (4n + d)/width² of the modes")
    modes: Annotated[Count, Field(ge=1, le=64)] = Field(
        description="the number of modes that are kept; their weights sum to 1"
    )

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the distance on which the highest mode turns."""
        return {"smallest width": self.width / math.sqrt(2 * self.modes)}

    def describe(self, dimension: int) -> list[str]:
        """Return a line."""
        decay = math.exp(-4 * self.modes / (self.width**2 * self.temperature))
        first = f"{dimension / self.width**2:.4g}"
        kept = f"thermal mixture of {counted(self.modes, 'radial mode')} of an oscillator of width {self.width:g}"
        lowest = f"at temperature {self.temperature:g} (lowest energy {first})"
        return [f"{kept}, {lowest}; what is cut off has {decay:.1g} of the weight"]
