"""Mistakes about the bubbles that the solution is decomposed into: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import hypot, inf

from parallel_nls.config.checks.critical import critical_equation, deviation, way_back
from parallel_nls.config.checks.places import ONE_PLACE, find_coinciding, find_outside, find_uneven, is_one_place
from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.modulation import ModulationSection
from parallel_nls.config.sections.output import CRITICAL_FAMILIES, DiagnosticsSection
from parallel_nls.config.sections.values import Vector
from parallel_nls.config.toml_text import quoted

__all__ = ["SHORTEST", "find_modulated_mistakes", "find_reference_mistakes"]

SHORTEST = 1e-100  # a vector whose squares have not vanished in rounding


def find_reference_mistakes(
    equation: EquationSection, grid: GridSection, initial: InitialSection, modulation: ModulationSection
) -> list[str]:
    """Return what is wrong with the vectors of [modulation], whichever families are measured.

    Parameters
    ----------
    equation, grid, initial, modulation : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy; none about the grid and the initial data.
    """
    bubbles = modulation.bubbles or ()
    centers = [(f"modulation.bubbles.{k}.center", bubble.center) for k, bubble in enumerate(bubbles)]
    directions = [] if modulation.direction is None else [("modulation.direction", modulation.direction)]
    if uneven := find_uneven([*centers, *directions], equation.dimension):
        return uneven
    if find_uneven(list(grid.vectors().items()), equation.dimension):
        return []
    mistakes = find_outside(centers, grid) + find_coinciding(centers, grid)
    for key, direction in directions:
        mistakes += _find_direction_mistakes(f"{key} = {quoted(direction)}", direction, grid, initial, modulation)
    return mistakes


def _find_direction_mistakes(
    shown: str, direction: Vector, grid: GridSection, initial: InitialSection, modulation: ModulationSection
) -> list[str]:
    """Return whether a direction is none, and which bubbles have the same place along it, but not the same place."""
    length, reference = hypot(*direction), modulation.refer(initial)
    if length < SHORTEST:
        return [f"{shown}: has no length; leave direction out, or give a vector other than zero"]
    whose = "initial" if modulation.bubbles is None else "modulation"
    centers = [bubble.center for bubble in reference.bubbles] if reference else []
    return [
        f"{shown}: {whose}.bubbles.{j}.center and {whose}.bubbles.{k}.center have the same place along it; "
        "leave direction out, or choose another"
        for (j, left), (k, right) in combinations(enumerate(centers), 2)
        if len(left) == len(right) == len(direction) and not is_one_place(left, right, grid)
        if abs(_along(left, direction) - _along(right, direction)) / length <= ONE_PLACE * grid.shortest_side
    ]


def _along(place: Vector, direction: Vector) -> float:
    """Return the scalar product of a place and a direction."""
    return sum(x * v for x, v in zip(place, direction, strict=True))


def find_modulated_mistakes(
    equation: EquationSection, initial: InitialSection, diagnostics: DiagnosticsSection, modulation: ModulationSection
) -> list[str]:
    """Return what the families lack that are measured on bubbles: bubbles, a blow-up time, the critical power.

    Parameters
    ----------
    equation, initial, diagnostics, modulation : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    families = diagnostics.modulated_families
    critical = [name for name in families if name in CRITICAL_FAMILIES]
    reference = modulation.refer(initial)
    shown = f"diagnostics.families = {quoted(diagnostics.families)}"
    mistakes = []
    if families and reference is None:
        time = " and modulation.blowup_time" if critical and modulation.blowup_time is None else ""
        mistakes.append(
            f'{shown}: {_listed(families)} measured on bubbles, and initial.kind = "{initial.kind}" has none; '
            f"give [[modulation.bubbles]]{time}, or remove {_those(families)}"
        )
    elif critical and reference is not None and reference.blowup_time == inf:
        mistakes.append(
            f"{shown}: {_listed(critical)} measured up to a blow-up time, and "
            f'initial.kind = "{initial.kind}" has none; give modulation.blowup_time, or remove {_those(critical)}'
        )
    if critical and not equation.is_critical:
        mistakes.append(
            f"{deviation(equation)}: {_listed(critical)} measured with {critical_equation(equation)} alone; "
            f"{way_back(equation)}, or remove {_those(critical)} from diagnostics.families"
        )
    if "localized" in families and not equation.has_local_balance:
        mistakes.append(
            f'{deviation(equation)}: "localized" is measured with equation.name = "nls" alone; '
            f"{way_back(equation)}, or remove it from diagnostics.families"
        )
    return mistakes


def _listed(families: Sequence[str]) -> str:
    """Return the families as the subject of a sentence, with its verb."""
    return f"{', '.join(map(quoted, families))} {'is' if len(families) == 1 else 'are'}"


def _those(families: Sequence[str]) -> str:
    """Return the pronoun for the families."""
    return "it" if len(families) == 1 else "them"
