"""What the studies of remainders share: checks, stored remainders at common times, rates of exponentials."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.config import BubbleParameters, Configuration, RemainderEquation, decay_rate
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.reader import Run

__all__ = [
    "SIGMAS",
    "Rate",
    "Window",
    "check_form",
    "check_increasing",
    "check_remainder",
    "check_starts",
    "check_zero",
    "decay_of",
    "distance",
    "fit_power",
    "fit_rate",
    "last_of",
    "listed",
    "remainders_of",
    "window_of",
]

_SAME_TIME = 1e-9
_FAR = 10.0  # of δ(s_n − s) at the last s_n
_GROWTH = (0, 3)  # powers of s_n − s with which the kernel of the flow lets z grow
_WIDE = 0.6  # of δ: an interval of rates wider than that tells nothing
SIGMAS = 2.0
"""Standard deviations within which a fitted rate is taken to lie."""


@dataclass(frozen=True)
class Rate:
    """The rate r of values C e^{−r x}, and what the values leave open: of `fit_rate` one standard deviation."""

    value: float
    doubt: float


@dataclass(frozen=True)
class Window:
    """The rates r of values e^{−r s_n}(s_n − s)^p that powers p from 0 to 3 leave open: the fits of both ends."""

    slow: Rate
    fast: Rate

    @property
    def low(self) -> float:
        """The least rate, with what its fit leaves open."""
        return self.slow.value - SIGMAS * self.slow.doubt

    @property
    def high(self) -> float:
        """The largest."""
        return self.fast.value + SIGMAS * self.fast.doubt

    def holds(self, law: float) -> bool | None:
        """Whether the rate of a law is one of them; None where they are too many to tell. *Communication*: local."""
        return self.low <= law <= self.high if self.high - self.low <= _WIDE * law else None


def check_form(config: Configuration) -> tuple[BubbleParameters, ...]:
    """Refuse what is not a remainder in the soliton frame; returns its bubbles.

    Raises
    ------
    UserError
        One line. *Communication*: local.
    """
    equation, bubbles = config.equation, config.initial.known_bubbles()
    if not (isinstance(equation, RemainderEquation) and equation.travels) or bubbles is None:
        form = f'equation.name = "{equation.name}"'
        raise UserError(f'{form}: it takes form = "remainder" and frame = "soliton", as the example remainder_1d has')
    return bubbles


def check_remainder(config: Configuration) -> None:
    """Refuse what is not a remainder in the soliton frame, of two bubbles or more.

    Raises
    ------
    UserError
        One line. *Communication*: local.
    """
    bubbles = check_form(config)
    if len(bubbles) < 2:
        raise UserError("initial.bubbles: there is one, and nothing beside it; give two")


def listed(values: Sequence[float]) -> str:
    """Return values as an option takes them. *Communication*: local."""
    return ",".join(f"{value:g}" for value in values)


def check_increasing(values: Sequence[float], least: int, option: str) -> None:
    """Refuse values that do not increase, or are too few.

    Raises
    ------
    UserError
        One line. *Communication*: local.
    """
    if len(values) < least:
        raise UserError(f"--{option} {listed(values)}: give at least {least}")
    if any(not b > a for a, b in itertools.pairwise(values)):
        raise UserError(f"--{option} {listed(values)}: must increase")


def check_zero(config: Configuration) -> None:
    """Refuse data beside the waves.

    Raises
    ------
    UserError
        One line. *Communication*: local.
    """
    if config.initial.small_data is not None:
        raise UserError("initial.remainder: the runs begin with z = 0; remove it")


def check_starts(config: Configuration, values: Sequence[float], least: int, stop: float | None = None) -> None:
    """Refuse what is no remainder, and starts s_n that are no grid, or not beyond the stop, by default that configured.

    Raises
    ------
    UserError
        One line. *Communication*: local.
    """
    check_remainder(config)
    check_increasing(values, least, "starts")
    stop, gap = config.time.stop if stop is None else stop, values[1] - values[0]
    if not values[0] > stop:
        raise UserError(f"--starts {listed(values)}: s_n must be beyond time.stop = {stop:g}, where z is compared")
    reached = decay_of(config) * (values[-1] - stop)
    if reached < _FAR:
        raise UserError(
            f"--starts {listed(values)}: δ(s_n − s) is {reached:.3g} at most, which tells nothing; give s_n up to "
            f"{stop + _FAR / decay_of(config):.3g} or more"
        )
    if any(abs((value - values[0]) / gap - round((value - values[0]) / gap)) > _SAME_TIME for value in values):
        raise UserError(f"--starts {listed(values)}: give them at equal distances, so that z is known at common times")


def distance(one: ComplexArray, other: ComplexArray, whole: ComplexArray) -> float:
    """‖one − other‖/‖whole‖, whatever their size is. *Communication*: local."""
    largest = float(np.max(np.abs(whole)))
    return float(np.linalg.norm((one - other) / largest) / np.linalg.norm(whole / largest))


def bubbles_of(config: Configuration) -> list[Bubble]:
    """Return the S_k of a configuration. *Communication*: local."""
    return [Bubble(b.center, b.frequency, b.phase) for b in config.initial.known_bubbles() or ()]


def decay_of(config: Configuration) -> float:
    """Return δ = min |x_j − x_k|/max(ω_j, ω_k) by the law. *Communication*: local."""
    bubbles = config.initial.known_bubbles()
    return decay_rate(bubbles) if bubbles is not None and len(bubbles) > 1 else math.inf


def remainders_of(run: Run) -> dict[float, ComplexArray]:
    """Return the stored z of a run by s, rounded to 9 digits. *Communication*: local."""
    return {round(stored.time, 9): np.asarray(stored.values(), dtype=np.complex128) for stored in run.fields}


def last_of(run: Run) -> ComplexArray:
    """Return z at the stop of a run. *Communication*: local."""
    return np.asarray(run.fields[-1].values(), dtype=np.complex128)


def fit_power(places: Sequence[float] | RealArray, values: Sequence[float] | RealArray) -> Rate:
    """Fit log values = a − p·log place; three values at least. *Communication*: local."""
    return fit_rate(np.log(np.asarray(places, dtype=float)), values)


def fit_rate(places: Sequence[float] | RealArray, values: Sequence[float] | RealArray) -> Rate:
    """Fit log values = a − r·place by least squares; three values at least. *Communication*: local."""
    x, y = np.asarray(places, dtype=float), np.log(np.asarray(values, dtype=float))
    (slope, _), covariance = np.polyfit(x, y, 1, cov="unscaled")
    left = y - np.polyval(np.polyfit(x, y, 1), x)
    spread = float(left @ left) / max(1, len(x) - 2)
    return Rate(-float(slope), math.sqrt(float(covariance[0, 0]) * spread))


def window_of(sizes: Mapping[float, float], s: float) -> Window:
    """Fit the rate in s_n of sizes by s_n, with each power of s_n − s; three at least. *Communication*: local."""
    starts, values = np.array(list(sizes)), np.array(list(sizes.values()))
    return Window(*(fit_rate(starts, values / (starts - s) ** power) for power in _GROWTH))
