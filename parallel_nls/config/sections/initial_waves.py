"""Initial data given by a formula: bubbles, solitary waves, a Gaussian."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, pi, sqrt
from typing import ClassVar, Literal, Self

from pydantic import Field

from parallel_nls.config.sections.initial_base import (
    BubbleParameters,
    InitialSection,
    LastingInitial,
    MovingWave,
    Peak,
)
from parallel_nls.config.sections.values import Number, Positive, Section, Vector
from parallel_nls.config.toml_text import counted
from parallel_nls.schedules import shown_time

__all__ = ["BubblesInitial", "GaussianInitial", "SolitonParameters", "SolitonsInitial"]

_ORIGIN: Vector = ()  # until the dimension is known
_TAIL_OF_PLANE = 2.807007511748365 / 2.206200864650746  # A/Q(0), Q ~ A K₀(r), K₀(r) ~ (π/2r)^½ e^{-r}


def _filled(vector: Vector, dimension: int) -> Vector:
    """Return a vector that was not given as zeros."""
    return vector or (0.0,) * dimension


def _into_box(place: Vector, lengths: Sequence[float]) -> Vector:
    """Return a place in the periodic box [-L/2, L/2)."""
    return tuple((x + length / 2) % length - length / 2 for x, length in zip(place, lengths, strict=True))


def _room(place: Vector, lengths: Sequence[float]) -> float:
    """Return how far a place in the box is from its edge."""
    return min(length / 2 - abs(x) for x, length in zip(place, lengths, strict=True))


def _tail(dimension: int, radius: float) -> float:
    """Return Q(r)/Q(0) of the critical power, in the plane by its tail: known without the tables, which are compiled.

    Q of another power on the line has the same e^{-r}, with 2^{2/p} in place of √2.
    """
    if dimension == 1:
        return sqrt(2.0 / (1.0 + exp(-4.0 * radius))) * exp(-radius)
    return min(1.0, _TAIL_OF_PLANE * sqrt(pi / (2.0 * max(radius, 0.1))) * exp(-radius))


def _edge_of(peaks: Sequence[Peak], lengths: Sequence[float]) -> float:
    """Return about the largest |u| at the edge of a box with ground states of these places and scales."""
    dimension, smallest = len(lengths), min(peak.scale for peak in peaks)
    return max(
        _tail(dimension, _room(peak.place, lengths) / peak.scale) * sqrt(smallest / peak.scale) ** dimension
        for peak in peaks
    )


def _point(numbers: Vector) -> str:
    """Return a place or a velocity as a text tells it."""
    return f"{numbers[0]:g}" if len(numbers) == 1 else "(" + ", ".join(f"{number:g}" for number in numbers) + ")"


class BubblesInitial(InitialSection):
    """A sum of bubbles that blow up together at T = ``blowup_time``."""

    tag: ClassVar[str] = "<bubbles>"
    is_exact: ClassVar[bool] = True
    symbol: ClassVar[str] = "S"
    spectrum: ClassVar[str] = "a bubble's spectral tail is 1e-6 at {coarse}/λ and 1e-8 at {fine}/λ"

    kind: Literal["bubbles"]
    blowup_time: Number = Field(default=0.0, description="T, the time at which all bubbles blow up")
    bubbles: tuple[BubbleParameters, ...] = Field(
        min_length=1, description="one table [[initial.bubbles]] with a center for each bubble"
    )

    def smallest_scale(self, time: float) -> float:
        """Return the smallest λ_k = ω_k(T - t) at ``time``."""
        return min(bubble.frequency for bubble in self.bubbles) * (self.blowup_time - time)

    def peaks(
        self,
        time: float,
        lengths: Sequence[float],  # noqa: ARG002  (centers are in the box)
    ) -> tuple[Peak, ...]:
        """Return center and scale of each bubble."""
        return tuple(Peak(bubble.center, bubble.frequency * (self.blowup_time - time)) for bubble in self.bubbles)

    def edge(self, time: float, lengths: Sequence[float]) -> float:
        """Return about the largest |u| at the edge of the box, relative to its largest."""
        return _edge_of(self.peaks(time, lengths), lengths)

    def known_bubbles(self) -> tuple[BubbleParameters, ...]:
        """Return the bubbles."""
        return self.bubbles

    def vectors(self) -> Iterator[tuple[str, Vector]]:
        """Yield the centers."""
        yield from ((f"initial.bubbles.{k}.center", bubble.center) for k, bubble in enumerate(self.bubbles))

    def scales(self, start: float, stop: float) -> dict[str, float]:
        """Return the smallest scale at both ends of a run."""
        return {"λ at start": self.smallest_scale(start), "λ at stop": self.smallest_scale(stop)}

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line about all, and one about each bubble."""
        head = f"{counted(len(self.bubbles), 'bubble')}, blow-up time T = {shown_time(self.blowup_time)}"
        return [
            head,
            *(f"center {_point(b.center)}, frequency {b.frequency:g}, phase {b.phase:g}" for b in self.bubbles),
        ]


class SolitonParameters(Section):
    """One solitary wave W_k = ω^(-2/p) Q((x - c - vt)/ω) exp(i[v·(x - c)/2 - |v|²t/4 + t/ω² + ϑ])."""

    velocity: Vector = Field(default=_ORIGIN, description="v, one number for each axis, as velocity = [1.0, 0.0]")
    center: Vector = Field(
        default=_ORIGIN, description="c, the place at time 0, one number for each axis, as center = [-2.0, 0.0]"
    )
    frequency: Positive = Field(default=1.0, description="ω: the wave's scale")
    phase: Number = Field(default=0.0, description="the constant phase of the wave")

    def center_at(self, time: float) -> Vector:
        """Return the place c + vt of the wave at ``time``."""
        return tuple(c + v * time for c, v in zip(self.center, self.velocity, strict=True))


class SolitonsInitial(LastingInitial):
    """A sum of solitary waves, each with a velocity, a center at time 0, a frequency and a phase."""

    tag: ClassVar[str] = "<solitons>"
    is_exact: ClassVar[bool] = True
    takes_any_power: ClassVar[bool] = True
    has_images: ClassVar[bool] = True
    symbol: ClassVar[str] = "W"
    spectrum: ClassVar[str] = (
        "the spectral tail of a wave at rest is 1e-6 at {coarse}/ω and 1e-8 at {fine}/ω; a velocity v adds |v|/2"
    )

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

    def peaks(self, time: float, lengths: Sequence[float]) -> tuple[Peak, ...]:
        """Return place and scale of each wave, which leaves the box on one side and comes back on the other."""
        return tuple(Peak(_into_box(wave.center_at(time), lengths), wave.frequency) for wave in self.solitons)

    def edge(self, time: float, lengths: Sequence[float]) -> float:
        """Return about the largest |u| at the edge of the box, relative to its largest."""
        return _edge_of(self.peaks(time, lengths), lengths)

    def moving_waves(self, start: float) -> tuple[MovingWave, ...]:
        """Return the waves with their places at the start."""
        return tuple(
            MovingWave(f"initial.solitons.{k}", wave.velocity, wave.center, wave.center_at(start))
            for k, wave in enumerate(self.solitons)
        )

    def vectors(self) -> Iterator[tuple[str, Vector]]:
        """Yield the velocities and centers that were given."""
        for k, soliton in enumerate(self.solitons):
            vectors = {"velocity": soliton.velocity, "center": soliton.center}
            yield from ((f"initial.solitons.{k}.{name}", vector) for name, vector in vectors.items() if vector)

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

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the smallest ω_k."""
        return {"smallest ω": self.smallest_scale()}

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line about all, and one about each wave."""
        lines = [counted(len(self.solitons), "solitary wave")]
        for wave in self.solitons:
            moving = f"velocity {_point(wave.velocity)}, center {_point(wave.center)} at t = 0"
            lines.append(f"{moving}, frequency {wave.frequency:g}, phase {wave.phase:g}")
        return lines


class GaussianInitial(LastingInitial):
    """u₀ = amplitude·exp(-|x - center|²/(2 width²) + i chirp |x - center|²)."""

    tag: ClassVar[str] = "<gaussian>"
    takes_line: ClassVar[bool] = True

    kind: Literal["gaussian"]
    amplitude: Positive = Field(description="the largest |u| at the start")
    width: Positive = Field(description="the width in exp(-|x - center|²/(2 width²))")
    center: Vector = Field(default=_ORIGIN, description="one number for each axis, as center = [0.0, 0.0]")
    chirp: Number = Field(default=0.0, description="the factor of i|x - center|² in the exponent; negative focuses")

    @property
    def is_even(self) -> bool:
        """About the origin, it is."""
        return not any(self.center) and not self.noise

    def vectors(self) -> Iterator[tuple[str, Vector]]:
        """Yield the center, if it was given."""
        if self.center:
            yield "initial.center", self.center

    def in_dimension(self, dimension: int) -> Self:
        """Return the same with zeros for a center that was not given."""
        return self.model_copy(update={"center": _filled(self.center, dimension)})

    def scales(
        self,
        start: float,  # noqa: ARG002
        stop: float,  # noqa: ARG002
    ) -> dict[str, float]:
        """Return the width."""
        return {"width": self.width}

    def edge(self, time: float, lengths: Sequence[float]) -> float:  # noqa: ARG002  (known at the start alone)
        """Return about the largest |u| at the edge of the box, relative to its largest."""
        return exp(-0.5 * (_room(_filled(self.center, len(lengths)), lengths) / self.width) ** 2)

    def describe(
        self,
        dimension: int,  # noqa: ARG002
    ) -> list[str]:
        """Return a line."""
        size = f"amplitude {self.amplitude:g}, width {self.width:g}, chirp {self.chirp:g}"
        return [f"Gaussian at {_point(self.center)}, {size}"]
