"""Mistakes about which sections belong to one system: each check returns one line a mistake."""

from __future__ import annotations

from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.equation_base import FIELD_SYSTEMS
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.output import DiagnosticsSection
from parallel_nls.config.sections.time import TimeSection
from parallel_nls.config.sections.virial import VirialSection
from parallel_nls.config.toml_text import quoted
from parallel_nls.integrators.compositions import SCHEMES

__all__ = ["find_foreign_mistakes", "find_system_mistakes"]

_GRID_KEYS = {"box": "grid.length", "radius": "grid.radius", "line": 'grid.basis = "rational"'}
_SPACES = {
    "box": "in a periodic box; give grid.points and grid.length",
    "radius": "on a radial axis; give grid.points = 127 and grid.radius = 12.0",
    "line": 'on a line; give grid.basis = "rational", grid.points = 256 and grid.scale = 3.0, or a box',
}
_PLANE = 2  # dimensions
_FALLS = "relies on a linear part that is quadratic in the wavenumber, and falls to order 4 with |ξ|"
_NOT_NYSTROM = {
    "radius": "does not suit the interaction at level 2",
    "line": _FALLS,
    "periodic-line": _FALLS,
}
_MEASURED = {"box": "in a periodic box", "radius": "on a radial axis", "line": "on the whole line"}
_NO_BOX = {
    "line": ("on the whole line", ", give a box by grid.points and grid.length"),
    "radius": ("for density matrices on a radial axis", ""),
    "plane": ("for the waves of a density matrix", ""),
}
"""Of systems that are no field in a box: what they are, and how to have a box in place of that."""
_KINDS = {
    "box": 'as "gaussian", "bubbles", "solitons", "file" or "python"',
    "radius": '"mixture", "thermal", "file" or "python"',
    "line": '"profile", "gaussian", "sech", "file" or "python"',
    "periodic-line": '"profile", "gaussian", "sech", "file" or "python"',
    "plane": '"mixture", "file" or "python"',
}


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
    mistakes, name, system = [], f"equation.name = {quoted(equation.name)}", equation.systems.get(grid.space)
    if system is None:
        system = next(iter(equation.systems.values()))
        mistakes.append(f"{_GRID_KEYS[grid.space]}: {name} is solved {_SPACES[system]}")
    elif system == "plane":
        mistakes += _find_plane_mistakes(name, equation, grid)
    suits = {
        "box": initial.takes_box,
        "radius": initial.takes_radius,
        "line": initial.takes_line,
        "periodic-line": initial.takes_line,
        "plane": initial.takes_plane,
    }
    if not suits[system]:
        mistakes.append(f"initial.kind = {quoted(initial.kind)}: {name} starts from a kind {_KINDS[system]}")
    elif system == "radius":
        mistakes += [
            f"{key} = {quoted(vector)}: waves on a radial axis are centered and at rest; remove it, or give "
            f"equation.dimension = {_PLANE}, grid.points and grid.length for the plane"
            for key, vector in initial.vectors()
        ]
    return mistakes


def _find_plane_mistakes(name: str, equation: EquationSection, grid: GridSection) -> list[str]:
    """Return what keeps waves from being solved for in the plane."""
    mistakes = []
    if equation.dimension != _PLANE:
        mistakes.append(
            f"equation.dimension = {equation.dimension}: {name} is solved in the plane on the points of a box; give "
            f"dimension = {_PLANE}, or a radial axis by grid.points = 127 and grid.radius = 12.0"
        )
    elif len(grid.points) == _PLANE and grid.precision != "double":
        mistakes.append(f'grid.precision = "{grid.precision}": {name} takes double precision; remove it')
    return mistakes


def find_foreign_mistakes(
    equation: EquationSection,
    grid: GridSection,
    initial: InitialSection,
    time: TimeSection,
    diagnostics: DiagnosticsSection,
    virial: VirialSection,
) -> list[str]:
    """Return what a system other than waves in a box cannot do, and what belongs to it alone.

    Parameters
    ----------
    equation, grid, initial, time, diagnostics, virial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    name, system = f"equation.name = {quoted(equation.name)}", equation.systems[grid.space]
    where = f"{name} {_MEASURED[grid.space]}" if len(equation.systems) > 1 else name
    known = equation.families_in(system)
    mistakes = [
        f"diagnostics.families: {quoted(family)} is not measured with {where}; remove it"
        for family in diagnostics.families
        if family not in known
    ]
    if initial.is_interpolated and grid.space != "box":
        mistakes.append(
            "initial.interpolate = true: is for fields in boxes; remove it, and take the points of the file"
        )
    if system != "radius":
        whose = "radial Hartree equations" if system == "plane" else "the Hartree hierarchy"
        if virial.radius is not None:
            mistakes.append(f"virial.radius = {virial.radius!r}: belongs to {whose}; remove it")
        if virial.certificate:
            mistakes.append(f"virial.certificate = true: belongs to {whose}; remove it")
    scheme = SCHEMES.get(time.scheme)
    if time.scheme not in equation.schemes:
        which = f"{name} in remainder form" if equation.is_remainder else name
        mistakes.append(
            f"time.scheme = {quoted(time.scheme)}: no scheme of {which}; choose one of {', '.join(equation.schemes)}"
        )
    if scheme is not None and scheme.needs_quadratic and not equation.has_phase_interaction:
        others = ", ".join(other for other, found in SCHEMES.items() if not found.needs_quadratic)
        mistakes.append(
            f"time.scheme = {quoted(time.scheme)}: of Nyström type, which {_NOT_NYSTROM[system]}; "
            f"choose one of {others}"
        )
    if system in FIELD_SYSTEMS:
        return mistakes
    return mistakes + _find_box_mistakes(name, system, initial, diagnostics)


def _find_box_mistakes(name: str, system: str, initial: InitialSection, diagnostics: DiagnosticsSection) -> list[str]:
    """Return what is known of one field in a periodic box alone, and how it is had elsewhere."""
    where, instead = _NO_BOX[system]
    mistakes = []
    if initial.noise:
        mistakes.append(
            f"initial.noise: is a function of a periodic box, and {name} is solved {where}; remove it"
            f'{instead}, or add noise in a start of kind "python" or "file"'
        )
    scaled = initial.normalise is not None and not isinstance(initial.normalise, bool)
    if scaled:
        mistakes.append(
            f"initial.normalise: scales one field in a periodic box, and {name} is solved {where}; remove it"
            f'{instead}, or scale a start of kind "python" or "file"'
        )
    if diagnostics.own:
        mistakes.append(
            f"diagnostics.own: are integrated over one field in a periodic box, and {name} is solved {where}; "
            f"remove them{instead}, or compute them from the stored fields"
        )
    return mistakes
