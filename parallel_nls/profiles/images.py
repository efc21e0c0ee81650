"""Periodic images: Σ_n f(x − nL) for a wave f that has decayed before it meets its next image.

The sum is periodic for any velocity: every image carries the phase of its own center, so a wave that leaves the box on
one side comes back on the other as it is. Where two neighbours meet, half a box from both, their phases differ by
v·L/2; a boost by a wavenumber of the box, v·L/2 = 2πm, makes them equal. The sum solves the equation up to what one
image is at the center of another, of the order e^{-L/ω}: below rounding from L = 37ω on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil, floor, hypot, inf
from typing import NamedTuple

FOLDINGS = 38.0
"""e^{-38} of a wave's height is below the rounding of its height: images are left out from there on."""


class Image(NamedTuple):
    """Where an image stands, and how far from there it is more than rounding; infinite for the nearest one."""

    center: tuple[float, ...]
    reach: float


def images(center: Sequence[float], length: Sequence[float], reach: float, least: float) -> Iterator[Image]:
    """The images of a wave that the box [-L/2, L/2) sees, the one in the box first.

    Parameters
    ----------
    center : sequence of float
        Of the wave, anywhere.
    length : sequence of float
        L of each axis; () is the whole space, where the wave is alone.
    reach : float
        Distance from the center at which the wave is below rounding.
    least : float
        An axis that is shorter gets no images: the wave is as wide as the box, and would add up with them.

    Yields
    ------
    Image
        In an order that depends on the arguments alone.

    Notes
    -----
    *Communication*: local.
    """
    home = list(center)
    shifts: list[tuple[float, ...]] = [(0.0,)] * len(home)
    for axis, side in enumerate(length):
        if side < least:
            continue
        home[axis] -= side * floor(home[axis] / side + 0.5)
        first, last = ceil((-0.5 * side - reach - home[axis]) / side), floor((0.5 * side + reach - home[axis]) / side)
        shifts[axis] = tuple(n * side for n in sorted(range(min(first, 0), max(last, 0) + 1), key=abs))
    for shift in product(*shifts):
        place = tuple(x + offset for x, offset in zip(home, shift, strict=True))
        if not any(shift):
            yield Image(place, inf)
        elif hypot(*(max(0.0, abs(x) - 0.5 * side) for x, side in zip(place, length, strict=True))) <= reach:
            yield Image(place, reach)
