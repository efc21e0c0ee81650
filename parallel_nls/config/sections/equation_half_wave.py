"""The half-wave equation in [equation]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from parallel_nls.config.sections.equation_base import CollapseLaw, EquationSection
from parallel_nls.config.sections.inhomogeneity import AnyInhomogeneity
from parallel_nls.config.sections.values import Count, fail

__all__ = ["HalfWaveEquation"]


def _line(value: int) -> int:
    """Return the dimension of the line."""
    if value != 1:
        raise fail("must be 1, the line")
    return value


class HalfWaveEquation(EquationSection):
    """i u_t = Du − k(x)|u|²u on the line, D = |ξ|."""

    tag: ClassVar[str] = "<half-wave>"
    systems: ClassVar[Mapping[str, str]] = {"line": "line", "box": "periodic-line"}
    dispersion: ClassVar[int] = 1
    has_algebraic_tails: ClassVar[bool] = True

    name: Literal["half-wave"]
    dimension: Annotated[Count, AfterValidator(_line)] = Field(default=1, description="1, the line")
    inhomogeneity: AnyInhomogeneity | None = Field(
        default=None, description='a table [equation.inhomogeneity] with a kind, as kind = "rational"; left out: k = 1'
    )

    @property
    def has_phase_interaction(self) -> bool:
        """Schemes of Nyström type rely on −Δ: they lose their order with |ξ|."""
        return False

    @property
    def families(self) -> tuple[str, ...]:
        """What is measured of it."""
        return ("conserved", "resolution", "half-wave", "functionals")

    def families_in(self, system: str) -> tuple[str, ...]:
        """Return them; of the localized energy on the whole line alone."""
        return self.families if system == "line" else ("conserved", "virial", "resolution", "half-wave")

    @property
    def families_with_identities(self) -> tuple[str, ...]:
        """The derivative of the localized energy."""
        return ("functionals",)

    @property
    def collapse_law(self) -> CollapseLaw | None:
        """‖D^{1/2}u‖² ~ 1/λ, and λ ∝ (T − t)² at critical mass, λ ∝ T − t above."""
        return CollapseLaw("half_derivative", r"\|D^{1/2}u\|^2", 0.5, heavy=1.0)

    @property
    def term_files(self) -> tuple[str | None, ...]:
        """The file of k."""
        return () if self.inhomogeneity is None else (self.inhomogeneity.source_file,)

    def describe(self) -> str:
        """Return what `info` says of it."""
        k = "1" if self.inhomogeneity is None else self.inhomogeneity.describe()
        return f"half-wave equation on the line, k(x) = {k}"

    def statement(self) -> str:
        """Return the equation itself."""
        return "i u_t = Du − k(x)|u|²u, D = |ξ|"

    def parameters(self) -> dict[str, Any]:
        """Return what else than the name tells it from another."""
        return {"inhomogeneity": "1" if self.inhomogeneity is None else self.inhomogeneity.describe()}
