"""Steps in the equation: agreement with numpy, return in time, rest between the steps, differences of states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from parallel_nls.profiles.gaussian import Gaussian
from tests.integrators.problems import made, relative_error, squares_of_wavenumbers, started, step_by_numpy, whole
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from tests.one_rank import OneRank

pytestmark = pytest.mark.mpi

EACH_SCHEME = pytest.mark.parametrize("scheme", SCHEMES)
# Planes and lines, even and odd, 251 is prime: one row.
BOXES = pytest.mark.parametrize("points", [(30, 36), (27, 30), (250,), (243,)])
# Without a symmetry, so that nothing can be mistaken for its mirror image.
TILTED = {1: Gaussian(1.1, 1.1, (0.6,), 0.3), 2: Gaussian(1.4, 1.1, (0.6, -0.4), 0.3)}


@EACH_SCHEME
@pytest.mark.parametrize(("points", "power"), [((30, 36), 2), ((27, 30), 2.5), ((250,), 4), ((243,), 2.5), ((251,), 4)])
@pytest.mark.ranks(1, 3)
def test_steps_agree_with_numpy(comm: Intracomm, scheme: str, points: tuple[int, ...], power: float) -> None:
    """Three steps of different size, one of them backward, to rounding."""
    domain = made(comm, points)
    integrator, state = started(domain, scheme, TILTED[len(points)], power=power)
    expected = whole(integrator, state)
    for step in (0.05, 0.03, -0.02):
        integrator.advance(state, step)
        expected = step_by_numpy(domain, SCHEMES[scheme], expected, step, power)
    assert relative_error(whole(integrator, state), expected) <= 2e-15 * (1 + SCHEMES[scheme].pairs)


@EACH_SCHEME
@pytest.mark.parametrize("points", [(64, 60), (45, 64), (250,), (243,), (251,)])
@pytest.mark.ranks(1, 2)
def test_it_returns_in_time(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Steps forward, then as many backward, however coarse: the schemes are their own mirror images."""
    integrator, state = started(made(comm, points), scheme)
    initial = whole(integrator, state)
    for step in (0.05, -0.05):
        moved = whole(integrator, state)
        for _ in range(8):
            integrator.advance(state, step)
    assert np.abs(moved - initial).max() > 0.1
    assert relative_error(whole(integrator, state), initial) <= 1e-13 + 1e-15 * 16 * SCHEMES[scheme].pairs


def test_a_state_at_rest_is_the_field(comm: Intracomm) -> None:
    """The field that was put in comes out, and its half-transformed form is what the docstring says."""
    for points, height in (((30, 36), 1.5), ((250,), 1.1)):
        domain = made(comm, points)
        integrator, state = started(domain, "strang")
        x = [(np.arange(n) - n / 2) * h for n, h in zip(points, domain.spacing, strict=True)]
        squares = x[0] ** 2 if len(points) == 1 else x[0][:, None] ** 2 + x[1] ** 2
        assert np.abs(whole(integrator, state) - height * np.exp(-squares / 2)).max() <= 2e-15
        field = gather_field(domain.layouts[0], integrator.physical(state))
        half = gather_field(domain.layouts[0], state.field)
        assert np.abs(half - np.fft.fft(field, axis=1, norm="forward")).max() <= 1e-15
        assert (state.ticks, state.steps, state.pending) == (0, 0, 0.0)


@EACH_SCHEME
@BOXES
@pytest.mark.ranks(1, 2)
def test_looking_changes_no_bit_of_the_state(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """The last flow of a step stays pending; completing it, for a field or a sample, happens on a copy."""
    integrator, state = started(made(comm, points), scheme)
    other, unseen = started(made(comm, points), scheme)
    sampler = Sampler.of_field(integrator, TILTED[len(points)])
    for _ in range(3):
        integrator.advance(state, 0.01)
        other.advance(unseen, 0.01)
        first = digest(integrator.physical(state))
        sample = sampler.measure(state, 0.0)
        assert digest(integrator.physical(state)) == first
        assert repr(sampler.measure(state, 0.0)) == repr(sample)
        assert digest(state.field) == digest(unseen.field)
        assert state.pending == unseen.pending == SCHEMES[scheme].stages[-1] * 0.01
        assert (state.ticks, state.steps) == (0, 0)


@EACH_SCHEME
@pytest.mark.parametrize("points", [(48, 50), (243,)])
@pytest.mark.ranks(1, 2)
def test_mass_is_kept_to_rounding(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """At most 1e-15 a pair, on a coarse step too."""
    integrator, state = started(made(comm, points), scheme)
    masses = []
    for _ in range(2):
        masses.append(np.sum(np.abs(whole(integrator, state)) ** 2))
        for _ in range(10):
            integrator.advance(state, 0.02)
    assert abs(masses[1] / masses[0] - 1) <= 1e-15 * 10 * SCHEMES[scheme].pairs


@EACH_SCHEME
@pytest.mark.parametrize(("points", "power"), [((27, 30), 2), ((250,), 4), ((45,), 2.5), ((7, 40), 2.5)])
@pytest.mark.ranks(2, 3, 4)
def test_steps_have_the_same_bits_on_any_number_of_ranks(
    one_rank: OneRank, scheme: str, points: tuple[int, ...], power: float
) -> None:
    """In double and single precision."""

    def bits(comm: Intracomm) -> list[str]:
        """Of the resting state and the field, after two steps."""
        digests = []
        for dtype in (np.complex128, np.complex64):
            integrator, state = started(made(comm, points, dtype=dtype), scheme, power=power)
            for _ in range(2):
                integrator.advance(state, 0.03)
            rest = gather_field(integrator.domain.layouts[0], state.field)
            digests.append(digest(rest, whole(integrator, state)))
        return digests

    assert one_rank.agrees(bits)


@EACH_SCHEME
@BOXES
@pytest.mark.ranks(1, 3)
def test_the_largest_density_ahead_of_the_first_kick(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Of the state itself, or behind the linear flow that a scheme begins with; larger ones before are kept."""
    domain = made(comm, points)
    integrator, state = started(domain, scheme)
    drift = SCHEMES[scheme].stages[0] * 0.1 if SCHEMES[scheme].drift_first else 0.0
    for _ in range(3):
        phases = np.exp(-1j * drift * squares_of_wavenumbers(domain))
        expected = np.abs(np.fft.ifftn(phases * np.fft.fftn(whole(integrator, state)))).max() ** 2
        peak = np.zeros(1)
        integrator.advance(state, 0.1, peak)
        comm.Allreduce(MPI.IN_PLACE, peak, MPI.MAX)
        assert peak[0] == pytest.approx(expected, rel=1e-14)
    peak[0] = 100.0
    integrator.advance(state, 0.1, peak)
    assert peak[0] == 100.0


@EACH_SCHEME
@BOXES
@pytest.mark.ranks(1, 3)
def test_the_difference_of_two_states(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Σ|u|² and Σ|u − v|² of one step against two halves, whatever is pending in either; the first state is kept."""
    domain = made(comm, points)
    integrator, state = started(domain, scheme)
    integrator.advance(state, 0.2)
    other = state.copied()
    for part in (0.1, 0.1):
        integrator.advance(state, part)
    integrator.advance(other, 0.2)
    u, v, kept = whole(integrator, state), whole(integrator, other), digest(state.field)
    table = integrator.difference(state, other)
    (sums,) = Reducer(comm, [(domain.layouts[0], 1)]).gather([table])
    assert ordered_sum(sums[0]) == pytest.approx(np.sum(np.abs(u) ** 2), rel=1e-14)
    assert np.sqrt(ordered_sum(sums[1])) == pytest.approx(np.linalg.norm(u - v), rel=0, abs=1e-14)
    assert np.linalg.norm(u - v) >= 1e-9
    assert digest(state.field) == kept
