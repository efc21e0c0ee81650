"""Exact solutions through the eyes of a run: a sample finds their conserved quantities in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import STRANG
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.placing import place
from parallel_nls.profiles.solitons import Soliton, SolitonSum
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.contracts import Domain, Profile
    from parallel_nls.diagnostics.monitor import Values

pytestmark = pytest.mark.mpi

DIMENSIONS = pytest.mark.parametrize("dimension", [1, 2])
BLOWUP_TIME = 0.3
# Center or velocity, frequency, phase; the first number of a vector is that of the line.
PARAMETERS = [((0.0, 0.0), 1.0, 0.0), ((1.0, -0.75), 0.8, 0.6), ((-0.5, 2.0), 1.25, -2.0)]
EACH = pytest.mark.parametrize(("vector", "frequency", "phase"), PARAMETERS)


def sample(comm: Intracomm, dimension: int, profile: Profile, time: float) -> Values:
    """What a run would report of a profile; the distance is to the profile itself."""
    # The centers are grid points.
    domain: Domain
    domain = LineDomain(comm, (1792,), (56.0,)) if dimension == 1 else FourierDomain(comm, (540, 540), (45.0, 45.0))
    equation = NLS(domain)
    integrator = SplitStep(equation, STRANG)
    place(profile, domain, time, integrator.spare)
    return Sampler.of_field(integrator, profile).measure(integrator.start(), time)


@DIMENSIONS
@EACH
def test_invariants_of_a_bubble(
    comm: Intracomm, dimension: int, vector: tuple[float, ...], frequency: float, phase: float
) -> None:
    """Mass ‖Q‖², energy ω²‖yQ‖²/8, no momentum; variance, its rate and the largest value in closed form."""
    remaining, center = 0.8, vector[:dimension]
    profile = BubbleSum([Bubble(center, frequency, phase)], BLOWUP_TIME)
    found = sample(comm, dimension, profile, BLOWUP_TIME - remaining)
    state, scale = ground_state(dimension), frequency * remaining
    spread = scale**2 * state.second_moment
    assert found["mass"] == pytest.approx(state.mass, rel=2e-14, abs=0)
    assert found["energy"] == pytest.approx(frequency**2 * state.second_moment / 8, rel=1e-12, abs=0)
    assert found["variance_acceleration"] == pytest.approx(2 * frequency**2 * state.second_moment, rel=1e-12, abs=0)
    assert np.abs(found["momentum"]).max() <= 1e-12
    assert found["variance"] == pytest.approx(spread + np.square(center).sum() * state.mass, rel=1e-12, abs=0)
    assert found["variance_rate"] == pytest.approx(-2 * spread / remaining, rel=1e-12, abs=0)
    assert found["sup_norm"] == pytest.approx(state.peak / scale ** (dimension / 2), rel=4e-15, abs=0)
    np.testing.assert_allclose(found["sup_position"], center, atol=1e-14)
    assert found["distance_sigma"] <= 1e-12


@DIMENSIONS
@EACH
def test_invariants_of_a_solitary_wave(
    comm: Intracomm, dimension: int, vector: tuple[float, ...], frequency: float, phase: float
) -> None:
    """Mass ‖Q‖², momentum v‖Q‖²/2, energy |v|²‖Q‖²/8, and a variance whose acceleration is 16 energy."""
    velocity, center, time = vector[:dimension], (0.5, -1.25)[:dimension], 0.4
    profile = SolitonSum([Soliton(velocity, center, frequency, phase)])
    found = sample(comm, dimension, profile, time)
    state, squared = ground_state(dimension), float(np.square(velocity).sum())
    place_of_center = np.array(center) + time * np.array(velocity)
    spread = frequency**2 * state.second_moment
    assert found["mass"] == pytest.approx(state.mass, rel=2e-14, abs=0)
    np.testing.assert_allclose(found["momentum"], 0.5 * np.array(velocity) * state.mass, rtol=1e-12, atol=1e-12)
    assert found["energy"] == pytest.approx(squared * state.mass / 8, rel=1e-12, abs=1e-12)
    variance = spread + np.square(place_of_center).sum() * state.mass
    assert found["variance"] == pytest.approx(variance, rel=1e-12, abs=0)
    rate = 2 * float(place_of_center @ np.array(velocity)) * state.mass
    assert found["variance_rate"] == pytest.approx(rate, rel=1e-12, abs=1e-11)
    assert found["distance_sigma"] <= 1e-12
