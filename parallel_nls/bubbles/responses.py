"""Which bubble responds to the tail of which other, at what rate, and the equations that both dimensions share."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np

from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble

__all__ = ["Law", "Pair", "Response", "all_responses", "leading_responses", "sinc_derivatives"]

_SAME = 1e-12  # of δ: rates that differ by rounding


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


@dataclass(frozen=True)
class Pair:
    """A bubble and the tail that it responds to.

    Attributes
    ----------
    own_scale, tail_scale : float
        ω_j and ω_k.
    distance : float
        V = |x_j − x_k|.
    mu : complex
        V/ω_k + iν.
    turn : complex
        e^{2i(ϑ_k − ϑ_j)}, of the constant n₁.
    """

    own_scale: float
    tail_scale: float
    distance: float
    mu: complex
    turn: complex

    @classmethod
    def of(cls, bubbles: Sequence[Bubble], response: Response) -> Pair:
        """The pair of a response. *Communication*: local."""
        own, other = bubbles[response.responding], bubbles[response.tail]
        return cls(
            own.frequency,
            other.frequency,
            math.dist(own.center, other.center),
            complex(response.rate, response.frequency),
            cmath.exp(2j * (other.phase - own.phase)),
        )

    def solve(
        self, laplacian: RealArray, wells: tuple[RealArray, RealArray], one: ComplexArray, two: ComplexArray
    ) -> tuple[ComplexArray, ComplexArray]:
        """Solve (Δ − ω_j^{−2} − iμ + V₁)a + V₂b = −one, (Δ − ω_j^{−2} + iμ + V₁)b + V₂a = −two at n points.

        Parameters
        ----------
        laplacian : ndarray, (n, n)
            Δ.
        wells : tuple of ndarray, (n,)
            V₁, V₂.
        one, two : ndarray, (n,)
            Sources.

        Notes
        -----
        *Communication*: local.
        """
        count = len(one)
        shift, whole = self.mu * 1j * np.eye(count), laplacian + np.diag(wells[0] - self.own_scale**-2)
        coupled = np.diag(wells[1])
        matrix = np.block([[whole - shift, coupled], [coupled, whole + shift]])
        solution = np.linalg.solve(matrix, -np.concatenate([one, two]))
        return solution[:count], solution[count:]


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


def sinc_derivatives(points: int, step: float) -> tuple[RealArray, RealArray]:
    """The matrices of ∂ and ∂² on functions that vanish at both ends, by sinc interpolation. *Communication*: local."""
    apart = np.arange(points)[:, None] - np.arange(points)[None, :]
    signs, safe = (-1.0) ** apart, np.where(apart == 0, 1, apart).astype(float)
    first: RealArray = np.where(apart == 0, 0.0, signs / safe) / step
    second: RealArray = np.where(apart == 0, -(np.pi**2) / 3, -2.0 * signs / safe**2) / step**2
    return first, second
