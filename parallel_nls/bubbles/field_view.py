"""One field as the modulation analysis looks at it: all its points, or a halved field."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nls.bubbles.fit.passes import Field, FitPasses
from parallel_nls.bubbles.row_integrals import Visit
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True, eq=False)
class FieldView:
    """A field, and what passes over it.

    Attributes
    ----------
    field : Completed or HalvedField
        The field; kept.
    passes : FitPasses
        Look at it.
    visit : callable
        Runs a kernel over its rows beside their gradient.
    every : int
        1, or 2 of a halved field.
    local : ndarray, (K, 7), optional
        Integrals of `local_sums`, over all points, where the field is halved and they are wanted.
    """

    field: Field
    passes: FitPasses
    visit: Visit
    every: int
    local: RealArray | None = None
