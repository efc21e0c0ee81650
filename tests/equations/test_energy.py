"""The equation's potential is the derivative of its energy; its virial identity is that of the literature."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.diagnostics.passes import FieldSums
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations import NLS, DefocusingNLS, GrossPitaevskii
from parallel_nls.integrators.compositions import STRANG
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Sweep
from tests.equations.own_equations import HalfWave, Trap
from tests.support import gather_field, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain, Equation

    Maker = Callable[[Domain], Equation]

# Seven points: exact for the derivative of a polynomial of degree 6.
WEIGHTS = {n: np.sign(n) * w / 60 for m, w in ((1, 45), (2, -9), (3, 1)) for n in (m, -m)}
# Gradient and potential of a field that is nothing more.
KNOWN = FieldSums(0.0, 5.0, 0.0, 3.0, 3.0, np.zeros(1), 0.0, 1.0, 0.0, np.zeros(1), np.zeros(1))
# Equation, points, spacing of the difference, relative error: E(u + εv) is a quartic for p = 2, a sextic for p = 4, for
# other p smooth, since u does not vanish.
CASES: list[tuple[Maker, tuple[int, ...], float, float]] = [
    (partial(NLS, power=4.0), (250,), 0.25, 1e-12),
    (partial(NLS, power=4.0), (243,), 0.25, 1e-12),
    (partial(NLS, power=2.0), (250,), 0.25, 1e-12),
    (partial(NLS, power=2.5), (250,), 0.02, 1e-10),
    (partial(NLS, power=2.0), (24, 27), 0.25, 1e-12),
    (partial(NLS, power=2.0), (27, 24), 0.25, 1e-12),
    (partial(NLS, power=4.0), (24, 27), 0.25, 1e-12),
    (partial(NLS, power=1.5), (24, 27), 0.02, 1e-10),
    (partial(DefocusingNLS, power=4.0), (250,), 0.25, 1e-12),
    (partial(DefocusingNLS, power=2.0), (24, 27), 0.25, 1e-12),
    (partial(GrossPitaevskii, power=4.0, trap=0.7), (250,), 0.25, 1e-12),
    (partial(GrossPitaevskii, power=2.0, trap=1.3), (24, 27), 0.25, 1e-12),
    (partial(Trap, trap=0.7), (243,), 0.25, 1e-12),
    (partial(Trap, trap=1.3), (24, 27), 0.25, 1e-12),
    (HalfWave, (243,), 0.25, 1e-12),
    (HalfWave, (24, 27), 0.25, 1e-12),
]


def made(comm: Intracomm, points: tuple[int, ...]) -> Domain:
    """A line or a plane."""
    return LineDomain(comm, points, (30.0,)) if len(points) == 1 else FourierDomain(comm, points, (6.0, 5.0))


def energy_of(equation: Equation, integrator: SplitStep, field: NDArray[np.complex128]) -> float:
    """The energy that a run reports for a field."""
    integrator.spare[...] = local_part(equation.domain.layouts[0], field)
    return float(Sampler.of_field(integrator).measure(integrator.start(), 0.0)["energy"])


def gradient_of_energy(equation: Equation, field: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """-i·du/dt of both flows at time 0: what the equation says the derivative of the energy is.

    No angle reaches π, so that potential and symbol follow from a finite time.
    """
    domain, tau = equation.domain, 2e-3
    rows, columns = domain.layouts
    kicked = local_part(rows, field)
    domain.sweeps[0][0](kicked, kicked, None, equation.kick.kernel(tau, 1.0), None)
    potential = -np.angle(gather_field(rows, kicked) / field) / tau
    factors = local_part(columns, np.ones(domain.shape, dtype=complex))
    Sweep.of(columns, 0)(factors, factors, None, equation.drift.kernel(tau, 1.0), None)
    angles = -np.angle(factors)
    linear = domain.backward(angles / tau * domain.forward(local_part(rows, field)))
    return gather_field(rows, linear) + potential * field


@pytest.mark.mpi
@pytest.mark.parametrize(("make", "points", "step", "accuracy"), CASES)
def test_the_potential_is_the_derivative_of_the_energy(
    comm: Intracomm, make: Maker, points: tuple[int, ...], step: float, accuracy: float
) -> None:
    """dE(u + εv)/dε = Re∫ĒE'(u)v at ε = 0."""
    domain = made(comm, points)
    equation = make(domain)
    integrator = SplitStep(equation, STRANG)
    generator = np.random.default_rng(4)
    modulus, phase = generator.uniform(1, 2, domain.shape), generator.uniform(0, 2 * np.pi, domain.shape)
    u = modulus * np.exp(1j * phase)
    v = generator.standard_normal(domain.shape) + 1j * generator.standard_normal(domain.shape)
    slope = sum(weight * energy_of(equation, integrator, u + n * step * v) for n, weight in WEIGHTS.items()) / step
    expected = domain.cell * np.sum(np.conj(gradient_of_energy(equation, u)) * v).real
    scale = domain.cell * np.sum(np.abs(gradient_of_energy(equation, u)) * np.abs(v))
    assert abs(slope - expected) <= accuracy * scale
    assert abs(expected) >= 1e-3 * scale


@pytest.mark.mpi
@pytest.mark.parametrize(("points", "critical"), [((10,), 4.0), ((6, 4), 2.0)])
def test_the_virial_identity(comm: Intracomm, points: tuple[int, ...], critical: float) -> None:
    """8‖∇u‖² − 4dp/(p+2)·∫|u|^{p+2}; 16 energy for the critical power, which is the default."""
    domain, d = made(comm, points), len(points)
    assert NLS(domain).power == critical
    assert NLS(domain).variance_acceleration(KNOWN) == pytest.approx(16 * NLS(domain).energy(KNOWN), rel=1e-15)
    for p in (1.0, 2.5, 7.0):
        equation = NLS(domain, p)
        assert equation.energy(KNOWN) == pytest.approx(1.5 - 5 / (p + 2), rel=1e-15)
        assert equation.variance_acceleration(KNOWN) == pytest.approx(24 - 4 * d * p * 5 / (p + 2), rel=1e-15)
