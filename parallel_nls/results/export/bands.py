"""Pieces of an array that is too large to be read at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

__all__ = ["bands"]

_AT_ONCE = 2**22  # values


def bands(shape: Sequence[int], axis: int = 0) -> Iterator[slice]:
    """Ranges of indices along an axis that cover it, each of a few million values at most. *Communication*: local."""
    step = max(1, _AT_ONCE * shape[axis] // max(prod(shape), 1))
    for first in range(0, shape[axis], step):
        yield slice(first, min(first + step, shape[axis]))
