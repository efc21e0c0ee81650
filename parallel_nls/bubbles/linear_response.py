"""How a remainder decays: the linear response of each bubble to the tails of the others.

In the soliton frame the wave W_k reaches wave j by its tail alone, which there is w₀(y)e^{−μs} (up to phases) with

    μ = V/ω_k + iν,      V = |x_j − x_k|,      ν = V²/4 − (ω_k^{−2} − ω_j^{−2}),

so that near wave j z is εe^{is/ω_j²} with ε = a e^{−μs} + b̄ e^{−μ̄s}, on the line with Q_j = ω_j^{−½}Q(·/ω_j)

    (∂² − ω_j^{−2} − iμ + 3Q_j⁴)a + 2Q_j⁴b = −3Q_j⁴w₀,      (∂² − ω_j^{−2} + iμ + 3Q_j⁴)b + 2Q_j⁴a = −2Q_j⁴w₀,
    w₀ = ω_k^{−½} 12^{¼} e^{(1/ω_k + iV/2)y}.

The pairs with the smallest V/ω_k = δ decide: ‖z‖² e^{2δs} → Σ n₀ + Re(n₁e^{−2iνs}), which oscillates for ever. In the
plane the tail is a superposition of such waves, and ‖z‖² s e^{2δs} has the same form up to 1/s (Cao, Su & Zhang,
(6.6) is the bound).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from parallel_nls.bubbles.plane_response import plane_size
from parallel_nls.bubbles.responses import Law, Pair, Response, sinc_derivatives
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

__all__ = ["ResponseIntegrals", "response_integrals", "response_size"]

_REACH = 40.0  # of y, in scales: a falls as e^{−|y|} at least where waves are not too slow
_POINTS = 801


class ResponseIntegrals(NamedTuple):
    """What one response adds to ‖z‖², to ‖z‖²_{H¹}, and to ‖∇R‖²/s² up to s^{−2}."""

    size: Law
    h1: Law
    slope: Law


def response_size(bubbles: Sequence[Bubble], response: Response) -> Law:
    """What one response adds to ‖z‖²s^{d−1}e^{2δs}, in the plane to leading order. *Communication*: local."""
    if len(bubbles[0].center) == 1:
        return response_integrals(bubbles, response).size
    return plane_size(Pair.of(bubbles, response))


def response_integrals(bubbles: Sequence[Bubble], response: Response) -> ResponseIntegrals:
    """Numbers of one response on the line, by collocation at 801 points.

    Raises
    ------
    ValueError
        In the plane.

    Notes
    -----
    *Communication*: local.
    """
    own, other = bubbles[response.responding], bubbles[response.tail]
    if len(own.center) != 1:
        raise ValueError("the response is computed on the line alone")
    pair, scale = Pair.of(bubbles, response), own.frequency
    y = np.linspace(-_REACH * scale, _REACH * scale, _POINTS)
    step = float(y[1] - y[0])
    well = (ground_state(1).value(y / scale) / math.sqrt(scale)) ** 4
    # In logarithms: the growing tail and the well may both be out of the range of numbers.
    size = np.exp(np.log(well) + y / other.frequency) * 12**0.25 / math.sqrt(other.frequency)
    source = size * np.exp(0.5j * pair.distance * y)
    first, laplacian = sinc_derivatives(_POINTS, step)
    a, b = pair.solve(laplacian, (3 * well, 2 * well), 3 * source, 2 * source)

    def law(one: ComplexArray, two: ComplexArray) -> Law:
        """∫|a|² + |b|², and 2∫ab with the phases of the waves."""
        constant = step * float(np.sum(abs(one) ** 2 + abs(two) ** 2))
        return Law(constant, complex(2 * pair.turn * step * np.sum(one * two)))

    own_size, slope = law(a, b), law(first @ a, first @ b)
    # The wave moves: z is ε e^{iκy} there, y towards the other one.
    kappa = 0.5j * own.center[0] * math.copysign(1.0, other.center[0] - own.center[0])
    moving = law(first @ a + kappa * a, first @ b - kappa * b)
    h1 = Law(own_size.constant + moving.constant, own_size.amplitude + moving.amplitude)
    return ResponseIntegrals(own_size, h1, slope)
