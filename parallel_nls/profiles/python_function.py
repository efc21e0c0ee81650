"""Initial data from a function in a Python file of the user."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parallel_nls.errors import UserError
from parallel_nls.profiles.pointwise import ComplexBlock, Coordinates, shape_of
from parallel_nls.spectral.transforms import WIDTH
from parallel_nls.user_code.elementwise import RULE, array_of, check_elementwise
from parallel_nls.user_code.reading import read_source
from parallel_nls.user_code.source import RunningUserCode, digest_of, function_named, names_defined

_REMEDY = (
    f"{RULE}; a mass or a peak is set by initial.normalise, as normalise = {{mass = 1.0}}, and noise is added by "
    "[[initial.noise]]"
)


class PythonProfile:
    """A function u0(x) or u0(x, y) of the user as a profile; it stands for any time.

    It is called once for each block of points, with float64 arrays of its own that broadcast against each other: whole
    blocks of 32 rows, the last one repeated, so that the vector instructions of numpy meet each point in the same way
    on any number of ranks. Its value at a point must depend on that point alone; `check` refuses any other.

    Parameters
    ----------
    source : str
        Text of a Python file.
    path : str or Path
        What messages call it; the file itself is not read.
    function : str
        Name of the function.

    Attributes
    ----------
    source : str
        The text that ran.
    digest : str
        SHA-256 of ``source`` in UTF-8, hexadecimal.
    path : Path
        The file.
    function : str
        Name of the function.

    Raises
    ------
    UserError
        If the text does not run or defines no such function.

    Notes
    -----
    Runs the text. *Communication*: local; a rank that fails fails alone.
    """

    def __init__(self, source: str, path: str | Path, function: str) -> None:
        self.source, self.path, self.function = source, Path(path), function
        self.digest = digest_of(source)
        names = names_defined(source, self.path, f"initial_data_{self.digest}")
        self._call = function_named(function, names, self.path)

    @classmethod
    def load(cls, path: str | Path, function: str) -> PythonProfile:
        """Read a Python file and take a function from it.

        Parameters
        ----------
        path : str or Path
            The file.
        function : str
            Name of the function in it.

        Raises
        ------
        UserError
            If the file cannot be read, does not run, or defines no such function.

        Notes
        -----
        *Communication*: local; a rank that fails fails alone.
        """
        return cls(read_source(Path(path)), path, function)

    def add_to(
        self,
        block: ComplexBlock,
        time: float,  # noqa: ARG002  (the same at any time)
        coordinates: Coordinates,
        weight: float = 1.0,
    ) -> None:
        """Add weight·u0 to the rows of a block; see `contracts.Profile`.

        Raises
        ------
        UserError
            If the function raises, or returns anything but finite numbers, one for each point.

        Notes
        -----
        *Communication*: local; a rank that fails fails alone.
        """
        count, _ = shape_of(coordinates)
        whole = _whole(coordinates)
        call, what = self._told(whole)
        with RunningUserCode(self.path, call):
            # Copies: a function that works in place must not change the grid.
            numbers = array_of(self._call, self._call(*(np.array(x) for x in whole)))
        values = _fitting(numbers, len(whole), shape_of(whole), what)
        if not np.isfinite(numbers).all():
            raise UserError(f"{what} returns numbers that are not finite; it must be finite at every point of the grid")
        block[:count] += weight * values[:count]

    def check(self, among: NDArray[Any], coordinates: Coordinates, size: float) -> None:
        """Refuse the function if its values at some points alone are not those that it has among others.

        The file runs once more, at the first call, so that chance while it runs, and what a function keeps from its
        first call, are met too.

        Parameters
        ----------
        among : ndarray, complex128 or complex64, (count, n)
            What `add_to` has added to rows of zeros.
        coordinates : tuple of ndarray
            Of these rows.
        size : float
            Largest modulus on all ranks, of which 1e-12 is rounding.

        Raises
        ------
        UserError
            With what differs, and the remedy.

        Notes
        -----
        *Communication*: local; a rank that fails fails alone.
        """
        again, (_, what) = self._again, self._told(coordinates)

        def evaluate(*some: NDArray[Any]) -> NDArray[Any]:
            """Values at some points, rounded as those among others are."""
            with np.errstate(all="ignore"):
                numbers = array_of(again, again(*some))
            return _fitting(numbers, len(some), shape_of(some), what).astype(among.dtype)

        with RunningUserCode(self.path, self.function):
            check_elementwise(self._call, evaluate, among, _whole(coordinates), size, _REMEDY)

    @cached_property
    def _again(self) -> Callable[..., Any]:
        """The function of another run of the file."""
        names = names_defined(self.source, self.path, f"initial_data_{self.digest}")
        return function_named(self.function, names, self.path)

    def _told(self, coordinates: Coordinates) -> tuple[str, str]:
        """The call, and the function in its file, as messages name them."""
        call = f"{self.function}({', '.join('xy'[: len(coordinates)])})"
        return call, f"{call} in {self.path}"


def _whole(coordinates: Coordinates) -> Coordinates:
    """Coordinates as a whole block has them, the last row repeated; only the first one runs across the rows."""
    across, *others = coordinates
    return np.pad(across, ((0, max(0, WIDTH - len(across))), (0, 0)), mode="edge"), *others


def _broadcasts(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    return all(n in (1, wanted) for n, wanted in zip(shape, target, strict=True))


def _fitting(numbers: NDArray[Any], axes: int, shape: tuple[int, ...], what: str) -> NDArray[Any]:
    """Return what a function gave if it is one number for each point, or fewer that broadcast; local."""
    if numbers.ndim == 0 and inspect.iscoroutine(coroutine := numbers.item()):
        coroutine.close()  # else Python would warn of it, at some other place
        raise UserError(f"{what} returns a coroutine instead of numbers; define it without async")
    if numbers.dtype.kind not in "iufc":
        raise UserError(f"{what} returns {numbers.dtype} instead of numbers; return an array of complex numbers")
    # A block of the line has two axes as well, of which none is a coordinate: there only the whole shape will do.
    whole = numbers.shape == shape or numbers.ndim == 0
    if not (whole or (axes > 1 and numbers.ndim == len(shape) and _broadcasts(numbers.shape, shape))):
        text = f"{what} returns shape {numbers.shape} at points of shape {shape}; return one number for each point"
        raise UserError(text)
    return np.broadcast_to(numbers, shape)
