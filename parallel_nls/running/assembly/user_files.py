"""What files of the user hold for systems that are not fields in a box: functions, tables, arrays."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.config import PythonInitial
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.output.initial_file import read_whole_array
from parallel_nls.user_code.elementwise import RULE, array_of
from parallel_nls.user_code.source import BadResult, RunningUserCode, digest_of, function_named, names_defined

__all__ = ["check_alone", "read_array", "read_columns", "user_function", "values_of_function"]

_COLUMNS = 2
_ALIKE = 1e-9  # relative; what is rounded otherwise in vectors, and cancels


def user_function(
    text: str, path: Path, name: str, argument: str, what: str, dtype: type | None = None
) -> Callable[[RealArray], NDArray[Any]]:
    """A function of one array from a Python text; whatever it raises, then and later, becomes one message.

    Parameters
    ----------
    text, path : str, Path
        The text, and what messages call it.
    name, argument : str
        Of the function.
    what : str
        What it is: the first word of the name of the module.
    dtype : type, optional
        Of its values, into which they are turned; else as the function gives them.

    Raises
    ------
    UserError
        If the text does not run, or has no such function.

    Notes
    -----
    *Communication*: local.
    """
    function = function_named(name, names_defined(text, path, f"{what}_{digest_of(text)}"), path)

    def called(points: RealArray) -> NDArray[Any]:
        """Call it."""
        with RunningUserCode(path, f"{name}({argument})"):
            values = array_of(function, function(points))
            if dtype is float and values.dtype.kind not in "biuf":
                raise BadResult(function, f"returns {values.dtype}; return real numbers")
            return values if dtype is None else values.astype(dtype)

    return called


def check_alone(
    function: Callable[[RealArray], NDArray[Any]], where: str, name: str, argument: str, points: RealArray
) -> None:
    """Refuse a function that is called for other points each time, and whose values depend on which these are.

    Parameters
    ----------
    function : callable
        From `user_function`.
    where, name, argument : str
        For the message: the file, maybe with its key, and as of that.
    points : ndarray, (n,)
        Of which some are given alone; where values are no numbers others look.

    Raises
    ------
    UserError
        With two values at a point.

    Notes
    -----
    *Communication*: local.
    """
    among, order = function(points), np.arange(len(points))
    if among.shape != points.shape or among.dtype.kind not in "biuf":
        return
    for some in (order[1::3], order[::-2], order[:1], order[-1:]):
        alone, expected = function(points[some]), among[some]
        if alone.shape != expected.shape:
            return
        apart = np.abs(alone - expected) > _ALIKE * np.abs(expected)
        if apart.any():
            place = int(np.argmax(apart))
            raise UserError(
                f"{where}: {name}({argument}) is not elementwise: it gives {expected[place]:.15g} at {argument} = "
                f"{points[some][place]:.6g} among others, and {alone[place]:.15g} there among fewer; {RULE}"
            )


def values_of_function(initial: PythonInitial, text: str, points: RealArray, argument: str) -> ComplexArray:
    """The values of the function of the initial data at all points, called once.

    Raises
    ------
    UserError
        If it does not give a number for each.

    Notes
    -----
    *Communication*: local.
    """
    path = Path(initial.file)
    values = user_function(text, path, initial.function, argument, "initial_data")(points.copy())
    if values.shape != points.shape:
        each = f"{points.size} values of {argument}"
        raise UserError(f"{path}: {initial.function} gives an array of shape {values.shape} for {each}; give one each")
    with RunningUserCode(path, f"{initial.function}({argument})"):
        return values.astype(np.complex128)


def read_columns(text: str, path: Path, names: str) -> tuple[RealArray, RealArray]:
    """Numbers in two columns, separated by blanks or commas, # before remarks.

    Parameters
    ----------
    text, path : str, Path
        The table, and what messages call it.
    names : str
        What the columns are, for messages: "r and V".

    Raises
    ------
    UserError
        If it holds something else.

    Notes
    -----
    *Communication*: local.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an empty file, which is told below
            rows = np.loadtxt(io.StringIO(text.replace(",", " ")), ndmin=2)
    except ValueError as error:
        raise UserError(f"{path} holds no table of numbers: {error}; give the columns {names}") from None
    if rows.shape[1:] != (_COLUMNS,):
        raise UserError(f"{path} has {rows.shape[-1] if rows.size else 0} columns; give two, {names}")
    return np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1])


def read_array(path: Path, wanted: dict[tuple[int, ...], str], dataset: str | None = None) -> NDArray[np.number]:
    """An array of numbers of one of some shapes.

    Parameters
    ----------
    path, dataset
        As of `output.initial_file.find_initial_field`.
    wanted : dict
        The shapes, and how messages go on about each.

    Raises
    ------
    UserError
        If it holds something else.

    Notes
    -----
    *Communication*: local.
    """
    array = read_whole_array(path, dataset)
    if array.dtype.kind not in "fciu" or array.shape not in wanted:
        shapes = ", or ".join(f"{shape}{text}" for shape, text in wanted.items())
        raise UserError(f"{path} holds {array.dtype} of shape {array.shape}; give numbers of shape {shapes}")
    return array
