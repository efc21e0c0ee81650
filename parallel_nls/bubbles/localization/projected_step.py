"""The falling step S of the localization without wavenumbers that a grid does not have: on an axis, and at any point.

About the middle of its band, S' has the transform of `step_transform`. With only the wavenumbers below κ of it,
S(u) = ½ - u/P + a trigonometric polynomial of period P, and so are its derivatives. At points that lie on no grid of u
their values are Taylor polynomials about the nearest of nodes a quarter of a half wave π/κ apart: |κδ| ≤ π/8, and a
degree of 10 leaves (π/8)¹¹/11! < 1e-12 of the highest wavenumber.

In an oblique direction the wavenumbers fade out about κ_c, where those of the grid end. Cut off sharply they would
leave waves as far as the bubbles, where |u|² is large and, of few points, has such wavenumbers too; of sums along no
axis what is aliased from a little beyond κ_c is small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from parallel_nls.bubbles.localization.partition import HIGHEST, Derivatives, Localization, step_derivatives
from parallel_nls.contracts import Domain
from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.numerics.compiled import fused_multiply_add as fma
from parallel_nls.numerics.compiled import kernel
from parallel_nls.numerics.trigonometry import sine_cosine

_SAMPLES = 1024  # of a band, beyond what its highest wavenumber needs
_DEGREE = 10
_RECIPROCALS = tuple(1.0 / j for j in range(1, _DEGREE + 1))  # their products are those of the factorials
_NODES = 4  # in a half wave of the highest wavenumber
_WHOLE, _NONE = 0.7, 1.3  # of κ_c: up to where an oblique step has wavenumbers in full, and from where on not at all


@kernel
def fill_transform(angle: float, samples: RealArray, out: RealArray) -> None:
    """Write Σ_q samples[q]·cos(m·angle·(q + ½)) for m = 0, 1, …: half of a symmetric trapezoidal sum; local."""
    for m in range(out.size):
        total = 0.0
        for q in range(samples.size):
            _, cosine = sine_cosine(m * angle * (q + 0.5))
            total = fma(samples[q], cosine, total)
        out[m] = total


def step_transform(width: float, n: int, length: float) -> RealArray:
    """-∫S'(s)e^{-iks}ds about the middle of a band for k = 2πm/L, 0 ≤ m ≤ n/2: real, by the trapezoidal rule.

    Notes
    -----
    *Communication*: local.
    """
    half = _SAMPLES // 2 + int(width * n / length)
    samples = np.array([-step_derivatives(0.5 + (q + 0.5) / (2 * half))[1] for q in range(half)]) / half
    transform = np.empty(n // 2 + 1)
    fill_transform(np.pi * width / (length * half), samples, transform)
    return transform


def fading(shares: RealArray) -> RealArray:
    """How much an oblique step has of wavenumbers, (M,), in units of the highest, of which it has nothing; local."""
    places = np.clip((shares * _NONE - _WHOLE) / (_NONE - _WHOLE), 0.0, 1.0)
    return np.array([step_derivatives(place)[0] for place in places])


def step_on_axis(
    transform: RealArray, middle: float, sign: float, n: int, length: float, orders: Sequence[int]
) -> RealArray:
    """Derivatives by s of a falling step of s = sign·x about x = middle, at n points of x from -L/2 on.

    Parameters
    ----------
    transform : ndarray, (at most n/2 + 1,)
        Of `step_transform` for the same L: the wavenumbers that the step has.
    middle, sign : float
        A place in the box; 1 or -1.
    n, length : int, float
        Points and L.
    orders : sequence of int
        Of the derivatives.

    Returns
    -------
    ndarray, (orders, n)
        Values.

    Notes
    -----
    *Communication*: local.
    """
    m = np.arange(float(transform.size))
    slope = -n / length * transform * np.exp(-2j * np.pi * ((0.5 + middle / length) * m % 1.0))
    ik = 2j * np.pi * sign / length * m
    step = np.empty((len(orders), n))
    for row, order in zip(step, orders, strict=True):
        power = ik ** (order - 1) if order else np.divide(1.0, ik, out=np.zeros_like(ik), where=m > 0)
        row[:] = np.fft.irfft(slope * power, n)
        if order == 0:
            # The mean slope cannot go into the series: the step is a ramp from ½ to -½ across the box, and the series.
            row += 0.5 + sign * middle / length - sign * (np.arange(n) / n - 0.5)
    return step


@kernel
def _interpolated(nodes: RealArray, nearest: int, distance: float) -> Derivatives:
    """A function and its derivatives of orders 1 to 4 at a distance from a node, from those of orders 0 to 14 there."""
    a, b, c, d, e = nodes[nearest, 0], nodes[nearest, 1], nodes[nearest, 2], nodes[nearest, 3], nodes[nearest, 4]
    power = 1.0
    for j in range(_DEGREE):
        power *= distance * _RECIPROCALS[j]
        a = fma(nodes[nearest, j + 1], power, a)
        b = fma(nodes[nearest, j + 2], power, b)
        c = fma(nodes[nearest, j + 3], power, c)
        d = fma(nodes[nearest, j + 4], power, d)
        e = fma(nodes[nearest, j + 5], power, e)
    return a, b, c, d, e


@kernel
def fill_projected(
    nodes: RealArray,
    spacing: float,
    middles: RealArray,
    order: IndexArray,
    derivatives: IndexArray,
    s: RealArray,
    out: RealArray,
) -> None:
    """Write derivatives of all projected Φ_k at points: their bits depend on the point alone.

    Parameters
    ----------
    nodes : ndarray, (N + 1, 15), C-contiguous
        S and its derivatives at nodes, N even, the middle one at u = 0.
    spacing : float
        Of the nodes.
    middles : ndarray, (K-1,)
        Of the bands, rising; |s - middle| is at most half the period.
    order, derivatives, s, out
        As of `localization.fill_localization`.

    Notes
    -----
    *Communication*: local.
    """
    half = nodes.shape[0] // 2
    out[:, :, : s.size] = 0.0
    for n in range(derivatives.size):
        if derivatives[n] == 0:
            out[n, order[-1], : s.size] = 1.0
    for b in range(middles.size):
        before, after = order[b], order[b + 1]
        for i in range(s.size):
            u = s[i] - middles[b]
            nearest = math.floor(u / spacing + 0.5)
            step = _interpolated(nodes, half + nearest, u - nearest * spacing)
            for n in range(derivatives.size):
                change = step[derivatives[n]]
                out[n, before, i] += change
                out[n, after, i] -= change


class ProjectedSteps:
    """Φ_k of a plane, of whose wavenumbers κv₁ those fade out that its grid does not have, at any point of the box.

    Parameters
    ----------
    localization : Localization
        Φ_k.
    domain : Domain
        The plane, with spacings h_i: κ_c = min π/(h_i|v₁,i|).

    Notes
    -----
    To 1e-11 of the largest value of each derivative. *Communication*: local; all ranks hold the same table.
    """

    def __init__(self, localization: Localization, domain: Domain) -> None:
        sizes = np.abs(localization.direction)
        self._order = np.array(localization.order, dtype=np.int64)
        # Lengths are counted in a power of two near the side of the box, which changes no bit: the tables hold
        # derivatives of orders up to 14, of which numbers know none where lengths are above 10²² or below 10⁻²².
        self._unit = 2.0 ** math.frexp(max(domain.length))[1]
        self._middles = (localization.bands + localization.width / 2) / self._unit
        # No point of the box is further than half a period from the middle of a band.
        period = float(sizes @ domain.length / self._unit + 2 * np.abs(self._middles).max(initial=0.0))
        steepest = float((sizes * domain.spacing / np.pi).max() / (_NONE * self._unit))  # 1/κ of the highest wavenumber
        half = math.ceil(_NODES * period / (2 * np.pi * steepest))
        self._spacing = period / (2 * half)
        self._nodes = np.zeros((2 * half + 1, HIGHEST + 1 + _DEGREE))
        if localization.count > 1:
            highest = math.ceil(period / (2 * np.pi * steepest)) - 1
            transform = step_transform(localization.width / self._unit, 2 * highest, period)
            transform *= fading(np.arange(highest + 1.0) * (2 * np.pi * steepest / period))
            self._nodes[:-1] = step_on_axis(transform, 0.0, 1.0, 2 * half, period, range(self._nodes.shape[1])).T
            self._nodes[-1] = self._nodes[0]
            self._nodes[-1, 0] -= 1.0

    def fill(self, s: RealArray, derivatives: Sequence[int], out: RealArray) -> None:
        """Write derivatives of orders 0 to 4 at points s = x·v₁, (n,), to out, (derivatives, K, ≥ n).

        Notes
        -----
        *Communication*: local.
        """
        orders = np.array(derivatives, dtype=np.int64)
        fill_projected(self._nodes, self._spacing, self._middles, self._order, orders, s / self._unit, out)
        for values, order in zip(out, derivatives, strict=False):
            values[:, : s.size] *= self._unit**-order
