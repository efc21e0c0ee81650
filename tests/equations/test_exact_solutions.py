"""The bubbles solve the equation: its residual, their conserved quantities, and their sums."""

from __future__ import annotations

from math import factorial
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
from parallel_nls.spectral.domain import FourierDomain

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

BLOWUP_TIME = 0.3
BUBBLES = [
    Bubble((0.0, 0.0)),
    Bubble((1.0, -0.75), frequency=0.8, phase=0.6),
    Bubble((-0.5, 2.0), frequency=1.25, phase=-2.0),
]


def box(points: int, extent: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates and angular wavenumbers of one axis."""
    coordinates = (np.arange(points) - points // 2) * extent / points
    wavenumbers = np.asarray(2 * np.pi * np.fft.fftfreq(points, extent / points), dtype=np.float64)
    return coordinates, wavenumbers


def values(profile: BubbleSum, time: float, x: NDArray[np.float64], weight: float = 1.0) -> NDArray[np.complex128]:
    """The profile on a square grid."""
    field = np.zeros((x.size, x.size), dtype=complex)
    profile.add_to(field, time, x, x, weight)
    return field


def time_derivative(
    profile: BubbleSum, time: float, x: NDArray[np.float64], step: float, order: int = 14
) -> NDArray[np.complex128]:
    """Central difference of high order."""
    n = order // 2
    total = np.zeros((x.size, x.size), dtype=complex)
    for k in range(1, n + 1):
        weight = (-1) ** (k + 1) * factorial(n) ** 2 / (k * factorial(n - k) * factorial(n + k)) / step
        profile.add_to(total, time + k * step, x, x, weight)
        profile.add_to(total, time - k * step, x, x, -weight)
    return total


@pytest.mark.parametrize("remaining", [1.0, 0.6])
@pytest.mark.parametrize("bubble", BUBBLES)
def test_a_bubble_solves_the_equation(bubble: Bubble, remaining: float) -> None:
    """Residual i S_t + ΔS + |S|²S vanishes to 1e-10 of |ΔS|: spectral in space, order 14 in time."""
    profile, time = BubbleSum([bubble], BLOWUP_TIME), BLOWUP_TIME - remaining
    x, k = box(512, 60 * bubble.frequency * remaining + 2 * max(np.abs(bubble.center)))
    field = values(profile, time, x)
    laplacian = np.fft.ifft2(-(k[:, None] ** 2 + k**2) * np.fft.fft2(field))
    change = time_derivative(profile, time, x, step=0.006 * remaining)
    residual = 1j * change + laplacian + np.abs(field) ** 2 * field
    assert np.linalg.norm(residual) <= 1e-10 * np.linalg.norm(laplacian)


@pytest.mark.mpi
@pytest.mark.parametrize("bubble", BUBBLES)
def test_invariants_of_a_bubble(comm: Intracomm, bubble: Bubble) -> None:
    """Mass ‖Q‖², energy ω²‖yQ‖²/8, no momentum; variance, its rate and the largest value in closed form."""
    remaining = 0.8
    domain = FourierDomain(comm, (480, 480), (40.0, 40.0))
    equation = NLS(domain)
    integrator = SplitStep(equation, STRANG)
    profile, time = BubbleSum([bubble], BLOWUP_TIME), BLOWUP_TIME - remaining
    place(profile, domain, time, integrator.idle)
    found = Sampler(equation, integrator, profile).measure(integrator.start(), time)
    state, scale = ground_state(2), bubble.frequency * remaining
    spread = scale**2 * state.second_moment
    assert found["mass"] == pytest.approx(state.mass, rel=2e-14, abs=0)
    assert found["energy"] == pytest.approx(bubble.frequency**2 * state.second_moment / 8, rel=1e-12, abs=0)
    assert np.abs(found["momentum"]).max() <= 1e-12
    center = np.square(bubble.center).sum()
    assert found["variance"] == pytest.approx(spread + center * state.mass, rel=1e-12, abs=0)
    assert found["variance_rate"] == pytest.approx(-2 * spread / remaining, rel=1e-12, abs=0)
    assert found["sup_norm"] == pytest.approx(state.peak / scale, rel=4e-15, abs=0)
    np.testing.assert_allclose(found["sup_position"], bubble.center, atol=1e-14)
    assert found["distance_sigma"] <= 1e-12


def test_a_sum_is_the_sum() -> None:
    """Each bubble with its own center, frequency and phase; the weight multiplies all of them."""
    x, _ = box(60, 12.0)
    together = values(BubbleSum(BUBBLES, BLOWUP_TIME), -0.5, x, weight=-0.5)
    separate = sum(values(BubbleSum([bubble], BLOWUP_TIME), -0.5, x) for bubble in BUBBLES)
    assert np.abs(together + 0.5 * separate).max() <= 1e-15 * np.abs(separate).max()


def test_the_phase_is_a_factor() -> None:
    """ϑ multiplies by e^{iϑ}; at the center the phase is 1/(ω²(T-t)) + ϑ and the modulus Q(0)/(ω(T-t))."""
    x, _ = box(40, 8.0)
    for bubble in BUBBLES:
        turned = Bubble(bubble.center, bubble.frequency, bubble.phase + 0.7)
        plain, other = (values(BubbleSum([b], BLOWUP_TIME), -0.2, x) for b in (bubble, turned))
        assert np.abs(other - np.exp(0.7j) * plain).max() <= 1e-15 * np.abs(plain).max()
        point = np.zeros((1, 1), dtype=complex)
        first, second = np.array([bubble.center[0]]), np.array([bubble.center[1]])
        BubbleSum([bubble], BLOWUP_TIME).add_to(point, -0.2, first, second)
        exact = ground_state(2).peak / (0.5 * bubble.frequency) * np.exp(1j * (2 / bubble.frequency**2 + bubble.phase))
        assert abs(point[0, 0] - exact) <= 4e-15 * abs(exact)
