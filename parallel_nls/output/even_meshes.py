"""Meshes of stored fields that are even: half of the points of an axis is held, and the others are found from them."""

from __future__ import annotations

from collections.abc import Sequence

import h5py
import numpy as np
from numpy.typing import NDArray

from parallel_nls.numerics.arrays import IndexArray
from parallel_nls.output import stored_values

__all__ = ["EVEN", "even_axes", "read_mirrored", "whole_shape"]

EVEN = "evenAxes"
"""Attribute with the axes about whose origin a mesh is even: of these it holds the points at x > 0 alone."""


def even_axes(mesh: h5py.Group | h5py.Dataset, dimensions: int) -> tuple[int, ...]:
    """The axes that a mesh of so many dimensions names.

    Raises
    ------
    ValueError
        If it names what is none.

    Notes
    -----
    *Communication*: local.
    """
    if EVEN not in mesh.attrs:
        return ()
    axes = stored_values.real_array(mesh.attrs, EVEN)
    if not set(axes) <= set(range(dimensions)):
        raise ValueError(f"{EVEN} names axes that are not there")
    return tuple(int(axis) for axis in axes)


def whole_shape(shape: Sequence[int], even: Sequence[int]) -> tuple[int, ...]:
    """The points of the whole box, of which so many are held. *Communication*: local."""
    return tuple(2 * n if axis in even else n for axis, n in enumerate(shape))


def read_mirrored(dataset: h5py.Dataset, even: Sequence[int], ranges: Sequence[slice]) -> NDArray[np.floating]:
    """Numbers at ranges of the points of the whole box, in rising order of x.

    Parameters
    ----------
    dataset : h5py.Dataset
        What is held.
    even : sequence of int
        Its even axes.
    ranges : sequence of slice
        Of the first axes; all points of the others.

    Notes
    -----
    *Communication*: local.
    """
    picked = dict[int, IndexArray]()
    held = [*ranges, *(slice(None) for _ in dataset.shape[len(ranges) :])]
    for axis in even:
        n = dataset.shape[axis]
        places = np.array(range(2 * n)[held[axis]], dtype=np.int64) - n
        places = np.where(places < 0, -1 - places, places)
        first = int(places.min(initial=n))
        held[axis] = slice(first, int(places.max(initial=-1)) + 1)
        picked[axis] = places - first
    values: NDArray[np.floating] = dataset[tuple(held)]
    for axis, places in picked.items():
        values = values.take(places, axis)
    return values
