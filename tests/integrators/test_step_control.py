"""Step control on the Gaussian problem: global error, grid of time, rejection, bits, and reasons to stop."""

from __future__ import annotations

import math
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.contracts import StepMemory
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.integrators.error_model import STEPS_BETWEEN_CHECKS
from parallel_nls.schedules import TICKS
from tests.integrators.controlled import Run, controlled
from tests.integrators.problems import GAUSSIANS, made, relative_error, solution, whole
from tests.support import digest, gather_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from tests.one_rank import OneRank

PLANE = (48, 48)


@pytest.fixture(scope="module")
def reference() -> NDArray[np.complex128]:
    """The field of the problem at t = 1 to 2e-13."""
    return solution(made(MPI.COMM_SELF, PLANE), "kahan-li8", 120)


@pytest.mark.parametrize("tolerance", [1e-6, 1e-8, 1e-10, 1e-12])
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-rkn6", "kahan-li8", "blanes-moan-prk4"])
def test_the_global_error_follows_the_tolerance(
    reference: NDArray[np.complex128], scheme: str, tolerance: float
) -> None:
    """Between 1e-3 and 10 times tolerance·∫dt/λ²; the estimates of all steps add up to less than the tolerance."""
    run = controlled(made(MPI.COMM_SELF, PLANE), scheme, tolerance, 1.0)
    run.to_frame(1)
    allowed = tolerance * sum(run.rescaled)
    assert 1e-3 * allowed <= relative_error(whole(run.integrator, run.state), reference) <= 10 * allowed
    assert 1e-3 * allowed <= run.state.control.error_estimate <= allowed
    assert run.state.steps == sum(run.steps)
    assert sum(run.rescaled) == pytest.approx(0.389, rel=0.02)


@pytest.mark.parametrize("frame", [0.25, -0.25])
def test_every_step_begins_at_a_multiple_of_itself(frame: float) -> None:
    """Double steps too; so every frame ends with a step, and a state knows its time in ticks."""
    run = controlled(made(MPI.COMM_SELF, PLANE), "blanes-moan-rkn4", 1e-7, frame)
    for number in range(1, 5):
        run.to_frame(number)
        assert run.state.ticks == number * TICKS
    assert run.state.control.step_size == frame / 2 ** run.levels[-1]
    for attempt in run.integrator.attempts:
        length = attempt.step / frame * TICKS
        assert length == int(length)
        assert attempt.ticks % int(length) == 0
    assert len({attempt.step for attempt in run.integrator.attempts}) >= 3


def test_backward_retraces_the_way() -> None:
    """From the end of a run with the frame reversed, to the error of both ways."""
    run = controlled(made(MPI.COMM_SELF, PLANE), "blanes-moan-rkn6", 1e-9, 0.5)
    initial = whole(run.integrator, run.state)
    run.to_frame(1)
    moved = whole(run.integrator, run.state)
    run.control.frame = -0.5
    run.state.ticks, run.state.control = 0, StepMemory()
    run.to_frame(1)
    assert relative_error(moved, initial) > 0.1
    assert relative_error(whole(run.integrator, run.state), initial) <= 2 * 1e-9 * sum(run.rescaled)
    assert run.state.control.step_size < 0


def test_an_error_is_measured_every_so_many_steps() -> None:
    """And first of all: two steps beside a long one, which adds half to their cost."""
    run = controlled(made(MPI.COMM_SELF, PLANE), "blanes-moan-rkn4", 1e-9, 1.0)
    run.to_frame(1)
    assert run.steps[0] == 2
    measured = np.array(run.steps) > 1
    gaps = np.diff(np.flatnonzero(measured))
    # Twice as many behind one that found what was foreseen; a step more where the time is no multiple of the long step.
    assert {(gap - 1) // STEPS_BETWEEN_CHECKS for gap in gaps} == {1, 2}
    assert {(gap - 1) % STEPS_BETWEEN_CHECKS for gap in gaps} <= {0, 1}
    # Steps that were taken back cost three each, and are few.
    rejected = len(run.integrator.attempts) - run.state.steps - np.count_nonzero(measured)
    assert rejected in (0, 3, 6)


def test_rounding_is_taken_out_where_it_hides_the_error() -> None:
    """In single precision, with frames of one or two steps: not every step is measured, and the mass is put back."""
    run = controlled(made(MPI.COMM_SELF, (250,), dtype=np.complex64), "blanes-moan-rkn6", 1e-2, 0.02)
    before = np.linalg.norm(whole(run.integrator, run.state).astype(complex))
    run.to_frame(100)
    assert run.levels[-1] <= 1
    assert run.steps.count(2) < 0.2 * len(run.steps)
    # 10⁻⁷ of the mass are lost in each of 1100 pairs; 6·10⁻⁶ in the 64 that are not put back yet.
    assert np.linalg.norm(whole(run.integrator, run.state).astype(complex)) == pytest.approx(before, rel=1e-5)


@pytest.mark.mpi
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-prk4"])
@pytest.mark.parametrize("points", [(30, 36), (250,)])
@pytest.mark.ranks(1, 2)
def test_a_rejected_step_leaves_no_trace(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """What is known of the error is falsified: the too long steps are taken back bit for bit before the next try."""
    run = controlled(made(comm, points), scheme, 1e-8, 0.25)
    run.to_frame(1)
    memory = run.state.control
    memory.level, memory.constant, memory.doublings, memory.since_check = 0, -50.0, 1, memory.cadence
    before = run.state.copied()
    run.integrator.attempts.clear()
    assert run.advance() is None
    attempts, level = run.integrator.attempts, memory.level
    assert len(attempts) >= 6
    start = digest(before.field, np.array(before.pending))
    tries = [attempts[i : i + 3] for i in range(0, len(attempts), 3)]
    for double, first, second in tries:
        assert double.start == first.start == start
        assert double.ticks == first.ticks == TICKS
        assert double.step == 2 * first.step == 2 * second.step
    lengths = [double.step for double, _, _ in tries]
    assert lengths[0] == 0.25
    assert lengths == sorted(lengths, reverse=True)
    assert (run.state.steps, run.state.ticks) == (before.steps + 2, TICKS + 2 * (TICKS >> level))
    estimate = 2 * run.control.model.error(memory, run.sizes[-1])
    assert memory.error_estimate - before.control.error_estimate == pytest.approx(estimate, rel=0.1)
    for _ in range(2):
        run.integrator.advance(before, 0.25 / 2**level, mend=False)
    assert digest(before.field) == digest(run.state.field)
    assert before.pending == run.state.pending


def memory_bits(memory: StepMemory) -> bytes:
    """All that step control knows."""
    return np.array(astuple(memory), dtype=float).tobytes()


@pytest.mark.mpi
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn6", "blanes-moan-prk4"])
@pytest.mark.parametrize("points", [(40, 45), (243,), (3, 40)])
@pytest.mark.ranks(2, 3, 4)
def test_the_bits_do_not_depend_on_the_ranks(one_rank: OneRank, scheme: str, points: tuple[int, ...]) -> None:
    """Field, steps and memory are those of one rank; all ranks agree."""

    def bits(comm: Intracomm) -> tuple[object, ...]:
        """At the first frame."""
        run = controlled(made(comm, points), scheme, 1e-7, 0.5)
        run.to_frame(1)
        rest = gather_field(run.integrator.domain.layouts[0], run.state.field)
        return digest(rest), run.state.steps, run.state.pending, memory_bits(run.state.control)

    assert one_rank.agrees(bits)


@pytest.mark.mpi
@pytest.mark.parametrize("scheme", ["blanes-moan-rkn4", "blanes-moan-prk4"])
@pytest.mark.parametrize("points", [(30, 36), (250,)])
@pytest.mark.ranks(1, 2)
def test_looking_changes_no_bit(comm: Intracomm, scheme: str, points: tuple[int, ...]) -> None:
    """Of the field or of what step control knows, measurements in between."""
    seen, unseen = (controlled(made(comm, points), scheme, 1e-6, 1.0) for _ in range(2))
    centered = GAUSSIANS[len(points)]
    sampler = Sampler.of_field(seen.integrator, centered)
    while seen.state.ticks < TICKS:
        for run in (seen, unseen):
            assert run.advance() is None
        seen.integrator.physical(seen.state)
        sampler.measure(seen.state, 0.0)
        assert digest(seen.state.field) == digest(unseen.state.field)
        assert memory_bits(seen.state.control) == memory_bits(unseen.state.control)
    assert seen.state.steps > STEPS_BETWEEN_CHECKS


def refused(run: Run) -> str:
    """The reason for no step, behind which the state is as before."""
    state = run.state
    before = digest(state.field), state.ticks, state.steps, state.pending, state.control.error_estimate
    verdict = run.control.advance(state)
    assert (digest(state.field), state.ticks, state.steps, state.pending, state.control.error_estimate) == before
    assert verdict is not None
    assert run.control.advance(state) == verdict
    texts = run.integrator.domain.comm.allgather(verdict)
    assert len(set(texts)) == 1
    return verdict


@pytest.mark.mpi
@pytest.mark.parametrize("points", [(12, 10), (30,)])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_field_that_is_not_finite_is_refused(comm: Intracomm, bad: float, points: tuple[int, ...]) -> None:
    """With one bad number on the last rank that holds any."""
    run = controlled(made(comm, points), "blanes-moan-rkn4", 1e-6, 1.0)
    last = run.integrator.domain.grid.size - 1
    if comm.rank == last:
        run.state.field[-1, 3] = bad
    with np.errstate(all="ignore"):
        assert refused(run) == "the field is no longer finite; take a smaller tolerance"


@pytest.mark.mpi
def test_a_zero_field_is_refused(comm: Intracomm) -> None:
    """It has no scale."""
    run = controlled(made(comm, (12, 10)), "blanes-moan-rkn4", 1e-6, 1.0)
    run.state.field[...] = 0
    assert refused(run) == "the field is zero"


@pytest.mark.mpi
@pytest.mark.parametrize("points", [(12, 10), (30,)])
@pytest.mark.parametrize("amplitude", [1e-150, 1e-90])
def test_a_tiny_field_takes_whole_frames(comm: Intracomm, points: tuple[int, ...], amplitude: float) -> None:
    """Where |u|^p vanishes in rounding the equation is linear, and every step exact."""
    run = controlled(made(comm, points), "blanes-moan-rkn4", 1e-6, 0.5)
    run.state.field[...] *= amplitude
    for _ in range(3):
        assert run.control.advance(run.state) is None
    assert run.state.ticks == 3 * TICKS
    assert run.state.control.level <= 1


@pytest.mark.mpi
@pytest.mark.parametrize("scheme", ["strang", "blanes-moan-prk4"])
def test_steps_below_the_smallest_are_refused(comm: Intracomm, scheme: str) -> None:
    """Whether they are asked for at the start or by a measurement later on."""
    run = controlled(made(comm, (12, 10)), scheme, 1e-6, 1e9)
    assert refused(run).startswith("sup|u| = 1.5 and the tolerance ask for steps below 2^-20 of the frame 1e+09; take")
    run = controlled(made(comm, (12, 10)), scheme, 1e-4, 0.5)
    run.to_frame(1)
    run.state.control.constant += 1000
    assert "ask for steps below 2^-20 of the frame 0.5" in refused(run)


@pytest.mark.parametrize("since_check", [0, STEPS_BETWEEN_CHECKS])
def test_a_field_that_breaks_on_the_way_is_refused(since_check: int) -> None:
    """One step behind at the latest, whether its error is measured or not."""
    run = controlled(made(MPI.COMM_SELF, (12, 10)), "blanes-moan-rkn4", 1e-6, 0.5)
    run.to_frame(1)
    run.state.control.since_check = since_check
    run.state.field[3, 4] = math.nan
    with np.errstate(all="ignore"):
        verdicts = [run.control.advance(run.state) for _ in range(2)]
    assert verdicts[-1] is not None
