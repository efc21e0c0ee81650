"""Newton's step of bubbles that are alone and nearly right: in closed form, from moments of Q and ρ.

At R = 0 the matrix of the conditions of one bubble (Cao, Su & Zhang, eq. 2.33) holds, in rows |y|², y, ∇, Λ, ϱ and
columns λ, α, β, γ, θ, scaled as in `Parameters.changed`, nothing but

    -M₂;   -M₀/2;   βM₀/2, 0, -M₀/2;   0, -β·M₀/2, 0, M₂/4;   γr/2, -β·r₀, 0, -r/4, r₀

with M₀ = ‖Q‖², M₂ = ‖yQ‖², r = ⟨ρ, |y|²Q⟩, r₀ = ⟨ρ, Q⟩: it is solved from above.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state


def lone_step(parameters: Parameters, values: RealArray) -> RealArray:
    """The change of the scaled parameters that takes the conditions to 0, up to what R and other bubbles add.

    Parameters
    ----------
    parameters : Parameters
        Of K bubbles.
    values : ndarray, (K, 2d + 3)
        From `conditions`.

    Returns
    -------
    ndarray, (K, 2d + 3)
        As `Parameters.changed` takes it.

    Notes
    -----
    Products and sums of few numbers, with the same bits on every processor. *Communication*: local.
    """
    state, d = ground_state(parameters.dimension), parameters.dimension
    mass, moment, r, r0 = state.mass, state.second_moment, state.rho_moment, state.rho_overlap
    square, first = values[:, :1], values[:, 1 : 1 + d]
    gradient, scaling, rho = values[:, 1 + d : 1 + 2 * d], values[:, 1 + 2 * d : 2 + 2 * d], values[:, 2 + 2 * d :]
    scale = square / moment
    center = 2 / mass * first
    boost = parameters.boost * scale + 2 / mass * gradient
    along = (parameters.boost * center).sum(axis=1, keepdims=True)
    chirp = 4 / moment * (0.5 * mass * along - scaling)
    phase = along + (0.25 * r * chirp - 0.5 * r * parameters.chirp[:, None] * scale - rho) / r0
    return np.hstack([scale, center, boost, chirp, phase])
