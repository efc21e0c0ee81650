"""Ctrl-C, or the interrupt of a notebook, while a solution on the line is followed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.errors import UserError
from parallel_nls.spectral.rational import RationalAxis
from tests.half_wave.solutions import blow_up_run

if TYPE_CHECKING:
    from parallel_nls.half_wave.evolution import HalfWave
    from parallel_nls.half_wave.frame_state import FrameState

AXIS = RationalAxis(64, 1.5)


def interrupting_after(run: HalfWave, flows: int, times: int = 1) -> None:
    """Let SIGINT come within a step, before which there were so many linear flows."""
    follow, taken = run.flow, 0

    class Interrupting:
        """In the place of the flow."""

        def __call__(self, *arguments: Any) -> None:
            """Some of the step is before the signal."""
            nonlocal taken
            taken += 1
            for _ in range(times if taken == flows + 1 else 0):
                os.kill(os.getpid(), signal.SIGINT)
            follow(*arguments)

        def __getattr__(self, name: str) -> Any:
            """All else of it."""
            return getattr(follow, name)

    run.flow = Interrupting()  # type: ignore[assignment]


def test_an_interrupt_waits_for_the_step() -> None:
    """The state is that of its time, and goes on with the same bits."""
    (run, whole), (other, left) = (blow_up_run(axis=AXIS) for _ in range(2))
    for _ in range(2):
        run.advance(whole, 0.125)
    interrupting_after(other, 3)
    with pytest.raises(KeyboardInterrupt):
        other.advance(left, 0.125)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert (left.time, left.steps) == (0.125, 1)
    other.advance(left, 0.125)
    np.testing.assert_array_equal(left.field, whole.field)


def test_evolve_goes_on_from_an_interrupt() -> None:
    """With what was absorbed in the steps before it, and with the same bits."""
    (run, whole), (other, left) = (blow_up_run(axis=AXIS) for _ in range(2))
    for _ in run.evolve(whole, 0.05, until=3.0):
        pass
    interrupting_after(other, 100)
    with pytest.raises(KeyboardInterrupt):
        for _ in other.evolve(left, 0.05, until=3.0):
            pass
    assert 0 < left.time < 3
    for _ in other.evolve(left, 0.05, until=3.0):
        pass
    assert (left.time, left.steps, left.scale, left.left_behind) == (3.0, whole.steps, whole.scale, whole.left_behind)
    np.testing.assert_array_equal(left.field, whole.field)


def test_what_is_left_within_a_step_does_not_go_on() -> None:
    """Two interrupts do not wait: of such a state no number is told, nor of its copies; one of before goes on."""
    run, state = blow_up_run(axis=AXIS)
    before = state.copied()
    interrupting_after(run, 3, times=2)
    with pytest.raises(KeyboardInterrupt):
        run.advance(state, 0.125)

    def evolve(state: FrameState) -> None:
        """To the first scale."""
        next(run.evolve(state, 0.05, until=1.0))

    for call in (lambda state: run.advance(state, 0.125), run.physical, run.coefficients, run.scale_of, evolve):
        for broken in (state, state.copied()):
            with pytest.raises(UserError, match=r"interrupted within a step, .* go on from another one"):
                call(broken)
    run.advance(before, 0.125)
    assert before.time == 0.125
