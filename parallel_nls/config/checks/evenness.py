"""Mistakes about fields that are even about the origin of an axis: each check returns one line a mistake."""

from __future__ import annotations

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.output import DiagnosticsSection
from parallel_nls.config.toml_text import quoted

__all__ = ["find_evenness_mistakes"]

_PLANE = 2  # dimensions
_MEASURED = ("conserved", "virial", "resolution", "distance")


def find_evenness_mistakes(
    equation: EquationSection, grid: GridSection, initial: InitialSection, diagnostics: DiagnosticsSection
) -> list[str]:
    """Return what keeps a run from holding half of the points of an axis.

    Parameters
    ----------
    equation, grid, initial, diagnostics : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy; none where no axis is even.
    """
    axes = grid.even_axes
    if not axes:
        return []
    shown, name = f"grid.even = {quoted(['xy'[axis] for axis in axes])}", f"equation.name = {quoted(equation.name)}"
    if equation.dimension != _PLANE:
        return [f"{shown}: is for the plane; remove it"]
    if equation.systems[grid.space] != "box" or equation.is_remainder or equation.source_file:
        which = f"an equation of your own, in {equation.source_file}" if equation.source_file else name
        return [f"{shown}: is not known with {which}{' in remainder form' * equation.is_remainder}; remove it"]
    mistakes = [
        f"grid.points.{axis} = {grid.points[axis]}: of an even axis half is held; give an even number, "
        f"as {grid.points[axis] + 1}"
        for axis in axes
        if grid.points[axis] % 2
    ]
    if initial.noise:
        mistakes.append(f"{shown}: noise is not even; remove initial.noise")
    mistakes += [
        f"diagnostics.families: {quoted(family)} is not measured of half the points; remove it, or grid.even"
        for family in diagnostics.families
        if family not in _MEASURED
    ]
    return mistakes
