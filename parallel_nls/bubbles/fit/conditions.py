"""The orthogonality conditions of the decomposition, from the pairings of a pass.

    Re∫|y|²U_k R̄,   Re∫y U_k R̄,   λ_k Im∫∇U_k R̄,   Im∫Λ_kU_k R̄,   Im∫ϱ_k R̄

(Cao, Su & Zhang, eq. 2.3 with the scalings of 2.24-2.28; ϱ, not Q, in the last one).
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import A_ACROSS, A_SQUARE, B_ACROSS, B_RHO, B_SCALING, A
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray


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
    d = parameters.dimension
    own = slice(A_ACROSS + 2 - d, A_ACROSS + 2)
    slopes = slice(B_ACROSS + 2 - d, B_ACROSS + 2)
    boost, chirp = parameters.boost, parameters.chirp[:, None]
    first, square = pairings[:, own], pairings[:, A_SQUARE : A_SQUARE + 1]
    gradient = boost * pairings[:, A : A + 1] - 0.5 * chirp * first - pairings[:, slopes]
    scaling = (boost * first).sum(axis=1, keepdims=True) - 0.5 * chirp * square
    scaling = scaling - pairings[:, B_SCALING : B_SCALING + 1]
    rho = -pairings[:, B_RHO : B_RHO + 1]
    values: RealArray = amplitudes(parameters)[:, None] * np.hstack([square, first, gradient, scaling, rho])
    return values


def amplitudes(parameters: Parameters) -> RealArray:
    """λ_k^{-d/2}, (K,). *Communication*: local."""
    scale = parameters.scale
    return 1 / (np.sqrt(scale) if parameters.dimension == 1 else scale)
