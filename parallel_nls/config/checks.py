"""Mistakes that only several keys together make: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist, inf

from parallel_nls.config.initial import BubblesInitial, GaussianInitial
from parallel_nls.config.sections import DiagnosticsSection, EquationSection, GridSection, TimeSection
from parallel_nls.config.toml_text import quoted
from parallel_nls.config.values import StepInterval
from parallel_nls.errors import UserError
from parallel_nls.schedules import Frames

__all__ = ["find_family_mistakes", "find_interval_mistakes", "find_shape_mistakes", "find_time_mistakes"]

_ONE_PLACE = 1e-9  # of the box: centers this near are one place, whatever the rounding of the user's digits


def _centers(initial: BubblesInitial | GaussianInitial) -> list[tuple[str, tuple[float, ...]]]:
    """Return the key and the value of every center."""
    if isinstance(initial, GaussianInitial):
        return [("initial.center", initial.center)]
    return [(f"initial.bubbles.{k}.center", bubble.center) for k, bubble in enumerate(initial.bubbles)]


def find_shape_mistakes(
    equation: EquationSection, grid: GridSection, initial: BubblesInitial | GaussianInitial
) -> list[str]:
    """Return what is wrong with the number of entries and with the places of the initial data.

    Parameters
    ----------
    equation, grid, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    vectors: list[tuple[str, Sequence[float]]] = [("grid.points", grid.points), ("grid.length", grid.length)]
    uneven = [
        f"{key} = {quoted(value)}: a list of length {len(value)}, "
        f"and equation.dimension = {equation.dimension}; give one number for each axis"
        for key, value in [*vectors, *_centers(initial)]
        if len(value) != equation.dimension
    ]
    return uneven or _find_place_mistakes(grid, initial)


def _find_place_mistakes(grid: GridSection, initial: BubblesInitial | GaussianInitial) -> list[str]:
    """Return which centers lie outside the box, or at one place."""
    box = " × ".join(f"[{-length / 2!r}, {length / 2!r})" for length in grid.length)
    centers = _centers(initial)
    mistakes = [
        f"{key} = {quoted(center)}: outside the box {box}; move the center or enlarge grid.length"
        for key, center in centers
        if not all(-length / 2 <= x < length / 2 for x, length in zip(center, grid.length, strict=True))
    ]
    for k, (key, center) in enumerate(centers):
        for other_key, other in centers[:k]:
            if dist(center, other) <= _ONE_PLACE * min(grid.length):
                mistakes.append(
                    f"{key} = {quoted(center)}: at the same place as {other_key}; move or remove one of them"
                )
    return mistakes


def find_time_mistakes(time: TimeSection, initial: BubblesInitial | GaussianInitial) -> list[str]:
    """Return what is wrong with start, stop and step: past the blow-up time, or not a whole number of steps.

    Parameters
    ----------
    time, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    mistakes, blowup = [], inf
    if isinstance(initial, BubblesInitial):
        blowup = initial.blowup_time
        mistakes = [
            f"time.{name} = {value!r}: not before the blow-up time initial.blowup_time = {blowup!r}; "
            f"choose a {name} less than {blowup!r}"
            for name, value in (("start", time.start), ("stop", time.stop))
            if not value < blowup
        ]
    try:
        Frames.from_step(time.start, time.stop, time.step, before=blowup)
    except UserError as error:
        mistakes.append(str(error))
    return mistakes


def find_interval_mistakes(frames: Frames, intervals: dict[str, float | StepInterval | None]) -> list[str]:
    """Return which intervals of simulated time are not a whole number of steps.

    Parameters
    ----------
    frames : Frames
        The frames of the run.
    intervals : dict
        Interval by key; None and intervals in steps are always right.

    Returns
    -------
    list of str
        One line a mistake, with the two nearest intervals.
    """
    mistakes = []
    for key, interval in intervals.items():
        if isinstance(interval, float):
            try:
                frames.whole(interval, key)
            except UserError as error:
                mistakes.append(str(error))
    return mistakes


def find_family_mistakes(diagnostics: DiagnosticsSection, initial: BubblesInitial | GaussianInitial) -> list[str]:
    """Return which families are given twice, or have nothing to measure.

    Parameters
    ----------
    diagnostics, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    families = diagnostics.families
    shown = f"diagnostics.families = {quoted(families)}"
    mistakes = [
        f"{shown}: {quoted(name)} is given twice; remove one" for name in set(families) if families.count(name) > 1
    ]
    if "distance" in families and not isinstance(initial, BubblesInitial):
        mistakes.append(f'{shown}: "distance" is measured to bubbles, and initial.kind = "{initial.kind}"; remove it')
    return sorted(mistakes)
