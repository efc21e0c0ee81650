"""Where a fit begins that knows nothing but where the bubbles are: moments of the field with the weight |v|^{2+4/d}Φ_k.

They are exact for a bubble alone, whatever its parameters. (The weight singles out the core, so that what surrounds it
matters little.)
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.pairing_sums import A, B
from parallel_nls.bubbles.localization.local_sums import DILATION, FLUX_ACROSS, WEIGHT, X_ACROSS, X_SQUARE
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state


def weakest(moments: RealArray) -> tuple[int, float]:
    """The bubble whose part of ∫|v|^{2+4/d} is the least, and that part over the largest one.

    Parameters
    ----------
    moments : ndarray, (K, 7)
        Integrals of `moment_sums`.

    Notes
    -----
    *Communication*: local.
    """
    weights = np.nan_to_num(moments[:, WEIGHT])
    k = int(np.argmin(weights))
    return k, float(weights[k] / weights.max()) if weights.max() > 0 else 0.0


def parameters_of_moments(moments: RealArray, dimension: int) -> Parameters:
    """Scale, center, boost and chirp of each bubble, with phases 0.

    λ² = ∫Q^p/∫w, α = ⟨x⟩_w, β = λ Im∫|v|^{4/d}v̄∇v Φ/∫w, γ = -2λ² Im∫|v|^{4/d}v̄(x - α)·∇v Φ/∫w|x - α|², p = 2 + 4/d.

    Parameters
    ----------
    moments : ndarray, (K, 7)
        Integrals of `moment_sums`; ∫w positive.
    dimension : int
        d.

    Returns
    -------
    found : Parameters
        Of K bubbles.

    Notes
    -----
    *Communication*: local.
    """
    own = slice(2 - dimension, 2)
    weight = moments[:, WEIGHT]
    scale = np.sqrt(ground_state(dimension).power_integral / weight)
    center = moments[:, X_ACROSS : X_ACROSS + 2][:, own] / weight[:, None]
    flux = moments[:, FLUX_ACROSS : FLUX_ACROSS + 2][:, own]
    boost = scale[:, None] * flux / weight[:, None]
    dilation = moments[:, DILATION] - (center * flux).sum(axis=1)
    spread = moments[:, X_SQUARE] - weight * (center**2).sum(axis=1)
    chirp = -2 * scale**2 * np.divide(dilation, spread, out=np.zeros_like(spread), where=spread > 0)
    return Parameters(scale, center, boost, chirp, np.zeros_like(scale))


def phases(parameters: Parameters, pairings: RealArray, size: RealArray) -> RealArray:
    """The phases at which ⟨v, U_k⟩ is positive, other bubbles left out.

    Parameters
    ----------
    parameters : Parameters
        With any phases.
    pairings : ndarray, (K, 9)
        Of R = v - ΣU_k at these parameters.
    size : ndarray, (K,)
        λ_k^{-d/2}.

    Notes
    -----
    *Communication*: local.
    """
    mass = ground_state(parameters.dimension).mass
    turned: RealArray = np.arctan2(size * pairings[:, B], size * pairings[:, A] + mass)
    return parameters.phase + turned
