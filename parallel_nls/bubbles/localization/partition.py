"""The localization functions Φ_k of K bubbles: a smooth partition of unity in strips across one direction v₁.

With the centers sorted along v₁ and σ = (smallest gap of neighbours)/12,

    Φ_1 = Φ(x - x_1),      Φ_k = Φ(x - x_k) - Φ(x - x_{k-1}),      Φ_K = 1 - Φ(x - x_{K-1})

(Cao, Su & Zhang, eqs. 2.48, 2.49), where Φ falls from 1 to 0 for 4σ ≤ x·v₁ ≤ 8σ, as a step S of t = x·v₁/4σ - 1.
These bands are disjoint, so ΣΦ_k = 1 and 0 ≤ Φ_k ≤ 1. For one center Φ_1 = 1, σ = ∞.

All depend on s = x·v₁ alone: ∇Φ_k = v₁Φ_k', ∇²Φ_k = v₁v₁ᵀΦ_k'', ΔΦ_k = Φ_k'', Δ²Φ_k = Φ_k''''.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from parallel_nls.numerics.arrays import IndexArray, RealArray
from parallel_nls.numerics.compiled import kernel

Derivatives = tuple[float, float, float, float, float]

HIGHEST = 4
"""Order of the highest derivative of S and Φ_k."""

_FLAT = 700.0  # where e^{-|g|} and all derivatives of S are below the smallest number that matters
_PARTS = 65536  # of the angles, in which directions are looked for
_DISTINCT = 1e-12  # what is not rounding: a gap of projections relative to their spread, a component of a unit vector
_BETTER = 1 + 1e-9  # by which a direction must beat an earlier one: rounding decides no tie


@kernel
def step_derivatives(t: float) -> Derivatives:
    """Return S(t) = 1/(1 + e^{g}), g = 1/(1-t) - 1/t, and its derivatives of orders 1 to 4; local.

    1 for t ≤ 0 and 0 for t ≥ 1. The derivatives follow Faà di Bruno's formula, with those of S by g in terms of
    q = S(1-S) and r = 1-2S, which have their full relative accuracy in both tails.
    """
    if t <= 0.0:
        return 1.0, 0.0, 0.0, 0.0, 0.0
    if t >= 1.0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    u, w = 1.0 / (1.0 - t), 1.0 / t
    g = u - w
    if abs(g) > _FLAT:
        return (1.0 if g < 0.0 else 0.0), 0.0, 0.0, 0.0, 0.0
    e = math.exp(-abs(g))
    q, r = e / ((1.0 + e) * (1.0 + e)), (1.0 - e) / (1.0 + e)
    value = e / (1.0 + e)
    if g < 0.0:
        value, r = 1.0 / (1.0 + e), -r
    g1, g2 = u * u + w * w, 2.0 * (u * u * u - w * w * w)
    g3, g4 = 6.0 * (u**4 + w**4), 24.0 * (u**5 - w**5)
    s2, s3, s4 = r, 2.0 * q - r * r, r * (r * r - 8.0 * q)  # derivatives of S by g, over q; the first is -1
    return (
        value,
        -q * g1,
        q * (s2 * g1 * g1 - g2),
        q * (s3 * g1**3 + 3.0 * s2 * g1 * g2 - g3),
        q * (s4 * g1**4 + 6.0 * s3 * g1 * g1 * g2 + s2 * (3.0 * g2 * g2 + 4.0 * g1 * g3) - g4),
    )


@kernel
def fill_localization(
    bands: RealArray, width: float, order: IndexArray, derivatives: IndexArray, s: RealArray, out: RealArray
) -> None:
    """Write derivatives of all Φ_k at points: their bits depend on the point alone.

    Parameters
    ----------
    bands : ndarray, (K-1,)
        Where the bands begin, rising.
    width : float
        Of a band, 4σ.
    order : ndarray of int64, (K,)
        Numbers of the centers from the lowest to the highest.
    derivatives : ndarray of int64, (m,)
        Their orders, 0 to 4.
    s : ndarray, (n,)
        Points x·v₁.
    out : ndarray, (m, K, at least n), C-contiguous
        Receives the values.

    Notes
    -----
    *Communication*: local.
    """
    out[:, :, : s.size] = 0.0
    unit = np.array([width**n for n in derivatives])
    for i in range(s.size):
        b = 0
        while b < bands.size and s[i] - bands[b] >= width:
            b += 1
        if b == bands.size or s[i] <= bands[b]:
            for m in range(derivatives.size):
                out[m, order[b], i] = 1.0 if derivatives[m] == 0 else 0.0
            continue
        step = step_derivatives((s[i] - bands[b]) / width)
        for m in range(derivatives.size):
            change = step[derivatives[m]] / unit[m]
            out[m, order[b], i] = change
            out[m, order[b + 1], i] = (1.0 if derivatives[m] == 0 else 0.0) - change


@dataclass(frozen=True, eq=False)
class Localization:
    """The localization functions Φ_k, k in the order of the given centers; obtain it from `of`.

    Attributes
    ----------
    centers : ndarray, (K, d)
        x_k, d = 1 or 2.
    direction : ndarray, (d,)
        v₁, a unit vector.
    order : tuple of int
        Numbers of the centers, sorted along v₁.
    sigma : float
        σ, infinite for one center.
    """

    centers: RealArray
    direction: RealArray
    order: tuple[int, ...]
    sigma: float

    @classmethod
    def of(cls, centers: ArrayLike, direction: ArrayLike | None = None) -> Localization:
        """The localization of K centers.

        Parameters
        ----------
        centers : array_like, (K, d)
            x_k.
        direction : array_like, (d,), optional
            v₁ or a multiple; by default that of `widest_direction`.

        Raises
        ------
        ValueError
            If an array does not fit, the direction has no length, or projections on it coincide.

        Notes
        -----
        *Communication*: local.
        """
        points = np.array(centers, dtype=np.float64)
        if points.ndim != 2 or points.shape[0] < 1 or points.shape[1] not in (1, 2):
            raise ValueError(f"centers are K points of the line or plane, not an array of shape {points.shape}")
        along = widest_direction(points) if direction is None else _unit(direction, points.shape[1])
        projections = _projections(points, along)
        order = np.argsort(projections, kind="stable")
        gaps = np.diff(projections[order])
        if not np.all(gaps > _DISTINCT * (projections.max() - projections.min())):
            raise ValueError(f"projections {projections} of the centers on the direction {along} coincide")
        sigma = float(gaps.min()) / 12 if gaps.size else math.inf
        return cls(points, along, tuple(map(int, order)), sigma)

    @property
    def count(self) -> int:
        """K."""
        return int(self.centers.shape[0])

    @property
    def width(self) -> float:
        """Of a band in which Φ_k changes, 4σ; infinite for one center."""
        return 4 * self.sigma

    @property
    def bands(self) -> RealArray:
        """Values of s at which the K-1 bands begin, x_k·v₁ + 4σ, rising."""
        return _projections(self.centers, self.direction)[list(self.order[:-1])] + self.width

    def values(self, s: ArrayLike, derivative: int = 0) -> RealArray:
        """Φ_k or a derivative of it by s, at values of s = x·v₁.

        Parameters
        ----------
        s : array_like
            Of any shape.
        derivative : int
            Order, 0 to 4.

        Returns
        -------
        ndarray, (K, *s.shape)
            Exact formulas, to a few units of rounding of the largest value (relative in the tails).

        Raises
        ------
        ValueError
            For another order.

        Notes
        -----
        *Communication*: local.
        """
        if derivative not in range(HIGHEST + 1):
            raise ValueError(f"Φ_k has derivatives of order 0 to {HIGHEST} here, not {derivative!r}")
        points = np.ascontiguousarray(s, dtype=np.float64)
        out = np.empty((1, self.count, points.size))
        self.fill(points.reshape(-1), (derivative,), out)
        return out.reshape(self.count, *points.shape) if np.ndim(s) else out[0, :, 0]

    def fill(self, s: RealArray, derivatives: Sequence[int], out: RealArray) -> None:
        """Write several derivatives at points s, (n,), to out, (derivatives, K, ≥ n); see `fill_localization`.

        Notes
        -----
        *Communication*: local.
        """
        numbers, orders = np.array(self.order, dtype=np.int64), np.array(derivatives, dtype=np.int64)
        fill_localization(self.bands, self.width, numbers, orders, s, out)


def widest_direction(centers: RealArray) -> RealArray:
    """The unit vector v that maximises the smallest |(x_j - x_k)·v|; its first component that is not 0 is positive.

    Notes
    -----
    At the maximum v is parallel to a difference of centers, or two differences have projections of equal size, so
    that v is orthogonal to their sum or difference. It does not depend on the order of the centers: of directions
    that are equal to 1e-9 the first of a fixed sequence wins. Only those that may win have their gaps sorted out: see
    `_promising`. Time K⁴, 1 s for 50 centers. *Communication*: local.
    """
    if centers.shape[1] == 1:
        return np.ones(1)
    if len(centers) == 1:
        return np.array([1.0, 0.0])
    ordered = centers[np.lexsort(centers.T[::-1])]
    first, second = np.triu_indices(len(ordered), 1)
    best, found = 0.0, np.array([1.0, 0.0])
    differences = ordered[second] - ordered[first]
    promising = _promising(differences)
    for some in _candidates(differences):
        bins = np.arctan2(some[:, 1], some[:, 0]) % np.pi * (len(promising) / np.pi)
        vectors = some[promising[bins.astype(np.int64) % len(promising)]]
        if not len(vectors):
            continue
        lengths = np.hypot(vectors[:, 0], vectors[:, 1])
        units = vectors[lengths > 0] / lengths[lengths > 0, None]
        gaps = np.diff(np.sort(_projections(ordered, units[:, None]), axis=1), axis=1).min(axis=1)
        for number in np.flatnonzero(gaps > best * _BETTER):
            if gaps[number] > best * _BETTER:
                best, found = float(gaps[number]), units[number]
    # Along an axis but for rounding is along it.
    found = np.rint(found) if np.abs(found).min() <= _DISTINCT else found
    leading = found[0] if found[0] != 0 else found[1]
    return np.asarray(found * np.sign(leading) + 0.0)


def _promising(differences: RealArray) -> NDArray[np.bool_]:
    """Which of 65536 equal parts of the angles 0 to π may hold the direction of the largest gap; local.

    Within δ of an angle no projection |d·v| changes by more than |d|δ, so the smallest of |d·v| + |d|δ bounds the gap.
    What is left out is 1e-6 below the best that was seen, and so wins over nothing that may win. Parts
    beside those that are kept are kept too.
    """
    lengths, best = np.hypot(differences[:, 0], differences[:, 1]), 0.0
    kept, parts = np.arange(1), 1
    for split in (_PARTS // 32, 32):
        parts *= split
        kept = (kept[:, None] * split + np.arange(split)).ravel()
        angles, bounds = (kept + 0.5) * (np.pi / parts), np.empty(len(kept))
        for i, angle in enumerate(angles):
            projections = np.abs(differences[:, 0] * math.cos(angle) + differences[:, 1] * math.sin(angle))
            best = max(best, float(projections.min()))
            bounds[i] = (projections + lengths * (np.pi / (2 * parts))).min()
        kept = kept[bounds >= best * (1 - 1e-6)]
    promising = np.zeros(_PARTS, dtype=np.bool_)
    for beside in (-1, 0, 1):
        promising[(kept + beside) % _PARTS] = True
    return promising


def _candidates(differences: RealArray) -> Iterator[RealArray]:
    """Vectors along which the smallest projected gap may be largest, in a fixed sequence; local."""
    yield differences
    for j in range(1, len(differences)):
        both = np.concatenate([differences[:j] + differences[j], differences[:j] - differences[j]])
        yield np.stack([-both[:, 1], both[:, 0]], axis=1)


def _projections(points: RealArray, along: RealArray) -> RealArray:
    """x·v, component by component: exact if one component of v is 0 and the other ±1; local."""
    total: RealArray = points[:, 0] * along[..., 0]
    return total if points.shape[1] == 1 else total + points[:, 1] * along[..., 1]


def _unit(direction: ArrayLike, dimension: int) -> RealArray:
    """A direction, normalised; local."""
    vector = np.array(direction, dtype=np.float64)
    length = math.hypot(*vector) if vector.shape == (dimension,) else 0.0
    if not (0 < length < math.inf):
        raise ValueError(f"a direction needs {dimension} components and a length, not {direction!r}")
    return vector / length + 0.0
