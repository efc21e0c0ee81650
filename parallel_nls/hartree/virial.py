"""Energy and virial identities of the hierarchy, whole and localized, from densities.

With V₁ = ∫|x|²γ¹(x, x) (Proposition 5.1), and ψ_R in the place of |x|² (Proposition 5.2, Lemmas 5.3 and 6.1):

    V₁'' = 8 Tr(−Δγ¹) − 4μ ∫ x·∇V(x − y) γ²(x, y; x, y)
    V_R'' = 4 ∫ ∂_r²ψ_R ∂_r∂_r'γ¹ − ∫ Δ²ψ_R γ¹ − 2μ ∫ ∇ψ_R(x)·∇V(x − y) γ²
          = 16E + (II) + (III) + (IV) − μ·4∫ (V + ½(x − y)·∇V) γ²
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from parallel_nls.hartree.cutoff import VirialCutoff
from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.spectral.radial import RadialAxis

QUADRATURE = 200  # Gauss points on each piece of a cut-off,
PANEL = 100  # of no more of the axis's points: a density turns about as often, and Gauss points see each turn


@dataclass(frozen=True)
class VirialNumbers:
    """V, V' and V'' of |x|² or of its cut-off."""

    value: float
    rate: float
    acceleration: float


def energy(found: Densities, interaction: PairInteraction) -> float:
    """½ Tr(−Δγ¹) + (μ/4) ∫ V(x − y) γ²(x, y; x, y). *Communication*: local."""
    return 0.5 * found.kinetic + 0.25 * interaction.strength * float(np.sum(interaction.average * found.two))


def virial(axis: RadialAxis, found: Densities, interaction: PairInteraction) -> VirialNumbers:
    """V₁, V₁' and V₁''. *Communication*: local."""
    force = float(np.sum(interaction.stretch * found.two))
    return VirialNumbers(
        float(np.sum(axis.r**2 * found.one)),
        4 * float(np.sum(axis.r * found.flux)),
        8 * found.kinetic - 4 * interaction.strength * force,
    )


def defect(found: Densities, interaction: PairInteraction) -> float:
    """4 ∫ (V + ½(x − y)·∇V) γ²: what V₁'' exceeds 16E by, over −μ; not positive where the hypothesis holds."""
    return 4 * float(np.sum((interaction.average + interaction.stretch) * found.two))


class LocalizedVirial:
    """V_R with its derivatives and the terms of its identity.

    Parameters
    ----------
    axis : RadialAxis
        Where.
    cutoff : VirialCutoff
        ψ_R.

    Notes
    -----
    A cut-off bends within a few points, and its fourth derivative is far from smooth there: sums over the points, which
    are as good as a Gauss formula for smooth integrands, miss Δ²ψ_R by per cents. Integrals are therefore taken of the
    interpolant of a density, trigonometric in space and a series of J₀ in the plane, by Gauss points between the
    breaks. *Communication*: local.
    """

    def __init__(self, axis: RadialAxis, cutoff: VirialCutoff) -> None:
        self.axis = axis
        nodes, weights = _gauss_points(axis, cutoff)
        interpolation = _in_space(axis, nodes) if axis.dimension == 3 else _in_the_plane(axis, nodes)
        names = ("value", "slope", "curvature", "bilaplacian", "fraction", "density")

        def averaged(values: RealArray) -> RealArray:
            """By what the values of a density are weighted."""
            return np.asarray((weights * values) @ interpolation)

        found = {name: getattr(cutoff, name)(nodes) for name in names}
        self._value, self._slope, self._curvature, self._bilaplacian, self._fraction = (
            averaged(found[name]) for name in names[:5]
        )
        bend = found["fraction"] + 2 * nodes**2 / cutoff.radius * found["density"]
        self._bend = averaged(bend)

    def numbers(self, found: Densities, interaction: PairInteraction) -> VirialNumbers:
        """V_R, V_R' and V_R'' of Proposition 5.2."""
        force = float(np.sum(self._slope[:, None] * interaction.stretch * found.two))
        return VirialNumbers(
            float(np.sum(self._value * found.one)),
            2 * float(np.sum(self._slope * self.axis.r * found.flux)),
            float(4 * np.sum(self._curvature * found.slopes) - np.sum(self._bilaplacian * found.one))
            - 2 * interaction.strength * force,
        )

    def terms(self, found: Densities, interaction: PairInteraction) -> tuple[float, float, float]:
        """(II), (III), (IV) of (6.6)."""
        pull = self._fraction[:, None] * interaction.stretch
        return (
            -8 * float(np.sum(self._bend * found.slopes)),
            2 * interaction.strength * float(np.sum((pull + pull.T) * found.two)),
            -float(np.sum(self._bilaplacian * found.one)),
        )


def _gauss_points(axis: RadialAxis, cutoff: VirialCutoff) -> tuple[RealArray, RealArray]:
    """Gauss points on the pieces of [0, R], and their weights."""
    edges = [0.0, *(b for b in cutoff.breaks if b < axis.radius), axis.radius]
    panel = PANEL * axis.radius / (len(axis.r) + 1)
    pieces = [np.linspace(a, b, math.ceil((b - a) / panel) + 1)[:-1] for a, b in pairwise(edges)]
    points, halves = np.polynomial.legendre.leggauss(QUADRATURE)
    ends = [*np.concatenate(pieces).tolist(), axis.radius]
    nodes = np.concatenate([0.5 * (b - a) * points + 0.5 * (a + b) for a, b in pairwise(ends)])
    weights = np.concatenate([0.5 * (b - a) * halves for a, b in pairwise(ends)])
    return nodes, weights


def _in_space(axis: RadialAxis, nodes: RealArray) -> RealArray:
    """4πr²ρ at nodes, of the values of a density on the axis."""
    # Cosines up to the Nyquist one, of an even density that is 0 at both ends.
    number = len(axis.r) + 1
    orders = np.arange(number + 1)
    scale = np.where((orders == 0) | (orders == number), 1.0, 2.0) / number
    there = np.cos(np.pi / axis.radius * np.outer(nodes, orders)) * scale
    here = np.cos(np.pi / axis.radius * np.outer(axis.r, orders))
    return np.asarray(there @ here.T / axis.r[0])


def _in_the_plane(axis: RadialAxis, nodes: RealArray) -> RealArray:
    """2πrρ at nodes, of the values of a density on the axis: ρ = Σ c_m J₀(k_m r), whose c_m give its values there."""
    from scipy.special import j0

    there, here = (j0(np.outer(r, axis.k)) for r in (nodes, axis.r))
    interpolation = np.linalg.solve(here.T, there.T).T / axis.amplitude**2
    return np.asarray(2 * np.pi * nodes[:, None] * interpolation)
