"""Mistakes that several keys together make about space and kind: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, pi

from parallel_nls.config.checks.places import (
    describe_box,
    find_coinciding,
    find_outside,
    find_uneven,
    is_inside,
    is_one_place,
)
from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid import GridSection, find_points_mistakes
from parallel_nls.config.sections.initial import (
    AnyInitial,
    BubblesInitial,
    GaussianInitial,
    SolitonParameters,
    SolitonsInitial,
    in_dimension,
)
from parallel_nls.config.sections.output import DiagnosticsSection, LimitsSection
from parallel_nls.config.sections.values import Vector
from parallel_nls.config.toml_text import quoted

__all__ = ["find_family_mistakes", "find_power_mistakes", "find_shape_mistakes"]

_WITH_IDENTITIES = ("virial", "localized")


def _vectors(initial: AnyInitial) -> Iterator[tuple[str, Vector]]:
    """Yield the key and the value of every vector that was given."""
    if isinstance(initial, GaussianInitial) and initial.center:
        yield "initial.center", initial.center
    if isinstance(initial, BubblesInitial):
        for k, bubble in enumerate(initial.bubbles):
            yield f"initial.bubbles.{k}.center", bubble.center
    if isinstance(initial, SolitonsInitial):
        for k, soliton in enumerate(initial.solitons):
            vectors = {"velocity": soliton.velocity, "center": soliton.center}
            yield from ((f"initial.solitons.{k}.{name}", vector) for name, vector in vectors.items() if vector)


def find_shape_mistakes(equation: EquationSection, grid: GridSection, initial: AnyInitial, start: float) -> list[str]:
    """Return what is wrong with the number of entries and with the places of the initial data.

    Parameters
    ----------
    equation, grid, initial : Section
        Sections that are valid each by itself.
    start : float
        The simulated time at the start, at which solitary waves are where their velocities take them.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    vectors: list[tuple[str, Sequence[float]]] = [("grid.points", grid.points), ("grid.length", grid.length)]
    if uneven := find_uneven([*vectors, *_vectors(initial)], equation.dimension):
        return uneven
    initial = in_dimension(initial, equation.dimension)
    centers = [(key, vector) for key, vector in _vectors(initial) if key.endswith("center")]
    mistakes = find_points_mistakes(grid) + find_outside(centers, grid)
    if isinstance(initial, SolitonsInitial):
        return mistakes + _find_soliton_mistakes(grid, initial.solitons, start)
    return mistakes + find_coinciding(centers, grid)


def _find_soliton_mistakes(grid: GridSection, solitons: Sequence[SolitonParameters], start: float) -> list[str]:
    """Return which solitary waves start outside the box, are too fast for the grid, or are the same."""
    mistakes = []
    for k, soliton in enumerate(solitons):
        key, place = f"initial.solitons.{k}", soliton.center_at(start)
        center, velocity = f"{key}.center = {quoted(soliton.center)}", f"{key}.velocity = {quoted(soliton.velocity)}"
        if is_inside(soliton.center, grid) and not is_inside(place, grid):
            where = f"at time.start = {start!r} the wave is at {quoted(place)}, outside the box {describe_box(grid)}"
            mistakes.append(f"{center}: {where}; move the center or enlarge grid.length")
        if any(abs(v) / 2 >= pi / dx for v, dx in zip(soliton.velocity, grid.spacing, strict=True)):
            largest = ", ".join(f"{pi / dx:.4g}" for dx in grid.spacing)
            mistakes.append(
                f"{velocity}: |v|/2 is not less than the grid's largest wavenumber {largest}; "
                "choose a slower wave or more grid.points"
            )
        mistakes += [
            f"{center}: at the same place as initial.solitons.{j}.center, and of the same velocity; "
            "move one, change its velocity or remove it"
            for j, other in enumerate(solitons[:k])
            if soliton.velocity == other.velocity and is_one_place(soliton.center, other.center, grid)
        ]
    return mistakes


def find_power_mistakes(equation: EquationSection, initial: AnyInitial) -> list[str]:
    """Return whether the initial data solve the critical equation only, and another is given.

    Parameters
    ----------
    equation, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line, or none.
    """
    if isinstance(initial, (BubblesInitial, SolitonsInitial)) and equation.power != equation.critical_power:
        needs = f'initial.kind = "{initial.kind}" needs the critical power 4/dimension = {equation.critical_power!r}'
        return [f"equation.power = {equation.power!r}: {needs}; remove power, or choose another kind of initial data"]
    return []


def find_family_mistakes(diagnostics: DiagnosticsSection, limits: LimitsSection, initial: AnyInitial) -> list[str]:
    """Return which families are given twice, have nothing to measure, or are missing for a limit.

    Parameters
    ----------
    diagnostics, limits, initial : Section
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
    if "distance" in families and not isinstance(initial, (BubblesInitial, SolitonsInitial)):
        mistakes.append(
            f'{shown}: "distance" is measured to bubbles or solitons, and initial.kind = "{initial.kind}"; remove it'
        )
    if limits.identity < inf and not set(families) & set(_WITH_IDENTITIES):
        mistakes.append(
            f"limits.identity = {limits.identity!r}: only the families {' and '.join(map(quoted, _WITH_IDENTITIES))} "
            'have identities; add one to diagnostics.families, or set the limit to "off"'
        )
    return sorted(mistakes)
