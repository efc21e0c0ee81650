"""Mistakes about a grid that is to be refined in the run: each check returns one line a mistake."""

from __future__ import annotations

from math import inf

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.equation_base import FIELD_SYSTEMS
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.output import LimitsSection
from parallel_nls.config.sections.refining import AUTO
from parallel_nls.config.toml_text import quoted

__all__ = ["find_refinement_mistakes"]


def find_refinement_mistakes(equation: EquationSection, grid: GridSection, limits: LimitsSection) -> list[str]:
    """Return whether a run that is to refine its grid cannot, or would never be told to.

    Parameters
    ----------
    equation, grid, limits : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    if not grid.refinements:
        return []
    key, name = f'grid.refine = "{AUTO}"', f"equation.name = {quoted(equation.name)}"
    if equation.is_remainder:
        return [f'{key}: {name} with form = "remainder" stays on its grid; remove it, and give enough grid.points']
    if equation.systems[grid.space] not in FIELD_SYSTEMS:
        return [f"{key}: {name} stays on its grid, also in the plane; remove it, and give enough grid.points"]
    limit = limits.spectral_tail
    tail = grid.tail_to_refine(limit)
    if tail == inf:
        return [f'{key}: the grid is refined at limits.spectral_tail, which is "off"; give grid.refine_tail = 1e-7']
    if tail > limit:
        return [
            f"grid.refine_tail = {tail!r}: is above limits.spectral_tail = {limit!r}, which ends the run; give less"
        ]
    return []
