"""How a remainder decays in the plane: the linear response of a bubble to the tail of another, to leading order in 1/s.

Q ~ A K₀(r) is A(π/2r)^½e^{−r} far out, so that near wave j, with y₁ towards wave k, wave k is e^{−μs}s^{−½}w₀ with

    w₀ = A ω_k^{−1} (πω_k/(2V))^½ e^{κy₁},      κ = 1/ω_k + iV/2,

and a, b solve the equations of `linear_response` with 2Q_j², Q_j² in the place of 3Q_j⁴, 2Q_j⁴. Q_j is radial, and
e^{κy₁} = Σ I_m(κr)e^{imϑ}: each m is a pair of equations in r. They are solved by sinc interpolation of functions that
are continued to r < 0 with the parity of m.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ive

from parallel_nls.bubbles.responses import Law, Pair, sinc_derivatives
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.ground_state import ground_state

__all__ = ["plane_size"]

_REACH = 22.0  # of r, in scales of the bubble that responds
_POINTS = 200
_MOST = 80  # of m; the sum ends where its terms are below rounding
_ROUNDING = 1e-17


def plane_size(pair: Pair) -> Law:
    """n₀ and n₁ of ‖z‖²s e^{2δs} to leading order.

    Parameters
    ----------
    pair : Pair
        The bubble that responds, and the one whose tail it responds to.

    Notes
    -----
    *Communication*: local.
    """
    reach = _REACH * pair.own_scale
    step = reach / _POINTS
    r = (np.arange(float(_POINTS)) + 0.5) * step
    places, weights = np.polynomial.legendre.leggauss(2 * _POINTS)
    nodes = 0.5 * reach * (places + 1)
    constant, amplitude = 0.0, 0j
    for m in range(_MOST):
        parity = (-1) ** m
        to_nodes = np.sinc((nodes[:, None] - r) / step) + parity * np.sinc((nodes[:, None] + r) / step)
        a, b = (to_nodes @ part for part in _radial_response(pair, m, r, step))
        measure = math.pi * (1 if m == 0 else 2) * reach * nodes * weights
        term = float(measure @ (abs(a) ** 2 + abs(b) ** 2))
        constant += term
        amplitude += 2 * complex(measure @ (a * b))
        if term < _ROUNDING * constant:
            break
    return Law(constant, pair.turn * amplitude)


def _radial_response(pair: Pair, m: int, r: RealArray, step: float) -> tuple[ComplexArray, ComplexArray]:
    """A and b of one m, at the points of a half of the axis."""
    count, parity = len(r), (-1) ** m
    first, second = (part[count:, count:] + parity * part[count:, count - 1 :: -1]
                     for part in sinc_derivatives(2 * count, step))  # fmt: skip
    laplacian = second + first / r[:, None] - np.diag((m / r) ** 2)
    state = ground_state(2)
    well = (state.value(r / pair.own_scale) / pair.own_scale) ** 2
    kappa = complex(1 / pair.tail_scale, pair.distance / 2)
    height = state.tail_amplitude / pair.tail_scale * math.sqrt(math.pi * pair.tail_scale / (2 * pair.distance))
    # In logarithms: the growing tail and the well may both be out of the range of numbers.
    source = height * ive(m, kappa * r) * np.exp(np.log(well) + kappa.real * r)
    return pair.solve(laplacian, (2 * well, well), source * 2, source)
