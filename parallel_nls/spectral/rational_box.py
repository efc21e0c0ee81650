"""From the rational basis of the line to the grid of a periodic box, and back.

A function on the line has no period: its values in the box are its own, without the images of its tails, and Fourier
modes of the box hold it with an error of the size of the tail at the edge. Back, values come from Fourier modes at the
points of the axis inside the box; what lies outside follows from a least-squares fit, since the basis is smooth at
infinity. What is hardly seen inside is left out of it: it would follow from rounding, and from the edge where the
period has a corner, and be as large as one likes outside. A periodic solution brings its images along: it differs
from the function on the line by O(L⁻²).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.rational import AnyArray, RationalAxis

BLOCK = 4096  # wavenumbers at a time
SPARE = 2
"""Equations for each unknown beyond the number that lies outside: as many coefficients are left 0 at the end."""

SEEN = 1e-5
"""Of what a function may have outside, the least that is seen inside, by which it is fitted."""
HELD = 1e-4
"""Of a function, in L² of the box, what the basis may miss of it."""


def box_points(points: int, half_length: float) -> RealArray:
    """The grid −L, …, L − h of a box, in natural order. *Communication*: local."""
    return np.asarray(2 * half_length / points * (np.arange(points) - points // 2))


def to_box(axis: RationalAxis, even: AnyArray, odd: AnyArray, points: int, half_length: float) -> ComplexArray:
    """Values of a function on the grid of a box.

    Parameters
    ----------
    axis : RationalAxis
    even, odd : ndarray, (N,)
        Normalised coefficients of both parts.
    points, half_length : int, float

    Returns
    -------
    ndarray, (points,)

    Notes
    -----
    *Communication*: local.
    """
    x = box_points(points, half_length)
    return np.asarray(axis.evaluate(even, x) + axis.evaluate(odd, x, "odd"))


def from_box(values: AnyArray, half_length: float, axis: RationalAxis) -> tuple[ComplexArray, ComplexArray]:
    """Coefficients of the even and the odd part of a function given on the grid of a box.

    Parameters
    ----------
    values : ndarray, (points,)
        In natural order.
    half_length : float
    axis : RationalAxis

    Returns
    -------
    even, odd : ndarray, (N,)
        Normalised coefficients.

    Raises
    ------
    UserError
        Fewer than half of the points of the axis lie in the box, or the basis does not hold the function.

    Notes
    -----
    *Communication*: local.
    """
    inside = axis.x < half_length
    number = int(inside.sum())
    if 2 * number < axis.points:
        raise UserError(
            f"half_length = {half_length:g} of the box holds {number} of {axis.points} points of the rational basis; "
            "take a smaller scale of the basis, or a larger box"
        )
    places = axis.x[inside]
    right, left = interpolated(values, half_length, np.concatenate([places, -places])).reshape(2, number)
    unknown = max(1, number - SPARE * (axis.points - number))
    parts = []
    for part, transform in (((right + left) / 2, axis.cosines), ((right - left) / 2, axis.sines)):
        found = np.zeros(axis.points, dtype=np.complex128)
        matrix, known = transform[:unknown, inside].T, axis.amplitude[inside] * part
        found[:unknown] = np.linalg.lstsq(matrix, known, rcond=SEEN)[0]
        parts.append(found)
    _check_held(values, half_length, axis, parts)
    return parts[0], parts[1]


def _check_held(values: AnyArray, half_length: float, axis: RationalAxis, parts: Sequence[ComplexArray]) -> None:
    """Refuse coefficients that are of another function: waves far out fall between the points of the axis."""
    again = to_box(axis, parts[0], parts[1], len(values), half_length)
    missed, size = float(np.linalg.norm(again - values)), float(np.linalg.norm(values))
    if not missed <= HELD * size:
        raise UserError(
            f"{axis.points} points of scale {axis.scale:g} do not hold the function in the box of half_length = "
            f"{half_length:g}: they miss {missed / size if size else missed:.1e} of it; take an axis of more "
            "points, or of a larger scale if it has waves far out, or a larger box"
        )


def interpolated(values: AnyArray, half_length: float, x: RealArray) -> ComplexArray:
    """Values of the trigonometric polynomial of a box at any places.

    Parameters
    ----------
    values : ndarray, (points,)
        In natural order.
    half_length : float
    x : ndarray, (m,)

    Notes
    -----
    *Communication*: local.
    """
    points = len(values)
    modes = np.fft.fft(np.fft.ifftshift(values)) / points
    numbers = np.fft.fftfreq(points, 1 / points)
    if points % 2 == 0:
        # The highest mode stands for both of its signs.
        modes = np.append(modes, modes[points // 2] / 2)
        modes[points // 2] /= 2
        numbers = np.append(numbers, points // 2)
    found = np.zeros(len(x), dtype=np.complex128)
    for first in range(0, len(modes), BLOCK):
        some = slice(first, first + BLOCK)
        found += np.exp(1j * np.pi / half_length * np.outer(x, numbers[some])) @ modes[some]
    return found
