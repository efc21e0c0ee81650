"""What every equation answers, whatever its name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from parallel_nls.config.sections.initial_base import InitialSection
from parallel_nls.config.sections.values import Count, Section, fail
from parallel_nls.integrators.compositions import SCHEMES

__all__ = ["DIMENSIONS", "FIELD_SYSTEMS", "OF_FIELDS", "CollapseLaw", "Dimension", "EquationSection"]

DIMENSIONS = (1, 2)
FIELD_SYSTEMS = ("box", "periodic-line")
"""Of one field in a box, which the engine of fields solves."""
OF_FIELDS = ("conserved", "virial", "resolution", "distance", "modulation", "functionals", "localized")
"""Families that are measured of fields in a box, whatever their equation; some ask more of it."""


def _line_or_plane(value: int) -> int:
    """Return the dimension when it is one that can be solved."""
    if value not in DIMENSIONS:
        raise fail("must be 1, the line, or 2, the plane")
    return value


Dimension = Annotated[
    Count, AfterValidator(_line_or_plane), Field(description="the number of space dimensions, 1 or 2")
]


@dataclass(frozen=True)
class CollapseLaw:
    """How a solution of an equation collapses: height^−power falls to 0 on a line in time.

    Attributes
    ----------
    column : str
        The height, by its name in the series.
    symbol : str
        In formulas.
    power : float
        2/p, where the height is λ^−p and λ² ∝ T − t.
    heavy : float or None
        The power where the mass is above critical, and so λ ∝ T − t in the end; None where that changes nothing.
    """

    column: str
    symbol: str
    power: float
    heavy: float | None = None


class EquationSection(Section):
    """Which equation is solved. Nobody asks for its name but who makes the object; it is asked what it is like.

    Attributes
    ----------
    systems : mapping of str to str
        What is solved for on each space of a grid, the one where it is at home first: on a "box" a field, "box", half
        waves, "periodic-line", or a mixture of waves, "plane"; on a "radius" density matrices, on the whole "line" half
        waves in a moving frame.
    dispersion : int
        s of its linear part |k|^s.
    has_algebraic_tails : bool
        Whether solutions fall as a power of the distance alone, so that every box cuts them off.
    """

    systems: ClassVar[Mapping[str, str]] = {"box": "box"}
    dispersion: ClassVar[int] = 2
    has_algebraic_tails: ClassVar[bool] = False

    if TYPE_CHECKING:  # keys, or properties, of every member

        @property
        def name(self) -> str:
            """The name, in files and texts."""

        @property
        def dimension(self) -> int:
            """Of space: 1 or 2."""

    @property
    def critical_power(self) -> float:
        """4/d, the power with which mass is invariant under scaling."""
        return 4.0 / self.dimension

    @property
    def is_critical(self) -> bool:
        """Whether it is i u_t + Δu + |u|^{4/d} u = 0.

        Of it alone bubbles and solitary waves are exact solutions, the virial identity reads 16E, and a decomposition
        into bubbles makes sense.
        """
        return False

    @property
    def is_remainder(self) -> bool:
        """Whether its unknown is what a solution has besides a sum of exact waves: it may vanish, and has a source."""
        return False

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes by which it is solved."""
        return tuple(SCHEMES)

    def pairs_of(self, scheme: str) -> int:
        """Return the pairs of transforms that a step of a scheme takes."""
        return SCHEMES[scheme].pairs

    @property
    def shares(self) -> int | None:
        """How many field shares a rank needs; None: what steps by splitting need."""
        return None

    def waves(self, initial: InitialSection) -> InitialSection:
        """Return the initial data as the time of the equation has them."""
        return initial

    @property
    def unknown(self) -> str:
        """What is solved for, in texts and formulas."""
        return "u"

    @property
    def unknown_text(self) -> str:
        """What that is, in files."""
        return self.unknown

    @property
    def time_symbol(self) -> str:
        """What time is called."""
        return "t"

    @property
    def time_text(self) -> str:
        """What that is, in files."""
        return "simulated time"

    @property
    def height(self) -> str:
        """What the height of a peak is called, in messages."""
        return "sup|u|"

    @property
    def level(self) -> int:
        """Up to how many particles density matrices are solved for; 0: a field is."""
        return 0

    @property
    def has_phase_interaction(self) -> bool:
        """Whether what is not linear turns phases alone, and Nyström schemes of order 6 have their order."""
        return True

    @property
    def families(self) -> tuple[str, ...]:
        """The families that are measured of it where it is at home."""
        return ("conserved", "virial", "resolution")

    def families_in(self, system: str) -> tuple[str, ...]:
        """Return the families that can be measured of it, as of one of its `systems`."""
        return OF_FIELDS if system == "box" else self.families

    @property
    def families_with_identities(self) -> tuple[str, ...]:
        """The families of which identities are checked along a run."""
        return ("virial", "localized")

    @property
    def has_local_balance(self) -> bool:
        """Whether mass and current around a bubble balance as in (3.14) and (3.15) of Cao, Su & Zhang."""
        return False

    @property
    def focusing_power(self) -> float | None:
        """The p of the nonlinearity |u|^p u with which peaks focus; None where they do not, or nothing is known."""
        return None

    @property
    def own_rate(self) -> float:
        """A rate at which low waves move, whatever the peak is: steps are measured by it beside that of a peak."""
        return 0.0

    @property
    def collapse_law(self) -> CollapseLaw | None:
        """What grows in a collapse; None: nothing does, as below the power 4/d, where all solutions are global."""
        power = self.focusing_power
        return None if power is None or power < self.critical_power else CollapseLaw("sup_norm", r"\sup|u|", power)

    @property
    def has_ground_states(self) -> bool:
        """Whether the ground state Q of that power, at any scale, is a standing wave of the equation itself."""
        return False

    @property
    def deviation(self) -> tuple[str, float | str]:
        """The key and the value for which it is not the critical equation."""
        return "equation.name", self.name

    @property
    def source_file(self) -> str | None:
        """The Python file whose text the run stores; None: there is none."""
        return None

    @property
    def term_files(self) -> tuple[str | None, ...]:
        """The files of the terms of its potential, one for each term, whose texts the run stores."""
        return ()

    @abstractmethod
    def describe(self) -> str:
        """Return what `info` says of it."""

    @abstractmethod
    def statement(self) -> str:
        """Return the equation itself."""

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """Return the arguments besides the domain with which the object of the equation is made, by name."""
