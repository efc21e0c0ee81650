"""The Hartree equation, radial or in the plane, and its radial hierarchy in [equation]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from parallel_nls.config.sections.equation_base import CollapseLaw, EquationSection
from parallel_nls.config.sections.potential import Potentials
from parallel_nls.config.sections.values import Count, Number, Section, Text, fail, one_of

__all__ = ["HartreeEquation", "HartreeHierarchyEquation", "HierarchySection", "RadialHartreeEquation"]

_CLOSURES = {1: ("mean-field",), 2: ("cumulant", "symmetrised-product", "product", "zero")}
"""The closures of each level, the default first."""


def _space_or_plane(value: int) -> int:
    """Return the dimension when radial functions of it can be solved for."""
    if value not in (2, 3):
        raise fail("must be 3, space, or 2, the plane")
    return value


def _one_or_two(value: int) -> int:
    """Return a level that can be solved."""
    if value not in _CLOSURES:
        raise fail("must be 1 or 2")
    return value


class HierarchySection(Section):
    """Up to which density matrix the hierarchy is solved, and what stands for the next."""

    level: Annotated[Count, AfterValidator(_one_or_two)] = Field(
        default=2, description="K, the highest density matrix that is solved for: 1 or 2"
    )
    closure: Annotated[Text, one_of("closure", [name for names in _CLOSURES.values() for name in names])] = Field(
        default="", validate_default=False, description='what stands for the next density matrix, as "cumulant"'
    )

    @model_validator(mode="after")
    def fit_together(self) -> Self:
        """Fill in the closure of the level; refuse one of another level."""
        known = _CLOSURES[self.level]
        if not self.closure:
            object.__setattr__(self, "closure", known[0])
        if self.closure not in known:
            names = ", ".join(f'"{name}"' for name in known)
            raise fail(f'closure = "{self.closure}" belongs to another level; at level {self.level} there is {names}')
        return self


class RadialHartreeEquation(EquationSection):
    """What the Hartree equations of radial systems have in common."""

    systems: ClassVar[Mapping[str, str]] = {"radius": "radius"}

    dimension: Annotated[Count, AfterValidator(_space_or_plane)] = Field(
        default=3, description="the number of space dimensions, 3 or 2"
    )
    coupling: Number = Field(default=-1.0, description="μ; a positive potential attracts where it is negative")
    potential: Potentials = Field(
        description='a table [equation.potential] with a kind, as kind = "gaussian", or a list of them'
    )

    @property
    def height(self) -> str:
        """The root of the largest density, as |u| is of |u|²."""
        return "max ρ^½"

    @property
    def collapse_law(self) -> CollapseLaw | None:
        """Under r^−a, 2 ≤ a < 4, Tr(−Δγ⁽¹⁾) ~ λ^(a−4): φ(x) → λ^(−(d+2−a)/2)φ(x/λ) leaves the equation as it is."""
        power = max(term.singularity for term in self.potential)
        return CollapseLaw("kinetic", r"\mathrm{Tr}(-\Delta\gamma)", 2 / (4 - power)) if 2 <= power < 4 else None

    @property
    def level(self) -> int:
        """The K of the highest γ⁽ᴷ⁾ that is made."""
        return 1

    @property
    def families(self) -> tuple[str, ...]:
        """What is measured of density matrices."""
        return ("conserved", "virial", "resolution", "hierarchy")

    @property
    def term_files(self) -> tuple[str | None, ...]:
        """Tables and Python files of the terms."""
        return tuple(term.source_file for term in self.potential)

    def describe_potential(self) -> str:
        """Return dimension, potential and coupling."""
        potential = " + ".join(term.describe() for term in self.potential)
        return f"in {self.dimension} dimensions, V = {potential}, coupling {self.coupling:g}"

    def parameters(self) -> dict[str, Any]:
        """Return what else than the name tells it from another, as texts and numbers."""
        terms = " + ".join(term.describe() for term in self.potential)
        return {"dimension": float(self.dimension), "coupling": self.coupling, "potential": terms}


class HartreeEquation(RadialHartreeEquation):
    """i φ_t + Δφ = coupling·(V*|φ|²)φ for each wave of a mixture: the exact solution of the whole hierarchy."""

    tag: ClassVar[str] = "<hartree>"
    systems: ClassVar[Mapping[str, str]] = {"radius": "radius", "box": "plane"}

    name: Literal["hartree"]

    def describe(self) -> str:
        """Return what `info` says of it."""
        return f"Hartree equation of each wave of a mixture, {self.describe_potential()}"

    def statement(self) -> str:
        """Return the equation itself."""
        return "i φ_t + Δφ = μ(V*|φ|²)φ"


class HartreeHierarchyEquation(RadialHartreeEquation):
    """i∂_tγ⁽ᵏ⁾ + (Δ − Δ')γ⁽ᵏ⁾ = coupling·Σ(B⁺ − B⁻)γ⁽ᵏ⁺¹⁾ for radial density matrices, closed at a level."""

    tag: ClassVar[str] = "<hartree-hierarchy>"

    name: Literal["hartree-hierarchy"]
    hierarchy: HierarchySection = HierarchySection()

    @property
    def level(self) -> int:
        """The K of the highest γ⁽ᴷ⁾."""
        return self.hierarchy.level

    @property
    def has_phase_interaction(self) -> bool:
        """Whether it is of level 1."""
        return self.hierarchy.level == 1

    def describe(self) -> str:
        """Return what `info` says of it."""
        closed = f"level {self.hierarchy.level}, closure {self.hierarchy.closure}"
        return f"Hartree hierarchy {self.describe_potential()}; {closed}"

    def statement(self) -> str:
        """Return the equation itself."""
        return "i∂γ⁽ᵏ⁾/∂t = (Δ' − Δ)γ⁽ᵏ⁾ + μ Σ_j (B⁺ − B⁻)γ⁽ᵏ⁺¹⁾"

    def parameters(self) -> dict[str, Any]:
        """Return what else than the name tells it from another, as texts and numbers."""
        return super().parameters() | {"level": float(self.hierarchy.level), "closure": self.hierarchy.closure}
