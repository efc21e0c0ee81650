"""Turning many complex numbers, each by its own angle.

What `trigonometry` does for one angle is done here in loops over some hundred of them, short ones: the steps for one
number wait for each other, and a long loop body leaves the vector units idle most of the time. Where no angle of them
is beyond π/4, which is what a resolved step asks for, none has to be reduced, and one loop does it all.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import bits, inlined, kernel, lean_kernel
from parallel_nls.numerics.trigonometry import (
    cosine_less_one,
    remainder,
    scaled_turn,
    shifted_quarters,
    sine,
    turned_parts,
)

CHUNK = 256
SIZE = 0x7FFF_FFFF_FFFF_FFFF
"""All bits of a double but its sign: as integers, those of sizes are in the order of sizes, NaN above all."""
_NO_QUARTERS = np.float64(0.785).view(np.int64)  # sizes below it are less than π/4


@kernel
def turn_scratch() -> RealArray:
    """Scratch of `turn`."""
    return np.empty((4, CHUNK))


@lean_kernel
def split(values: ComplexArray, scratch: RealArray) -> None:
    """Write real and imaginary parts, in double precision, to where `turn_parts` finds them."""
    re, im = scratch[0], scratch[1]
    for j in range(values.size):
        v = complex(values[j])
        re[j] = v.real
        im[j] = v.imag


@lean_kernel
def _are_small(angles: RealArray) -> bool:
    """Whether no angle has to be reduced."""
    largest = np.int64(0)
    for j in range(angles.size):
        largest = max(largest, bits(angles[j]) & SIZE)
    return bool(largest < _NO_QUARTERS)


@lean_kernel
def _reduce(angles: RealArray, shifted: RealArray) -> None:
    """Replace angles by their remainders modulo π/2."""
    for j in range(angles.size):
        shifted[j] = shifted_quarters(angles[j])
        angles[j] = remainder(angles[j], shifted[j])


@lean_kernel
def _fill_sines(remainders: RealArray, sines: RealArray) -> None:
    """Write sin r."""
    for j in range(remainders.size):
        sines[j] = sine(remainders[j])


@lean_kernel
def _write_turned(values: ComplexArray, remainders: RealArray, scale: float, scratch: RealArray) -> None:
    """Multiply by scale · e^{i·angle}."""
    re, im, shifted, sines = scratch[0], scratch[1], scratch[2], scratch[3]
    for j in range(values.size):
        turned = scaled_turn(sines[j], cosine_less_one(remainders[j]), shifted[j], scale)
        x, y = turned_parts(re[j], im[j], turned)
        values[j] = complex(x, y)


@lean_kernel
def _write_slightly_turned(values: ComplexArray, angles: RealArray, scale: float, scratch: RealArray) -> None:
    """The same, of angles that are their own remainders."""
    re, im = scratch[0], scratch[1]
    for j in range(values.size):
        turn = sine(angles[j]) * scale, scale, cosine_less_one(angles[j]) * scale
        x, y = turned_parts(re[j], im[j], turn)
        values[j] = complex(x, y)


@inlined
def turn_parts(values: ComplexArray, angles: RealArray, scale: float, scratch: RealArray) -> None:
    """As `turn`, of numbers that were `split`; only written to ``values``."""
    if _are_small(angles):
        _write_slightly_turned(values, angles, scale, scratch)
    else:
        _reduce(angles, scratch[2])
        _fill_sines(angles, scratch[3][: values.size])
        _write_turned(values, angles, scale, scratch)


@lean_kernel
def turn(values: ComplexArray, angles: RealArray, scale: float, scratch: RealArray) -> None:
    """Turn v ← scale · v·e^{i·angle}, at most `CHUNK` numbers by as many angles, which are used up.

    Parameters
    ----------
    values, angles : ndarray
        Complex numbers, and angles in radians, up to 2^30; larger ones give NaN.
    scale : float
        Common factor.
    scratch : ndarray
        That of `turn_scratch`.

    Notes
    -----
    *Communication*: local.
    """
    split(values, scratch)
    turn_parts(values, angles, scale, scratch)
