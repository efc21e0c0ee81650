"""What profiles on the line and in the plane share: distances from a center, quadratic phases, values at points.

The coordinates of a block of lines are float64 arrays, one for each of the d space axes, that broadcast to (count, n):
(x,) with x of that shape on the line, (x[:, None], y[None, :]) in the plane. The kernels work row by row without
temporary arrays of the size of a block, and a value depends on its own point alone: not on the block, not on the rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parallel_nls.arguments import number
from parallel_nls.contracts import Profile
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine

Coordinates = tuple[RealArray, ...]
# A block of lines, complex128 or complex64.
ComplexBlock = NDArray[Any]


class QuadraticPhase(NamedTuple):
    """φ(x) = constant + k·(x-c) + chirp·|x-c|², as kernels read it.

    Attributes
    ----------
    center, wavevector : tuple of float
        c and k, one number for each space axis.
    constant, chirp : float
        Radians, and radians for the square of a length.
    """

    center: tuple[float, ...]
    wavevector: tuple[float, ...]
    constant: float
    chirp: float

    @classmethod
    def of(
        cls,
        dimension: int,
        center: Sequence[float] = (),
        wavevector: Sequence[float] = (),
        constant: float = 0.0,
        chirp: float = 0.0,
    ) -> QuadraticPhase:
        """The phase on R^d; an empty center or wavevector is zero.

        Raises
        ------
        ValueError
            If one of them has another number of components.

        Notes
        -----
        *Communication*: local.
        """
        zero = (0.0,) * dimension
        vectors = [tuple(map(float, vector)) or zero for vector in (center, wavevector)]
        if any(len(vector) != dimension for vector in vectors):
            raise ValueError(f"center {center!r} and wavevector {wavevector!r} need {dimension} components each")
        return cls(vectors[0], vectors[1], float(constant), float(chirp))


@kernel
def fill_row(coordinates: Coordinates, b: int, phase: QuadraticPhase, squares: RealArray, angles: RealArray) -> None:
    """Write |x-c|² and φ(x) at the points of row b of a block.

    Parameters
    ----------
    coordinates : tuple of ndarray, C-contiguous
        From `contiguous`.
    b : int
        Row.
    phase : QuadraticPhase
        c and φ.
    squares, angles : ndarray, float64, (n,)
        Overwritten.

    Notes
    -----
    *Communication*: local.
    """
    squares[:] = 0.0
    angles[:] = phase.constant
    for axis in range(len(coordinates)):
        points, center, slope = coordinates[axis], phase.center[axis], phase.wavevector[axis]
        row = points[b if points.shape[0] > 1 else 0]
        for j in range(squares.size):
            # One coordinate stands for the whole row where the axis runs across the lines.
            offset = (row[j] if row.size > 1 else row[0]) - center
            squares[j] += offset * offset
            angles[j] += slope * offset
    for j in range(squares.size):
        angles[j] += phase.chirp * squares[j]


@kernel
def add_turned(
    block: ComplexBlock,
    factors: ComplexArray,
    coordinates: Coordinates,
    phase: QuadraticPhase,
    amplitude: float,
) -> None:
    """Add amplitude·factors·e^{iφ} to the first rows of ``block``.

    Parameters
    ----------
    block : ndarray, complex128 or complex64, (at least count, n)
        Changed in place.
    factors : ndarray, complex128, (count, n)
        What to turn.
    coordinates : tuple of ndarray, C-contiguous
        From `contiguous`.
    phase : QuadraticPhase
        φ.
    amplitude : float
        Factor.

    Notes
    -----
    *Communication*: local.
    """
    count, n = factors.shape
    squares, angles = np.empty(n), np.empty(n)
    for b in range(count):
        fill_row(coordinates, b, phase, squares, angles)
        for j in range(n):
            s, c = sine_cosine(angles[j])
            block[b, j] += amplitude * factors[b, j] * complex(c, s)


def contiguous(coordinates: Coordinates) -> Coordinates:
    """Coordinates as the kernels take them; copies where they are views. *Communication*: local."""
    return tuple(np.ascontiguousarray(x) for x in coordinates)


def shape_of(coordinates: Coordinates) -> tuple[int, int]:
    """The shape (count, n) to which coordinates broadcast. *Communication*: local."""
    count, n = np.broadcast_shapes(*(x.shape for x in coordinates))
    return count, n


def first_rows(block: ComplexBlock, coordinates: Coordinates, dimension: int) -> tuple[int, int]:
    """The shape (count, n) to which coordinates broadcast, of the first rows of a block.

    Raises
    ------
    ArgumentError
        If there are not as many coordinates as axes of space, or the block is no complex array with so many rows of
        that length: kernels write there without looking.

    Notes
    -----
    *Communication*: local.
    """
    if not isinstance(coordinates, Sequence):
        raise ArgumentError(f"coordinates = {coordinates!r}: give a tuple of {dimension} arrays, one for each axis")
    shapes = [np.shape(x) for x in coordinates]
    if len(shapes) != dimension:
        raise ArgumentError(f"coordinates has {len(shapes)} arrays; give one for each axis, {dimension} in all")
    if any(len(shape) != 2 for shape in shapes):
        listed = ", ".join(map(str, shapes))
        raise ArgumentError(f"coordinates have the shapes {listed}; give arrays of two axes each, as x[None, :]")
    try:
        count, n = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ArgumentError(f"coordinates have the shapes {', '.join(map(str, shapes))}, of no one block") from None
    if not isinstance(block, np.ndarray):
        raise ArgumentError(f"block = {block!r}: is no array; give a complex one of shape {(count, n)}")
    if block.ndim != 2 or block.shape[1] != n or len(block) < count or block.dtype.kind != "c":
        raise ArgumentError(
            f"block has shape {block.shape} of {block.dtype}; give a complex array of shape {(count, n)}, to which the "
            "coordinates broadcast"
        )
    return count, n


def values(profile: Profile, time: float, coordinates: Coordinates) -> ComplexArray:
    """A profile at the points of a block.

    Parameters
    ----------
    profile : Profile
        Anything with `add_to`.
    time : float
        Simulated time.
    coordinates : tuple of ndarray
        They broadcast to (count, n).

    Returns
    -------
    ndarray, complex128, (count, n)
        A new array.

    Notes
    -----
    *Communication*: local.
    """
    result = np.zeros(shape_of(coordinates), dtype=np.complex128)
    profile.add_to(result, time, coordinates)
    return result


def check_profile(profile: object) -> None:
    """Refuse what has no values to be added; raises an ArgumentError. *Communication*: local."""
    if not callable(getattr(profile, "add_to", None)):
        raise ArgumentError(f"profile = {profile!r}: is no profile; give one with add_to, as a BubbleSum")


def time_left(blowup_time: float, time: float) -> float:
    """T - t.

    Raises
    ------
    UserError
        If it is not positive.

    Notes
    -----
    *Communication*: local.
    """
    given: Any = time  # NaN has its message here
    remaining = blowup_time - (float(given) if isinstance(given, Real) else number("time", given))
    if not remaining > 0.0:
        raise UserError(f"the profile blows up at T = {blowup_time!r} and has no values at t = {time!r}; end before T")
    return remaining
