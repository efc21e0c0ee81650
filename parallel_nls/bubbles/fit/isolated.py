"""Newton's step as if every bubble were alone and R were 0: then the conditions are solved one after the other.

Of tests and tangents as in `tangents`, all products that are odd vanish, and ∫QΛQ = 0, ∫|y|²QΛQ = -‖yQ‖². A scaled
change q of one bubble changes its conditions c by

    |y|²: -‖yQ‖² q_λ,     y: -½‖Q‖² q_α,     ∇: ½‖Q‖²(β q_λ - q_β),     Λ: ¼‖yQ‖² q_γ - ½‖Q‖² β·q_α,
    ϱ: ½γ⟨ρ, |y|²Q⟩ q_λ + ⟨ρ, Q⟩(q_θ - β·q_α) - ¼⟨ρ, |y|²Q⟩ q_γ,

in any dimension (the matrix of eq. 2.33). What this leaves of small conditions is about ‖R‖, and what bubbles overlap.
"""

from __future__ import annotations

import numpy as np

from parallel_nls.bubbles.fit.passes import Look
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state


def isolated_step(look: Look) -> RealArray:
    """The scaled changes that let all conditions vanish, (K, 2d + 3), from what has been seen.

    Notes
    -----
    *Communication*: local; the same bits on every rank.
    """
    own, state = look.parameters, ground_state(look.parameters.dimension)
    d, found = own.dimension, look.conditions
    square, first, slopes, scaling, rho = np.split(found, [1, 1 + d, 1 + 2 * d, 2 + 2 * d], axis=1)
    boost, chirp = own.boost, own.chirp[:, None]
    scale = square / state.second_moment
    center = first * (2 / state.mass)
    drift = (boost * center).sum(axis=1, keepdims=True)
    boosts = slopes * (2 / state.mass) + boost * scale
    chirps = (2 * state.mass * drift - 4 * scaling) / state.second_moment
    turn = (state.rho_moment * (0.25 * chirps - 0.5 * chirp * scale) - rho) / state.rho_overlap
    step: RealArray = np.hstack([scale, center, boosts, chirps, turn + drift])
    return step
