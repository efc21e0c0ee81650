"""Thermal states of a harmonic oscillator on a radial axis: mixtures of its radial modes.

H = −Δ + r²/w⁴ has the radial eigenfunctions φ_n ∝ L_n^{(d/2−1)}(r²/w²) e^{−r²/(2w²)} with eigenvalues (4n + d)/w², and
e^{−H/T} is a mixture of them with weights ∝ e^{−4n/(w²T)}.
"""

from __future__ import annotations

import numpy as np
import scipy.special

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.spectral.radial import RadialAxis

__all__ = ["thermal_mixture"]


def thermal_mixture(axis: RadialAxis, width: float, temperature: float, modes: int) -> tuple[RealArray, ComplexArray]:
    """The weights and waves of e^{−H/T} up to a mode.

    Parameters
    ----------
    axis : RadialAxis
        Where.
    width, temperature : float
        w of the ground state e^{−r²/(2w²)}, and T.
    modes : int
        J.

    Returns
    -------
    weights : ndarray, (J,)
        Of sum 1, falling.
    waves : ndarray, complex128, (J, n)
        Values v_j of norm 1 on the axis.

    Notes
    -----
    *Communication*: local.
    """
    numbers = np.arange(modes)
    weights = np.exp(-4 * numbers / (width**2 * temperature))
    squares = (axis.r / width) ** 2
    polynomials = scipy.special.eval_genlaguerre(numbers[:, None], axis.dimension / 2 - 1, squares)
    waves = axis.amplitude * polynomials * np.exp(-squares / 2)
    return weights / weights.sum(), (waves / np.linalg.norm(waves, axis=1)[:, None]).astype(np.complex128)
