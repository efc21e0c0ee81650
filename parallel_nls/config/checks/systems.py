"""Mistakes about which sections belong to one system: each check returns one line a mistake."""

from __future__ import annotations

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid import GridSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.output import DiagnosticsSection
from parallel_nls.config.sections.time import TimeSection
from parallel_nls.config.sections.virial import VirialSection
from parallel_nls.config.toml_text import quoted
from parallel_nls.integrators.compositions import SCHEMES

__all__ = ["find_radial_mistakes", "find_system_mistakes"]


def find_system_mistakes(equation: EquationSection, grid: GridSection, initial: InitialSection) -> list[str]:
    """Return whether grid and initial data are those of another system than the equation.

    Parameters
    ----------
    equation, grid, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    mistakes, name = [], f"equation.name = {quoted(equation.name)}"
    if equation.is_radial and not grid.is_radial:
        mistakes.append(
            f"grid.length: {name} is solved on a radial axis; give grid.points = 127 and grid.radius = 12.0"
        )
    if grid.is_radial and not equation.is_radial:
        mistakes.append(f"grid.radius: {name} is solved in a periodic box; give grid.points and grid.length")
    if equation.is_radial and not initial.takes_radius:
        kinds = '"mixture", "thermal", "file" or "python"'
        mistakes.append(f"initial.kind = {quoted(initial.kind)}: {name} starts from a kind {kinds}")
    if not (initial.takes_box or equation.is_radial):
        mistakes.append(f'initial.kind = {quoted(initial.kind)}: {name} starts from another kind, as kind = "gaussian"')
    return mistakes


def find_radial_mistakes(
    equation: EquationSection,
    initial: InitialSection,
    time: TimeSection,
    diagnostics: DiagnosticsSection,
    virial: VirialSection,
) -> list[str]:
    """Return what a hierarchy cannot do, and what belongs to it alone.

    Parameters
    ----------
    equation, initial, time, diagnostics, virial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    name = f"equation.name = {quoted(equation.name)}"
    unknown = [family for family in diagnostics.families if family not in equation.families]
    mistakes = [
        f"diagnostics.families: {quoted(family)} is not measured with {name}; remove it"
        for family in unknown
        if equation.is_radial or family == "hierarchy"
    ]
    if not equation.is_radial:
        if virial.radius is not None:
            mistakes.append(f"virial.radius = {virial.radius!r}: belongs to the Hartree hierarchy; remove it")
        if virial.certificate:
            mistakes.append("virial.certificate = true: belongs to the Hartree hierarchy; remove it")
        return mistakes
    if initial.noise or initial.normalise is not None:
        key = "noise" if initial.noise else "normalise"
        mistakes.append(f"initial.{key}: is not known for density matrices; remove it")
    scheme = SCHEMES.get(time.scheme)
    if scheme is not None and scheme.needs_quadratic and not equation.has_phase_interaction:
        others = ", ".join(other for other, found in SCHEMES.items() if not found.needs_quadratic)
        mistakes.append(
            f"time.scheme = {quoted(time.scheme)}: of Nyström type and order 6, which does not suit "
            f"the interaction at level 2; choose one of {others}"
        )
    if diagnostics.own:
        mistakes.append(f"diagnostics.own: densities of u are not known with {name}; remove them")
    return mistakes
