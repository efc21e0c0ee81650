"""The dimensions of the datasets of a series besides the rows, by name and with the labels of their entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from parallel_nls.catalogue import EVERYWHERE
from parallel_nls.diagnostics.quantity import AXIS, BUBBLE, Dimension
from parallel_nls.output.run_paths import AXES

__all__ = ["SeriesAxis", "axes_of", "labels_of"]

_DIMENSIONS = {quantity.name: quantity.dimensions for quantity in EVERYWHERE}


@dataclass(frozen=True)
class SeriesAxis:
    """A dimension.

    Attributes
    ----------
    name : str
        As readers call it.
    size : int
        Entries.
    labels : tuple of str or of int
        Of the entries; empty where they have none.
    """

    name: str
    size: int
    labels: tuple[str, ...] | tuple[int, ...] = ()


def axes_of(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[SeriesAxis, ...]]:
    """The dimensions of all datasets of a series.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        By the names of the datasets, of one row of each.

    Returns
    -------
    dict
        For each dataset its dimensions in their order. Those of one that this version does not know, and those that
        would have the name of a dataset, or two lengths, are called after the dataset.

    Notes
    -----
    *Communication*: local.
    """
    found: dict[str, tuple[SeriesAxis, ...]] = {}
    known: dict[str, SeriesAxis] = {}
    for name, shape in shapes.items():
        axes = _known_axes(name, shape)
        if any(axis.name in shapes or known.get(axis.name, axis) != axis for axis in axes):
            axes = _own_axes(name, shape)
        known |= {axis.name: axis for axis in axes}
        found[name] = axes
    return found


def _own_axes(name: str, shape: tuple[int, ...]) -> tuple[SeriesAxis, ...]:
    return tuple(SeriesAxis(f"{name}_{place}", size) for place, size in enumerate(shape, 1))


def _known_axes(name: str, shape: tuple[int, ...]) -> tuple[SeriesAxis, ...]:
    """Those that the catalogue knows, where they fit the shape."""
    dimensions = _DIMENSIONS.get(name, ())
    lengths = [len(axis.labels) or size for axis, size in zip(dimensions, shape, strict=False)]
    if len(dimensions) != len(shape) or lengths != list(shape):
        return _own_axes(name, shape)
    return tuple(SeriesAxis(axis.name, n, _labels(axis, n)) for axis, n in zip(dimensions, shape, strict=True))


def _labels(dimension: Dimension, size: int) -> tuple[str, ...] | tuple[int, ...]:
    if dimension == BUBBLE:
        return tuple(range(1, size + 1))
    return AXES[:size] if dimension == AXIS else dimension.labels


def labels_of(axes: tuple[SeriesAxis, ...]) -> list[tuple[str, ...]]:
    """A label for each dimension of each component of a row, components in the order of memory; 1, 2, … without labels.

    *Communication*: local.
    """
    names = [axis.labels or range(1, axis.size + 1) for axis in axes]
    shape = tuple(axis.size for axis in axes)
    return [tuple(str(names[k][i]) for k, i in enumerate(index)) for index in np.ndindex(*shape)]
