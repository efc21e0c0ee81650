"""What every section [grid] answers, whatever the basis in which functions are expanded."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from parallel_nls.config.sections.values import Section, Vector

__all__ = ["BYTES_PER_POINT", "GridSection"]

BYTES_PER_POINT = {"double": 16, "single": 8}
"""Bytes of a complex number of each precision."""
_ROUNDING = {"double": 1e-13, "single": 1e-6}


class GridSection(Section):
    """Where fields have values. Nobody asks for its basis but who makes the domain; it is asked what it is like."""

    space: ClassVar[str] = "box"

    if TYPE_CHECKING:  # keys of every member

        @property
        def points(self) -> tuple[int, ...]:
            """The numbers of points, one for each axis."""

        @property
        def length(self) -> tuple[float, ...]:
            """The sides of a box, or the end of a radial axis."""

        @property
        def precision(self) -> str:
            """The precision of the numbers of a field."""

    @property
    def even_axes(self) -> tuple[int, ...]:
        """The numbers of the axes about whose origin fields are even: half of their points is held."""
        return ()

    @property
    def evenness(self) -> str:
        """About which axes fields are even, as texts say it behind a comma; empty: about none."""
        return ""

    @property
    def held(self) -> int:
        """The number of points at which fields are held."""
        return prod(self.points)

    @property
    def rounding(self) -> float:
        """What rounding makes of a spectrum, at most, relative to its largest coefficient."""
        return _ROUNDING[self.precision]

    @property
    def bytes_per_point(self) -> int:
        """The bytes of a complex number of the grid's precision."""
        return BYTES_PER_POINT[self.precision]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """The shape of the array that holds a field."""

    @property
    @abstractmethod
    def spacing(self) -> Vector:
        """The distance of neighbouring points on each axis, where they are closest."""

    @property
    @abstractmethod
    def shortest_side(self) -> float:
        """A length of the size of the whole grid, beside which others are small."""

    @abstractmethod
    def vectors(self) -> dict[str, Sequence[float]]:
        """Return the values that have one entry for each axis, by key."""

    @abstractmethod
    def contains(self, place: Sequence[float]) -> bool:
        """Return whether a place lies in the grid."""

    @abstractmethod
    def describe_box(self) -> str:
        """Return as messages show it where the places of the grid are."""

    @abstractmethod
    def describe(self) -> str:
        """Return what `info` says of it."""

    @abstractmethod
    def identity(self) -> dict[str, Sequence[float]]:
        """Return what a state on it belongs to, by name."""

    @abstractmethod
    def table(self) -> dict[str, Any]:
        """Return the section as a table of its keys."""

    @abstractmethod
    def finer(self) -> dict[str, Any]:
        """Return the section, as a table, of a grid of the same extent with half the spacing."""

    def finer_from(self, limit: float) -> dict[str, Any]:  # noqa: ARG002  (most grids stay as they are)
        """Return the same of a grid that is finer throughout a run, in which ``limit`` is that of the spectral tail."""
        return self.finer()

    @abstractmethod
    def larger(self) -> dict[str, Any]:
        """Return the section, as a table, of a grid of twice the extent with the same spacing."""

    @property
    def refines(self) -> bool:
        """Whether a run goes on on a finer grid where one no longer resolves its field."""
        return False

    @property
    def refinements(self) -> tuple[Self, ...]:
        """The finer grids, one after the other, on which a run may go on."""
        return ()

    def tail_to_refine(self, limit: float) -> float:
        """Return the spectral tail from which on a finer grid is wanted, where ``limit`` would end the run."""
        return limit

    def doubled_to(self, points: Sequence[int]) -> Self | None:  # noqa: ARG002  (most grids stay as they are)
        """Return the grid of these points, if they are those of this one doubled once or several times."""
        return None

    @abstractmethod
    def find_points_mistakes(self) -> list[str]:
        """Return what is wrong with the numbers of points: one line a mistake, naming key, value and remedy."""
