"""Both flows against exact solutions, and the equation's potential against the derivative of its energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations.flows import CubicPhase, FreeSchroedinger
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import STRANG
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.sweeps import Block, Sweep
from tests.support import digest, gather_field, local_part, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

BLOCK = Block(0, 16, np.arange(16), slice(0, 16))


def rotated(field: NDArray[np.complex128], tau: float, scale: float) -> NDArray[np.complex128]:
    """A copy of a block, moved along the nonlinear flow."""
    block = field.copy()
    CubicPhase().kernel(tau, scale)(block, BLOCK)
    return block


@pytest.mark.parametrize("tau", [0.3, -0.7, 1e-6])
def test_the_phase_flow_is_exact(tau: float) -> None:
    """u·e^{iτ|u|²}, to the rounding of the angle."""
    field = random_field((16, 45), seed=1)
    field /= np.maximum(1.0, np.abs(field) / 10)
    square = np.abs(field) ** 2
    expected = 0.125 * field * np.exp(1j * tau * square)
    error = np.abs(rotated(field, tau, 0.125) - expected)
    assert (error <= 0.125 * np.abs(field) * 1e-15 * (1 + abs(tau) * square)).all()


def test_the_phase_flow_keeps_the_modulus_and_returns() -> None:
    """|u| changes by rounding only, and time -τ leads back."""
    field = np.random.default_rng(2).standard_normal((16, 90)).view(np.complex128)
    moved = rotated(field, 0.9, 1.0)
    assert (np.abs(np.abs(moved) - np.abs(field)) <= 5e-16 * np.abs(field)).all()
    assert (np.abs(rotated(moved, -0.9, 1.0) - field) <= 2e-15 * np.abs(field) * (1 + np.abs(field) ** 2)).all()


def test_the_phase_flow_has_the_same_bits_wherever_a_point_is() -> None:
    """Columns and rows of a block may be shifted."""
    field = random_field((16, 37), seed=3) * 1e-2
    expected = rotated(field, 0.4, 0.3)
    for rows, columns in ((1, 0), (0, 1), (5, 30)):
        shifted = np.roll(field, (rows, columns), axis=(0, 1))
        assert digest(rotated(shifted, 0.4, 0.3)) == digest(np.roll(expected, (rows, columns), axis=(0, 1)))


def spreading_gaussian(domain: FourierDomain, time: float) -> NDArray[np.complex128]:
    """exp(-|x-c|²/(2w²)) and its periodic images, moved along i u_t + Δu = 0: w² becomes w² + 2it."""
    solution = np.ones((), dtype=complex)
    for axis, (center, width) in enumerate(((0.5, 0.9), (-0.3, 1.1), (0.2, 1.0), (0.0, 0.8))[: len(domain.shape)]):
        spread = width**2 + 2j * time
        images = domain.length[axis] * np.arange(-3, 4)[:, None]
        squares = (domain.coordinates(axis) - center - images) ** 2
        line = np.sqrt(width**2 / spread) * np.exp(-squares / (2 * spread)).sum(axis=0)
        solution = solution[..., None] * line
    return solution


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("shape", "extent", "axes"),
    [
        ((120, 108), 20.0, (0,)),
        ((75, 81), 12.0, (0,)),
        ((48, 50, 54), 12.0, (0,)),
        ((24, 26, 22, 25), 8.0, (0, 2)),
    ],
)
def test_a_gaussian_spreads_as_it_should(
    comm: Intracomm, shape: tuple[int, ...], extent: float, axes: tuple[int, ...]
) -> None:
    """Forward and backward in time, in 2, 3 and 4 dimensions, to rounding."""
    dims = (comm.size,) if len(axes) == 1 else (2, comm.size // 2) if comm.size > 1 else (1, 1)
    domain = FourierDomain(comm, shape, [extent] * len(shape), dims, axes)
    drift = FreeSchroedinger(domain, axis=0)
    sweep = Sweep.of(domain.layouts[-1], 0)
    initial = spreading_gaussian(domain, 0.0)
    for time in (0.2, -0.35):
        coefficients = domain.forward(local_part(domain.layouts[0], initial))
        sweep(coefficients, coefficients, None, drift.kernel(time, 1.0), None)
        found = gather_field(domain.layouts[0], domain.backward(coefficients))
        assert np.abs(found - spreading_gaussian(domain, time)).max() <= 1e-12


@pytest.mark.mpi
def test_a_plane_wave_turns_by_its_square(comm: Intracomm) -> None:
    """Every coefficient of a plane is multiplied by scale·e^{-iτ|k|²}, whichever axis is swept."""
    domain = FourierDomain(comm, (21, 16), (3.0, 2.0))
    k = [domain.wavenumbers(axis) for axis in (0, 1)]
    expected = 0.5 * np.exp(-0.01j * (k[0][:, None] ** 2 + k[1] ** 2))
    for axis, layout in ((0, domain.layouts[1]), (1, domain.layouts[0])):
        ones = local_part(layout, np.ones(domain.shape, dtype=complex))
        Sweep.of(layout, axis)(ones, ones, None, FreeSchroedinger(domain, axis).kernel(0.01, 0.5), None)
        assert np.abs(gather_field(layout, ones) - expected).max() <= 5e-15


def energy_of(equation: NLS, integrator: SplitStep, field: NDArray[np.complex128]) -> float:
    """The energy that a run reports for a field."""
    integrator.idle[...] = local_part(equation.domain.layouts[0], field)
    return float(Sampler(equation, integrator).measure(integrator.start(), 0.0)["energy"])


def gradient_of_energy(equation: NLS, field: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """-i·du/dt of both flows at time 0: what the equation says the derivative of the energy is."""
    domain, tau = equation.domain, 1e-7
    kicked = local_part(domain.layouts[0], field)
    domain.sweeps[0][0](kicked, kicked, None, equation.kick.kernel(tau, 1.0), None)
    potential = -np.angle(gather_field(domain.layouts[0], kicked) / field) / tau
    ones = local_part(domain.layouts[1], np.ones(domain.shape, dtype=complex))
    domain.sweeps[1][0](ones, ones, None, equation.drift.kernel(tau, 1.0), None)
    symbol = -np.angle(gather_field(domain.layouts[1], ones)) / tau
    return np.fft.ifft2(symbol * np.fft.fft2(field)) + potential * field


@pytest.mark.mpi
@pytest.mark.parametrize("shape", [(24, 27), (27, 24)])
def test_the_potential_is_the_derivative_of_the_energy(comm: Intracomm, shape: tuple[int, int]) -> None:
    """dE(u + εv)/dε = Re∫ĒE'(u)v: the five-point difference is exact, since E is a quartic polynomial of ε."""
    domain = FourierDomain(comm, shape, (6.0, 5.0))
    equation = NLS(domain)
    integrator = SplitStep(equation, STRANG)
    generator = np.random.default_rng(4)
    u, v = (real + 1j * imaginary for real, imaginary in generator.standard_normal((2, 2, *shape)))
    step = 0.25
    weights = {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}
    energies = {n: energy_of(equation, integrator, u + n * step * v) for n in weights}
    slope = sum(weight * energies[n] for n, weight in weights.items()) / step
    expected = domain.cell * np.sum(np.conj(gradient_of_energy(equation, u)) * v).real
    assert slope == pytest.approx(expected, rel=1e-8)
