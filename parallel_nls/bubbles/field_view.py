"""One field as the modulation analysis looks at it: all its points, or a narrow field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parallel_nls.bubbles.fit.passes import Field, FitPasses
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.row_integrals import Visit
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True, eq=False)
class FieldView:
    """A field, and what passes over it.

    Attributes
    ----------
    field : Completed or NarrowField
        The field; kept.
    passes : FitPasses
        Look at it.
    visit : callable
        Runs a kernel over its rows beside their gradient.
    share : int
        Of the points of each axis, in sixteenths: less than 16 of a narrow field.
    local : ndarray, (K, 7), optional
        Integrals of `local_sums`, over all points, where the field is narrow and they are wanted.
    """

    field: Field
    passes: FitPasses
    visit: Visit
    share: int
    local: RealArray | None = None


@dataclass(frozen=True, eq=False)
class ClosingView:
    """A field as a last pass takes it that may be the only one.

    Attributes
    ----------
    field : Completed or NarrowField
        The field; after ``sums`` it may be lost.
    passes : FitPasses
        Look at it.
    share : int
        Of the points of each axis, in sixteenths.
    sums : callable
        ``sums(parameters)``: integrals of `local_sums`, and those of the functionals.
    change : callable
        ``change(before, after, steps)``: those of some points, and what they change by; after ``sums(before)``.
    """

    field: Field
    passes: FitPasses
    share: int
    sums: Callable[[Parameters], tuple[RealArray, RealArray]]
    change: Callable[[Parameters, Parameters, tuple[int, int]], tuple[RealArray, RealArray]]
