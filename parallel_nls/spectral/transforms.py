"""Transforms of 32 lines at a time in aligned scratch memory: what a sweep asks of one, and the Fourier transform.

Lines of usual lengths are transformed by kernels of ours (`fast_fourier`), or planned by the wisdom that comes with the
package, or with a stored run; all others are planned by FFTW_ESTIMATE, without wisdom. FFTW always sees the same
problem: 32 contiguous lines, out of place, aligned. So a line's transform has the same bits on any number of ranks, in
any block, and whatever else the process planned before.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, Protocol

import numpy as np
from mpi4py_fft import fftw
from numpy.typing import DTypeLike

from parallel_nls.numerics.arrays import ComplexArray, IndexArray, RealArray
from parallel_nls.spectral.blocks import pick
from parallel_nls.spectral.fast_fourier.plans import LinePlan
from parallel_nls.spectral.gains import LineGain, measured_gain
from parallel_nls.spectral.wisdom import KERNELS, Plan, current, remembered_plans

WIDTH = 32
ALIGNMENT = 64

Direction = Literal["forward", "backward"]


def aligned_zeros(shape: tuple[int, ...], dtype: DTypeLike = np.complex128) -> ComplexArray:
    """A zero array that starts on a cache line, so that its blocks of lines do too. *Communication*: local."""
    array: ComplexArray = fftw.aligned(shape, n=ALIGNMENT, dtype=np.dtype(dtype))
    array[...] = 0
    return array


@cache
def line_blocks(length: int, dtype: np.dtype[Any]) -> tuple[ComplexArray, ComplexArray, ComplexArray]:
    """Three aligned scratch blocks of this process, (32, length), made once. *Communication*: local."""
    first, second, third = (aligned_zeros((WIDTH, length), dtype) for _ in range(3))
    return first, second, third


class LineTransform(Protocol):
    """What a sweep does to whole lines, 32 at a time, and the scratch that it does this in.

    Attributes
    ----------
    length : int
        Points on a line.
    dtype : numpy dtype
        complex128 or complex64.
    normalisation : float
        What a line is multiplied by when it is transformed forward and backward.
    first, second, third : ndarray, (32, length)
        Aligned scratch blocks, different ones, free between passes. In a pass of a sweep lines are loaded into the
        first; the kernel gets the second, or the first if nothing is transformed ahead of it. All others are the
        kernel's to use.
    twiddles : Twiddles or None
        What else turns a line.

    Notes
    -----
    Bits of a transformed line depend on this line alone, not on its row or on the other lines of a block.
    *Communication*: local.
    """

    length: int
    dtype: np.dtype[Any]
    normalisation: float
    first: ComplexArray
    second: ComplexArray
    third: ComplexArray
    twiddles: Twiddles | None

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another.

        Parameters
        ----------
        direction : "forward" or "backward"
            From values to coefficients, or back; together they multiply by ``normalisation``.
        source : ndarray, (32, length)
            Aligned and contiguous. Kept, except that a forward transform of the columns of a folded line uses it up.
        target : ndarray, (32, length)
            Another such block.
        numbers : ndarray of int64
            Global numbers of the lines in the first rows; the other rows hold no lines.
        """

    @property
    def gain(self) -> LineGain:
        """What a pair adds by rounded constants, but for that of twiddles."""


class Twiddles(Protocol):
    """What must turn a line ahead of its forward transform, and back behind the inverse one."""

    def rotate(self, block: ComplexArray, numbers: IndexArray, direction: Direction) -> None:
        """Turn the rows of a block that hold the lines of these global numbers, in place."""

    def gain(self, places: IndexArray) -> RealArray:
        """What both turns together add at these positions of all lines, relative: (positions, lines)."""


class FourierTransform:
    """The FFT of lines, unnormalised in both directions, with e^{-ikx} forward; a `LineTransform`.

    Parameters
    ----------
    length : int
        Points on a line; any number (fast for products of 2, 3, 5).
    dtype : numpy dtype
        complex128 or complex64.
    twiddles : Twiddles, optional
        Of the columns of a line that is folded into a plane.

    Attributes
    ----------
    wisdom : str
        What transforms lines of this length: our kernels, or what FFTW is told; empty: it plans by estimate.

    Notes
    -----
    Transforms of one length share their scratch. They are planned by the wisdom that holds where they are made; see
    `wisdom.planning_by`. *Communication*: local.
    """

    def __init__(self, length: int, dtype: DTypeLike = np.complex128, twiddles: Twiddles | None = None) -> None:
        self.length, self.dtype, self.twiddles = length, np.dtype(dtype), twiddles
        self.normalisation = float(length)
        self.first, self.second, self.third = line_blocks(length, self.dtype)
        self.wisdom = current().of(length, self.dtype)
        self._plans = _line_plans(length, self.dtype, self.wisdom)

    def __call__(self, direction: Direction, source: ComplexArray, target: ComplexArray, numbers: IndexArray) -> None:
        """Transform one block into another; with twiddles ``source`` changes in a forward transform."""
        if self.twiddles is not None and direction == "forward":
            self.twiddles.rotate(source, numbers, "forward")
        self._plans[direction](source, target)
        if self.twiddles is not None and direction == "backward":
            self.twiddles.rotate(target, numbers, "backward")

    def rows(self, direction: Direction, source: ComplexArray, places: IndexArray, target: ComplexArray) -> bool:
        """Transform rows of an array, (rows, length), into the first ones of a block, and zero the others.

        Returns
        -------
        bool
            Whether that was done: only our kernels read lines as they come, without twiddles.
        """
        plan = self._plans[direction]
        if self.twiddles is not None or not isinstance(plan, LinePlan):
            return False
        plan.rows(source, places, target)
        target[len(places) :] = 0
        return True

    @property
    def gain(self) -> LineGain:
        """What a pair adds by rounded constants; see `gains`. That of twiddles is theirs to tell."""
        return _line_gain(self.length, self.dtype, self.wisdom)


def transform_rows(
    transform: LineTransform,
    direction: Direction,
    source: ComplexArray,
    places: IndexArray,
    target: ComplexArray,
    numbers: IndexArray,
) -> None:
    """Transform rows of an array, (rows, length), into the first ones of a block, and zero the others.

    Parameters
    ----------
    transform : LineTransform
        Its first block may be overwritten.
    direction, numbers
        As of a `LineTransform`.
    source : ndarray, (rows, length)
        C-contiguous.
    places : ndarray of int64
        Which of its rows.
    target : ndarray, (32, length)
        A block, not the first one of the transform.

    Notes
    -----
    *Communication*: local.
    """
    if isinstance(transform, FourierTransform) and transform.rows(direction, source, places, target):
        return
    # A copy ahead of the transform: memory is then read in its order, which the transform does not keep to.
    pick(source, places, transform.first)
    transform(direction, transform.first, target, numbers)


@cache
def _line_gain(length: int, dtype: np.dtype[Any], wisdom: str) -> LineGain:
    """Measured once; the scratch blocks are used up."""
    return measured_gain(_line_plans(length, dtype, wisdom)["forward"], line_blocks(length, dtype))


@cache
def _line_plans(length: int, dtype: np.dtype[Any], wisdom: str) -> dict[Direction, Plan]:
    """The FFTs of blocks of so many points, made once; by estimate, unless a text tells of both directions."""
    if wisdom == KERNELS:
        return {"forward": LinePlan(length, "forward"), "backward": LinePlan(length, "backward")}
    first, second, _ = line_blocks(length, dtype)
    remembered = remembered_plans(wisdom, first, second)
    if remembered is not None:
        return {"forward": remembered[0], "backward": remembered[1]}

    def plan(factory: Any) -> Plan:
        """One direction. A plan made after another of the same problem may reuse its wisdom, and then its bits."""
        fftw.forget_wisdom()
        flags = (fftw.FFTW_ESTIMATE, fftw.FFTW_PRESERVE_INPUT)
        made: Plan = factory(first, axes=(1,), flags=flags, output_array=second)
        fftw.forget_wisdom()
        return made

    return {"forward": plan(fftw.fftn), "backward": plan(fftw.ifftn)}
