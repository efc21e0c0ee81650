"""The localized virial identity of a Gaussian wave, in the plane and in space, beside integrals found apart."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ive

from parallel_nls.hartree.cutoff import VirialCutoff
from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.virial import LocalizedVirial
from parallel_nls.spectral.radial import PlaneRadius, RadialAxis, SpaceRadius
from tests.hartree.setups import Waves, gaussian_potential, gaussian_wave

Real = NDArray[np.float64]
WIDTH, CHIRP = 1.0, 0.1
FAR = 14.0
ALONE = np.array([1.0])


def _points(cutoff: VirialCutoff) -> tuple[Real, Real]:
    """Gauss points on short panels between the breaks, and weights."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.concatenate([np.linspace(a, b, 5) for a, b in pairwise((0.0, *cutoff.breaks, FAR))])
    pairs = [(a, b) for a, b in pairwise(edges) if b > a]
    r = np.concatenate([(b - a) / 2 * nodes + (a + b) / 2 for a, b in pairs])
    return r, np.concatenate([(b - a) / 2 * weights for a, b in pairs])


@cache
def _expected(cutoff: VirialCutoff) -> tuple[float, float, float, tuple[float, float, float]]:
    """V_R, V_R', V_R'' and (II), (III), (IV), by formulas of the Gaussian and of V = 8·exp(−q²)."""
    r, weights = _points(cutoff)
    d, squared = cutoff.dimension, 4 * CHIRP**2 + 1 / WIDTH**4
    rho = (np.pi * WIDTH**2) ** (-d / 2) * np.exp(-((r / WIDTH) ** 2)) * weights
    rho *= 2 * np.pi * r if d == 2 else 4 * np.pi * r**2
    # Of the average over angles, e^(−r²−s²) I₀(2rs) or sinh(2rs)/(2rs), r∂_r.
    a, b = r[:, None], r[None, :]
    far = 8 * np.exp(-((a - b) ** 2))
    if d == 2:
        slope = far * (2 * a * b * ive(1, 2 * a * b) - 2 * a**2 * ive(0, 2 * a * b))
    else:
        odd, even = -np.expm1(-4 * a * b) / 2, (1 + np.exp(-4 * a * b)) / 2
        slope = far * (even - odd / (2 * a * b) - 2 * a**2 * odd / (2 * a * b))
    pulled = slope @ rho * rho
    fraction, curved = cutoff.fraction(r), np.sum(cutoff.bilaplacian(r) * rho)
    bend = fraction + 2 * r**2 / cutoff.radius * cutoff.density(r)
    second = 4 * np.sum(cutoff.curvature(r) * squared * r**2 * rho) - curved
    return (
        float(np.sum(cutoff.value(r) * rho)),
        float(2 * np.sum(cutoff.slope(r) * r * 2 * CHIRP * r * rho)),
        float(second + 2 * np.sum(cutoff.slope(r) * pulled)),
        (
            float(-8 * np.sum(bend * squared * r**2 * rho)),
            float(-4 * np.sum(fraction * pulled)),
            -float(curved),
        ),
    )


def _off(axis: RadialAxis, interaction: PairInteraction, radius: float) -> float:
    """The largest error of the six numbers, relative to the largest of them."""
    cutoff = VirialCutoff(radius, axis.dimension)
    tested = LocalizedVirial(axis, cutoff)
    found = Densities.of_waves(axis, ALONE, gaussian_wave(axis, WIDTH, CHIRP)[None])
    numbers, terms = tested.numbers(found, interaction), tested.terms(found, interaction)
    value, rate, acceleration, expected = _expected(cutoff)
    ours = np.array([numbers.value, numbers.rate, numbers.acceleration, *terms])
    theirs = np.array([value, rate, acceleration, *expected])
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


@pytest.mark.parametrize("kind", [PlaneRadius, SpaceRadius])
def test_integrals_converge_as_the_wave_is_resolved(kind: type[PlaneRadius | SpaceRadius]) -> None:
    """A third more points are a twentieth of the error, then a hundredth; 96 points on [0, 14] leave rounding."""
    pairs = [(axis := kind(points, FAR), gaussian_potential(axis)) for points in (24, 32, 42, 64, 96)]
    for radius in (1.0, 2.0, 6.0):
        errors = [_off(axis, interaction, radius) for axis, interaction in pairs]
        assert errors[0] < 3e-2
        assert errors[1] < errors[0] / 20
        assert errors[2] < errors[1] / 100
        assert errors[3] < 3e-11
        assert errors[4] < 3e-12


@pytest.mark.parametrize("axis", [PlaneRadius, SpaceRadius])
def test_fine_axes_have_as_many_points_in_each_panel(axis: type[PlaneRadius | SpaceRadius]) -> None:
    """A ring of some cells of 700 points, where ψ_R is the constant 2R: its mass counts whole."""
    there = axis(700, FAR)
    ring = there.amplitude * np.exp(-((there.r - 8) ** 2) / (2 * 0.1**2)) / (2 * np.pi * 8)
    found = Densities.of_waves(there, ALONE, ring.astype(complex)[None])
    nothing = PairInteraction(0.0, np.zeros((700, 700)), np.zeros((700, 700)))
    numbers = LocalizedVirial(there, VirialCutoff(1.0, there.dimension)).numbers(found, nothing)
    assert numbers.value == pytest.approx(2 * np.sum(found.one), rel=1e-12)


def test_the_localized_identity_against_differences_in_time_in_the_plane() -> None:
    """V_R' and V_R'' of 96 points by differences of order 6 of states followed by a scheme of order 8."""
    axis, h = PlaneRadius(96, FAR), 0.01
    interaction, tested = gaussian_potential(axis), LocalizedVirial(axis, VirialCutoff(2.0, 2))
    start = gaussian_wave(axis, WIDTH, CHIRP)[None]
    sides = [Waves(axis, interaction, ALONE, start).advance(m * h, 4, "kahan-li8") for m in range(-3, 4)]
    numbers = [tested.numbers(each, interaction) for each in sides]
    slope = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60
    assert slope @ [each.value for each in numbers] / h == pytest.approx(numbers[3].rate, abs=2e-9)
    assert slope @ [each.rate for each in numbers] / h == pytest.approx(numbers[3].acceleration, abs=2e-7)
