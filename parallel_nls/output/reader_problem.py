"""What a run solves, in words: equation, grid, initial data, time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parallel_nls.config import (
    BubblesInitial,
    Configuration,
    FileInitial,
    GaussianInitial,
    PythonInitial,
    SolitonsInitial,
    counted,
)

Lines = Iterator[tuple[str, str]]


def problem_lines(config: Configuration) -> Lines:
    """Yield heads and texts of lines that say what is solved. *Communication*: local."""
    equation, grid = config.equation, config.grid
    critical = " (L²-critical)" if equation.power == equation.critical_power else ""
    space = counted(equation.dimension, "dimension")
    yield "equation", f"{equation.name} in {space}, nonlinearity |u|^{equation.power:g} u{critical}"
    precision = "" if grid.precision == "double" else f", {grid.precision} precision"
    yield "grid", f"{_times(grid.points)} points in a periodic box {_times(grid.length)}{precision}"
    yield from _initial_lines(config)
    yield "time", _time_text(config)


def _times(numbers: Sequence[object]) -> str:
    return " × ".join(f"{number:g}" if isinstance(number, float) else str(number) for number in numbers)


def _point(numbers: Sequence[float]) -> str:
    return f"{numbers[0]:g}" if len(numbers) == 1 else "(" + ", ".join(f"{number:g}" for number in numbers) + ")"


def _initial_lines(config: Configuration) -> Lines:
    initial = config.initial
    if isinstance(initial, BubblesInitial):
        yield "initial", f"{counted(len(initial.bubbles), 'bubble')}, blow-up time T = {initial.blowup_time:g}"
        for bubble in initial.bubbles:
            yield "", f"center {_point(bubble.center)}, frequency {bubble.frequency:g}, phase {bubble.phase:g}"
    elif isinstance(initial, SolitonsInitial):
        count = len(initial.solitons)
        yield "initial", "1 solitary wave" if count == 1 else f"{count} solitary waves"
        for wave in initial.solitons:
            moving = f"velocity {_point(wave.velocity)}, center {_point(wave.center)} at t = 0"
            yield "", f"{moving}, frequency {wave.frequency:g}, phase {wave.phase:g}"
    elif isinstance(initial, GaussianInitial):
        size = f"amplitude {initial.amplitude:g}, width {initial.width:g}, chirp {initial.chirp:g}"
        yield "initial", f"Gaussian at {_point(initial.center)}, {size}"
    elif isinstance(initial, FileInitial):
        yield "initial", f"the field in {initial.file}"
    elif isinstance(initial, PythonInitial):
        coordinates = "x" if config.equation.dimension == 1 else "x, y"
        yield "initial", f"{initial.function}({coordinates}) of {initial.file}"


def _time_text(config: Configuration) -> str:
    time = config.time
    if time.step is not None:
        size = f"step {time.step:g}"
    else:
        size = f"tolerance {time.tolerance:g}, frames of {abs(config.frames.frame):g}"
    return f"t = {time.start:g} to {time.stop:g}, {size}, scheme {time.scheme}"
