"""Runs that reach far enough into s for a rate: when they begin and end, and in which box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scipy.fft import next_fast_len

from parallel_nls.config import Configuration
from parallel_nls.errors import UserError
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.results.decay_rate import FORGOTTEN, common_response
from parallel_nls.studies.multi_bubbles.remainders import bubbles_of

__all__ = ["deep_settings", "tables_of"]

_SETTLED = {1: 20.0, 2: 28.0}  # of δs at the stop, by dimension: in the plane the law has powers of 1/s besides
_PERIODS = 2.0
_STEP = 0.01  # changes the prefactor by 4e-7, and the rate not at all: the error is a part of z
_ROWS = 60  # of those that the fit takes
_LATEST = 200.0  # of s: runs of hours, in which waves that hardly part grow into each other
_SMALLEST = 600.0  # of δs: e^{−700} is no number


def deep_settings(config: Configuration, alternatives: Sequence[Sequence[Bubble]]) -> dict[str, Any]:
    """Settings under which all alternatives have a rate: times, rows, and a box with the margins of the configured one.

    Parameters
    ----------
    config : Configuration
        Whose distances between points and from the waves to the edge are kept.
    alternatives : sequence of sequence of Bubble
        Two or more bubbles each.

    Raises
    ------
    UserError
        If leading pairs oscillate at different frequencies, or waves would become smaller than numbers are.

    Notes
    -----
    *Communication*: local.
    """
    responses = [common_response(bubbles) for bubbles in alternatives]
    slowest, fastest = min(r.rate for r in responses), max(r.rate for r in responses)
    window = max(_PERIODS * math.pi / abs(r.frequency) for r in responses)
    stop = math.ceil(2 * _SETTLED[config.equation.dimension] / slowest) / 2
    start = math.ceil(2 * (stop + window + FORGOTTEN / slowest)) / 2
    if start > _LATEST:
        raise UserError(
            f"δ = {slowest:.3g}: rows would begin at s = {start:g}; take bubbles that are further apart, or narrower"
        )
    if fastest * start > _SMALLEST:
        raise UserError(
            f"rates from δ = {slowest:.4g} to {fastest:.4g} are too far apart for runs of the same times; "
            "take values that are nearer to each other"
        )
    step = max(config.time.step or 0.0, _STEP)
    lengths, points = [], []
    for axis, (length, count) in enumerate(zip(config.grid.length, config.grid.points, strict=True)):
        furthest = max(abs(b.center[axis]) for b in bubbles_of(config))
        margin = 0.5 * length - furthest * max(config.time.start, config.time.stop)
        widest = max(abs(b.center[axis]) for bubbles in alternatives for b in bubbles)
        lengths.append(math.ceil(2 * (widest * start + margin)))
        points.append(2 * next_fast_len(math.ceil(0.5 * count * lengths[-1] / length)))
    return {
        "time.start": start,
        "time.stop": stop,
        "time.step": step,
        "diagnostics.every": {"steps": max(1, int(window / _ROWS / step))},
        "grid.length": [float(length) for length in lengths],
        "grid.points": points,
    }


def tables_of(bubbles: Sequence[Bubble]) -> list[dict[str, Any]]:
    """Bubbles as the tables of a configuration. *Communication*: local."""
    return [{"center": list(b.center), "frequency": b.frequency, "phase": b.phase} for b in bubbles]
