"""Arguments of the Python interface: what is wrong with one is told by one message that names it and its value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.errors import ArgumentError

__all__ = ["communicator", "complex_type", "listed", "number", "numbers", "path_of", "positive", "vector", "whole"]

SPACE = (1, 2)
"""Numbers of space dimensions that there are."""


def listed(name: str, values: Any, kinds: type | tuple[type, ...], example: str) -> list[Any]:
    """A list of values of some types; a text alone is none, though Python takes it letter by letter.

    Parameters
    ----------
    name : str
        Of the argument.
    values : iterable of values
        What was given; text and mappings are none.
    kinds : type or tuple of types
        What each must be.
    example : str
        Of a list that would do.

    Notes
    -----
    Raises as `number`. *Communication*: local.
    """
    found = list(values) if isinstance(values, Iterable) and not isinstance(values, str | Mapping) else None
    if found is None or not all(isinstance(value, kinds) for value in found):
        raise ArgumentError(f"{name} = {values!r}: give a list, as {example}")
    return found


def communicator(name: str, value: Any, remedy: str = "") -> None:
    """Refuse what is no communicator, or none any more.

    Parameters
    ----------
    name : str
        Of the argument.
    value : MPI.Comm
        What was given.
    remedy : str, optional
        What may be done besides giving one.

    Raises
    ------
    ArgumentError
        If it is none.

    Notes
    -----
    *Communication*: local.
    """
    if not hasattr(value, "allreduce") or not value:  # one that is watched is no Intracomm; that of no ranks is false
        raise ArgumentError(f"{name} = {value!r}: is no communicator; give one of mpi4py{remedy}")


def path_of(name: str, value: Any, wanted: str) -> Path:
    """A path.

    Parameters
    ----------
    name : str
        Of the argument.
    value : str or path
        What was given.
    wanted : str
        What is to lie there.

    Raises
    ------
    ArgumentError
        If it is none.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(value, str | PathLike):
        raise ArgumentError(f"{name} = {value!r}: is no path; give that of {wanted}")
    return Path(value)


def complex_type(name: str, value: Any) -> np.dtype[Any]:
    """complex128 or complex64; raises as `number`. *Communication*: local."""
    try:
        found: np.dtype[Any] = np.dtype(value)
    except TypeError:
        found = np.dtype(object)
    if value is None or found not in (np.complex128, np.complex64):
        raise ArgumentError(f"{name} = {value!r}: must be complex128 or complex64")
    return found


def number(name: str, value: Any) -> float:
    """A finite number.

    Raises
    ------
    ArgumentError
        If it is none.

    Notes
    -----
    *Communication*: local.
    """
    if type(value) is bool or not isinstance(value, Real) or not isfinite(value):
        raise ArgumentError(f"{name} = {value!r}: is not a finite number; give one")
    return float(value)


def numbers(name: str, values: Any) -> tuple[float, ...]:
    """A finite number alone, or any number of them; raises as `number`. *Communication*: local."""
    if isinstance(values, Real):
        values = (values,)
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
        raise ArgumentError(f"{name} = {values!r}: is neither a number nor several; give some, as [0.0, 0.5]")
    return tuple(number(name, value) for value in values)


def positive(name: str, value: Any) -> float:
    """A finite number greater than 0; raises as `number`. *Communication*: local."""
    found = number(name, value)
    if not found > 0:
        raise ArgumentError(f"{name} = {value!r}: must be greater than 0")
    return found


def whole(name: str, value: Any) -> int:
    """A whole number, of Python or of numpy; raises as `number`. *Communication*: local."""
    found = number(name, value)
    if not found.is_integer():
        raise ArgumentError(f"{name} = {value!r}: is not a whole number; give one")
    return int(found)


def vector(name: str, value: Any, lengths: Collection[int] = SPACE, empty: bool = False) -> tuple[float, ...]:
    """One finite number for each axis; on the line a number alone will do.

    Parameters
    ----------
    name : str
        Of the argument.
    value : number or sequence of numbers
        What was given.
    lengths : collection of int, optional
        How many there may be.
    empty : bool, optional
        Whether there may be none, which stands for a default.

    Raises
    ------
    ArgumentError
        If there are others, or they are no numbers.

    Notes
    -----
    *Communication*: local.
    """
    if isinstance(value, Real):
        value = (value,)
    if (not isinstance(value, Sequence) and not hasattr(value, "__array__")) or isinstance(value, (str, bytes)):
        raise ArgumentError(f"{name} = {value!r}: is no vector; give one number for each axis, as ({'0.0, ' * 2})")
    entries: tuple[Any, ...] = tuple(value)
    if len(entries) not in lengths and not (empty and not entries):
        wanted = " or ".join(map(str, sorted(lengths)))
        raise ArgumentError(f"{name} = {value!r}: has {len(entries)} numbers; give one for each axis, {wanted} in all")
    return tuple(number(f"{name}[{place}]", entry) for place, entry in enumerate(entries))
