"""The frames of a run from the keys about time, and the mistakes that these make together."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.time import TimeSection
from parallel_nls.config.sections.values import StepInterval
from parallel_nls.errors import UserError
from parallel_nls.schedules import Frames, default_frame, is_longer

__all__ = [
    "Intervals",
    "choose_frame",
    "find_interval_mistakes",
    "find_precision_mistakes",
    "find_time_mistakes",
    "is_idle",
    "make_frames",
]

_SMALLEST_OF_SINGLE = 1e-5  # a tolerance below it is lost in the rounding of single precision

Intervals = Mapping[str, float | str | StepInterval | None]
"""Interval by key; None: no interval; a text: an interval on the clock."""


def choose_frame(time: TimeSection, intervals: Intervals) -> float:
    """Return the size of a frame under a tolerance: as given, or the default.

    Parameters
    ----------
    time : TimeSection
        A section with a tolerance.
    intervals : mapping
        Interval by key; the shortest in simulated time is the default.

    Returns
    -------
    float
        A positive number, where start and stop differ.
    """
    if time.frame is not None:
        return time.frame
    given = (interval for interval in intervals.values() if isinstance(interval, float))
    return default_frame(time.start, time.stop, given)


def make_frames(time: TimeSection, intervals: Intervals, before: float = inf) -> Frames:
    """Return the frames of a run: one a step with a fixed step.

    Parameters
    ----------
    time : TimeSection
        A valid section.
    intervals : mapping
        Interval by key.
    before : float, optional
        The time before which a stop must lie that a message offers.

    Returns
    -------
    Frames
        From start to stop.

    Raises
    ------
    UserError
        When the stop is not a whole number of steps or frames away.
    """
    if time.step is not None:
        return Frames.from_step(time.start, time.stop, time.step, before)
    return Frames.from_frame(time.start, time.stop, choose_frame(time, intervals), before)


def is_idle(time: TimeSection, interval: float | StepInterval | None) -> bool:
    """Return whether an interval under a tolerance is longer than the run, so that it need fit no frame."""
    return time.step is None and isinstance(interval, float) and is_longer(interval, time.start, time.stop)


def _explain(time: TimeSection) -> str:
    """Return where a frame comes from that the user did not give."""
    if time.step is not None or time.frame is not None:
        return ""
    return " (time.frame is by default the shortest interval; give a shorter one if this does not suit)"


def find_precision_mistakes(time: TimeSection, grid: GridSection) -> list[str]:
    """Return whether a tolerance asks for more digits than the numbers of the field have.

    Parameters
    ----------
    time, grid : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    if grid.precision != "single" or time.tolerance is None or time.tolerance >= _SMALLEST_OF_SINGLE:
        return []
    return [
        (
            f'time.tolerance = {time.tolerance!r}: lost in the rounding of grid.precision = "single"; '
            f'give at least {_SMALLEST_OF_SINGLE!r}, or precision = "double"'
        )
    ]


def find_time_mistakes(time: TimeSection, blowups: Mapping[str, float], intervals: Intervals) -> list[str]:
    """Return what is wrong with start, stop, step and frame: past the blow-up time, or not a whole number of them.

    Parameters
    ----------
    time : TimeSection
        A section that is valid by itself.
    blowups : mapping
        Blow-up time by key, before each of which the run must lie.
    intervals : mapping
        Interval by key.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    mistakes = [
        f"time.{name} = {value!r}: not before the blow-up time {key} = {blowup!r}; choose a {name} less than {blowup!r}"
        for key, blowup in blowups.items()
        for name, value in (("start", time.start), ("stop", time.stop))
        if not value < blowup
    ]
    blowup = min(blowups.values(), default=inf)
    try:
        make_frames(time, intervals, before=blowup)
    except UserError as error:
        mistakes.append(f"{error}{'' if time.start == time.stop else _explain(time)}")
    return mistakes


def find_interval_mistakes(time: TimeSection, intervals: Intervals, further: Intervals) -> list[str]:
    """Return which intervals of simulated time are not a whole number of steps or frames.

    Parameters
    ----------
    time : TimeSection
        A section without mistakes.
    intervals : mapping
        Interval by key; only those in simulated time can be wrong.
    further : mapping
        Intervals that have no part in the choice of the default frame.

    Returns
    -------
    list of str
        One line a mistake, with the two nearest intervals.
    """
    frames, mistakes = make_frames(time, intervals), []
    for key, interval in {**intervals, **further}.items():
        if isinstance(interval, float) and not is_idle(time, interval):
            try:
                frames.whole(interval, key)
            except UserError as error:
                mistakes.append(f"{error}{_explain(time)}")
    return mistakes
