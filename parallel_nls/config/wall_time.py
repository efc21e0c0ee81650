"""Times on the clock on the wall: a text of a number and a unit, as "10 min", beside intervals of simulated time."""

from __future__ import annotations

import re
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from parallel_nls.config.values import Positive, StepInterval, Text, fail, off_as

__all__ = ["AnyInterval", "OptionalWallTime", "WallTime", "wall_seconds"]

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")
_LONGEST = 1e9  # seconds: thirty years


def wall_seconds(text: str) -> float:
    """Return the seconds of a time as "10 min"; NaN where it is none, or not one to wait for."""
    found = _FORM.fullmatch(text)
    if found is None or found[2] not in _SECONDS:
        return float("nan")
    seconds = float(found[1]) * _SECONDS[found[2]]
    return seconds if isfinite(seconds) and 0 < seconds <= _LONGEST else float("nan")


def _check(text: str) -> str:
    """Return a wall time as it is; anything else is refused."""
    if not wall_seconds(text) > 0:
        raise fail('no time on the clock; write a number with s, min, h or d, as "10 min"')
    return text


def _tag(value: object) -> str:
    """Return which member of the union of intervals a value is meant to be."""
    if isinstance(value, str):
        return "<wall>"
    return StepInterval.tag if isinstance(value, (dict, StepInterval)) else "<time>"


WallTime = Annotated[Text, AfterValidator(_check)]
"""A time on the clock on the wall, as the user wrote it; ``wall_seconds`` reads it."""
_Members = (
    Annotated[StepInterval, Tag(StepInterval.tag)]
    | Annotated[WallTime, Tag("<wall>")]
    | Annotated[Positive, Tag("<time>")]
)
AnyInterval = Annotated[Annotated[_Members, Discriminator(_tag)] | None, BeforeValidator(off_as(None))]
"""An interval on the clock, in simulated time or in steps; None where the user wrote "off"."""
OptionalWallTime = Annotated[WallTime | None, BeforeValidator(off_as(None))]
"""A wall time, or None where the user wrote "off"."""
