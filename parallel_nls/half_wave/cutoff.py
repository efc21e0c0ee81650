"""The cut-off φ of the localized virial term: φ' = x up to 1 and 3 − e^{−x} from 2 on, odd and smooth.

    φ' = x(1 − h(x − 1)) + (3 − e^{−x})h(x − 1) between,    h(t) = 1/(1 + exp(1/t − 1/(1 − t)))

φ'' > 0, since 3 − e^{−x} − x > 0.86 on [1, 2].
"""

from __future__ import annotations

import numpy as np

from parallel_nls.numerics.arrays import RealArray

EDGE = 1e-3
"""So near the ends of (0, 1) h is constant to e^{−1000}."""


def _smooth_step(t: RealArray) -> tuple[RealArray, RealArray, RealArray, RealArray]:
    """h, h', h'', h'''."""
    inside = (t > EDGE) & (t < 1 - EDGE)
    u = np.where(inside, t, 0.5)
    v = 1 - u
    exponent = np.clip(1 / u - 1 / v, -700, 700)
    first, second, third = -1 / u**2 - 1 / v**2, 2 / u**3 - 2 / v**3, -6 / u**4 - 6 / v**4
    h = 1 / (1 + np.exp(exponent))
    s = np.exp(-np.abs(exponent)) / (1 + np.exp(-np.abs(exponent))) ** 2  # h(1 − h), not rounded to 0
    tilt = s * (1 - 2 * h)
    derivatives = (
        -first * s,
        first**2 * tilt - second * s,
        3 * first * second * tilt - third * s - first**3 * s * (1 - 6 * s),
    )
    h = np.where(inside, h, np.where(t < 0.5, 0.0, 1.0))
    one, two, three = (np.where(inside, d, 0.0) for d in derivatives)
    return h, one, two, three


def cutoff_derivatives(x: RealArray) -> tuple[RealArray, RealArray, RealArray]:
    """φ', φ'' and φ'''' at points of any shape. *Communication*: local."""
    r = np.abs(x)
    g, one, two, three = _smooth_step(r - 1)
    decay = np.exp(-r)
    gap = 3 - decay - r
    first = r + g * gap
    second = 1 - g + g * decay + one * gap
    fourth = g * decay - 3 * one * decay + 3 * two * (decay - 1) + three * gap
    return np.sign(x) * first, second, fourth
