"""The orthogonality conditions of the decomposition, from the pairings of a pass.

    Re∫|y|²U_k R̄,   Re∫y U_k R̄,   λ_k Im∫∇U_k R̄,   Im∫Λ_kU_k R̄,   Im∫ϱ_k R̄

(Cao, Su & Zhang, eq. 2.3 with the scalings of 2.24-2.28; ϱ, not Q, in the last one).
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import A_ACROSS, A_SQUARE, B_ACROSS, B_RHO, B_SCALING, A
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import BOOST_ACROSS, CHIRP, SCALE, amplitude
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.numerics.compiled import kernel


def conditions(parameters: Parameters, pairings: RealArray) -> RealArray:
    """The values of the conditions, 0 for a decomposition.

    Parameters
    ----------
    parameters : Parameters
        Of K bubbles.
    pairings : ndarray, (K, 9)
        Integrals of `pairing_sums`.

    Returns
    -------
    ndarray, (K, 2d + 3)
        In the order |y|², y, ∇, Λ, ϱ.

    Notes
    -----
    *Communication*: local.
    """
    values = np.empty((parameters.count, 2 * parameters.dimension + 3))
    _fill(parameters.packed(), pairings, parameters.dimension, values)
    return values


@kernel
def _fill(packed: RealArray, pairings: RealArray, d: int, out: RealArray) -> None:
    for k in range(out.shape[0]):
        bubble, found, values = packed[k], pairings[k], out[k]
        half, turned = 0.5 * bubble[CHIRP], 0.0
        for i in range(d):
            a = i + 2 - d  # on the line all is along
            boost, first = bubble[BOOST_ACROSS + a], found[A_ACROSS + a]
            values[1 + i], values[1 + d + i] = first, boost * found[A] - half * first - found[B_ACROSS + a]
            turned += boost * first
        values[0] = found[A_SQUARE]
        values[1 + 2 * d] = turned - half * found[A_SQUARE] - found[B_SCALING]
        values[2 + 2 * d] = -found[B_RHO]
        values *= amplitude(bubble[SCALE], d)


def amplitudes(parameters: Parameters) -> RealArray:
    """λ_k^{-d/2}, (K,). *Communication*: local."""
    scale = parameters.scale
    return 1 / (np.sqrt(scale) if parameters.dimension == 1 else scale)
