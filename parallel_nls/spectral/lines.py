"""Transforms of 32 lines at a time in aligned scratch memory.

The plans always see the same problem: 32 contiguous lines, out of place, aligned, FFTW_ESTIMATE, no wisdom. So a line's
transform has the same bits on any number of ranks, in any block, and whatever else the process has planned before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from mpi4py_fft import fftw
from numpy.typing import NDArray

WIDTH = 32
ALIGNMENT = 64

Direction = Literal["forward", "backward"]


def aligned_zeros(shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """A zero array that starts on a cache line, so that its blocks of lines do too. *Communication*: local."""
    array: NDArray[np.complex128] = fftw.aligned(shape, n=ALIGNMENT, dtype=np.complex128)
    array[...] = 0
    return array


class LinePlans:
    """One-dimensional FFTs of a block of 32 lines.

    Parameters
    ----------
    length : int
        Points on a line; any number (fast for products of 2, 3, 5).

    Attributes
    ----------
    first, second, third : ndarray, complex128, (32, length)
        Aligned scratch blocks.

    Notes
    -----
    Both directions are unnormalised, with e^{-ikx} forward. *Communication*: all methods are local.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self.first, self.second, self.third = (aligned_zeros((WIDTH, length)) for _ in range(3))
        self._plans = {"forward": self._plan(fftw.fftn), "backward": self._plan(fftw.ifftn)}

    def _plan(self, factory: Callable[..., Any]) -> Callable[..., Any]:
        # A plan made after another plan of the same problem may reuse its wisdom, and then its bits.
        fftw.forget_wisdom()
        flags = (fftw.FFTW_ESTIMATE, fftw.FFTW_PRESERVE_INPUT)
        plan: Callable[..., Any] = factory(self.first, axes=(1,), flags=flags, output_array=self.second)
        fftw.forget_wisdom()
        return plan

    def transform(self, direction: Direction, source: NDArray[np.complex128], target: NDArray[np.complex128]) -> None:
        """Transform the block ``source`` into another aligned block ``target``; ``source`` is kept."""
        self._plans[direction](source, target)


_plans: dict[int, LinePlans] = {}


def line_plans(length: int) -> LinePlans:
    """Plans and scratch of this process for lines of ``length`` points, made once. *Communication*: local."""
    if length not in _plans:
        _plans[length] = LinePlans(length)
    return _plans[length]
