"""A clock for steps and members: what a first one takes to compile is not what those to come will take."""

from __future__ import annotations

import time

__all__ = ["begin_compiling", "compiling_seconds", "end_compiling", "working_clock"]


class _Clock:
    """Of what is nested, the outermost counts."""

    def __init__(self) -> None:
        self.depth, self.since, self.spent = 0, 0.0, 0.0


_clock = _Clock()


def begin_compiling() -> None:
    """A kernel begins to be compiled, perhaps within another. *Communication*: local."""
    if _clock.depth == 0:
        _clock.since = time.monotonic()
    _clock.depth += 1


def end_compiling() -> None:
    """It is over. *Communication*: local."""
    _clock.depth -= 1
    if _clock.depth == 0:
        _clock.spent += time.monotonic() - _clock.since


def compiling_seconds() -> float:
    """Seconds that this process has spent on compiling kernels so far. *Communication*: local."""
    return _clock.spent


def working_clock() -> float:
    """Seconds on a clock that nobody sets, and that stands still while kernels are compiled; reading kept ones counts.

    *Communication*: local.
    """
    return time.monotonic() - compiling_seconds()
