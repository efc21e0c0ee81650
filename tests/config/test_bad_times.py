"""Bad input about times, steps, frames and intervals ends in one UserError that names key, value and remedy."""

from __future__ import annotations

import pytest

from tests.config.refusal import message_of

ADAPTIVE = ("time.step=off", "time.tolerance=1e-9")

# (overrides of the packaged two_bubbles, fragments of the message)
MISTAKES: dict[str, tuple[list[str], list[str]]] = {
    "stop past T": (
        ["time.stop=0.125"],
        [
            "time.stop = 0.125: not before the blow-up time initial.blowup_time = 0.0",
            "choose a stop less than 0.0",
        ],
    ),
    "stop at T": (["time.stop=0"], ["time.stop = 0.0: not before the blow-up time"]),
    "start past T": (
        ["time.start=0.5"],
        ["time.start = 0.5: not before the blow-up time", "start less than 0.0"],
    ),
    "T before the run": (
        ["initial.blowup_time=-1"],
        ["time.start = -0.5: not", "time.stop = -0.125: not", "2 mistakes"],
    ),
    "stop at the start": (["time.stop=-0.5"], ["time.stop = -0.5: equal to time.start; give a later stop"]),
    "zero step": (
        ["time.step=0"],
        ["time.step = 0: must be greater than 0", "stop before start runs backward"],
    ),
    "negative step": (["time.step=-0.1"], ["time.step = -0.1: must be greater than 0"]),
    "vanishing step": (
        ["time.step=1e-20"],
        ["time.step = 1e-20: too small for times of this size; give at least 4.5e-13"],
    ),
    "step and tolerance": (
        ["time.tolerance=1e-9"],
        ['time.step = 0.000625: excludes time.tolerance = 1e-09; keep one and remove the other, or set it to "off"'],
    ),
    "neither step nor tolerance": (
        ["time.step=off"],
        ["time.step: missing; give the fixed time step, as step = 1e-3, or else a tolerance, as tolerance = 1e-9"],
    ),
    "large tolerance": ([*ADAPTIVE, "time.tolerance=0.1"], ["time.tolerance = 0.1: must be at most 0.01; give"]),
    "zero tolerance": ([*ADAPTIVE, "time.tolerance=0"], ["time.tolerance = 0: must be at least 1e-14"]),
    "NaN tolerance": ([*ADAPTIVE, "time.tolerance=nan"], ["time.tolerance = nan: must be a finite number"]),
    "frame of a fixed step": (["time.frame=0.1"], ["time.frame = 0.1: belongs to a tolerance; in fixed steps"]),
    "zero frame": ([*ADAPTIVE, "time.frame=0"], ["time.frame = 0: must be greater than 0; give simulated time"]),
    "stop between two frames": (
        [*ADAPTIVE, "time.frame=0.04"],
        [
            "time.stop = -0.125: 9.375 frames of time.frame = 0.04 from time.start = -0.5, not a whole number",
            "the nearest: stop = -0.14 or stop = -0.1, or frame = 0.04166666666666",
        ],
    ),
    "stop between two frames of the default": (
        [*ADAPTIVE, "output.fields_every=0.25"],
        [
            "time.stop = -0.125: 1.5 frames of time.frame = 0.25",
            "(time.frame is by default the shortest interval; give a shorter one if this does not suit)",
        ],
    ),
    "interval between two frames": (
        [*ADAPTIVE, "diagnostics.every=0.05", "time.frame=0.125"],
        ["diagnostics.every = 0.05: not a whole number of frames of 0.125; the nearest: diagnostics.every = 0.125"],
    ),
    "interval between two frames of the default": (
        [*ADAPTIVE, "diagnostics.every=0.1875"],
        [
            "diagnostics.every = 0.1875: not a whole number of frames of 0.125",
            "every = 0.125 or diagnostics.every = 0.25 (time.frame is by default the shortest interval",
        ],
    ),
    "vanishing frame": (
        [*ADAPTIVE, "time.frame=1e-12"],
        ["time.frame = 1e-12: too small for times of this size; give at least 1.2e-10"],
    ),
    "stop at the start under a tolerance": (
        [*ADAPTIVE, "time.stop=-0.5"],
        ["time.stop = -0.5: equal to time.start; give a later stop, or an earlier one to run back"],
    ),
    "stop between two steps": (
        ["time.step=1e-3", "time.stop=-0.1004"],
        ["time.stop = -0.1004: 399.6 steps", "stop = -0.101 or stop = -0.1,", "or step = 0.000999"],
    ),
    "step longer than the run": (
        ["time.step=0.9"],
        ["0.416666666666667 steps of time.step = 0.9", "the nearest: step = 0.375"],
    ),
    "interval between two steps": (
        ["diagnostics.every=0.0123"],
        [
            "diagnostics.every = 0.0123: not a whole number of steps of 0.000625",
            "0.011875 or diagnostics.every = 0.0125",
        ],
    ),
    "interval shorter than a step": (
        ["output.fields_every=1e-5"],
        [
            "output.fields_every = 1e-05: not a whole number of steps",
            "the nearest: output.fields_every = 0.000625",
        ],
    ),
    "zero interval": (
        ["diagnostics.every=0"],
        ["diagnostics.every = 0: must be greater than 0", "every = {steps = 10}"],
    ),
    "negative interval": (
        ["output.fields_every=-0.1"],
        ["output.fields_every = -0.1: must be greater than 0"],
    ),
    "interval of no steps": (
        ["diagnostics.every={steps=0}"],
        ["diagnostics.every.steps = 0: must be greater than 0"],
    ),
    "interval as text": (['diagnostics.every="5 min"'], ['diagnostics.every = "5 min": must be a number']),
    "sampling switched off": (["diagnostics.every=off"], ['diagnostics.every = "off": must be a number']),
}


@pytest.mark.parametrize(("overrides", "fragments"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_named(overrides: list[str], fragments: list[str]) -> None:
    """The message names key, value and remedy."""
    message = message_of("two_bubbles", overrides)
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize("key", ["stpe", "tolernace"])
def test_a_misspelt_step_or_tolerance_is_not_missing(key: str) -> None:
    """Either of the keys of which one is needed, misspelt, is one mistake."""
    message = message_of("two_bubbles", [f"time={{start=-0.5, stop=-0.1, {key}=1e-3}}"])
    assert f"time.{key} = 0.001: unknown key; did you mean" in message
    assert "missing" not in message


def test_a_frame_beside_a_bad_tolerance_is_no_mistake() -> None:
    """Whether a frame has a place is not said while the tolerance is wrong."""
    message = message_of("two_bubbles", ["time.step=off", "time.frame=0.025", "time.tolerance=1"])
    assert "time.tolerance = 1: must be at most 0.01" in message
    assert "time.frame" not in message.split(": ", 2)[1]
    assert "\n" not in message


@pytest.mark.parametrize(
    "overrides", [["time.frame=0.04"], ["time.frame=0.125", "diagnostics.every=0.05"], ["time.stop=-0.5"]]
)
def test_only_a_frame_of_the_default_is_explained(overrides: list[str]) -> None:
    """A user who gave the frame is not told where it comes from."""
    assert "by default" not in message_of("two_bubbles", [*ADAPTIVE, *overrides])
