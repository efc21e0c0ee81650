"""What describes one dataset of a series: name, dimensions, texts."""

from __future__ import annotations

from dataclasses import dataclass


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
AXIS = Dimension("axis")
BUBBLE = Dimension("bubble")


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
    shape : tuple of int
        Of a row, in the run that it was `selected` for.
    """

    name: str
    family: str
    dimensions: tuple[Dimension, ...]
    long_name: str
    formula: str
    source: str
    shape: tuple[int, ...] = ()


CSZ = "Cao, Su & Zhang, On uniqueness of multi-bubble blow-up solutions and multi-solitons"
