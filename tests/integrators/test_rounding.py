"""Rounding with a fixed sign is taken out: mass a pair, an exact solution, bits, and what must not be mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpi4py import MPI
from mpi4py.MPI import Intracomm
from numpy.typing import NDArray

from parallel_nls.config import load_configuration
from parallel_nls.contracts import State
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators import rounding, split_step
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.numerics.trigonometry import cosine_less_one, remainder, scaled_turn, shifted_quarters, sine
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.sweeps import Block, BlockKernel
from tests.integrators.controlled import controlled
from tests.integrators.problems import made, relative_error, two_solitons
from tests.one_rank import OneRank
from tests.spectral.folding import folded, unfolded
from tests.support import digest, gather_field

Array = NDArray[np.complex128]
A_PAIR = 2e-17  # of the mass
STEPS = 22  # of the default scheme: 132 pairs, twice what rounding is due after
LINES = [(1000,), (1024,), (2000,), (2048,)]
SIZES = [*LINES, (240, 240), (256, 256)]
LARGE = [(480, 480), (512, 512)]


def noise(shape: Sequence[int]) -> Array:
    """All waves, all places."""
    chance = np.random.default_rng(3)
    return np.asarray(0.3 * (chance.standard_normal(shape) + 1j * chance.standard_normal(shape)), dtype=complex)


def bump(shape: Sequence[int]) -> Array:
    """Smooth, and small at the ends of the array."""
    places = [10 * (np.arange(n) / n - 0.5) for n in shape]
    x, y = np.meshgrid(*places, indexing="ij")
    return np.asarray(np.exp(-(x**2) - y**2 + 2j * x))


def wave(shape: Sequence[int]) -> Array:
    """Of one modulus: all phases are rounded alike."""
    return np.full(shape, 0.8 + 0j)


def mass_of(state: State) -> np.longdouble:
    """Σ|u|² in more digits."""
    field = state.field.astype(np.clongdouble)
    return np.longdouble(np.sum(field.real**2 + field.imag**2))


def drift_a_pair(
    points: Sequence[int], field: Callable[[Sequence[int]], Array], dtype: type = np.complex128, held: bool = True
) -> float:
    """Relative change of the mass over a run, a pair."""
    equation = NLS(made(MPI.COMM_SELF, points, dtype=dtype), 2.0)
    if not held:
        equation.__dict__["conserved"] = ("energy",)
    integrator = SplitStep(equation, composition("blanes-moan-rkn4"))
    integrator.spare[...] = field(integrator.spare.shape)
    state = integrator.start()
    before = mass_of(state)
    for _ in range(STEPS):
        integrator.advance(state, 1e-3)
    assert state.control.unmended == 0
    return abs(float(mass_of(state) / before - 1)) / integrator.pairs


@pytest.mark.parametrize(
    ("points", "field"),
    [*((points, field) for points in SIZES for field in (noise, bump, wave)), *((points, noise) for points in LARGE)],
)
def test_the_mass_does_not_drift(points: Sequence[int], field: Callable[[Sequence[int]], Array]) -> None:
    """By rounding constants, normalisations or phases: over thousands of pairs it is 2e-18 at most."""
    assert drift_a_pair(points, field) <= A_PAIR


@pytest.mark.parametrize("points", [*LINES, (256, 256), (320, 320), (512, 512)])
def test_what_transforms_add_is_known(points: Sequence[int]) -> None:
    """Without the mass being held: gains, normalisations and twiddles alone keep it."""
    assert drift_a_pair(points, noise, held=False) <= A_PAIR


@pytest.mark.parametrize("points", SIZES)
def test_the_bound_can_fail(points: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the corrections off."""
    monkeypatch.setattr(rounding.RoundingCorrection, "mend", lambda *_: None)
    monkeypatch.setattr(rounding.RoundingCorrection, "hold_mass", lambda *_: None)
    monkeypatch.setattr(rounding.RoundingCorrection, "on_values", lambda _self, kernel, _pairs: kernel)
    monkeypatch.setattr(rounding.RoundingCorrection, "on_coefficients", lambda _self, kernel, _pairs: kernel)
    monkeypatch.setattr(rounding, "balanced_factors", lambda rows, columns: (1 / rows, 1 / columns))
    assert drift_a_pair(points, noise) >= 4 * A_PAIR


@pytest.mark.parametrize("points", [(1000,), (2048,), (48, 50)])
def test_single_precision_is_mended_too(points: Sequence[int]) -> None:
    """5e8 times as coarse: 4e-8 to 1e-7 a pair without, 1e-10 with it."""
    assert drift_a_pair(points, noise, np.complex64) <= A_PAIR * 2.0**29


# Two solitons that collide: k and s of `two_solitons`.
WAVES, SHIFTS = (1 + 1j, 1.3 - 0.75j), (8.0, -10.4)


def soliton_error(steps: int) -> float:
    """Relative error at t = 1 on 1024 points."""
    domain = LineDomain(MPI.COMM_SELF, (1024,), (80.0,))
    integrator = SplitStep(NLS(domain, 2.0), composition("blanes-moan-rkn6"))
    x = 80.0 * np.arange(1024) / 1024 - 40.0
    integrator.spare[...] = folded(domain, two_solitons(x, 0.0, WAVES, SHIFTS))
    state = integrator.start()
    for _ in range(steps):
        integrator.advance(state, 1.0 / steps)
    return relative_error(unfolded(integrator.physical(state)), two_solitons(x, 1.0, WAVES, SHIFTS))


def test_two_solitons_at_many_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """8800 pairs: 8e-14; without the corrections several times that."""
    assert soliton_error(800) <= 1.5e-13
    monkeypatch.setattr(split_step, "CADENCE", 10**9)
    assert soliton_error(800) >= 4e-13


def test_back_in_time_is_the_start() -> None:
    """To the rounding of 792 pairs, which is mended on both ways: 3.5e-14."""
    integrator = SplitStep(NLS(made(MPI.COMM_SELF, (250,)), 2.0), composition("blanes-moan-rkn4"))
    integrator.spare[...] = bump(integrator.spare.shape)
    state = integrator.start()
    before = integrator.physical(state).copy()
    for step in (1e-3, -1e-3):
        for _ in range(3 * STEPS):
            integrator.advance(state, step)
    assert relative_error(integrator.physical(state), before) <= 4.5e-14


class _Gaining:
    """A kick that is not unitary."""

    def __init__(self, kick: object, gain: float) -> None:
        self.kick, self.gain = kick, gain

    def prepare(self, completed: object) -> None:
        """Nothing."""

    def kernel(self, tau: float, scale: float, peak: NDArray[np.float64] | None = None) -> BlockKernel:
        """The kick, and a gain."""
        kernel: BlockKernel = self.kick.kernel(tau, scale, peak)  # type: ignore[attr-defined]

        def act(block: Array, lines: Block) -> None:
            """Both."""
            kernel(block, lines)
            block *= 1 + self.gain

        return act


@pytest.mark.parametrize("gain", [1e-15, 1e-9, -1e-6])
def test_what_is_no_rounding_is_not_mended(gain: float) -> None:
    """A gain of more than a unit of rounding a pair stays, to its last digit, though the mass is said to be kept."""
    equation = NLS(made(MPI.COMM_SELF, (250,)), 2.0)
    equation.__dict__["kick"] = _Gaining(equation.kick, gain)
    integrator = SplitStep(equation, composition("blanes-moan-rkn4"))
    integrator.spare[...] = noise(integrator.spare.shape)
    state = integrator.start()
    before = mass_of(state)
    for _ in range(2 * STEPS):
        integrator.advance(state, 1e-3)
    made_of = np.longdouble(1 + gain) ** (2 * integrator.pairs)
    assert float(mass_of(state) / before / made_of - 1) == pytest.approx(0, abs=5e-14)


@pytest.mark.mpi
@pytest.mark.parametrize("points", [(1000,), (60, 50), (3, 40)])
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn6", "blanes-moan-prk4"])
@pytest.mark.ranks(2, 3, 4)
def test_the_same_bits_on_any_ranks(one_rank: OneRank, points: Sequence[int], scheme: str) -> None:
    """After rounding was taken out twice, the mass that is held included."""

    def bits(comm: Intracomm) -> tuple[object, ...]:
        """Of the state and what is known of its mass."""
        integrator = SplitStep(NLS(made(comm, points), 2.0), composition(scheme))
        rows = integrator.domain.layouts[0].local_region[0]
        integrator.spare[...] = noise(integrator.domain.shape)[rows] if integrator.spare.size else 0
        state = integrator.start()
        for _ in range(2 * STEPS):
            integrator.advance(state, 1e-3)
        rest = gather_field(integrator.domain.layouts[0], state.field)
        return digest(rest), state.control.mass, state.control.unmended

    assert one_rank.agrees(bits)


@pytest.mark.mpi
@pytest.mark.parametrize("left", [1, 21, 22, 30])
@pytest.mark.ranks(1, 3)
def test_a_state_goes_on_with_the_same_bits(comm: Intracomm, shared_path: Path, left: int) -> None:
    """Wherever it was stored: before, at, and after a correction."""
    changes = ["time.stop=-0.45", "grid.points=256", "time.step=0.001", "time.tolerance=off"]
    config = load_configuration("two_bubbles_1d", [*changes, "diagnostics.every=0.05", "output.fields_every=off"])
    simulation = Simulation(config, comm)
    for number in range(50):
        if number == left:
            simulation.save_state(shared_path / "state.h5")
        simulation.step()
    again = Simulation(config, comm, shared_path / "state.h5")
    for _ in range(50 - left):
        again.step()
    assert comm.allreduce(digest(simulation.state.field) == digest(again.state.field), MPI.LAND)
    assert simulation.state.control == again.state.control


def test_rounding_is_part_of_the_estimate() -> None:
    """0.1 units of rounding a pair."""
    controlled_run = controlled(made(MPI.COMM_SELF, (48, 48)), "blanes-moan-rkn4", 1e-6, 0.5)
    controlled_run.to_frame(1)
    memory, epsilon = controlled_run.state.control, float(np.finfo(float).eps)
    assert controlled_run.control.model.rounding == pytest.approx(0.1 * 6 * epsilon)
    assert controlled_run.control.model.expected(memory, 1e-4) - controlled_run.control.model.error(
        memory, 1e-4
    ) == pytest.approx(0.1 * 6 * epsilon, rel=0.1)


@pytest.mark.parametrize(("scheme", "tolerance"), [("blanes-moan-rkn4", 1e-14), ("strang", 1e-13)])
def test_a_tolerance_below_rounding_is_said(scheme: str, tolerance: float) -> None:
    """With the smallest that makes sense, which is not said of itself."""
    controlled_run = controlled(made(MPI.COMM_SELF, (48, 48)), scheme, tolerance, 0.25)
    controlled_run.advance()
    smallest = controlled_run.control.model.smallest_tolerance(controlled_run.state.control)
    assert 10 * tolerance < smallest < 1e-9
    assert f"here is about {smallest:.0e}" in str(controlled_run.control.doubt(controlled_run.state))
    other = controlled(made(MPI.COMM_SELF, (48, 48)), scheme, 2 * smallest, 0.25)
    other.advance()
    assert other.control.doubt(other.state) is None


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_run_says_it_once(comm: Intracomm, shared_path: Path) -> None:
    """In its log, after the first measurement; not where rounding is no matter."""
    for tolerance, times in (("1e-14", 1), ("1e-6", 0)):
        changes = ["grid.points=512", f"time.tolerance={tolerance}", "time.stop=-0.4999", "diagnostics.every=0.0001"]
        config = load_configuration("two_bubbles_1d", [*changes, "output.fields_every=off", "time.step=off"])
        run(config, comm, shared_path / tolerance, quiet=True)
        comm.Barrier()
        said = (shared_path / tolerance / "log.txt").read_text(encoding="utf-8")
        assert said.count("warning: rounding cannot keep time.tolerance = 1e-14") == times


def test_turns_by_small_angles_keep_the_modulus() -> None:
    """(sin, n, cos − n) to 3 units of the last place of each, which makes |e^{iθ}| right to θ² units of rounding."""
    chance = np.random.default_rng(5)
    angles = np.concatenate([chance.uniform(-0.1, 0.1, 300), chance.uniform(-40, 40, 300)])
    with mpmath.workprec(200):
        for angle in angles.tolist():
            shifted = shifted_quarters(angle)
            r = remainder(angle, shifted)
            s, whole, rest = scaled_turn(sine(r), cosine_less_one(r), shifted, 0.25)
            cosine = mpmath.cos(mpmath.mpf(angle)) / 4
            assert abs(s - mpmath.sin(mpmath.mpf(angle)) / 4) <= 3 * np.spacing(abs(s))
            assert whole in (0.25, 0.0, -0.25)
            assert abs(mpmath.mpf(whole) + mpmath.mpf(rest) - cosine) <= 3 * np.spacing(abs(rest))


@pytest.mark.parametrize("points", [1000, 2048])
def test_twiddles_know_their_moduli(points: int) -> None:
    """|w|² − 1 of the products that are applied, to 1e-18."""
    domain = LineDomain(MPI.COMM_SELF, (points,), (1.0,))
    twiddles = domain.sweeps[1][0].transform.twiddles
    assert twiddles is not None
    rows, columns = domain.shape
    # Of 1, the product is the rounded twiddle itself.
    block = np.full((columns, rows), 1 + 0j)
    twiddles.rotate(block, np.arange(columns), "forward")
    found = twiddles.gain(np.arange(rows)).T
    exact = (block.real.astype(np.longdouble) ** 2 + block.imag.astype(np.longdouble) ** 2) - 1
    assert np.abs(found - exact).max() <= 1e-18
    assert np.abs(found).max() >= 5e-17


def test_balanced_factors_make_one() -> None:
    """As exactly as two numbers can; powers of two are exact."""
    assert rounding.balanced_factors(32.0, 64.0) == (1 / 32, 1 / 64)
    first, second = rounding.balanced_factors(40.0, 25.0)
    with mpmath.workprec(200):
        assert abs(float(mpmath.mpf(first) * mpmath.mpf(second) * 1000 - 1)) <= 1e-17
