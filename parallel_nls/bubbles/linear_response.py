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
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

__all__ = ["Law", "Response", "ResponseIntegrals", "all_responses", "leading_responses", "response_integrals"]

_SAME = 1e-12  # of δ: rates that differ by rounding
_REACH = 40.0  # of y, in scales: a falls as e^{−|y|} at least where waves are not too slow
_POINTS = 801


@dataclass(frozen=True)
class Response:
    """One bubble that responds to the tail of another.

    Attributes
    ----------
    responding, tail : int
        j and k.
    rate, frequency : float
        δ and ν.
    """

    responding: int
    tail: int
    rate: float
    frequency: float


class Law(NamedTuple):
    """A norm whose square times e^{2δs} is constant + Re(amplitude·e^{−2iνs}): n₀ and n₁."""

    constant: float
    amplitude: complex


class ResponseIntegrals(NamedTuple):
    """What one response adds to ‖z‖², to ‖z‖²_{H¹}, and to ‖∇R‖²/s² up to s^{−2}."""

    size: Law
    h1: Law
    slope: Law


def all_responses(bubbles: Sequence[Bubble]) -> tuple[Response, ...]:
    """Of each bubble to each other, from the slowest decay on. *Communication*: local."""
    found = []
    for j, k in permutations(range(len(bubbles)), 2):
        own, other = bubbles[j], bubbles[k]
        distance = math.dist(own.center, other.center)
        frequency = distance**2 / 4 - (other.frequency**-2 - own.frequency**-2)
        found.append(Response(j, k, distance / other.frequency, frequency))
    return tuple(sorted(found, key=lambda response: response.rate))


def leading_responses(bubbles: Sequence[Bubble]) -> tuple[Response, ...]:
    """Those that decay slowest, of two bubbles or more. *Communication*: local."""
    found = all_responses(bubbles)
    return tuple(response for response in found if response.rate <= found[0].rate * (1 + _SAME))


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
    mu, scale = complex(response.rate, response.frequency), own.frequency
    distance = math.dist(own.center, other.center)
    y = np.linspace(-_REACH * scale, _REACH * scale, _POINTS)
    step = float(y[1] - y[0])
    well = (ground_state(1).value(y / scale) / math.sqrt(scale)) ** 4
    # In logarithms: the growing tail and the well may both be out of the range of numbers.
    size = np.exp(np.log(well) + y / other.frequency) * 12**0.25 / math.sqrt(other.frequency)
    source = size * np.exp(0.5j * distance * y)
    unit, (first, laplacian) = np.eye(_POINTS), _derivatives(_POINTS, step)
    diagonal = np.diag(3 * well - scale**-2)
    matrix = np.block(
        [
            [laplacian + diagonal - 1j * mu * unit, np.diag(2 * well)],
            [np.diag(2 * well), laplacian + diagonal + 1j * mu * unit],
        ]
    )
    solution = np.linalg.solve(matrix, -np.concatenate([3 * source, 2 * source]))
    a: ComplexArray = solution[:_POINTS]
    b: ComplexArray = solution[_POINTS:]
    turn = np.exp(2j * (other.phase - own.phase))

    def law(one: ComplexArray, two: ComplexArray) -> Law:
        """∫|a|² + |b|², and 2∫ab with the phases of the waves."""
        constant = step * float(np.sum(abs(one) ** 2 + abs(two) ** 2))
        return Law(constant, complex(2 * turn * step * np.sum(one * two)))

    own_size, slope = law(a, b), law(first @ a, first @ b)
    # The wave moves: z is ε e^{iκy} there, y towards the other one.
    kappa = 0.5j * own.center[0] * math.copysign(1.0, other.center[0] - own.center[0])
    moving = law(first @ a + kappa * a, first @ b - kappa * b)
    h1 = Law(own_size.constant + moving.constant, own_size.amplitude + moving.amplitude)
    return ResponseIntegrals(own_size, h1, slope)


def _derivatives(points: int, step: float) -> tuple[RealArray, RealArray]:
    """The matrices of ∂ and ∂² on functions that vanish at both ends, by sinc interpolation."""
    apart = np.arange(points)[:, None] - np.arange(points)[None, :]
    signs, safe = (-1.0) ** apart, np.where(apart == 0, 1, apart).astype(float)
    first: RealArray = np.where(apart == 0, 0.0, signs / safe) / step
    second: RealArray = np.where(apart == 0, -(np.pi**2) / 3, -2.0 * signs / safe**2) / step**2
    return first, second
