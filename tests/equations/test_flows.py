"""Both flows against exact solutions, on the line, in the plane and in boxes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mpmath
import numpy as np
import pytest

from parallel_nls.equations.elementwise import rotate_by
from parallel_nls.equations.flows import FreeSchroedinger, FreeSchroedingerLine, PowerPhase
from parallel_nls.equations.rotations import turned
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Block, Sweep
from tests.spectral.folding import folded, unfolded
from tests.support import digest, gather_field, local_part, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

BLOCK = Block(0, 16, np.arange(16), slice(0, 16))
POWERS = pytest.mark.parametrize("power", [2, 4, 1, 2.5])


def rotated(field: NDArray[np.complex128], tau: float, scale: float, power: float) -> NDArray[np.complex128]:
    """A copy of a block, moved along the nonlinear flow."""
    block = field.copy()
    PowerPhase(power).kernel(tau, scale)(block, BLOCK)
    return block


@POWERS
@pytest.mark.parametrize("tau", [0.3, -0.7, 1e-6])
def test_the_phase_flow_is_exact(tau: float, power: float) -> None:
    """u·e^{iτ|u|^p}, to the rounding of the angle."""
    field = random_field((16, 45), seed=1)
    field /= np.maximum(1.0, np.abs(field) / 10)
    wide = field.astype(np.clongdouble)
    rate = (wide.real**2 + wide.imag**2) ** np.longdouble(power / 2)
    expected = 0.125 * wide * np.exp(1j * np.longdouble(tau) * rate)
    error = np.abs(rotated(field, tau, 0.125, power) - expected)
    assert (error <= 0.125 * np.abs(field) * 6e-16 * (1 + abs(tau) * rate)).all()


@POWERS
def test_the_phase_flow_keeps_the_modulus_and_returns(power: float) -> None:
    """|u| changes by rounding only, and time -τ leads back."""
    field = np.random.default_rng(2).standard_normal((16, 90)).view(np.complex128)
    moved = rotated(field, 0.9, 1.0, power)
    assert (np.abs(np.abs(moved) - np.abs(field)) <= 5e-16 * np.abs(field)).all()
    back = rotated(moved, -0.9, 1.0, power)
    assert (np.abs(back - field) <= 2e-15 * np.abs(field) * (1 + np.abs(field) ** power)).all()


@POWERS
def test_the_phase_flow_has_the_same_bits_wherever_a_point_is(power: float) -> None:
    """Columns and rows of a block may be shifted."""
    field = random_field((16, 37), seed=3) * 1e-2
    expected = rotated(field, 0.4, 0.3, power)
    for rows, columns in ((1, 0), (0, 1), (5, 30)):
        shifted = np.roll(field, (rows, columns), axis=(0, 1))
        assert digest(rotated(shifted, 0.4, 0.3, power)) == digest(np.roll(expected, (rows, columns), axis=(0, 1)))


@POWERS
def test_zero_stays_zero(power: float) -> None:
    """Rows of a block that hold no line are zero, and must not become NaN."""
    assert not rotated(np.zeros((16, 5), dtype=complex), 0.4, 0.3, power).any()


def test_the_largest_density_is_seen_on_the_way() -> None:
    """Ahead of the rotation, beside what was found before; in every place of a block."""
    field = np.full((3, 7), 0.5 + 0.5j)
    for place in np.ndindex(field.shape):
        block, peak = field.copy(), np.array([0.25])
        block[place] = 3 - 4j
        PowerPhase(2).kernel(0.1, 0.125, peak)(block, BLOCK)
        assert peak[0] == 25.0
    for start, largest in ((0.0, 0.5), (0.75, 0.75)):
        peak = np.array([start])
        PowerPhase(2).kernel(0.1, 0.125, peak)(field.copy(), BLOCK)
        assert peak[0] == largest


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e200])
def test_a_largest_density_that_is_no_number_stays_so(bad: float) -> None:
    """NaN or infinity in any place, or from an earlier block, is not passed over."""
    for place in np.ndindex(3, 7):
        block, peak = np.full((3, 7), 0.5 + 0.5j), np.array([4.0])
        block[place] = complex(0.0, bad)
        with np.errstate(all="ignore"):
            PowerPhase(4).kernel(0.1, 0.125, peak)(block, BLOCK)
        assert not math.isfinite(peak[0])
        PowerPhase(4).kernel(0.1, 0.125, peak)(np.ones((3, 7), dtype=complex), BLOCK)
        assert not math.isfinite(peak[0])


def spreading_gaussian(domain: FourierDomain | LineDomain, time: float) -> NDArray[np.complex128]:
    """exp(-|x-c|²/(2w²)) and its periodic images, moved along i u_t + Δu = 0: w² becomes w² + 2it."""
    solution = np.ones((), dtype=complex)
    for axis, (center, width) in enumerate(((0.5, 0.9), (-0.3, 1.1), (0.2, 1.0), (0.0, 0.8))[: domain.dimension]):
        spread = width**2 + 2j * time
        images = domain.length[axis] * np.arange(-8, 9)[:, None]
        x = (np.arange(domain.points[axis]) - domain.points[axis] / 2) * domain.spacing[axis]
        line = np.sqrt(width**2 / spread) * np.exp(-((x - center - images) ** 2) / (2 * spread)).sum(axis=0)
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


def drifted(domain: LineDomain, values: NDArray[np.complex128], time: float) -> NDArray[np.complex128]:
    """A field in the order of x, moved along the linear flow of the line."""
    coefficients = domain.forward(local_part(domain.layouts[0], folded(domain, values)))
    kernel = FreeSchroedingerLine(domain).kernel(time, 1.0)
    # Columns as they are, without the transforms and twiddles of the line's own sweep.
    Sweep.of(domain.layouts[1], 0)(coefficients, coefficients, None, kernel, None)
    return unfolded(gather_field(domain.layouts[0], domain.backward(coefficients)))


@pytest.mark.mpi
@pytest.mark.parametrize(("n", "extent"), [(250, 20.0), (243, 20.0), (151, 12.0), (3000, 20.0)])
def test_a_gaussian_spreads_on_the_line(comm: Intracomm, n: int, extent: float) -> None:
    """Forward and backward in time, images included, to rounding; also on lines that do not fold."""
    domain = LineDomain(comm, (n,), (extent,))
    for time in (0.2, -0.35, 3.0):
        found = drifted(domain, spreading_gaussian(domain, 0.0), time)
        assert np.abs(found - spreading_gaussian(domain, time)).max() <= 2e-14


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


def exact_phases(tau: float, extent: float, harmonics: NDArray[np.float64]) -> NDArray[np.complex128]:
    """e^{-iτk²}, k = 2πm/L, from the double τ·2π/L² that stands for the turns of m = 1."""
    turns = -tau * (2 * math.pi / extent**2)
    with mpmath.workprec(200):
        phases = [mpmath.expjpi(2 * mpmath.mpf(turns) * mpmath.mpf(m) ** 2) for m in harmonics.tolist()]
    return np.array([complex(phase) for phase in phases])


HIGHEST = 2.0**30


@pytest.mark.mpi
@pytest.mark.parametrize("n", [3000, 243])
def test_the_highest_harmonics_of_a_line_turn_exactly(comm: Intracomm, n: int) -> None:
    """τk² far beyond 2^30: every coefficient is multiplied by scale·e^{-iτk²} to 2.5 units of rounding."""
    tau, extent = 0.0123, 1e-4
    domain = LineDomain(comm, (n,), (extent,))
    ones = local_part(domain.layouts[1], np.ones(domain.shape, dtype=complex))
    kernel = FreeSchroedingerLine(domain).kernel(tau, 0.5)
    Sweep.of(domain.layouts[1], 0)(ones, ones, None, kernel, None)
    harmonics = np.asarray(np.fft.fftfreq(n, 1 / n).round(), dtype=np.float64)
    assert tau * (2 * np.pi / extent * harmonics.max()) ** 2 > 100 * HIGHEST
    error = gather_field(domain.layouts[1], ones).reshape(-1) - 0.5 * exact_phases(tau, extent, harmonics)
    assert max(np.abs(error.real).max(), np.abs(error.imag).max()) <= 0.5 * 2.5 * 2.0**-52


@pytest.mark.mpi
def test_the_highest_harmonics_of_a_plane_turn_exactly(comm: Intracomm) -> None:
    """The same for the product of two factors."""
    tau, extents = 0.0123, (1e-4, 3e-4)
    domain = FourierDomain(comm, (21, 250), extents)
    ones = local_part(domain.layouts[1], np.ones(domain.shape, dtype=complex))
    Sweep.of(domain.layouts[1], 0)(ones, ones, None, FreeSchroedinger(domain, 0).kernel(tau, 0.5), None)
    factors = [exact_phases(tau, extents[a], domain.harmonics(a)) for a in (0, 1)]
    assert tau * domain.wavenumbers(1).max() ** 2 > 10 * HIGHEST
    error = gather_field(domain.layouts[1], ones) - 0.5 * np.multiply.outer(*factors)
    assert max(np.abs(error.real).max(), np.abs(error.imag).max()) <= 0.5 * 6 * 2.0**-52


def test_one_number_turns_as_many_do() -> None:
    """The bits of a kernel of one's own are those of the package's."""
    chance = np.random.default_rng(3)
    block = chance.normal(size=(1, 64)) + 1j * chance.normal(size=(1, 64))
    angles = 3.0 * chance.normal(size=64)
    one_by_one = [turned(u, angle, 0.25) for u, angle in zip(block[0].tolist(), angles.tolist(), strict=True)]
    rotate_by(block, angles.reshape(1, 64), 1.0, 0.25)
    assert digest(np.array(one_by_one)) == digest(block[0])
