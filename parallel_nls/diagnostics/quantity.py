"""What describes one dataset of a series: name, dimensions, texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from parallel_nls.diagnostics.differences import Rows
from parallel_nls.numerics.arrays import RealArray


@dataclass(frozen=True)
class Dimension:
    """One axis of a quantity besides the rows.

    Attributes
    ----------
    name : str
        As readers call it.
    labels : tuple of str
        Of its entries; empty where the run tells how many there are.
    """

    name: str
    labels: tuple[str, ...] = ()


NUMBER: tuple[Dimension, ...] = ()
LARGEST = "largest"
"""In `Quantity.parts`: what is told relative to the largest of all points or waves is rounded as that is, as 1."""
AXIS = Dimension("axis")
BUBBLE = Dimension("bubble")


class Derivation(Protocol):
    """How a quantity follows from others between the rows of a series."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns that it needs besides `time`.

        Those that are no quantities of the series, which then keeps them in memory and checkpoints alone, have a number
        for each component of the derived one.
        """

    def value(self, rows: Rows, row: int) -> RealArray:
        """Its value at a row, from all rows of these columns; rows more than three behind do not change it."""


@dataclass(frozen=True)
class Quantity:
    """One dataset of series.h5.

    Attributes
    ----------
    name, family : str
        Dataset name, and the configured family that brings it.
    dimensions : tuple of Dimension
        Empty for a number a row.
    long_name, formula, source : str
        Attributes of the dataset.
    conserved : "relative", "absolute" or None
        Whether it is conserved, and how its drift is told.
    derivation : Derivation, optional
        Of a quantity that follows from others, once the rows around theirs are known.
    shape : tuple of int
        Of a row, in the run that it was selected for.
    tabulated : bool
        Whether the table of a sweep has its last value.
    parts : str, optional
        The quantity of whose size are the parts that cancel in it: digits below its rounding tell nothing.
    steady : bool
        Whether it would be the same number at all rows, were it exact: what it changes by, it does not know.
    digits : int, optional
        Of an estimate, how many tell anything.
    parameter : str, optional
        Of λ² times derivatives by seven rows: the parameter whose rounding it has at the least.
    total : str, optional
        Of several numbers: the quantity that they add up to, so that they are rounded as that is.
    """

    name: str
    family: str
    dimensions: tuple[Dimension, ...]
    long_name: str
    formula: str
    source: str
    conserved: Literal["relative", "absolute"] | None = None
    derivation: Derivation | None = None
    shape: tuple[int, ...] = ()
    tabulated: bool = False
    parts: str | None = None
    steady: bool = False
    digits: int | None = None
    parameter: str | None = None
    total: str | None = None


CSZ = "Cao, Su & Zhang, On uniqueness of multi-bubble blow-up solutions and multi-solitons"
