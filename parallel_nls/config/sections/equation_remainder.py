"""The remainder form of the critical equation in [equation]: what a solution has besides a sum of exact waves."""

from __future__ import annotations

from itertools import combinations
from math import dist, inf
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from parallel_nls.config.sections.equation_base import Dimension, EquationSection
from parallel_nls.config.sections.initial_base import BubbleParameters, InitialSection
from parallel_nls.config.sections.initial_waves import SolitonParameters, SolitonsInitial
from parallel_nls.config.sections.values import Text, one_of
from parallel_nls.config.toml_text import counted
from parallel_nls.integrators.exponential_schemes import EXPONENTIAL_SCHEMES

__all__ = ["RemainderEquation", "decay_rate"]

_SOLITON, _BLOW_UP = "soliton", "blow-up"


class _LoneWaves(SolitonsInitial):
    """The waves W_k without periodic images."""

    has_images: ClassVar[bool] = False


class RemainderEquation(EquationSection):
    """i z_s + Δz + f(z) + c(W, z) + H = 0 for z = u − ΣW_k, or the same for R = v − ΣS_k."""

    tag: ClassVar[str] = "<nls:form>"

    name: Literal["nls"]
    form: Annotated[Text, one_of("form", ("remainder",))] = Field(
        description='form = "remainder": z = u - ΣW_k alone is solved for; left out: u'
    )
    dimension: Dimension = 2
    frame: Annotated[Text, one_of("frame", (_SOLITON, _BLOW_UP))] = Field(
        default=_SOLITON,
        description='"soliton", where time is s = 1/(T - t) and waves travel, or "blow-up", where it is t',
    )

    @property
    def is_critical(self) -> bool:
        """Always: of that equation alone the waves are exact."""
        return True

    @property
    def is_remainder(self) -> bool:
        """It is."""
        return True

    @property
    def travels(self) -> bool:
        """Whether the waves are W_k, and time is s."""
        return self.frame == _SOLITON

    @property
    def schemes(self) -> tuple[str, ...]:
        """Exponential Runge–Kutta schemes: a splitting of u would lose what is small."""
        return tuple(EXPONENTIAL_SCHEMES)

    def pairs_of(self, scheme: str) -> int:
        """Return the pairs of transforms a step."""
        return EXPONENTIAL_SCHEMES[scheme].pairs

    @property
    def shares(self) -> int | None:
        """Field, spare buffer, three of coefficients, the work of samples."""
        return 6

    @property
    def time_symbol(self) -> str:
        """Of 1/(T - t) in the soliton frame."""
        return "s" if self.travels else "t"

    @property
    def time_text(self) -> str:
        """What that is, in files."""
        return "1/(T - t), the time of the soliton frame" if self.travels else super().time_text

    @property
    def height(self) -> str:
        """What the height of a peak is called."""
        return f"sup|{self.unknown}|"

    @property
    def unknown(self) -> str:
        """Of the equation: z or R."""
        return "z" if self.travels else "R"

    @property
    def unknown_text(self) -> str:
        """What that is, in files."""
        return "z = u - ΣW_k" if self.travels else "R = v - ΣS_k"

    @property
    def families(self) -> tuple[str, ...]:
        """What can be measured of it."""
        return ("remainder", "resolution", "modulation")

    def families_in(self, space: str) -> tuple[str, ...]:  # noqa: ARG002  (a box is all there is)
        """Return them."""
        return self.families

    @property
    def families_with_identities(self) -> tuple[str, ...]:
        """None."""
        return ()

    def waves(self, initial: InitialSection) -> InitialSection:
        """Return the W_k of the S_k that the initial data name; in the blow-up frame these themselves."""
        bubbles = initial.known_bubbles()
        if bubbles is None or not self.travels:
            return initial
        solitons = tuple(
            SolitonParameters.model_construct(
                velocity=b.center, center=(0.0,) * len(b.center), frequency=b.frequency, phase=b.phase
            )
            for b in bubbles
        )
        return _LoneWaves.model_construct(kind="solitons", solitons=solitons)

    def describe(self) -> str:
        """Return what `info` says of it."""
        frame = f"{self.frame} frame, time is {'s = 1/(T - t)' if self.travels else 't'}"
        return f"remainder of nls in {counted(self.dimension, 'dimension')}, {frame}"

    def statement(self) -> str:
        """Return the equation itself."""
        unknown, wave, time = (self.unknown, "W", "s") if self.travels else (self.unknown, "S", "t")
        return f"i {unknown}_{time} + Δ{unknown} + f({wave} + {unknown}) - Σf({wave}_k) = 0, f(u) = |u|^(4/d) u"

    def parameters(self) -> dict[str, Any]:
        """Return what else than the name and the waves tells it from another."""
        return {"form": self.form, "frame": self.frame}


def decay_rate(bubbles: tuple[BubbleParameters, ...]) -> float:
    """Return δ = min |x_j − x_k|/max(ω_j, ω_k): ‖z(s)‖ falls as e^{−δs}, up to powers of s; infinity for one bubble."""
    rates = (dist(b.center, c.center) / max(b.frequency, c.frequency) for b, c in combinations(bubbles, 2))
    return min(rates, default=inf)
