"""Energies, virial identities and cut-offs against values found by other means, and against differences in time."""

from __future__ import annotations

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.hartree.cutoff import VirialCutoff
from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.virial import LocalizedVirial, defect, energy, virial
from parallel_nls.spectral.radial import SpaceRadius
from tests.hartree.setups import Waves, gaussian_potential, gaussian_wave, softened

AXIS = SpaceRadius(119, 12.0)
WEIGHTS = np.array([0.5, 0.3, 0.2])
WAVES = np.array([gaussian_wave(AXIS, s, c) for s, c in ((1, 0.1), (1.6, -0.05), (0.8, 0))])
INTERACTIONS = {"soft": softened(AXIS), "gauss": gaussian_potential(AXIS)}
# Values of an independent computation: E, V₁'', V_R'' at R = 1, 2, 6, and at R = 6 (II), (III), (IV).
EXPECTED = {
    "soft": (-0.055852227464, 2.411379434, (-0.607758, 0.887356, 2.219310916), (-1.24339, 0.0374853, 1.01384)),
    "gauss": (0.369758482314, 6.048032641, (1.6212, 3.986677, 5.826815802), (-1.24339, 0.008337, 1.01384)),
}


@pytest.fixture(params=sorted(EXPECTED))
def name(request: pytest.FixtureRequest) -> str:
    """Of a potential."""
    return str(request.param)


def test_the_values_of_a_mixture(name: str) -> None:
    """To the digits that are known."""
    found, interaction = Densities.of_waves(AXIS, WEIGHTS, WAVES), INTERACTIONS[name]
    expected_energy, acceleration, localized, terms = EXPECTED[name]
    numbers = virial(AXIS, found, interaction)
    assert energy(found, interaction) == pytest.approx(expected_energy, abs=1e-12)
    assert (numbers.value, numbers.rate) == pytest.approx((2.094, 0.1392), abs=1e-13)
    assert numbers.acceleration == pytest.approx(acceleration, abs=1e-9)
    for radius, expected, digits in zip((1, 2, 6), localized, (4e-6, 1e-6, 5e-8), strict=True):
        tested = LocalizedVirial(AXIS, VirialCutoff(radius, 3))
        assert tested.numbers(found, interaction).acceleration == pytest.approx(expected, abs=digits)
    assert tested.terms(found, interaction) == pytest.approx(terms, rel=5e-6)


def test_both_identities_close(name: str) -> None:
    """V₁'' = 16E − μ·defect, and (6.2) as an equality, to rounding at cut-offs narrow and wide."""
    found, interaction = Densities.of_waves(AXIS, WEIGHTS, WAVES), INTERACTIONS[name]
    whole = 16 * energy(found, interaction) + defect(found, interaction)
    assert virial(AXIS, found, interaction).acceleration == pytest.approx(whole, abs=1e-12)
    for radius in (1.0, 2.0, 6.0):
        tested = LocalizedVirial(AXIS, VirialCutoff(radius, 3))
        sums = whole + sum(tested.terms(found, interaction))
        assert tested.numbers(found, interaction).acceleration == pytest.approx(sums, abs=1e-12)


def test_operators_have_the_densities_of_their_waves() -> None:
    """γ¹ = Σ p_j |φ_j⟩⟨φ_j|, by both ways."""
    waves = Densities.of_waves(AXIS, WEIGHTS, WAVES)
    found = Densities.of_operators(AXIS, np.einsum("j,ja,jb->ab", WEIGHTS, WAVES, WAVES.conj()), waves.two)
    for name in ("one", "slopes", "flux"):
        assert np.abs(getattr(found, name) - getattr(waves, name)).max() <= 1e-13
    assert found.kinetic == pytest.approx(waves.kinetic, abs=1e-13)


def _evolved(interaction: PairInteraction, tau: float) -> Densities:
    """The mixture a little later, by a scheme of order 8."""
    return Waves(AXIS, interaction, WEIGHTS, WAVES).advance(tau, 4, "kahan-li8")


def test_identities_against_differences_in_time(name: str) -> None:
    """V' and V'' of |x|² and of a cut-off, by differences of order 6; the energy stays."""
    interaction, h = INTERACTIONS[name], 0.01
    tested = LocalizedVirial(AXIS, VirialCutoff(6.0, 3))
    sides = [_evolved(interaction, m * h) for m in range(-3, 4)]
    slope, bend = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60, np.array([2, -27, 270, -490, 270, -27, 2]) / 180
    assert np.ptp([energy(each, interaction) for each in sides]) <= 1e-12
    whole = [virial(AXIS, each, interaction) for each in sides]
    for numbers in (whole, [tested.numbers(each, interaction) for each in sides]):
        values, middle = np.array([each.value for each in numbers]), numbers[3]
        assert slope @ values / h == pytest.approx(middle.rate, abs=2e-9)
        assert bend @ values / h**2 == pytest.approx(middle.acceleration, abs=2e-7)


def test_the_cutoff_is_the_one_of_the_paper() -> None:
    """Values by exact integration of its density, and Δ² by differences of its value."""
    unit = VirialCutoff(1.0, 3)
    assert unit.value(np.sqrt([0.5, 2, 3, 9])) == pytest.approx([0.5, 1.876953125, 2, 2], abs=1e-14)
    assert unit.fraction(np.sqrt([1.0, 1.5, 3])) == pytest.approx([0, 0.04892730712890625, 1], abs=1e-15)
    known = {2: -77.2411190376991, 3: -133.39808913152, 5: -259.448997094592}
    for dimension, value in known.items():
        found = VirialCutoff(1.5, dimension)
        assert found.bilaplacian(np.array([1.6]))[0] == pytest.approx(value, rel=1e-13)
        r, h = 1.6, 1e-3
        around = found.value(np.asarray(r + h * np.arange(-2.0, 3.0), float))
        assert (around[3] - around[1]) / (2 * h) == pytest.approx(r * found.slope(np.array([r]))[0], abs=1e-5)
        second = around @ np.array([-1, 16, -30, 16, -1]) / (12 * h**2)
        assert second == pytest.approx(found.curvature(np.array([r]))[0], abs=1e-8)


@pytest.mark.parametrize(
    ("radius", "dimension", "told"),
    [(-1.0, 3, "radius = -1.0: must be greater"), (np.inf, 3, "radius = inf"), (1.0, 0, "dimension = 0: must be at")],
)
def test_a_cutoff_that_there_is_not(radius: float, dimension: int, told: str) -> None:
    """Of a negative radius the identity had numbers, of nothing."""
    with pytest.raises(UserError, match=told):
        VirialCutoff(radius, dimension)
