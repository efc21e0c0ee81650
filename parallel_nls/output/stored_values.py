"""Attributes and datasets of HDF5 files as what they must be: anything else is a ValueError that says so."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_LARGEST = 2**62


def real_number(attributes: Mapping[str, Any], name: str, *, finite: bool = True) -> float:
    """An attribute that is one real number.

    Raises
    ------
    KeyError, ValueError
        If there is none, or something else; also NaN and infinities, where it must be finite.

    Notes
    -----
    *Communication*: local.
    """
    value = attributes[name]
    if np.ndim(value) != 0 or not isinstance(value, int | float | np.integer | np.floating):
        raise ValueError(f"{name} is no number")
    if finite and not isfinite(value):
        raise ValueError(f"{name} is {value}")
    return float(value)


def count(attributes: Mapping[str, Any], name: str) -> int:
    """An attribute that is a whole number, not negative; otherwise as `real_number`. *Communication*: local."""
    value = attributes[name]
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise ValueError(f"{name} is no whole number")
    if not 0 <= value < _LARGEST:
        raise ValueError(f"{name} is {value}")
    return int(value)


def text(attributes: Mapping[str, Any], name: str) -> str:
    """An attribute that is a text; otherwise as `real_number`. *Communication*: local."""
    value = attributes[name]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def real_array(attributes: Mapping[str, Any], name: str, dimensions: int = 1) -> NDArray[np.float64]:
    """An attribute that is an array of real numbers; otherwise as `real_number`. *Communication*: local."""
    value = attributes[name]
    array = None if isinstance(value, h5py.Empty) else np.asarray(value)
    if array is None or array.dtype.kind not in "iuf" or array.ndim != dimensions:
        raise ValueError(f"{name} is no array of numbers")
    return array.astype(np.float64)


def dataset(group: h5py.Group, name: str, kinds: str = "iuf", dimensions: int | None = None) -> h5py.Dataset:
    """A dataset of numbers.

    Parameters
    ----------
    group : h5py.Group
        Where it is.
    name : str
        Of the dataset.
    kinds : str, optional
        Letters of numpy for the kinds of numbers that it may hold.
    dimensions : int, optional
        How many axes it must have; by default any.

    Raises
    ------
    KeyError, ValueError
        If there is none, or something else.

    Notes
    -----
    *Communication*: local.
    """
    item = group[name]
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in kinds or item.shape is None:
        raise ValueError(f"{name} is no dataset of numbers")
    if dimensions is not None and item.ndim != dimensions:
        raise ValueError(f"{name} has {item.ndim} dimensions instead of {dimensions}")
    return item


def group(parent: h5py.Group, name: str) -> h5py.Group:
    """A group; otherwise as `dataset`. *Communication*: local."""
    item = parent[name]
    if not isinstance(item, h5py.Group):
        raise ValueError(f"{name} is no group")
    return item
