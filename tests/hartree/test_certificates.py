"""Certificates of collapse, and thermal mixtures: against closed forms."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from parallel_nls.hartree.certificates import Certificate, certify
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.oscillator import thermal_mixture
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.potentials import InversePower, SoftenedPower
from parallel_nls.hartree.thresholds import GaussianComponent, mixture_energy, mixture_virial_time
from parallel_nls.spectral.radial import PlaneRadius, RadialAxis, SpaceRadius
from tests.hartree.setups import gaussian_wave

AXIS = SpaceRadius(191, 10.0)
INVERSE_SQUARE = InversePower(4.0, 2.0)


def certificate(
    potential: RadialPotential, *waves: GaussianComponent, start: float = 0.0, backward: bool = False
) -> Certificate:
    """Of a mixture of Gaussians."""
    interaction = PairInteraction.of(potential, AXIS, -1.0)
    values = np.array([gaussian_wave(AXIS, wave.width, wave.chirp) for wave in waves])
    return certify(potential, AXIS, interaction, np.array([wave.weight for wave in waves]), values, start, backward)


def test_a_wave_alone() -> None:
    """E = −1/4 and T* = √3/2 of the unit Gaussian under 4/r², from any start."""
    found = certificate(INVERSE_SQUARE, GaussianComponent(1.0), start=2.0)
    assert found.holds
    assert found.energy == pytest.approx(-0.25, abs=1e-12)
    assert found.time == pytest.approx(2 + math.sqrt(0.75), abs=1e-12)
    assert found.statement() == "collapse before T* = 2.866025404"


def test_a_mixture_of_positive_energy() -> None:
    """It is certified by the one wave whose energy is negative; both numbers are those of the closed forms."""
    waves = GaussianComponent(1.0, weight=0.5), GaussianComponent(1.0, chirp=0.5, weight=0.5)
    found = certificate(INVERSE_SQUARE, *waves)
    assert found.energy == pytest.approx(mixture_energy(INVERSE_SQUARE, waves), abs=1e-11)
    assert found.energy > 0
    assert found.virial_times[1] == math.inf
    assert found.time == pytest.approx(mixture_virial_time(INVERSE_SQUARE, waves), abs=1e-11)
    assert found.statement() == "collapse before T* = 0.8660254038, by wave 1 of the mixture"
    document = json.loads(json.dumps(found.document(), allow_nan=False))
    assert (document["holds"], document["virial_times"][1]) == (True, "inf")


def test_backward_a_wave_ends_on_the_other_side() -> None:
    """What spreads forward has come from a collapse: the conjugate wave, by its own certificate, mirrored in time."""
    spreading, narrowing = GaussianComponent(1.0, chirp=0.4), GaussianComponent(1.0, chirp=-0.4)
    past, future = (
        certificate(INVERSE_SQUARE, spreading, start=2.0, backward=True),
        certificate(INVERSE_SQUARE, narrowing),
    )
    assert past.holds
    assert past.time == pytest.approx(2 - future.time, abs=1e-12)
    assert past.statement() == f"collapse after T* = {past.time:.10g}, going back"
    both = GaussianComponent(1.0, chirp=-1.0, weight=0.5), GaussianComponent(1.0, chirp=0.4, weight=0.5)
    mixed = certificate(INVERSE_SQUARE, *both, backward=True)
    assert mixed.virial_times[0] == -math.inf
    assert mixed.virial_times[1] == pytest.approx(-future.time, abs=1e-11)
    assert mixed.document()["virial_times"][0] == "-inf"
    assert mixed.document()["virial_time"] == mixed.time == mixed.virial_times[1]
    assert mixed.statement().endswith(", going back, by wave 2 of the mixture")


def test_none() -> None:
    """Of a bounded potential, and of a wave that spreads."""
    softened = certificate(SoftenedPower(6.0, 2.0, 0.5), GaussianComponent(1.0))
    assert not softened.holds
    assert softened.energy < 0
    assert softened.virial_times == (math.inf,)
    assert certificate(SoftenedPower(6.0, 2.0, 0.5), GaussianComponent(1.0), backward=True).time == -math.inf
    assert softened.statement() == "none: the theorems do not apply to this potential (regularised)"
    spreading = certificate(INVERSE_SQUARE, GaussianComponent(1.0, chirp=0.5))
    assert spreading.statement() == "none: no wave of the mixture has a virial time; E < 0 of one of them would do"
    assert spreading.document()["virial_time"] == "inf"


@pytest.mark.parametrize("axis", [SpaceRadius(127, 12.0), PlaneRadius(96, 12.0)], ids=["space", "plane"])
def test_thermal_mixtures_are_functions_of_the_oscillator(axis: RadialAxis) -> None:
    """Modes are orthonormal, of −Δ + r²/w⁴ with the eigenvalues (4n + d)/w², and weights are Boltzmann's."""
    width, temperature, modes = 1.3, 2.0, 5
    weights, waves = thermal_mixture(axis, width, temperature, modes)
    assert waves @ waves.conj().T == pytest.approx(np.eye(modes), abs=1e-12)
    energies = (4 * np.arange(modes) + axis.dimension) / width**2
    kinetic = axis.matrix @ (axis.k[:, None] ** 2 * (axis.matrix @ waves.T))
    turned = kinetic + (axis.r**2 / width**4)[:, None] * waves.T
    assert turned == pytest.approx(waves.T * energies, abs=1e-9)
    assert weights == pytest.approx(np.exp(-energies / temperature) / np.exp(-energies / temperature).sum(), rel=1e-13)
