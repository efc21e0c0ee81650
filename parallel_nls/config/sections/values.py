"""The kinds of values that configuration keys take, each with a message of its own.

Times on the clock on the wall are texts of a number and a unit, as "10 min", beside intervals of simulated time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from math import inf, isfinite
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
)
from pydantic_core import PydanticCustomError

from parallel_nls.config.spelling import suggest
from parallel_nls.config.toml_text import OFF, toml_value

__all__ = [
    "AnyInterval",
    "Count",
    "Interval",
    "Limit",
    "Number",
    "OptionalInterval",
    "OptionalWallTime",
    "Positive",
    "Section",
    "StepInterval",
    "Text",
    "Vector",
    "WallTime",
    "fail",
    "fail_missing",
    "off_as",
    "one_number_as_list",
    "one_of",
    "wall_seconds",
]


_LARGEST = 1e100  # sizes whose squares and quotients are still numbers
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")
_LONGEST_WAIT = 1e9  # seconds: thirty years


class Section(BaseModel):
    """A table of the configuration: immutable, and closed against unknown keys.

    ``tag`` tells the members of a union apart; it stands in angle brackets, which no key does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    tag: ClassVar[str] = ""


def fail(text: str) -> PydanticCustomError:
    """Return the error by which a validator says ``text`` about its value."""
    return PydanticCustomError("configuration", "{text}", {"text": text})


def fail_missing(other: str) -> PydanticCustomError:
    """Return the error by which a validator says that its key is missing, and so is ``other``, which would do too."""
    return PydanticCustomError("missing_both", "missing", {"other": other})


def one_of(what: str, names: Collection[str], optional: bool = False) -> AfterValidator:
    """Return the validator of a text that must be one of ``names``.

    Parameters
    ----------
    what : str
        What is chosen, for the message: "scheme", "equation", …
    names : collection of str
        The names on offer.
    optional : bool, optional
        Whether None will do, too.

    Returns
    -------
    pydantic.AfterValidator
        To be put into the ``Annotated`` type of a key.
    """

    def check(value: str | None) -> str | None:
        """Return a known name as it is."""
        if value not in names and not (value is None and optional):
            raise fail(f"unknown {what}; {suggest(str(value), names)}")
        return value

    return AfterValidator(check)


def off_as(substitute: float | None) -> Callable[[Any], Any]:
    """Return the function that reads "off" as ``substitute`` and leaves any other value."""
    return lambda value: substitute if isinstance(value, str) and value == OFF else value


def one_number_as_list(value: object) -> object:
    """Return a number alone as a list of one, for a grid of one axis; any other value as it is."""
    return (value,) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _positive_limit(value: float) -> float:
    """Return a limit; NaN, which no comparison exceeds, is refused."""
    if not value > 0:
        raise fail(f"must be greater than 0, or {toml_value(OFF)}")
    return value


def _not_tiny(value: float) -> float:
    """Return a positive number whose square has not vanished in rounding."""
    if value < 1 / _LARGEST:
        raise fail(f"must be at least {1 / _LARGEST:g}")
    return value


def _interval_tag(value: object) -> str:
    """Return which member of the interval union a value is meant to be."""
    return StepInterval.tag if isinstance(value, (dict, StepInterval)) else "<time>"


def wall_seconds(text: str) -> float:
    """Return the seconds of a time as "10 min"; NaN where it is none, or not one to wait for."""
    found = _FORM.fullmatch(text)
    if found is None or found[2] not in _SECONDS:
        return float("nan")
    seconds = float(found[1]) * _SECONDS[found[2]]
    return seconds if isfinite(seconds) and 0 < seconds <= _LONGEST_WAIT else float("nan")


def _check_wall_time(text: str) -> str:
    """Return a wall time as it is; anything else is refused."""
    if not wall_seconds(text) > 0:
        raise fail('no time on the clock; write a number with s, min, h or d, as "10 min"')
    return text


def _any_interval_tag(value: object) -> str:
    """Return which member of the union of intervals a value is meant to be."""
    if isinstance(value, str):
        return "<wall>"
    return StepInterval.tag if isinstance(value, (dict, StepInterval)) else "<time>"


Text = Annotated[str, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False), Field(ge=-_LARGEST, le=_LARGEST)]
"""A finite number; a TOML integer is one, a boolean is not."""
Positive = Annotated[Number, Field(gt=0), AfterValidator(_not_tiny)]
Count = Annotated[int, Strict()]
Switch = Annotated[bool, Strict()]
Vector = Annotated[tuple[Number, ...], BeforeValidator(one_number_as_list), Field(min_length=1)]
"""One number for each axis; on the line a number alone will do."""
Limit = Annotated[float, Strict(), AfterValidator(_positive_limit), BeforeValidator(off_as(inf))]
"""A bound that a quantity may not exceed; infinity where the user wrote "off"."""


class StepInterval(Section):
    """An interval counted in steps: ``{steps = n}``."""

    tag: ClassVar[str] = "<steps>"

    steps: Annotated[Count, Field(gt=0, le=2**53, description="the number of steps in the interval")]


Interval = Annotated[
    Annotated[StepInterval, Tag(StepInterval.tag)] | Annotated[Positive, Tag("<time>")],
    Discriminator(_interval_tag),
]
"""An interval in simulated time, or in steps."""
OptionalInterval = Annotated[Interval | None, BeforeValidator(off_as(None))]
"""An interval, or None where the user wrote "off"."""
WallTime = Annotated[Text, AfterValidator(_check_wall_time)]
"""A time on the clock on the wall, as the user wrote it; ``wall_seconds`` reads it."""
_Members = (
    Annotated[StepInterval, Tag(StepInterval.tag)]
    | Annotated[WallTime, Tag("<wall>")]
    | Annotated[Positive, Tag("<time>")]
)
AnyInterval = Annotated[Annotated[_Members, Discriminator(_any_interval_tag)] | None, BeforeValidator(off_as(None))]
"""An interval on the clock, in simulated time or in steps; None where the user wrote "off"."""
OptionalWallTime = Annotated[WallTime | None, BeforeValidator(off_as(None))]
"""A wall time, or None where the user wrote "off"."""
