"""How often the points of a box may be doubled in a run, and what is wrong with what is said of it."""

from __future__ import annotations

from parallel_nls.config.toml_text import quoted

__all__ = ["AUTO", "doublings", "find_most_mistakes"]

AUTO = "auto"
Points = tuple[int, ...]


def doublings(points: Points, most: Points | None) -> list[Points]:
    """Return the points of the grids that follow a first one, up to the most on each axis; one number is for all axes.

    *Communication*: local.
    """
    if most is None:
        return []
    bounds, found = _bounds(points, most), list[Points]()
    while all(2 * n <= bound for n, bound in zip(points, bounds, strict=True)):
        points = tuple(2 * n for n in points)
        found.append(points)
    return found


def find_most_mistakes(points: Points, refine: str, most: Points | None) -> list[str]:
    """Return what is wrong with `refine` and `max_points`: one line a mistake, naming key, value and remedy.

    *Communication*: local.
    """
    twice = [2 * n for n in points]
    if refine != AUTO:
        said = f"grid.max_points = {quoted(most)}: is for grid.refine = {quoted(AUTO)}; give that too, or remove it"
        return [] if most is None else [said]
    if most is None:
        example = f"max_points = {quoted([4 * n for n in points])}"
        return [f'grid.refine = "{AUTO}": goes on up to grid.max_points; give them, as {example}']
    if len(most) not in (1, len(points)):
        return [f"grid.max_points = {quoted(most)}: give one number, or one for each axis, as {quoted(twice)}"]
    below = doublings(points, most)
    if below and below[-1] == _bounds(points, most):
        return []
    last = list(below[-1]) if below else None
    above = [2 * n for n in last] if last else twice
    remedy = f"write max_points = {quoted(above)}" if last is None else f"write {quoted(last)} or {quoted(above)}"
    why = f"are not grid.points = {quoted(points)} doubled once or several times, as often on each axis"
    return [f"grid.max_points = {quoted(most)}: {why}; {remedy}"]


def _bounds(points: Points, most: Points) -> Points:
    """Return the most on each axis."""
    return most * len(points) if len(most) == 1 else most
