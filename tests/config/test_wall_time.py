"""Times on the clock: what is read as one, what is refused, and what they are good for."""

from __future__ import annotations

import math

import pytest

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.config.sections.values import wall_seconds
from tests.config.refusal import message_of


def loaded(*overrides: str) -> Configuration:
    """One bubble with overrides."""
    return load_configuration("one_bubble", overrides)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 s", 1), ("10 min", 600), ("1.5h", 5400), (" 2 d ", 172800), (".5 s", 0.5), ("3.s", 3)],
)
def test_wall_seconds(text: str, seconds: float) -> None:
    """A number and a unit, with or without a space."""
    assert wall_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "10", "min", "-1 s", "0 s", "1e3 s", "1 m", "1 S", "1 s 2", "9" * 400 + " s", "20000 d"]
)
def test_no_wall_time(text: str) -> None:
    """Refused with the form that is asked for, in both keys."""
    assert math.isnan(wall_seconds(text))
    for key in ("checkpoint.every", "time.wall_limit"):
        message = message_of("one_bubble", [f'{key}="{text}"'])
        assert f'{key} = "{text}"'[:50] in message
        assert 'as "10 min"' in message


def test_defaults() -> None:
    """Every ten minutes, two slots, no limit; all of it in the complete configuration."""
    config = loaded()
    assert (config.checkpoint_seconds, config.checkpoint.slots, config.wall_limit_seconds) == (600, 2, math.inf)
    assert '[checkpoint]\nevery = "10 min"\nslots = 2\n' in config.complete_toml()
    assert "wall_limit" not in config.complete_toml()


def test_intervals_of_checkpoints() -> None:
    """On the clock, in steps, in simulated time, or none; whole frames, of which they never choose the size."""
    clock, steps, time, off = (loaded(f"checkpoint.every={text}") for text in ('"2 h"', "{steps=7}", "0.005", "off"))
    assert (clock.checkpoint_seconds, clock.checkpoint_schedule.every) == (7200, None)
    assert (steps.checkpoint_seconds, steps.checkpoint_schedule.every) == (math.inf, 7)
    assert time.checkpoint_schedule.every == round(0.005 / time.frames.frame)
    assert (off.checkpoint_seconds, off.checkpoint_schedule.every) == (math.inf, None)
    message = message_of("one_bubble", ["checkpoint.every=0.00333"])
    assert "checkpoint.every = 0.00333: not a whole number of steps" in message
    adaptive = ("time.step=off", "time.tolerance=1e-6", "diagnostics.every=0.02")
    assert loaded(*adaptive, "checkpoint.every=0.04").frames == loaded(*adaptive).frames
    assert "not a whole number of frames" in message_of("one_bubble", [*adaptive, "checkpoint.every=0.01"])


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("checkpoint.slots=1", "checkpoint.slots = 1: must be at least 2"),
        ("checkpoint.slots=2.5", "checkpoint.slots = 2.5: must be a whole number"),
        ("checkpoint.every=0", "checkpoint.every = 0: must be greater than 0"),
        ("checkpoint.every=true", "checkpoint.every = true: must be a number"),
        ("checkpoint.evry=3", 'did you mean "every"?'),
        ("time.wall_limit=3600", "time.wall_limit = 3600: must be a text in quotes"),
        ("output.wall_limit=3", "it belongs in [time]"),
    ],
)
def test_mistakes(override: str, said: str) -> None:
    """Named with key, value and remedy."""
    assert said in message_of("one_bubble", [override])


def test_settings_hold_what_data_depend_on() -> None:
    """Neither the stop nor limits nor the clock; everything else, as plain values."""
    free = ("title=x", "time.stop=-0.2", "limits.sup_norm=9", "checkpoint.slots=3", 'time.wall_limit="1 h"',
            "time.step=0.001", "diagnostics.every={steps=5}")  # fmt: skip
    base = loaded("time.step=0.001", "diagnostics.every={steps=5}").settings()
    assert loaded(*free).settings() == base
    for override in ("grid.points=[64,64]", "time.scheme=strang", "output.fields_every={steps=2}"):
        assert loaded(*free, override).settings() != base
