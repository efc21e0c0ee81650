"""Mistakes about a run in remainder form: each check returns one line a mistake."""

from __future__ import annotations

from parallel_nls.config.checks.places import find_outside, find_uneven
from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.initial import InitialSection
from parallel_nls.config.sections.modulation import ModulationSection
from parallel_nls.config.sections.output import DiagnosticsSection
from parallel_nls.config.sections.time import TimeSection
from parallel_nls.config.toml_text import quoted

__all__ = ["find_remainder_mistakes"]


def find_remainder_mistakes(
    equation: EquationSection,
    grid: GridSection,
    initial: InitialSection,
    time: TimeSection,
    diagnostics: DiagnosticsSection,
    modulation: ModulationSection,
) -> list[str]:
    """Return what a run in remainder form lacks, or cannot have; nothing of other runs.

    Parameters
    ----------
    equation, grid, initial, time, diagnostics, modulation : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line a mistake, naming key, value and remedy.
    """
    form, bubbles, small = 'equation.form = "remainder"', initial.known_bubbles(), initial.small_data
    if not equation.is_remainder:
        return [] if small is None else [f"initial.remainder: belongs to {form}; remove it, or give that"]
    if bubbles is None:
        return [f'initial.kind = {quoted(initial.kind)}: {form} is solved beside bubbles; give kind = "bubbles"']
    mistakes = []
    if len(bubbles) == 1 and small is None:
        mistakes.append(
            f"initial.bubbles: there is one, an exact solution, whose remainder with {form} is 0; "
            "give two, or begin beside it with a table [initial.remainder]"
        )
    if time.tolerance is not None:
        mistakes.append(
            f"time.tolerance = {time.tolerance!r}: {form} is solved in fixed steps; give time.step, as step = 0.005"
        )
    if grid.precision != "double":
        mistakes.append(f"grid.precision = {quoted(grid.precision)}: numbers of {form} may be 1e-60; give double")
    if initial.noise or initial.normalise is not None:
        key = "noise" if initial.noise else "normalise"
        mistakes.append(f"initial.{key}: bubbles of {form} are exact solutions; remove it")
    if small is not None:
        mistakes += _find_small_mistakes(equation, grid, small, len(bubbles))
    if diagnostics.own:
        mistakes.append(f"diagnostics.own: densities of u are not known with {form}; remove them")
    if modulation.bubbles is not None or modulation.blowup_time is not None:
        key = "blowup_time" if modulation.bubbles is None else "bubbles"
        mistakes.append(f"modulation.{key}: with {form} the bubbles are those of [initial]; remove it")
    return mistakes + _find_way_mistakes(equation, grid, initial, time)


def _find_small_mistakes(
    equation: EquationSection, grid: GridSection, small: InitialSection, bubbles: int
) -> list[str]:
    """Return what is wrong with the remainder at the start."""
    vectors = [(key.replace("initial", "initial.remainder"), vector) for key, vector in small.vectors()]
    mistakes = find_uneven(vectors, equation.dimension) or find_outside(vectors, grid)
    if small.noise or small.normalise is not None:
        key = "noise" if small.noise else "normalise"
        mistakes.append(f"initial.remainder.{key}: is not known of a remainder; remove it")
    if small.changed_bubble is not None and small.changed_bubble > bubbles:
        number = f"initial.remainder.bubble = {small.changed_bubble}"
        there = "there is 1 bubble; give 1" if bubbles == 1 else f"there are {bubbles} bubbles; give 1 to {bubbles}"
        mistakes.append(f"{number}: {there}")
    return mistakes


def _find_way_mistakes(
    equation: EquationSection, grid: GridSection, initial: InitialSection, time: TimeSection
) -> list[str]:
    """Return which times are none of s, and which waves leave the box between start and stop."""
    mistakes: list[str] = []
    for wave in equation.waves(initial).moving_waves(time.start):
        mistakes += [
            f"time.{name} = {value!r}: s = 1/(T - t) is positive; give more than 0"
            for name, value in (("start", time.start), ("stop", time.stop))
            if not value > 0 and not mistakes
        ]
        furthest = max(time.start, time.stop)
        place = tuple(furthest * v for v in wave.velocity)
        if len(place) == len(grid.length) and not grid.contains(place):
            key = wave.key.replace("solitons", "bubbles") + ".center"
            mistakes.append(
                f"{key} = {quoted(wave.velocity)}: at s = {furthest!r} the wave is at s times that, outside the box "
                f"{grid.describe_box()}, and it has no periodic images; enlarge grid.length, or begin at a smaller s"
            )
    return mistakes
