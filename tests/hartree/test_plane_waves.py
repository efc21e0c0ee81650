"""Hartree waves in the plane: beside radial ones, moving, their identities in time, and the orders of schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.diagnostics.monitor import Values
from parallel_nls.hartree.densities import Densities
from parallel_nls.hartree.kernels import RadialPotential
from parallel_nls.hartree.mixtures import overlaps_of
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.plane_sampling import PlaneMixtureSampler
from parallel_nls.hartree.potentials import Gaussian, InversePower, SoftenedPower
from parallel_nls.hartree.quantities import plane_quantities
from parallel_nls.hartree.virial import defect, energy, virial
from parallel_nls.spectral.radial import PlaneRadius
from tests.hartree.planes import Wave, mixture_of
from tests.hartree.setups import Waves, gaussian_wave
from tests.support import gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    Fields = dict[str, NDArray[np.complex128]]

POINTS, LENGTH = (72, 64), (18.0, 16.0)
PAIR = (Wave(0.3, 1.0, (-1.2, 0.4), (0.4, -0.3)), Wave(0.7, 0.8, (0.9, -0.2), (-0.5, 0.0), 0.2))


def followed(
    comm: Intracomm,
    potential: RadialPotential,
    waves: tuple[Wave, ...],
    step: float,
    steps: int,
    scheme: str = "blanes-moan-rkn4",
    points: tuple[int, int] = POINTS,
    every: int = 1,
) -> tuple[list[Values], Fields]:
    """What is measured after every so many steps, the first and the last; all waves at the end, whole."""
    mixture, state = mixture_of(comm, potential, waves, points, LENGTH, scheme)
    sampler = PlaneMixtureSampler(mixture, plane_quantities(len(waves)))
    found = [sampler.measure(state, 0.0)]
    for number in range(1, steps + 1):
        mixture.advance(state, step)
        if number % every == 0 or number == steps:
            found.append(sampler.measure(state, number * step))
    layout = mixture.domain.layouts[0]
    return found, {name: gather_field(layout, wave) for name, wave in mixture.waves.items()}


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_radial_waves_beside_those_on_an_axis(comm: Intracomm) -> None:
    """All functionals of a radial mixture as the other code has them, which shares no transform and no convolution."""
    potential, widths, chirps = SoftenedPower(6.0, 2.0, 0.9), (1.0, 0.8), (0.0, -0.3)
    waves = tuple(Wave(p, w, chirp=c) for p, w, c in zip((0.3, 0.7), widths, chirps, strict=True))
    step, steps = 0.01, 20
    found, _ = followed(comm, potential, waves, step, steps, "blanes-moan-rkn6", (120, 112), steps)
    last = found[-1]

    axis = PlaneRadius(64, 9.0)
    interaction = PairInteraction.of(potential, axis, -1.0)
    start = np.array([gaussian_wave(axis, w, c) for w, c in zip(widths, chirps, strict=True)])
    radial = Waves(axis, interaction, np.array([0.3, 0.7]), start)
    densities: Densities = radial.advance(step * steps, steps, "blanes-moan-rkn6")
    numbers = virial(axis, densities, interaction)
    overlaps = overlaps_of(np.sqrt([[0.3], [0.7]]) * radial.waves)
    expected = {
        "energy": energy(densities, interaction),
        "kinetic": densities.kinetic,
        "variance": numbers.value,
        "variance_rate": numbers.rate,
        "variance_acceleration": numbers.acceleration,
        "virial_defect": defect(densities, interaction),
        "purity": float(np.sum(np.abs(overlaps) ** 2)),
    }
    for name, value in expected.items():
        assert last[name] == pytest.approx(value, rel=1e-10), name
    assert np.asarray(last["occupations"])[:2] == pytest.approx(np.linalg.eigvalsh(overlaps)[::-1], abs=1e-11)
    assert np.asarray(last["trace"]) == pytest.approx(1, abs=1e-13)


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize(
    ("potential", "bound"), [(InversePower(2.0, 1.0), 2e-11), (Gaussian(8.0, 1.2), 1e-14)], ids=["inverse", "gaussian"]
)
def test_a_boosted_wave_moves_as_it_should(comm: Intracomm, potential: RadialPotential, bound: float) -> None:
    """u(t, x) = e^{i k·(x−c) − i|k|²t} v(t, x − c − 2kt), v at rest at the origin: at every point, to rounding.

    Under r⁻¹ to the spectral tail, 4·10⁻¹² on this grid, and to what is beyond the edge of the box; it falls with both.
    """
    points, time, steps = (108, 96), 0.3, 10
    spacing = np.array(LENGTH) / points
    boost, center = 2 * np.pi / np.array(LENGTH) * (3, -2), spacing * (4, -6)
    at_rest, boosted = Wave(width=0.9), Wave(width=0.9, center=tuple(center), boost=tuple(boost))
    rest, moving = (
        followed(comm, potential, (wave,), time / steps, steps, points=points, every=steps)[1]["wave1"]
        for wave in (at_rest, boosted)
    )
    x, y = (spacing[a] * np.arange(points[a]) - LENGTH[a] / 2 for a in (0, 1))
    k = [2 * np.pi / LENGTH[a] * np.fft.fftfreq(points[a], 1 / points[a]) for a in (0, 1)]
    shift = center + 2 * boost * time
    turns = np.exp(-1j * (k[0][:, None] * shift[0] + k[1][None, :] * shift[1]))
    phases = boost[0] * (x[:, None] - center[0]) + boost[1] * (y[None, :] - center[1]) - (boost @ boost) * time
    expected = np.exp(1j * phases) * np.fft.ifft2(turns * np.fft.fft2(rest))
    assert np.abs(moving - expected).max() <= bound


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("potential", [InversePower(4.0, 1.0), Gaussian(8.0, 1.2)], ids=repr)
def test_identities_in_time(comm: Intracomm, potential: RadialPotential) -> None:
    """V₁' and V₁'' against differences of order 6; what is conserved; E_k = kE; centers on straight lines."""
    step = 0.005
    found, _ = followed(comm, potential, PAIR, step, 6, "blanes-moan-rkn6")
    column = {name: np.array([row[name] for row in found]) for name in found[0]}
    weights = np.array([-1, 9, -45, 0, 45, -9, 1]) / (60 * step)
    for name, slope in (("variance", "variance_rate"), ("variance_rate", "variance_acceleration")):
        assert weights @ column[name] == pytest.approx(column[slope][3], rel=1e-8), name
    assert np.ptp(column["energy"]) <= 1e-9 * abs(column["energy"][0])
    assert np.abs(column["momentum"] - (0.3 * np.array(PAIR[0].boost) + 0.7 * np.array(PAIR[1].boost))).max() <= 1e-12
    assert column["energy_level"] == pytest.approx(column["energy"][:, None] * (1, 2, 3), rel=1e-12)
    assert column["wave_energy"] @ (0.3, 0.7) == pytest.approx(column["energy"], rel=1e-13)
    total = 16 * column["energy"] + column["virial_defect"]
    assert column["variance_acceleration"] == pytest.approx(total, rel=1e-12)


def test_numbers_of_two_gaussians(comm: Intracomm) -> None:
    """At the start everything is known: energies, variances, ⟨φ₁, φ₂⟩ and the two eigenvalues that follow."""
    potential = Gaussian(8.0, 1.2)
    found = followed(comm, potential, PAIR, 0.01, 0)[0][0]
    energies = [
        0.5 * (1 / w.width**2 + 4 * w.chirp**2 * w.width**2 + w.boost[0] ** 2 + w.boost[1] ** 2)
        - 0.25 * potential.gaussian_mean(w.width, 2)
        for w in PAIR
    ]
    variance = sum(w.weight * (w.width**2 + w.center[0] ** 2 + w.center[1] ** 2) for w in PAIR)
    # ∫exp(−α|x|² + β·x + γ) with the sum of both exponents.
    (one, two), alpha, beta, gamma = PAIR, 0j, np.zeros(2, complex), 0j
    for wave, sign in ((one, -1), (two, 1)):
        rate, c, b = 0.5 / wave.width**2 - sign * 1j * wave.chirp, np.array(wave.center), np.array(wave.boost)
        alpha += rate
        beta = beta + 2 * rate * c + sign * 1j * b
        gamma += -rate * (c @ c) - sign * 1j * (b @ c)
    overlap = np.exp(gamma + beta @ beta / (4 * alpha)) / (alpha * one.width * two.width)
    square = 0.3 * 0.7 * abs(overlap) ** 2
    assert np.asarray(found["wave_energy"]) == pytest.approx(energies, rel=1e-13)
    assert found["variance"] == pytest.approx(variance, rel=1e-13)
    assert found["purity"] == pytest.approx(0.3**2 + 0.7**2 + 2 * square, rel=1e-13)
    larger = 0.5 + np.sqrt(0.25 - 0.3 * 0.7 + square)
    assert np.asarray(found["occupations"]) == pytest.approx([larger, 1 - larger, 0, 0, 0, 0], abs=1e-13)


def test_rounding_is_taken_out(comm: Intracomm) -> None:
    """Every 64 pairs, of each wave: its norm stays 1, where 264 pairs would have taken 1.3·10⁻¹⁴ off."""
    found, _ = followed(comm, Gaussian(8.0, 1.2), PAIR, 0.005, 44, points=(50, 48), every=44)
    assert np.abs(np.asarray(found[-1]["trace"]) - 1).max() <= 2e-15


def end(comm: Intracomm, steps: int, scheme: str) -> NDArray[np.complex128]:
    """The first wave after a time."""
    fields = followed(comm, Gaussian(8.0, 1.2), PAIR[:1], 0.64 / steps, steps, scheme, (48, 48), steps)[1]
    return fields["wave1"]


def test_orders_of_schemes(comm: Intracomm) -> None:
    """The error at half the step; the kick is a phase, so that schemes of Nyström type have their order too."""
    exact = end(comm, 64, "kahan-li8")
    for scheme, order, steps in (
        ("strang", 2, 16), ("blanes-moan-rkn4", 4, 32), ("blanes-moan-prk4", 4, 8), ("blanes-moan-rkn6", 6, 8),
        ("kahan-li6", 6, 4),
    ):  # fmt: skip
        errors = [np.linalg.norm(end(comm, steps * times, scheme) - exact) for times in (1, 2)]
        assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1), scheme
