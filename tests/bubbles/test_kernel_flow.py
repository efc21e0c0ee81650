"""The flow of the generalised kernel: by a polynomial, and by runs beside one wave; perturbations in both frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.bubbles.kernel_flow import KernelPart, kernel_part
from parallel_nls.config import load_configuration
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.profiles.kernel_directions import DIRECTIONS
from parallel_nls.running.remainder_simulation import RemainderSimulation

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

SMALL = 1e-8  # what is left of order 2 is this, times (s − s₀)³
LINE = (
    "grid.points=360", "grid.length=40.0", "time.step=0.02", "time.stop=4.0", "initial.bubbles.0.frequency=1.2",
    "initial.bubbles.0.center=1.0",
)  # fmt: skip
PLANE = (
    "equation.dimension=2", "grid.points=[144,135]", "grid.length=[30.0,28.0]", "time.step=0.02", "time.stop=4.0",
    "initial.bubbles=[{center=[0.5,-0.2], frequency=1.1}]", "limits.spectral_tail=off",
)  # fmt: skip
STEPS = 50


def beside_one(comm: Intracomm, direction: str, *overrides: str) -> RemainderSimulation:
    """A run beside one wave."""
    remainder = f"initial.remainder={{kind='perturbation', direction='{direction}', amplitude={SMALL}}}"
    return RemainderSimulation(load_configuration("solitary_wave_1d", [*overrides, remainder]), comm)


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
@pytest.mark.parametrize("direction", DIRECTIONS[:-1])
def test_a_run_moves_the_kernel_by_the_polynomial(comm: Intracomm, direction: str) -> None:
    """To the step's error."""
    simulation, part = beside_one(comm, direction, *LINE), kernel_part(1, direction, SMALL)
    assert simulation.measure()["z_l2"] == pytest.approx(part.norm(), rel=1e-12)
    simulation.advance(STEPS)
    assert simulation.measure()["z_l2"] == pytest.approx(part.after(STEPS * 0.02 / 1.44).norm(), rel=2e-6)


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
def test_the_plane(comm: Intracomm) -> None:
    """ρ, which passes through all radial functions of the kernel; the grid is coarse."""
    simulation, part = beside_one(comm, "rho", *PLANE), kernel_part(2, "rho", SMALL)
    simulation.advance(STEPS)
    assert simulation.measure()["z_l2"] == pytest.approx(part.after(STEPS * 0.02 / 1.21).norm(), rel=2e-5)


@pytest.mark.mpi
@pytest.mark.ranks(1, 3)
def test_perturbations_in_both_frames(comm: Intracomm) -> None:
    """P_T takes one to the other: all norms, of a direction that is not radial, with a law of s."""
    law = "initial.remainder={kind='perturbation', direction='velocity', amplitude=0.3, power=2.0, rate=0.5, bubble=2}"
    soliton = ("time.start=4.0", "grid.points=800")
    blow_up = ("equation.frame=blow-up", "time={start=-0.25, stop=-0.5, step=0.001}", "grid={points=800, length=24.0}")
    one, other = (
        RemainderSimulation(load_configuration("remainder_1d", [*own, law]), comm).measure()
        for own in (soliton, blow_up)
    )
    size = 0.3 / 16 * np.exp(-2.0)
    assert one["z_l2"] == pytest.approx(kernel_part(1, "velocity", size).norm(), rel=1e-12)
    for name in ("z_l2", "z_h1", "remainder_h1", "remainder_sigma"):
        assert one[name] == pytest.approx(other[name], rel=1e-9)


def test_what_a_gaussian_has_in_the_kernel() -> None:
    """Paired with Q and |y|²Q it is the same as the Gaussian: closed integrals of Q² as those of Gaussians."""
    state = ground_state(1)
    part = kernel_part(1, "gaussian")
    y = np.linspace(-12, 12, 4801)
    q, gaussian, step = state.value(abs(y)), np.exp(-(y**2) / 2), y[1] - y[0]
    assert part.rho * state.rho_overlap == pytest.approx(step * float(q @ gaussian), rel=1e-12)
    paired = part.rho * state.rho_moment - part.dilation * state.second_moment
    assert paired == pytest.approx(step * float((y**2 * q) @ gaussian), rel=1e-12)
    assert part.power == 3


def test_powers_and_groups() -> None:
    """After τ and σ it is where it is after τ + σ; growth is of the powers that are told."""
    assert [kernel_part(2, direction).power for direction in DIRECTIONS] == [0, 0, 1, 1, 2, 3, 3]
    part = KernelPart(1, 0.3, -0.2, 0.7, 1.1, 0.4, -0.6)
    twice, once = part.after(0.7).after(1.3), part.after(2.0)
    for name in ("rho", "chirp", "dilation", "phase", "place", "velocity"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name), rel=1e-13)
