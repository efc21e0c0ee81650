"""The [grid] section: the points, by the basis in which functions are expanded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, model_serializer

from parallel_nls.config.sections.grid_base import BYTES_PER_POINT, GridSection
from parallel_nls.config.sections.refining import AUTO, doublings, find_most_mistakes
from parallel_nls.config.sections.union import UnionByKey
from parallel_nls.config.sections.values import Count, Positive, Text, Vector, one_number_as_list, one_of
from parallel_nls.config.toml_text import OFF, quoted
from parallel_nls.spectral.folding import line_factors

__all__ = ["BYTES_PER_POINT", "LONGEST_LINE", "REFINING", "AnyGrid", "FourierGrid", "GridSection", "RadialGrid"]

LONGEST_LINE = 2**36
_LONGEST_AXIS = 2**30  # of the plane
_MOST_RADII = 2**14
_MOST_RATIONAL = 4096
REFINING = ("refine", "max_points", "refine_tail")
"""Keys on which the data of a run depend only from where it refines its grid: they may change, as limits may."""
_EARLIER = 100  # times below the limit of the spectral tail
_SHORT = 10**4  # points: shorter lines are cut as well as their divisors allow
_NARROW = 64  # the largest ratio of the sides into which a longer line may be cut

_AXES = ("x", "y")

_Points = Annotated[
    tuple[Annotated[Count, Field(ge=4, le=LONGEST_LINE)], ...],
    BeforeValidator(one_number_as_list),
    Field(min_length=1),
]
_Lengths = Annotated[tuple[Positive, ...], BeforeValidator(one_number_as_list), Field(min_length=1)]


class FourierGrid(GridSection):
    """The periodic box [-L/2, L/2) and its points, for trigonometric functions."""

    tag: ClassVar[str] = "<fourier>"

    # Not written: grids had no basis when the first runs were stored.
    basis: Literal["fourier"] = Field(default="fourier", exclude=True)
    points: _Points = Field(
        description="whole numbers of at least 4, one for each axis, as points = [512, 512], or points = 4096 in 1-D"
    )
    length: _Lengths = Field(
        description="the sides L of the box [-L/2, L/2), one for each axis, as length = [20.0, 20.0]"
    )
    precision: Annotated[Text, one_of("precision", tuple(BYTES_PER_POINT))] = "double"
    even: tuple[Annotated[Text, one_of("axis", _AXES)], ...] = Field(
        default=(), description='axes of the plane about whose origin u is even, as even = ["x", "y"]'
    )
    refine: Annotated[Text, one_of("way to refine the grid", (OFF, AUTO))] = OFF
    max_points: Annotated[_Points | None, Field(min_length=1)] = Field(
        default=None, description='points doubled once or several times, up to which refine = "auto" goes'
    )
    refine_tail: Positive | None = Field(
        default=None, description="the spectral tail at which the grid is refined, as refine_tail = 1e-7"
    )

    @property
    def refines(self) -> bool:
        """Whether a run goes on on twice the points where they no longer resolve its field."""
        return self.refine == AUTO

    @property
    def refinements(self) -> tuple[Self, ...]:
        """The same box with the points doubled once, twice, …, as far as they may be."""
        allowed = doublings(self.points, self.max_points) if self.refines else []
        return tuple(self.model_copy(update={"points": points}) for points in allowed)

    def tail_to_refine(self, limit: float) -> float:
        """Return the spectral tail from which on a finer grid is wanted: if not given, a hundredth of the limit.

        Then what a grid leaves out while it is in use is less than what the last one may at the end. What rounding
        makes of a spectrum is no reason for a finer grid.
        """
        if self.refine_tail is not None:
            return self.refine_tail
        return min(limit, max(limit / _EARLIER, self.rounding))

    def doubled_to(self, points: Sequence[int]) -> Self | None:
        """Return the same box with these points, if they are those of this one doubled once or several times."""
        wanted = tuple(points)
        found = len(wanted) == len(self.points) and wanted in doublings(self.points, wanted)
        return self.model_copy(update={"points": wanted}) if found else None

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Return the section as plain values, without what is not asked for, as runs were stored before it."""
        document: dict[str, Any] = dump(self)
        left_out = {key for key in REFINING if not self.refines or document[key] is None}
        left_out |= set() if self.even else {"even"}
        return {key: value for key, value in document.items() if key not in left_out}

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the array that holds a field: a line of N = Na·Nb points is cut into Na rows."""
        if len(self.points) == 1:
            return line_factors(self.points[0])
        rows, row_length = (n // 2 if axis in self.even_axes else n for axis, n in enumerate(self.points))
        return rows, row_length

    @property
    def held(self) -> int:
        """The number of points at which fields are held: of an even axis half of them."""
        return math.prod(self.shape)

    @property
    def even_axes(self) -> tuple[int, ...]:
        """The numbers of the axes about whose origin fields are even: half of their points is held."""
        return tuple(axis for axis, name in enumerate(_AXES) if name in self.even)

    @property
    def evenness(self) -> str:
        """About which axes fields are even, as texts say it behind a comma."""
        return f", even in {' and '.join(_AXES[axis] for axis in self.even_axes)}" if self.even else ""

    @property
    def spacing(self) -> Vector:
        """The distance of neighbouring points on each axis."""
        return tuple(length / points for length, points in zip(self.length, self.points, strict=True))

    @property
    def shortest_side(self) -> float:
        """The shortest side of the box."""
        return min(self.length)

    def vectors(self) -> dict[str, Sequence[float]]:
        """Return points and sides by key."""
        return {"grid.points": self.points, "grid.length": self.length}

    def contains(self, place: Sequence[float]) -> bool:
        """Return whether a place lies in the box."""
        return all(-length / 2 <= x < length / 2 for x, length in zip(place, self.length, strict=True))

    def describe_box(self) -> str:
        """Return the box as messages show it."""
        return " × ".join(f"[{-length / 2!r}, {length / 2!r})" for length in self.length)

    def describe(self) -> str:
        """Return what `info` says of it: points, box, precision."""
        points, box = " × ".join(map(str, self.points)), " × ".join(f"{length:g}" for length in self.length)
        precision = "" if self.precision == "double" else f", {self.precision} precision"
        return f"{points} points in a periodic box {box}{self.evenness}{precision}"

    def identity(self) -> dict[str, Sequence[float]]:
        """Return what a state on it belongs to."""
        return {"points": self.points, "length": self.length, **({"even": self.even_axes} if self.even else {})}

    def table(self) -> dict[str, Any]:
        """Return the section as a table of its keys."""
        single = {} if self.precision == "double" else {"precision": self.precision}
        most = {"max_points": [*self.max_points]} if self.max_points is not None else {}
        tail = {"refine_tail": self.refine_tail} if self.refine_tail is not None else {}
        refining = {"refine": self.refine, **most, **tail} if self.refines else {}
        even = {"even": [*self.even]} if self.even else {}
        return {"points": [*self.points], "length": [*self.length], **even, **single, **refining}

    def finer(self) -> dict[str, Any]:
        """Return the same box with twice the points, those of this grid among them but for axes that are even."""
        table = self.table()
        return {**table, **{key: [2 * n for n in table[key]] for key in ("points", "max_points") if key in table}}

    def finer_from(self, limit: float) -> dict[str, Any]:
        """Return what makes it finer throughout a run: `finer`, and an earlier change of grids."""
        tail = self.tail_to_refine(limit)
        earlier = {"refine_tail": max(tail / _EARLIER, min(tail, self.rounding))} if self.refines else {}
        return {**self.finer(), **earlier}

    def larger(self) -> dict[str, Any]:
        """Return twice the box on each axis; of an even number of points those of this grid are among its own."""
        return {**self.finer(), "length": [2 * length for length in self.length]}

    def find_points_mistakes(self) -> list[str]:
        """Return what is wrong with the numbers of points of a line or a plane: too many, not to be cut or doubled."""
        own = self._find_cut_mistakes() or find_most_mistakes(self.points, self.refine, self.max_points)
        if self.refine_tail is not None and not self.refines:
            own.append(f"grid.refine_tail = {self.refine_tail!r}: is for grid.refine = {quoted(AUTO)}; remove it")
        if own or not self.refinements:
            return own
        return [f"grid.max_points comes to {mistake}" for mistake in self.refinements[-1]._find_cut_mistakes()]

    def _find_cut_mistakes(self) -> list[str]:
        """Return whether an axis has too many points, or a line cannot be cut."""
        if len(self.points) > 1:
            return [
                f"grid.points.{axis} = {n}: must be at most {_LONGEST_AXIS} in the plane; give fewer points"
                for axis, n in enumerate(self.points)
                if n > _LONGEST_AXIS
            ]
        (n,) = self.points
        if _can_be_cut(n):
            return []
        below = next(m for m in range(n - 1, 0, -1) if _can_be_cut(m))
        above = next(m for m in range(n + 1, LONGEST_LINE + 1) if _can_be_cut(m))
        small, large = line_factors(n)
        why = f"a line is cut into a plane, and the squarest is {small} × {large}, out of proportion"
        return [f"grid.points = {n}: {why}; the nearest that can be cut: points = {below} or points = {above}"]


def _can_be_cut(n: int) -> bool:
    """Return whether a line of ``n`` points has two factors near √n, so that all ranks have work."""
    small, large = line_factors(n)
    return n <= _SHORT or large <= _NARROW * small


class RadialGrid(GridSection):
    """Points between 0 and R on a radial axis, at each of which a density matrix has a row and a column."""

    tag: ClassVar[str] = "<radius>"
    space: ClassVar[str] = "radius"

    points: Annotated[_Points, Field(max_length=1)] = Field(
        description="the number of points between 0 and the radius, as points = 127"
    )
    radius: Positive = Field(description="the distance R at which functions vanish, as radius = 12.0")
    precision: ClassVar[str] = "double"

    @property
    def length(self) -> tuple[float, ...]:
        """The end of the axis."""
        return (self.radius,)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of a density matrix of one particle."""
        return self.points[0], self.points[0]

    @property
    def spacing(self) -> Vector:
        """The distance of neighbouring points, in the plane where Bessel nodes are far from 0."""
        return (self.radius / (self.points[0] + 1),)

    @property
    def shortest_side(self) -> float:
        """The radius."""
        return self.radius

    def vectors(self) -> dict[str, Sequence[float]]:
        """Return nothing: there is one axis, whatever the dimension."""
        return {}

    def contains(self, place: Sequence[float]) -> bool:
        """Return whether a distance lies in the grid."""
        return all(0 <= r < self.radius for r in place)

    def describe_box(self) -> str:
        """Return the ball as messages show it."""
        return f"[0, {self.radius!r})"

    def describe(self) -> str:
        """Return what `info` says of it: points, radius."""
        return f"{self.points[0]} points on a radial axis up to {self.radius:g}"

    def identity(self) -> dict[str, Sequence[float]]:
        """Return what a state on it belongs to."""
        return {"points": self.points, "radius": (self.radius,)}

    def table(self) -> dict[str, Any]:
        """Return the section as a table of its keys."""
        return {"points": self.points[0], "radius": self.radius}

    def finer(self) -> dict[str, Any]:
        """Return the same radius with 2n + 1 points, since n points divide it into n + 1 parts."""
        return {**self.table(), "points": 2 * self.points[0] + 1}

    def larger(self) -> dict[str, Any]:
        """Return twice the radius."""
        return {**self.finer(), "radius": 2 * self.radius}

    def find_points_mistakes(self) -> list[str]:
        """Return whether there are more points than a matrix of them makes sense for."""
        (n,) = self.points
        if n <= _MOST_RADII:
            return []
        return [f"grid.points = {n}: must be at most {_MOST_RADII} on a radial axis; give fewer points"]


class RationalGrid(GridSection):
    """The whole line in rational functions of x/scale: points tan(θ/2) of equidistant θ."""

    tag: ClassVar[str] = "<rational>"
    space: ClassVar[str] = "line"

    basis: Literal["rational"]
    points: Annotated[_Points, Field(max_length=1)] = Field(
        description="the number of even, and of odd, functions, as points = 256"
    )
    scale: Positive = Field(description="L of x = L tan(θ/2), in units of the scale of the solution, as scale = 3.0")
    precision: ClassVar[str] = "double"

    @property
    def length(self) -> tuple[float, ...]:
        """Twice the scale: half of the points lie within."""
        return (2 * self.scale,)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of a field: its even and its odd part."""
        return 2, self.points[0]

    @property
    def spacing(self) -> Vector:
        """The distance of neighbouring points near the origin."""
        return (math.pi * self.scale / (2 * self.points[0]),)

    @property
    def shortest_side(self) -> float:
        """Twice the scale."""
        return 2 * self.scale

    def vectors(self) -> dict[str, Sequence[float]]:
        """Return the points by key."""
        return {"grid.points": self.points}

    def contains(self, place: Sequence[float]) -> bool:
        """Return whether a place lies on the line."""
        return all(math.isfinite(x) for x in place)

    def describe_box(self) -> str:
        """Return the line as messages show it."""
        return "(-∞, ∞)"

    def describe(self) -> str:
        """Return what `info` says of it: points, scale."""
        return f"{self.points[0]} rational functions of scale {self.scale:g} on the whole line"

    def identity(self) -> dict[str, Sequence[float]]:
        """Return what a state on it belongs to."""
        return {"points": self.points, "basis_scale": (self.scale,)}

    def table(self) -> dict[str, Any]:
        """Return the section as a table of its keys."""
        return {"basis": self.basis, "points": self.points[0], "scale": self.scale}

    def finer(self) -> dict[str, Any]:
        """Return twice the functions of the same scale, whose points reach twice as far, too."""
        return {**self.table(), "points": 2 * self.points[0]}

    def larger(self) -> dict[str, Any]:
        """Return twice the functions of twice the scale, whose points reach four times as far."""
        return {**self.finer(), "scale": 2 * self.scale}

    def find_points_mistakes(self) -> list[str]:
        """Return whether there are more points than a dense transform makes sense for."""
        (n,) = self.points
        if n <= _MOST_RATIONAL:
            return []
        return [f"grid.points = {n}: must be at most {_MOST_RATIONAL} of the rational basis; give fewer points"]


AnyGrid = Annotated[
    FourierGrid | RadialGrid | RationalGrid, UnionByKey("basis", "basis", default="fourier", alternative="radius")
]
