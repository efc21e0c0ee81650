"""Mistakes about vectors and about places in the box: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist

from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.toml_text import counted, quoted

__all__ = [
    "ONE_PLACE",
    "Vectors",
    "find_coinciding",
    "find_outside",
    "find_uneven",
    "is_one_place",
]

ONE_PLACE = 1e-9
"""Of the box's shortest side: places this near are one, whatever the rounding of the user's digits."""

Vectors = Sequence[tuple[str, Sequence[float]]]
"""Pairs of a key and its value."""


def find_uneven(vectors: Vectors, dimension: int) -> list[str]:
    """Return which vectors have not one entry for each axis."""
    return [
        f"{key} = {quoted(value)}: {counted(len(value), 'number')}, "
        f"and equation.dimension = {dimension}; give one number for each axis"
        for key, value in vectors
        if len(value) != dimension
    ]


def find_outside(centers: Vectors, grid: GridSection) -> list[str]:
    """Return which centers lie outside the box."""
    return [
        f"{key} = {quoted(center)}: outside the box {grid.describe_box()}; move the center or enlarge grid.length"
        for key, center in centers
        if not grid.contains(center)
    ]


def find_coinciding(centers: Vectors, grid: GridSection) -> list[str]:
    """Return which centers are one place."""
    return [
        f"{key} = {quoted(center)}: at the same place as {other_key}; move or remove one of them"
        for k, (key, center) in enumerate(centers)
        for other_key, other in centers[:k]
        if is_one_place(center, other, grid)
    ]


def is_one_place(left: Sequence[float], right: Sequence[float], grid: GridSection) -> bool:
    """Return whether two places are one up to rounding."""
    return dist(left, right) <= ONE_PLACE * grid.shortest_side
