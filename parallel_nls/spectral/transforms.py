"""Transforms of 32 lines at a time in aligned scratch memory.

The plans always see the same problem: 32 contiguous lines, out of place, aligned, FFTW_ESTIMATE, no wisdom. So a line's
transform has the same bits on any number of ranks, in any block, and whatever else the process has planned before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
from mpi4py_fft import fftw
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray, IndexArray

WIDTH = 32
ALIGNMENT = 64

Direction = Literal["forward", "backward"]


def aligned_zeros(shape: tuple[int, ...], dtype: DTypeLike = np.complex128) -> ComplexArray:
    """A zero array that starts on a cache line, so that its blocks of lines do too. *Communication*: local."""
    array: ComplexArray = fftw.aligned(shape, n=ALIGNMENT, dtype=np.dtype(dtype))
    array[...] = 0
    return array


class LinePlans:
    """One-dimensional FFTs of a block of 32 lines.

    Parameters
    ----------
    length : int
        Points on a line; any number (fast for products of 2, 3, 5).
    dtype : numpy dtype
        complex128 or complex64.

    Attributes
    ----------
    first, second, third : ndarray, (32, length)
        Aligned scratch blocks.

    Notes
    -----
    Both directions are unnormalised, with e^{-ikx} forward. *Communication*: all methods are local.
    """

    def __init__(self, length: int, dtype: DTypeLike = np.complex128) -> None:
        self.length = length
        self.first, self.second, self.third = (aligned_zeros((WIDTH, length), dtype) for _ in range(3))
        self._plans = {"forward": self._plan(fftw.fftn), "backward": self._plan(fftw.ifftn)}

    def _plan(self, factory: Callable[..., Any]) -> Callable[..., Any]:
        # A plan made after another plan of the same problem may reuse its wisdom, and then its bits.
        fftw.forget_wisdom()
        flags = (fftw.FFTW_ESTIMATE, fftw.FFTW_PRESERVE_INPUT)
        plan: Callable[..., Any] = factory(self.first, axes=(1,), flags=flags, output_array=self.second)
        fftw.forget_wisdom()
        return plan

    def transform(self, direction: Direction, source: ComplexArray, target: ComplexArray) -> None:
        """Transform the block ``source`` into another aligned block ``target``; ``source`` is kept."""
        self._plans[direction](source, target)


class Twiddles(Protocol):
    """What must turn a line ahead of its forward transform, and back behind the inverse one."""

    def rotate(self, block: ComplexArray, numbers: IndexArray, direction: Direction) -> None:
        """Turn the rows of a block that hold the lines of these global numbers, in place."""


class LineTransform:
    """Transforms of the lines of one sweep: the plans of their length, and twiddles where the lines are part of one.

    Parameters
    ----------
    length : int
        Points on a line.
    dtype : numpy dtype
        complex128 or complex64.
    twiddles : Twiddles, optional
        Of the columns of a line that is folded into a plane.

    Attributes
    ----------
    plans : LinePlans
        Shared by all sweeps of this length.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, length: int, dtype: DTypeLike = np.complex128, twiddles: Twiddles | None = None) -> None:
        self.length, self.dtype, self.twiddles = length, np.dtype(dtype), twiddles
        self.plans = line_plans(length, self.dtype)

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another; with twiddles ``source`` is scratch that changes in a forward transform.

        Parameters
        ----------
        direction : "forward" or "backward"
            Unnormalised.
        source, target : ndarray, (32, length)
            Different aligned blocks.
        numbers : ndarray of int64
            Global numbers of the lines in the first rows.
        """
        if self.twiddles is not None and direction == "forward":
            self.twiddles.rotate(source, numbers, "forward")
        self.plans.transform(direction, source, target)
        if self.twiddles is not None and direction == "backward":
            self.twiddles.rotate(target, numbers, "backward")


_plans: dict[tuple[int, str], LinePlans] = {}


def line_plans(length: int, dtype: DTypeLike = np.complex128) -> LinePlans:
    """Plans and scratch of this process for lines of ``length`` points, made once. *Communication*: local."""
    key = length, np.dtype(dtype).char
    if key not in _plans:
        _plans[key] = LinePlans(length, dtype)
    return _plans[key]
