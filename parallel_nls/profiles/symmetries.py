"""The symmetry group of i u_t + Δu + |u|^p u = 0: scaling, translations in space and time, phase, Galilean boost.

    (𝒯u)(t,x) = λ^{-2/p} u((t-t₀)/λ², (x-x₀-β(t-t₀))/λ) exp(i[β·(x-x₀)/2 - |β|²(t-t₀)/4 + θ])

(Cao, Su & Zhang, eq. 1.5, there for p = 4/d, when the mass is kept). 𝒯u solves the equation if u does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parallel_nls.arguments import number, positive, vector
from parallel_nls.contracts import Profile
from parallel_nls.errors import ArgumentError
from parallel_nls.notebook import html_table
from parallel_nls.profiles.pointwise import (
    ComplexBlock,
    Coordinates,
    QuadraticPhase,
    add_turned,
    check_profile,
    contiguous,
    first_rows,
    values,
)


@dataclass(frozen=True)
class Symmetry:
    """One element 𝒯 of the group.

    Attributes
    ----------
    velocity : tuple of float
        β, one number for each space axis; () is rest.
    position : tuple of float
        x₀; () is the origin.
    time : float
        t₀.
    scale : float
        λ > 0; above 1 it widens and slows down.
    phase : float
        θ.

    Raises
    ------
    ArgumentError
        If λ is not positive, or a number not finite.
    """

    velocity: tuple[float, ...] = ()
    position: tuple[float, ...] = ()
    time: float = 0.0
    scale: float = 1.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no symmetry."""
        checked = {
            "velocity": vector("velocity", self.velocity, empty=True),
            "position": vector("position", self.position, empty=True),
            "time": number("time", self.time),
            "scale": positive("scale", self.scale),
            "phase": number("phase", self.phase),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def _repr_html_(self) -> str:
        return html_table("Symmetry", vars(self))

    def after(self, first: Symmetry) -> Symmetry:
        """The product that applies ``first``, then this one. *Communication*: local."""
        scale, later = self.scale, self.scale**2 * first.time
        moved = _combined(_combined(self.position, scale, first.position), later, self.velocity)
        turned = 0.5 * scale * _product(self.velocity, first.position)
        turned += 0.25 * later * _product(self.velocity, self.velocity)
        return Symmetry(
            velocity=_combined(self.velocity, 1.0 / scale, first.velocity),
            position=moved,
            time=self.time + later,
            scale=scale * first.scale,
            phase=self.phase + first.phase + turned,
        )

    def inverse(self) -> Symmetry:
        """The element that undoes this one. *Communication*: local."""
        scale = self.scale
        start = _combined(self.position, -self.time, self.velocity)
        turned = 0.5 * _product(self.velocity, self.position)
        turned -= 0.25 * self.time * _product(self.velocity, self.velocity)
        return Symmetry(
            velocity=tuple(-scale * v for v in self.velocity),
            position=tuple(-x / scale for x in start),
            time=-self.time / scale**2,
            scale=1.0 / scale,
            phase=turned - self.phase,
        )


@dataclass(frozen=True)
class Transformed:
    """𝒯u for a profile u.

    Attributes
    ----------
    profile : Profile
        u.
    symmetry : Symmetry
        𝒯.
    power : float, optional
        p of the equation, which enters through λ^{-2/p}; by default that of the profile, if it has one, as a sum of
        solitary waves, else the L²-critical 4/d.
    """

    profile: Profile
    symmetry: Symmetry
    power: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no profile, no symmetry, or no power."""
        check_profile(self.profile)
        if not isinstance(self.symmetry, Symmetry):
            raise ArgumentError(f"symmetry = {self.symmetry!r}: is no Symmetry; give one, as Symmetry(scale=2.0)")
        if self.power is not None:
            positive("power", self.power)

    def add_to(self, block: ComplexBlock, time: float, coordinates: Coordinates, weight: float = 1.0) -> None:
        """Add weight·𝒯u(time) to the rows of a block; see `contracts.Profile`.

        Notes
        -----
        *Communication*: local.
        """
        first_rows(block, coordinates, len(coordinates))
        symmetry, elapsed = self.symmetry, time - self.symmetry.time
        dimension = len(coordinates)
        origin = _combined(symmetry.position, elapsed, symmetry.velocity) or (0.0,) * dimension
        moving = tuple((x - c) / symmetry.scale for x, c in zip(coordinates, origin, strict=True))
        original = values(self.profile, elapsed / symmetry.scale**2, moving)
        constant = symmetry.phase - 0.25 * elapsed * _product(symmetry.velocity, symmetry.velocity)
        wavevector = [0.5 * v for v in symmetry.velocity]
        phase = QuadraticPhase.of(dimension, symmetry.position, wavevector, constant)
        power = _power_of(self) or 4.0 / dimension
        add_turned(block, original, contiguous(coordinates), phase, weight * symmetry.scale ** (-2.0 / power))


def _power_of(profile: object) -> float | None:
    """The power p of the equation of a profile, which may be the transform of another; None if neither says."""
    own, inner = (getattr(profile, name, None) for name in ("power", "profile"))
    return _power_of(inner) if own is None and inner is not None else own


def _combined(a: Sequence[float], factor: float, b: Sequence[float]) -> tuple[float, ...]:
    """The vector a + factor·b, where an empty vector is zero; local."""
    zero = (0.0,) * max(len(a), len(b))
    return tuple(x + factor * y for x, y in zip(a or zero, b or zero, strict=True))


def _product(a: Sequence[float], b: Sequence[float]) -> float:
    """The product a·b, where an empty vector is zero; local."""
    return sum(x * y for x, y in zip(a, b, strict=True)) if a and b else 0.0
