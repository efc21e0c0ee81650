"""What a user's monitor gives: what is wrong with it on one rank, and what is not the same on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from parallel_nls.diagnostics.monitor import Values
from parallel_nls.numerics.arrays import RealArray

__all__ = ["apart", "as_numbers", "wrong_tables", "wrong_values"]

_REAL = "biuf"
_TABLE_AXES = 2


def wrong_values(found: object, shapes: Mapping[str, Sequence[int]], others: Mapping[str, object]) -> str | None:
    """What is wrong with values; None if nothing is.

    Parameters
    ----------
    found : object
        What the user's code returned.
    shapes : mapping
        Of its quantities, by name.
    others : mapping
        What others have measured, by name.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(found, Mapping):
        return f"returns {type(found).__name__}; return a dictionary of numbers by name"
    for name in (*shapes, *found):
        if name not in found:
            return f"lacks {name!r}, which is among its quantities"
        if name in others:
            return f"has {name!r}, which is what another quantity is called; choose another name"
        value = np.asarray(found[name])
        if value.dtype.kind not in _REAL:
            return f"has {value.dtype} for {name!r}; give real numbers"
        if value.shape != shapes.get(name, value.shape):
            return f"has shape {value.shape} for {name!r}, whose Quantity says shape={shapes[name]}"
    return None


def wrong_tables(found: object, counts: Sequence[int]) -> str | None:
    """What is wrong with line tables; None if nothing is.

    Parameters
    ----------
    found : object
        What the user's code returned.
    counts : sequence of int
        How many lines this rank has of each table.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(found, Sequence) or len(found) != len(counts):
        given = f"{len(found)} tables" if isinstance(found, Sequence) else type(found).__name__
        return f"returns {given}; return a list of one array for each of its {len(counts)} lines"
    for number, (table, count) in enumerate(zip(found, counts, strict=True)):
        if not isinstance(table, np.ndarray) or table.dtype.kind not in _REAL:
            kind = getattr(table, "dtype", type(table).__name__)
            return f"has {kind} for table {number}; give an array of real numbers, (results, local lines)"
        if table.ndim != _TABLE_AXES or table.shape[1] != count:
            return f"has shape {table.shape} for table {number}; give (results, {count}), its last axis the local lines"
    return None


def as_numbers(values: Mapping[str, float | RealArray]) -> Values:
    """Values that `wrong_values` finds nothing wrong with, as numbers and arrays, whatever lists or objects they were.

    *Communication*: local.
    """
    arrays = {name: np.array(value, dtype=np.float64) for name, value in values.items()}
    return {name: array if array.ndim else float(array) for name, array in arrays.items()}


def apart(by_rank: Sequence[Mapping[str, object]]) -> str | None:
    """What is not the same on all ranks, with two of its values; None if all is.

    Parameters
    ----------
    by_rank : sequence of mapping
        Plain values and arrays by name, of each rank.

    Notes
    -----
    *Communication*: local.
    """
    first = by_rank[0]
    for rank, own in enumerate(by_rank):
        for name in (*first, *own):
            one, other = first.get(name, "missing"), own.get(name, "missing")
            if not _alike(one, other):
                here, mine, yours = _shown(one, other)
                shown = f"{name}{here} is {mine} on rank 0 and {yours} on rank {rank}"
                return (
                    f"{shown}; let it follow from what all ranks share, as tables, sample.integrals and sample.values"
                )
    return None


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float | np.ndarray) and isinstance(other, float | np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return type(one) is type(other) and bool(one == other)


def _shown(one: object, other: object) -> tuple[str, object, object]:
    """Where two values differ, and how."""
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return "", _number(one), _number(other)
    if one.shape != other.shape:
        return "", f"of shape {one.shape}", f"of shape {other.shape}"
    place = tuple(int(i) for i in np.argwhere(~((one == other) | (np.isnan(one) & np.isnan(other))))[0])
    return f"{list(place)}", _number(one[place]), _number(other[place])


def _number(value: object) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)
