"""Turning many complex numbers, each by its own angle.

What `trigonometry` does for one angle is done here in short loops over some hundred of them: the steps for one number
wait for each other, and a long loop body leaves the vector units idle most of the time.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import (
    cosine_less_one,
    remainder,
    scaled_turn,
    shifted_quarters,
    sine,
    turned_parts,
)

CHUNK = 256


@kernel
def turn_scratch() -> RealArray:
    """Scratch of `turn`."""
    return np.empty((5, CHUNK))


@kernel
def _reduce(angles: RealArray, shifted: RealArray) -> None:
    """Replace angles by their remainders modulo π/2."""
    for j in range(angles.size):
        shifted[j] = shifted_quarters(angles[j])
        angles[j] = remainder(angles[j], shifted[j])


@kernel
def _fill_sines(remainders: RealArray, sines: RealArray) -> None:
    """Write sin r."""
    for j in range(remainders.size):
        sines[j] = sine(remainders[j])


@kernel
def _fill_cosines(remainders: RealArray, less: RealArray) -> None:
    """Write cos r − 1."""
    for j in range(remainders.size):
        less[j] = cosine_less_one(remainders[j])


@kernel
def _split(values: ComplexArray, re: RealArray, im: RealArray) -> None:
    """Real and imaginary parts, in double precision."""
    for j in range(values.size):
        v = complex(values[j])
        re[j] = v.real
        im[j] = v.imag


@kernel
def _multiply(
    re: RealArray, im: RealArray, shifted: RealArray, sines: RealArray, less: RealArray, scale: float
) -> None:
    """Multiply by scale · e^{i·angle}."""
    for j in range(re.size):
        re[j], im[j] = turned_parts(re[j], im[j], scaled_turn(sines[j], less[j], shifted[j], scale))


@kernel
def _join(re: RealArray, im: RealArray, values: ComplexArray) -> None:
    """Inverse of `_split`."""
    for j in range(values.size):
        values[j] = complex(re[j], im[j])


@kernel
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
    n = values.size
    re, im, shifted = scratch[0][:n], scratch[1][:n], scratch[2][:n]
    sines, less = scratch[3][:n], scratch[4][:n]
    _reduce(angles, shifted)
    _fill_sines(angles, sines)
    _fill_cosines(angles, less)
    _split(values, re, im)
    _multiply(re, im, shifted, sines, less, scale)
    _join(re, im, values)
