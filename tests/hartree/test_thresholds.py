"""Energies of Gaussians and mixtures, thresholds, virial times, and the critical mass of |x|^{−2}."""

from __future__ import annotations

import math

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.hartree import thresholds
from parallel_nls.hartree.critical_state import critical_state
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.potentials import Gaussian, InversePower
from parallel_nls.hartree.thresholds import (
    GaussianComponent,
    gaussian_threshold,
    mixture_energy,
    mixture_virial_time,
    virial_time,
)
from tests.hartree.references import CRITICAL_MASS, CRITICAL_PEAK, ENERGIES, MEANS, MIXTURES, Mixture


@pytest.mark.parametrize(("potential", "_mean", "threshold"), MEANS, ids=repr)
def test_thresholds(potential: RadialPotential, _mean: float, threshold: float) -> None:
    """To all digits of the reference; at the threshold the energy is 0."""
    assert gaussian_threshold(potential) == pytest.approx(threshold, rel=3e-15)
    component = GaussianComponent(1.0)
    assert component.energy(potential, coupling=-threshold) == pytest.approx(0.0, abs=3e-15)


def test_thresholds_in_other_dimensions() -> None:
    """d(d − 2) for r^{−2}, whatever the width; none where nothing attracts."""
    for d in (3, 4, 5):
        for width in (0.5, 2.0):
            assert gaussian_threshold(InversePower(1.0, 2.0), width, d) == pytest.approx(d * (d - 2), rel=1e-14)
    assert gaussian_threshold(Gaussian(-1.0, 1.0)) == math.inf


@pytest.mark.parametrize(("potential", "energy"), ENERGIES, ids=repr)
def test_energies(potential: RadialPotential, energy: float) -> None:
    """To the 12 decimals of the reference."""
    assert GaussianComponent(1.0).energy(potential) == pytest.approx(energy, abs=5.1e-13)


@pytest.mark.parametrize("mixture", MIXTURES, ids=repr)
def test_mixtures(mixture: Mixture) -> None:
    """E, V₁ and V₁' with chirps, in d = 2 and 3."""
    parts, d = mixture.components, mixture.dimension
    assert mixture_energy(mixture.potential, parts, d) == pytest.approx(mixture.energy, abs=5.1e-13)
    assert sum(part.weight * part.variance(d) for part in parts) == pytest.approx(mixture.variance, rel=1e-14)
    assert sum(part.weight * part.variance_rate(d) for part in parts) == pytest.approx(mixture.rate, rel=1e-13)


def test_virial_times() -> None:
    """The first zero of V₁ + V₁'t + 8Et², in all cases, without loss of digits."""
    assert virial_time(-0.25, 1.5, 0.0) == pytest.approx(math.sqrt(0.75), rel=1e-15)
    assert virial_time(-0.75, 1.5, 0.0) == 0.5
    rng = np.random.default_rng(3)
    for energy, variance, rate in zip(rng.normal(size=50), rng.uniform(0.1, 5, 50), rng.normal(0, 8, 50), strict=True):
        zeros = np.roots([8 * energy, rate, variance])
        expected = min((z.real for z in zeros if abs(z.imag) < 1e-12 and z.real > 0), default=math.inf)
        assert virial_time(energy, variance, rate) == pytest.approx(expected, rel=1e-12)
        before = max((z.real for z in zeros if abs(z.imag) < 1e-12 and z.real < 0), default=-math.inf)
        assert virial_time(energy, variance, rate, backward=True) == pytest.approx(before, rel=1e-12)
    assert virial_time(-1e-12, 1.0, -1.0) == pytest.approx(1.0, rel=1e-11)
    assert virial_time(-1e-9, 1.0, 1e6) == pytest.approx(1e6 / 8e-9, rel=1e-12)
    assert virial_time(0.0, 3.0, -1.5) == 2.0
    assert virial_time(0.5, 1.5, 0.0) == virial_time(0.0, 1.0, 1.0) == virial_time(1.0, 1.0, -1.0) == math.inf


def test_a_mixture_ends_with_its_first_component() -> None:
    """V = 4/r²: E = −1/4 blows up although E of the mixture is positive; an inward chirp ends without E < 0."""
    potential = InversePower(4.0, 2.0)
    parts = (GaussianComponent(1.0, 0.0, 0.25), GaussianComponent(1.0, math.sqrt(0.25), 0.75))
    assert mixture_energy(potential, parts) == pytest.approx(0.3125)
    assert mixture_virial_time(potential, parts) == pytest.approx(math.sqrt(0.75), rel=1e-14)
    inward = GaussianComponent(1.0, -2.0)
    assert inward.energy(potential) > 0
    # E = −1/4 + 2c²V₁ and V₁' = 8cV₁ with V₁ = 3/2, c = −2.
    energy = -0.25 + 2 * 4 * 1.5
    expected = (24 - math.sqrt(24**2 - 48 * energy)) / (16 * energy)
    assert inward.virial_time(potential) == pytest.approx(expected, rel=1e-13)
    assert mixture_virial_time(potential, (GaussianComponent(1.0, 2.0),)) == math.inf


@pytest.mark.parametrize("width", [0.0, -1.0, math.inf, math.nan])
def test_bad_widths(width: float) -> None:
    """They must be positive."""
    with pytest.raises(UserError, match=f"width = {width!r} of a Gaussian component must be positive"):
        GaussianComponent(width)


@pytest.mark.parametrize(("points", "radius"), [(127, 20.0), (255, 32.0)])
def test_critical_mass(points: int, radius: float) -> None:
    """11 decimals on either grid, and mass = kinetic energy = interaction/2."""
    state = critical_state(points, radius)
    assert state.mass == pytest.approx(CRITICAL_MASS, abs=5e-12)
    assert state.peak == pytest.approx(CRITICAL_PEAK, abs=1e-12)
    assert state.kinetic == pytest.approx(state.mass, rel=3e-13)
    assert state.interaction == pytest.approx(2 * state.mass, rel=3e-13)
    assert (state.profile[state.radii < 15] > 0).all()
    assert thresholds.CRITICAL_MASS == CRITICAL_MASS


def test_a_grid_that_is_too_coarse() -> None:
    """It is refused."""
    with pytest.raises(UserError, match="15 points up to r = 32 do not resolve the state of critical mass; take more"):
        critical_state(15, 32.0)
