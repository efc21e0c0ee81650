"""Single waves under singular, screened and softened potentials: energies, variance and gradients in time, collapse."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.potentials import InversePower, SoftenedPower, YukawaPower
from parallel_nls.hartree.virial import defect, energy, virial
from parallel_nls.spectral.radial import SpaceRadius
from tests.hartree.setups import Waves, gaussian_wave

# V, its energy of the Gaussian of width 1, and by time Tr(−Δγ¹) and V₁, of an independent computation.
CASES: dict[str, tuple[RadialPotential, float, dict[float, tuple[float, float]], tuple[float, float]]] = {
    "inverse square": (
        InversePower(4.0, 2.0),
        -0.25,
        {0.1: (1.593439448, 1.48), 0.3: (2.574355707, 1.32), 0.4: (3.844947663, 1.18), 0.5: (7.046580477, 1.0)},
        (2e-9, 1e-9),
    ),
    "power 2.5": (
        InversePower(3.0, 2.5),
        0.75 * (1 - 1.720079974649039),
        {0.1: (1.966735, 1.430321442), 0.2: (8.7123, 1.207929243)},
        (2e-5, 2e-7),
    ),
    "screened": (
        YukawaPower(6.0, 2.0, 0.5),
        -0.298856504161,
        {0.1: (1.682210174, 1.462545822), 0.2: (2.467784639, 1.348890685), 0.3: (5.335867512, 1.154070095)},
        (2e-9, 1e-9),
    ),
    "softened": (
        SoftenedPower(6.0, 2.0, 0.2),
        -0.427216608025,
        {0.4: (3.049306472, 1.166328147), 0.6: (5.302564061, 0.8694424587)},
        (2e-9, 1e-9),
    ),
}


def single(potential: RadialPotential, points: int, radius: float) -> Waves:
    """The Gaussian of width 1."""
    axis = SpaceRadius(points, radius)
    interaction = PairInteraction.of(potential, axis, -1.0)
    return Waves(axis, interaction, np.array([1.0]), gaussian_wave(axis, 1.0)[None])


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_evolution(name: str) -> None:
    """To the digits that are known; the energy stays, and the virial identity holds at each time."""
    potential, expected_energy, rows, (of_kinetic, of_variance) = CASES[name]
    run = single(potential, 255, 12.0)
    first = energy(run.densities, run.interaction)
    assert first == pytest.approx(expected_energy, abs=2e-12)
    before = 0.0
    for time, (kinetic, variance) in rows.items():
        found = run.advance(time - before, round((time - before) / 0.002), "blanes-moan-rkn6")
        before = time
        assert found.kinetic == pytest.approx(kinetic, rel=of_kinetic)
        numbers = virial(run.axis, found, run.interaction)
        assert numbers.value == pytest.approx(variance, abs=of_variance)
        identity = 16 * energy(found, run.interaction) + defect(found, run.interaction)
        assert numbers.acceleration == pytest.approx(identity, abs=1e-10)
        assert energy(found, run.interaction) == pytest.approx(first, abs=2e-8)


def test_the_inverse_square_has_no_defect() -> None:
    """V₁'' = 16E: r∂_r and s∂_s of V̄ together are −2V̄."""
    run = single(InversePower(4.0, 2.0), 127, 10.0)
    assert virial(run.axis, run.densities, run.interaction).acceleration == pytest.approx(-4.0, abs=1e-12)
    assert defect(run.densities, run.interaction) == pytest.approx(0.0, abs=1e-12)


def test_the_potential_has_the_derivative_that_is_told() -> None:
    """r∂_r(V*ρ) by differences, for a singular V and a bounded one."""
    for potential in (InversePower(4.0, 2.0), SoftenedPower(6.0, 2.0, 0.5)):
        run = single(potential, 255, 10.0)
        density = np.abs(run.waves[0]) ** 2
        values, stretch = run.interaction.average @ density, run.interaction.stretch @ density
        h, r = run.axis.r[0], run.axis.r
        weights = np.array([-1, 9, -45, 0, 45, -9, 1]) / (60 * h)
        inside = slice(30, 150)
        rates = sum(w * values[inside.start + m : inside.stop + m] for m, w in zip(range(-3, 4), weights, strict=True))
        assert np.abs(r[inside] * rates - stretch[inside]).max() <= 2e-7
