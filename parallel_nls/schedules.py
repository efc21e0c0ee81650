"""Simulated time in frames: t = start + F·n with an integer n, so that no time is ever accumulated.

Every interval, the stop and every requested time is a whole number of frames F from the start. A run of fixed
steps takes one a frame; under a tolerance a step is F/2^m, and time is counted in ticks of F/2^20. The arithmetic
is done on the decimal numbers that the user wrote, as exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, inf
from typing import Literal

from parallel_nls.errors import UserError

__all__ = ["TICKS", "Frames", "Schedule", "default_frame", "default_sampling", "is_longer", "shown_time"]

TICKS = 2**20
"""Ticks in a frame: the most steps of one size that a tolerance may make of it."""

_SLACK = Fraction(1, 10**9)  # in frames: the distance within which a time counts as a frame
_ROUNDING = Fraction(1, 2**51)  # what rounding of the user's binary numbers may add, relative
_SMALLEST = {"step": Fraction(1, 2**40), "frame": Fraction(1, 2**32)}
# relative to the times of the run: smaller steps, and ticks of smaller frames, drown in the rounding of t
_SMALLEST_TIME = Fraction(1, 10**100)
_LARGEST_TIME = 1e100
_LATE = 1e4
_ALL_DIGITS = 15  # of a double: every text of so many stands for itself
_SAMPLES = 100  # rows of a run whose configuration names no interval


def shown_time(time: float, digits: int = 6) -> str:
    """Return a simulated time as text, in at most so many digits; from 10⁴ on in all that it has.

    In six digits all steps about t = 1234567.5 look alike.

    Notes
    -----
    *Communication*: local.
    """
    return f"{time:.{_ALL_DIGITS if abs(time) >= _LATE else digits}g}"


@lru_cache(maxsize=256)
def _exact(value: float) -> Fraction:
    """Return the decimal number that ``value`` was written as."""
    return Fraction(repr(float(value)))


def _nearest(quotient: Fraction, scale: Fraction) -> int | None:
    """Return the integer that ``quotient`` is meant to be, or None; ``scale`` is the size of its terms."""
    n = round(quotient)
    return n if abs(quotient - n) <= max(_SLACK, _ROUNDING * (abs(n) + scale)) else None


def _either(name: str, values: list[Fraction]) -> str:
    """Return ``name = a or name = b`` for the values offered to the user, in decimal digits."""
    return " or ".join(f"{name} = {float(value)!r}" for value in values)


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of a run.

    Attributes
    ----------
    start : float
        Simulated time of frame 0.
    frame : float
        F, the signed length of a frame; negative in a run backward in time.
    count : int
        The number of frames to the stop.
    unit : {"step", "frame"}
        What the user gave, and messages speak of: a fixed step, or the frame of a run under a tolerance.

    Notes
    -----
    *Communication*: local; pure arithmetic, the same on every rank.
    """

    start: float
    frame: float
    count: int
    unit: Literal["step", "frame"] = "step"

    @classmethod
    def from_step(cls, start: float, stop: float, step: float, before: float = inf) -> Frames:
        """Make each step of a fixed size one frame.

        Parameters
        ----------
        start, stop : float
            Simulated times of the run; ``stop < start`` runs backward.
        step : float
            The positive size of a step.
        before : float, optional
            The message about a stop between two steps offers only stops before this time.

        Returns
        -------
        Frames
            The frames from start to stop.

        Raises
        ------
        UserError
            When start and stop are equal, the step is not positive or too small to tell the times apart, or
            the stop is not a whole number of steps away.
        """
        return cls._from_size(start, stop, step, "step", before)

    @classmethod
    def from_frame(cls, start: float, stop: float, frame: float, before: float = inf) -> Frames:
        """Make the frames of a run under a tolerance, which takes a frame in one step or several.

        Parameters
        ----------
        start, stop, before : float
            As for `from_step`.
        frame : float
            The positive size of a frame.

        Returns
        -------
        Frames
            The frames from start to stop.

        Raises
        ------
        UserError
            As `from_step`, of frames in place of steps.
        """
        return cls._from_size(start, stop, frame, "frame", before)

    @classmethod
    def _from_size(
        cls, start: float, stop: float, size: float, unit: Literal["step", "frame"], before: float
    ) -> Frames:
        """Return the frames of a positive size from start to stop."""
        span = _exact(stop) - _exact(start)
        if span == 0:
            raise UserError(
                f"time.stop = {stop!r}: equal to time.start; give a later stop, or an earlier one to run back"
            )
        if not size > 0:
            raise UserError(f"time.{unit} = {size!r}: must be greater than 0; stop before start runs backward")
        largest = max(abs(_exact(start)), abs(_exact(stop)), abs(span))
        smallest = max(_SMALLEST[unit] * largest, _SMALLEST_TIME)
        if _exact(size) < smallest:
            raise UserError(
                f"time.{unit} = {size!r}: too small for times of this size; give at least {float(smallest):.1e}"
            )
        quotient = abs(span) / _exact(size)
        count = _nearest(quotient, largest / _exact(size))
        if count is None or count == 0:
            raise UserError(_uneven_stop(start, stop, (unit, size), quotient, before))
        return cls(float(start), size if span > 0 else -size, count, unit)

    @property
    def stop(self) -> float:
        """Simulated time of the last frame."""
        return self.time(self.count)

    def time(self, n: int) -> float:
        """Return the simulated time start + F·n of frame ``n``, rounded once."""
        return float(_exact(self.start) + n * _exact(self.frame))

    def time_of_tick(self, n: int) -> float:
        """Return the simulated time start + F·n/2^20 of tick ``n``, rounded once."""
        return float(_exact(self.start) + Fraction(n, TICKS) * _exact(self.frame))

    def length(self, n: int) -> float:
        """Return the positive length of ``n`` frames in simulated time, rounded once."""
        return float(n * abs(_exact(self.frame)))

    def whole(self, interval: float, key: str) -> int:
        """Return the number of frames in a positive interval of simulated time.

        Parameters
        ----------
        interval : float
            The interval; it may be longer than the run.
        key : str
            The name under which the user gave it, for the message.

        Returns
        -------
        int
            At least 1.

        Raises
        ------
        UserError
            When the interval is not a positive whole number of frames; names the two nearest intervals.
        """
        quotient = _exact(interval) / abs(_exact(self.frame))
        n = _nearest(quotient, Fraction(0))
        if n is None or n < 1:
            offered = [m * abs(_exact(self.frame)) for m in (floor(quotient), floor(quotient) + 1) if m > 0]
            raise UserError(
                f"{key} = {interval!r}: not a whole number of {self.unit}s of {abs(self.frame)!r}; "
                f"the nearest: {_either(key, offered)}"
            )
        return n

    def index(self, time: float, key: str) -> int:
        """Return the frame of a simulated time at or after the start (in the direction of the run).

        Parameters
        ----------
        time : float
            The simulated time.
        key : str
            The name under which the user gave it, for the message.

        Returns
        -------
        int
            The number of frames from the start; it may lie beyond the stop.

        Raises
        ------
        UserError
            When the time lies before the start or between two frames; names the two nearest times.
        """
        if not abs(time) <= _LARGEST_TIME:
            raise UserError(f"{key} = {time!r}: not a simulated time; give a finite number")
        start, frame = _exact(self.start), _exact(self.frame)
        quotient = (_exact(time) - start) / frame
        n = _nearest(quotient, max(abs(start), abs(_exact(time))) / abs(frame))
        if quotient < 0 and n != 0:
            raise UserError(f"{key} = {time!r}: before the start {self.start!r} of the run; give a later time")
        if n is None:
            offered = [start + m * frame for m in (floor(quotient), floor(quotient) + 1)]
            raise UserError(
                f"{key} = {time!r}: between two {self.unit}s of {abs(self.frame)!r}; "
                f"the nearest: {_either(key, offered)}"
            )
        return n


def _uneven_stop(start: float, stop: float, size: tuple[str, float], quotient: Fraction, before: float) -> str:
    """Return the message for a stop between two steps or frames, with the two nearest stops and sizes."""
    unit, given = size
    counts = [n for n in (floor(quotient), floor(quotient) + 1) if n > 0]
    span = _exact(stop) - _exact(start)
    stops = [time for n in counts if (time := _exact(start) + span * n / quotient) < before]
    sizes = [abs(span) / n for n in counts]
    offers = [offer for offer in (_either("stop", stops), _either(unit, sizes)) if offer]
    return (
        f"time.stop = {stop!r}: {float(quotient):.15g} {unit}s of time.{unit} = {given!r} "
        f"from time.start = {start!r}, not a whole number; the nearest: {', or '.join(offers)}"
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something is due: at frame 0, at every ``every`` frames, and at the last frame.

    Attributes
    ----------
    every : int or None
        The interval in frames; None: only the first and the last frame.
    last : int
        The last frame of the run.

    Notes
    -----
    *Communication*: local; the same on every rank.
    """

    every: int | None
    last: int

    def due(self, n: int) -> bool:
        """Return whether frame ``n`` is on the schedule."""
        return n in (0, self.last) or (self.every is not None and n % self.every == 0)

    @property
    def total(self) -> int:
        """The number of frames from 0 to the last that are due."""
        inner = 0 if self.every is None else (self.last - 1) // self.every
        return 2 + inner


def default_sampling(count: int) -> int:
    """Return the interval, in frames, for a run of ``count`` frames that names none: 1/100 of it."""
    return max(1, count // _SAMPLES)


def is_longer(interval: float, start: float, stop: float) -> bool:
    """Return whether an interval of simulated time is longer than a run, so that it never ends within it."""
    return _exact(interval) > abs(_exact(stop) - _exact(start))


def default_frame(start: float, stop: float, intervals: Iterable[float]) -> float:
    """Return the frame of a run under a tolerance that names none.

    Parameters
    ----------
    start, stop : float
        Simulated times of the run.
    intervals : iterable of float
        The intervals of simulated time at which something is due.

    Returns
    -------
    float
        The shortest interval that is not longer than the run; without one, 1/100 of the run.
    """
    fitting = [interval for interval in intervals if not is_longer(interval, start, stop)]
    return min(fitting, default=float(abs(_exact(stop) - _exact(start)) / _SAMPLES))
