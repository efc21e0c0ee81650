"""What happens to a solution between steps: changes of the frame, and waves that leave.

A wave of wavenumber ξ at a distance y has coefficients about n = ξy²/(2L), and runs outward with speed 1. At n = N it
would be reflected, and come back to the bubble from the other side. So the upper half of the coefficients is damped,

    c_n ← c_n·exp(−στ(2n/N − 1)²),    n > N/2,

τ being natural time: gently at first, so that little is reflected there. And v ↦ √q·v(qy) is projected onto the basis.
What either takes away is counted as mass left behind.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from parallel_nls.half_wave.frame_state import FrameState
from parallel_nls.half_wave.free_flow import transformed
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.numerics.ordered_products import product
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.rational import RationalAxis


def mass_of(field: ComplexArray) -> float:
    """∫|v|² of normalised values or coefficients of all parts. *Communication*: local."""
    return ordered_sum((field.real**2 + field.imag**2).ravel())


@cache
def _dilations(points: int, factor: float) -> tuple[RealArray, RealArray]:
    """Of normalised values, by v @ matrix, even and odd; the scale of an axis does not matter."""
    axis = RationalAxis(points, 1.0)
    return (
        product(product(axis.cosines.copy(), axis.dilation(factor, "even").T.copy()), axis.cosines.copy()),
        product(product(axis.sines.copy(), axis.dilation(factor, "odd").T.copy()), axis.sines.copy()),
    )


def dilate(state: FrameState, factor: float) -> None:
    """Change to the frame of scale factor·Λ, in place. *Communication*: local."""
    before, matrices = mass_of(state.field), _dilations(state.field.shape[1], factor)
    with state.changing():
        for row, matrix in zip(state.field, matrices, strict=False):
            row[...] = transformed(matrix, row)
        state.scale *= factor
        state.left_behind += before - mass_of(state.field)


def absorb(state: FrameState, axis: RationalAxis, strength: float) -> None:
    """Damp the upper half of the coefficients, in place.

    Parameters
    ----------
    state : FrameState
    axis : RationalAxis
    strength : float
        στ.

    Notes
    -----
    *Communication*: local.
    """
    before = mass_of(state.field)
    beyond = np.clip(2 * np.arange(axis.points) / axis.points - 1, 0, None)
    damping = np.exp(-strength * beyond**2)
    with state.changing():
        for row, transform in zip(state.field, (axis.cosines, axis.sines), strict=False):
            row[...] = transformed(transform, damping * transformed(transform, row))
        state.left_behind += before - mass_of(state.field)
