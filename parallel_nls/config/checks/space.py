"""Mistakes that several keys together make about space and kind: each check returns one line a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

from parallel_nls.config.checks.critical import critical_equation, deviation, way_back
from parallel_nls.config.checks.places import (
    find_coinciding,
    find_outside,
    find_uneven,
    is_one_place,
)
from parallel_nls.config.sections.equation import EquationSection
from parallel_nls.config.sections.grid_base import GridSection
from parallel_nls.config.sections.initial import InitialSection, MovingWave
from parallel_nls.config.toml_text import quoted

__all__ = ["find_equation_mistakes", "find_shape_mistakes"]


def find_shape_mistakes(
    equation: EquationSection, grid: GridSection, initial: InitialSection, start: float
) -> list[str]:
    """Return what is wrong with the number of entries, the places and the noise of the initial data.

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
    if uneven := find_uneven([*grid.vectors().items(), *initial.vectors()], equation.dimension):
        return uneven
    initial = initial.in_dimension(equation.dimension)
    centers = [(key, vector) for key, vector in initial.vectors() if key.endswith("center")]
    mistakes = grid.find_points_mistakes() + find_outside(centers, grid) + _find_noise_mistakes(grid, initial)
    waves = initial.moving_waves(start)
    if initial.may_coincide:
        return mistakes + _find_boost_mistakes(grid, initial)
    return mistakes + (_find_wave_mistakes(grid, waves, start) if waves else find_coinciding(centers, grid))


def _find_boost_mistakes(grid: GridSection, initial: InitialSection) -> list[str]:
    """Return which waves turn faster than the grid does."""
    return [
        f"{key} = {quoted(boost)}: not less than the grid's largest wavenumber "
        f"{', '.join(f'{pi / dx:.4g}' for dx in grid.spacing)}; choose a slower wave or more grid.points"
        for key, boost in initial.vectors()
        if key.endswith("boost") and any(abs(k) >= pi / dx for k, dx in zip(boost, grid.spacing, strict=True))
    ]


def _find_noise_mistakes(grid: GridSection, initial: InitialSection) -> list[str]:
    """Return which noise the grid does not hold, and which is another one again."""
    mistakes, seeds = [], [noise.seed for noise in initial.noise]
    for k, noise in enumerate(initial.noise):
        largest = min(pi / dx for dx in grid.spacing)
        if noise.bandwidth >= largest:
            mistakes.append(
                f"initial.noise.{k}.bandwidth = {noise.bandwidth!r}: not less than the grid's largest wavenumber "
                f"{largest:.4g}; take less, or more grid.points"
            )
        if noise.seed in seeds[:k]:
            mistakes.append(
                f"initial.noise.{k}.seed = {noise.seed}: that of initial.noise.{seeds.index(noise.seed)} too, so that "
                "they would not be independent; take another"
            )
    return mistakes


def _find_wave_mistakes(grid: GridSection, waves: Sequence[MovingWave], start: float) -> list[str]:
    """Return which waves start outside the box, are too fast for the grid, or are the same."""
    mistakes = []
    for k, wave in enumerate(waves):
        center, velocity = (
            f"{wave.key}.{name} = {quoted(vector)}"
            for name, vector in (("center", wave.center), ("velocity", wave.velocity))
        )
        if grid.contains(wave.center) and not grid.contains(wave.place):
            where = f"the wave is at {quoted(wave.place)}, outside the box {grid.describe_box()}"
            mistakes.append(f"{center}: at time.start = {start!r} {where}; move the center or enlarge grid.length")
        if any(abs(v) / 2 >= pi / dx for v, dx in zip(wave.velocity, grid.spacing, strict=True)):
            largest = ", ".join(f"{pi / dx:.4g}" for dx in grid.spacing)
            mistakes.append(
                f"{velocity}: |v|/2 is not less than the grid's largest wavenumber {largest}; "
                "choose a slower wave or more grid.points"
            )
        mistakes += [
            f"{center}: at the same place as {other.key}.center, and of the same velocity; "
            "move one, change its velocity or remove it"
            for other in waves[:k]
            if wave.velocity == other.velocity and is_one_place(wave.center, other.center, grid)
        ]
    return mistakes


def find_equation_mistakes(equation: EquationSection, initial: InitialSection) -> list[str]:
    """Return whether the initial data solve the critical equation only, and another is given.

    Solitary waves of the line are known with any power.

    Parameters
    ----------
    equation, initial : Section
        Sections that are valid each by itself.

    Returns
    -------
    list of str
        One line, or none.
    """
    known = initial.takes_any_power and equation.has_ground_states and equation.dimension == 1
    if not initial.is_exact or equation.is_critical or known:
        return []
    needs = f'initial.kind = "{initial.kind}" needs {critical_equation(equation)}'
    return [f"{deviation(equation)}: {needs}; {way_back(equation)}, or choose another kind of initial data"]
