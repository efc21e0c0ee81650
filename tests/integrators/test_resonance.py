"""Step-size resonance: theory against tables, traces and measured growth; what grids hold, and tolerances do."""

from __future__ import annotations

from math import exp, log, pi
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.equations import NLS, DefocusingNLS, GrossPitaevskii, SplitEquation
from parallel_nls.integrators.compositions import SCHEMES, composition
from parallel_nls.integrators.controlled_steps import FieldSteps
from parallel_nls.integrators.grid_resonances import (
    BackgroundCoupling,
    CouplingGauge,
    GridResonances,
    highest_content,
)
from parallel_nls.integrators.resonance import growth_rate, kick_positions, strength
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.schedules import TICKS
from tests.integrators.controlled import controlled
from tests.integrators.problems import made, whole
from tests.support import digest, local_part

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain, Equation, State
    from tests.one_rank import OneRank

# c_m for m = 1 … 8, and the largest up to m = 64.
STRENGTHS = {
    "strang": ([1, 1, 1, 1, 1, 1, 1, 1], 1),
    "suzuki4": ([0.414, 0.942, 0.691, 0.059, 1.010, 0.652, 1.010, 0.245], 1.011),
    "blanes-moan-prk4": ([0.040, 0.204, 0.531, 0.939, 0.345, 0.649, 0.776, 0.622], 1.42),
    "blanes-moan-rkn4": ([0.024, 0.482, 0.051, 1.136, 0.164, 0.558, 0.191, 1.031], 1.136),
    "blanes-moan-rkn6": ([0.0007, 0.032, 0.054, 0.588, 0.043, 0.249, 0.530, 0.676], 0.965),
    "kahan-li6": ([0.023, 0.560, 0.326, 1.847, 0.041, 1.004, 0.638, 0.682], 2.47),
    "kahan-li8": ([0.0013, 0.140, 0.632, 0.193, 0.872, 0.382, 0.493, 2.360], 2.36),
}
HEIGHT = 0.9


@pytest.mark.parametrize("name", SCHEMES)
def test_the_strengths(name: str) -> None:
    """As they were computed independently; and positions of kicks within a step, symmetric."""
    scheme, (first, largest) = SCHEMES[name], STRENGTHS[name]
    np.testing.assert_allclose(strength(scheme, np.arange(1, 9)), np.array(first), atol=6e-4)
    assert strength(scheme, np.arange(1, 65)).max() == pytest.approx(largest, abs=6e-3)
    positions = kick_positions(scheme)
    assert len(positions) == len(scheme.kicks)
    np.testing.assert_allclose(np.add(positions, positions[::-1]), 1, atol=1e-14)


@pytest.mark.parametrize("name", SCHEMES)
def test_the_trace_has_the_rate_of_first_order(name: str) -> None:
    """At the center of a resonance |B|·c_m up to terms of order h; off it √(g² − δ²); between them nothing grows."""
    scheme, coupling = SCHEMES[name], 1.0
    number = 1 + int(np.argmax(strength(scheme, np.arange(1, 9))))
    expected, errors = coupling * float(strength(scheme, number)), []
    for step in (0.02, 0.01):
        detuning = np.linspace(-2, 2, 801) * expected
        rates = growth_rate(scheme, step, number * pi / step + coupling + detuning, coupling)
        errors.append(abs(rates.max() - expected))
        # The area under √(g² − δ²), since where the center lies is shifted by terms of order h, too.
        assert np.sum(rates) * (detuning[1] - detuning[0]) == pytest.approx(pi / 2 * expected**2, rel=2 * step)
        assert growth_rate(scheme, step, (number + 0.5) * pi / step, coupling) == 0
    assert errors[1] < 0.005 * expected
    assert errors[1] < 0.6 * errors[0] + 1e-12


def standing_wave(domain: Domain, number: int) -> NDArray[np.complex128]:
    """A plane wave that rests, and waves e^{±ikx} of 1e-8 on top of it."""
    grids = np.meshgrid(*(np.arange(n) / n for n in domain.points), indexing="ij")
    small = 1e-8 * np.exp(0.3j) * np.cos(2 * pi * number * grids[0])
    field: NDArray[np.complex128] = HEIGHT + small
    return field


def content_of(integrator: SplitStep, state: State, number: int) -> float:
    """|û| of these waves."""
    spectrum = np.fft.fftn(whole(integrator, state)) / np.prod(integrator.domain.points)
    place = (number, *(0 for _ in integrator.domain.points[1:]))
    return float(abs(spectrum[place]))


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
@pytest.mark.parametrize("points", [(64,), (64, 6)])
@pytest.mark.parametrize(("name", "m"), [("strang", 1), ("blanes-moan-rkn4", 2), ("kahan-li6", 4)])
def test_waves_grow_as_predicted(comm: Intracomm, points: tuple[int, ...], name: str, m: int) -> None:
    """Measured against the trace, within a percent, for the critical power of each dimension."""
    domain = made(comm, points, 2 * pi)
    power, number = 4 / len(points), 24
    scheme, coupling = composition(name), 0.5 * (4 / len(points)) * HEIGHT ** (4 / len(points))
    step = m * pi / (number**2 - coupling)
    rate = float(growth_rate(scheme, step, float(number**2), coupling))
    assert rate == pytest.approx(coupling * float(strength(scheme, m)), rel=0.02)
    integrator = SplitStep(NLS(domain, power), scheme)
    field = standing_wave(domain, number)
    natural = field if len(points) == 2 else field.reshape(domain.shape[1], domain.shape[0]).T
    integrator.spare[...] = local_part(domain.layouts[0], natural)
    state = integrator.start()
    steps, contents = max(round(2 / (rate * step)), 20), []
    # Over the first of them what does not grow dies away.
    for _ in range(2):
        for _ in range(steps):
            integrator.advance(state, step)
        contents.append(content_of(integrator, state, number))
    assert contents[1] / contents[0] == pytest.approx(exp(rate * steps * step), rel=0.01 * rate * steps * step)


def test_between_resonances_nothing_grows() -> None:
    """The same waves at a step half way to the next resonance."""
    domain = made(MPI.COMM_SELF, (64, 6), 2 * pi)
    integrator = SplitStep(NLS(domain), composition("strang"))
    integrator.spare[...] = standing_wave(domain, 24)
    state, step = integrator.start(), 1.5 * pi / 24**2
    contents = []
    for _ in range(40):
        for _ in range(10):
            integrator.advance(state, step)
        contents.append(content_of(integrator, state, 24))
    assert max(contents) < 3e-8


class Cubic(SplitEquation):
    """The cubic equation by its functions."""

    name = "cubic"

    def phase_rate(self, square: NDArray[np.float64], *_: NDArray[np.float64]) -> NDArray[np.float64]:
        """|u|²."""
        return square

    def potential(self, square: NDArray[np.float64], *_: NDArray[np.float64]) -> NDArray[np.float64]:
        """−|u|⁴/4."""
        return -0.25 * square * square


def coupling_of(equation: Equation, height: complex) -> BackgroundCoupling:
    """Of a plane wave."""
    integrator = SplitStep(equation, composition("strang"))
    integrator.spare[...] = height
    gauge = CouplingGauge(equation)
    table = gauge.empty_table()
    integrator.completed(integrator.start()).visit(gauge.filling(table))
    return gauge.merged(table)


@pytest.mark.mpi
def test_the_coupling_of_plane_waves(comm: Intracomm) -> None:
    """(p/2+1)|u|^p, (p/2)|u|^p whatever the phase, and twice that; minus the mean of the trap; from functions alone."""
    height = HEIGHT * np.exp(0.7j)
    for points in ((60,), (10, 12)):
        domain = made(comm, points, 5.0)
        for power in (1.0, 2.0, 3.5):
            rate = HEIGHT**power
            expected = (power / 2 + 1) * rate, power / 2 * rate, power * rate
            for equation, sign in ((NLS(domain, power), 1), (DefocusingNLS(domain, power), -1)):
                found = coupling_of(equation, height)
                assert (sign * found.shift, found.strength, found.reach) == pytest.approx(expected, rel=1e-14)
            trapped = coupling_of(GrossPitaevskii(domain, power, trap=0.5), height)
            # The mean of x² over the points of a box is L²/12 + dx²/6.
            mean = sum(5.0**2 / 12 + (5.0 / n) ** 2 / 6 for n in points)
            assert trapped.shift == pytest.approx(expected[0] - 0.25 * mean, rel=1e-9)
            assert (trapped.strength, trapped.reach) == pytest.approx(expected[1:], rel=1e-9)
        found = coupling_of(Cubic(domain), height)
        expected = 2 * HEIGHT**2, HEIGHT**2, 2 * HEIGHT**2
        assert (found.shift, found.strength, found.reach) == pytest.approx(expected, rel=1e-9)


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_its_bits_do_not_depend_on_the_ranks(one_rank: OneRank) -> None:
    """Of a Gaussian, with the content of its highest waves."""

    def bits(comm: Intracomm) -> list[str]:
        """On a line and in the plane."""
        found = []
        for points in ((250,), (24, 20)):
            run = controlled(made(comm, points, 12.0), "strang", 1e-6, 0.1)
            completed = run.integrator.completed(run.state)
            gauge = CouplingGauge(run.integrator.equation)
            table = gauge.empty_table()
            content = highest_content(run.integrator.equation, completed, run.integrator.spare, gauge.filling(table))
            numbers = gauge.merged(table)
            assert 0 < content < 1
            found.append(digest(np.array([numbers.shift, numbers.strength, numbers.reach, content])))
        return found

    assert one_rank.agrees(bits)


def test_what_a_grid_holds() -> None:
    """Of the soliton √2 sech x on 2048 points of a box of 40: the resonances that its waves meet, and the safe step."""
    domain = made(MPI.COMM_SELF, (2048,), 40.0)
    equation, scheme = NLS(domain, 2.0), composition("blanes-moan-rkn4")
    resonances = GridResonances(domain, equation, scheme)
    largest = (pi * 2048 / 40) ** 2
    assert resonances.safe_step == pytest.approx(pi / largest, rel=1e-14)
    assert resonances.count(0.02) == 164
    coupling = BackgroundCoupling(shift=0.2, strength=0.1, reach=4.0)
    rate, number = resonances.worst(0.02, coupling)
    assert rate == pytest.approx(0.1 * float(strength(scheme, number)), rel=1e-14)
    frequencies = (2 * pi / 40 * np.arange(1025)) ** 2
    met = [m for m in range(1, 166) if np.any(np.abs(frequencies - m * pi / 0.02 - 0.2) <= 4.0)]
    assert 35 in met
    assert number == max(met, key=lambda m: float(strength(scheme, m)))
    assert resonances.worst(0.02, BackgroundCoupling(0.2, 0.1, 1e-9)) == (0.0, 0)
    assert resonances.worst(0.9 * resonances.safe_step, BackgroundCoupling(0.2, 0.1, 4.0)) == (0.0, 0)
    assert resonances.worst(-0.02, coupling) == (rate, number)


def test_the_waves_of_a_plane() -> None:
    """Both axes count, with their own lengths."""
    domain = made(MPI.COMM_SELF, (8, 12), 2 * pi)
    resonances = GridResonances(domain, NLS(domain), composition("strang"))
    assert resonances.largest == pytest.approx(16 + 36, rel=1e-14)
    # 5² + 2² = 29, which no axis has alone.
    assert resonances.worst(pi / 29, BackgroundCoupling(0.0, 1.0, 1e-6)) == (1.0, 1)
    assert resonances.worst(pi / 28.5, BackgroundCoupling(0.0, 1.0, 1e-6)) == (0.0, 0)


def calm(_: GridResonances, step: float, coupling: BackgroundCoupling) -> tuple[float, int]:
    """As if there were no resonance."""
    assert step != 0
    assert coupling.strength >= 0
    return 0.0, 0


def largest_growth(domain: Domain, tolerance: float) -> tuple[float, float]:
    """The largest high wave on a plane wave that is stable, at the end, and the logarithm of the gain foreseen."""
    integrator = SplitStep(DefocusingNLS(domain, 2.0), composition("blanes-moan-rkn4"))
    grids = np.meshgrid(*(np.arange(n) / n for n in domain.points), indexing="ij")
    natural = np.full(domain.points, HEIGHT)
    for k in range(1, 16):
        natural += 1e-10 * np.cos(2 * pi * k * grids[0] + 1.7 * k * k)
    integrator.spare[...] = natural if domain.dimension == 2 else natural.reshape(domain.shape[1], domain.shape[0]).T
    control, state = StepControl(FieldSteps(integrator), 0.5, tolerance), integrator.start()
    while state.ticks < 50 * TICKS:
        assert control.advance(state) is None
    spectrum = np.abs(np.fft.fftn(whole(integrator, state))) / np.prod(domain.points) / HEIGHT
    return float(spectrum[4:-3].max()), state.control.growth


@pytest.mark.parametrize("points", [(32,), (32, 4)])
def test_a_tolerance_bounds_the_growth(points: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """High waves of 1e-10 on a stable plane wave stay below the tolerance; without the bound they pass it by far."""
    domain = made(MPI.COMM_SELF, points, 2 * pi)
    content, growth = largest_growth(domain, 1e-7)
    assert 1e-10 < content < 1e-7
    # cos is two waves of half its height.
    assert growth <= log(1e-7 / (0.5e-10 / HEIGHT))
    monkeypatch.setattr(GridResonances, "worst", calm)
    monkeypatch.setattr(FieldSteps, "unfollowed", lambda *_: 0.0)
    assert largest_growth(domain, 1e-7)[0] > 1e-5


@pytest.mark.parametrize("points", [(256,), (48, 48)])
def test_a_wave_that_does_not_fill_the_box_is_not_slowed_down(
    points: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps of a Gaussian are those of a control that knows no resonance."""
    found = []
    for patched in (False, True):
        if patched:
            monkeypatch.setattr(GridResonances, "worst", calm)
        run = controlled(made(MPI.COMM_SELF, points), "blanes-moan-rkn4", 1e-8, 0.5)
        run.to_frame(2)
        found.append((run.levels, digest(whole(run.integrator, run.state))))
    assert found[0] == found[1]
