"""What the edge of the periodic box does to initial data and to the waves that come to it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from math import copysign

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.sections.initial import MovingWave
from parallel_nls.schedules import shown_time

__all__ = ["FILLED", "LEVEL", "describe_edge", "edge_at_start", "edge_reached"]

LEVEL = 1e-5
"""|u| at the edge, relative to its largest, from which on it is worth saying: the default of `limits.spectral_tail`,
since what the box leaves out is an error as what the grid does."""
FILLED = 0.5
"""Of the largest: given data that are no smaller at the edge are no wave that a box cuts off, but periodic."""


def edge_at_start(config: Configuration, edge: float) -> str | None:
    """What to say of initial data that have not decayed at the edge; None where nothing is wrong.

    Parameters
    ----------
    config : Configuration
        Its box and initial data.
    edge : float
        The largest |u| at the edge relative to that in the box.

    Notes
    -----
    *Communication*: local.
    """
    if not edge > LEVEL:
        return None
    initial, box = config.initial, config.grid.describe_box()
    size = f"{edge:.2g} of its largest"
    if config.grid.space == "radius":
        return f"warning: the axis {box} cuts the initial data off: |φ| at its end is {size}; enlarge grid.radius"
    if config.equation.has_algebraic_tails:
        return (
            f"half waves fall as x^-2 alone: |u| at the edge of the box {box} is {size}, and the box changes "
            "numbers by the order L^-2; `parallel-nls study box-limit` takes that away"
        )
    if config.equation.is_remainder:
        return f"warning: |{config.equation.unknown}| at the edge of the box {box} is {size}; enlarge grid.length"
    if initial.has_images:
        return (
            f"warning: |u| at the edge of the box {box} is {size}: the initial data go on into their periodic images, "
            "and the run is not one of the whole space; enlarge grid.length, or move them, if that is not meant"
        )
    if initial.is_exact:
        return (
            f"warning: the box {box} cuts the initial data off: |u| at its edge is {size}, and {initial.kind} have no "
            "periodic images; what is missing is an error that stays; enlarge grid.length"
        )
    if edge > FILLED:
        return None
    return (
        f"warning: the box {box} cuts the initial data off, unless they are periodic: |u| at its edge is {size}; "
        "enlarge grid.length"
    )


def edge_reached(config: Configuration, edge: float, time: float) -> str:
    """What to say of a field that comes to the edge in the course of a run. *Communication*: local."""
    if config.grid.space == "radius":
        return (
            f"|φ| at the end of the axis {config.grid.describe_box()} has come to {edge:.2g} of its largest at "
            f"t = {shown_time(time, 10)}: from here on it is reflected; a larger grid.radius puts that off"
        )
    if config.equation.is_remainder:
        unknown = config.equation.unknown
        return (
            f"|{unknown}| at the edge of the box {config.grid.describe_box()} has come to {edge:.2g} of its largest at "
            f"{config.equation.time_symbol} = {shown_time(time, 10)}, and is no longer one "
            "of the whole space; enlarge grid.length"
        )
    lost = ["variance", "the virial identity"]
    if config.initial.is_exact and not config.initial.has_images:
        lost.append("distances")
    if config.diagnostics.modulated_families:
        lost.append("the decomposition")
    return (
        f"|u| at the edge of the box {config.grid.describe_box()} has come to {edge:.2g} of its largest at "
        f"t = {shown_time(time, 10)}: from here on the run is one of the periodic box, "
        f"and {', '.join(lost[:-1])} and {lost[-1]} feel the edge; a larger grid.length puts it off"
    )


def describe_edge(config: Configuration) -> dict[str, str]:
    """What a dry run says of the edge; nothing where the initial data are not known. *Communication*: local."""
    initial, length, time = config.exact_waves, config.grid.length, config.time
    start = initial.edge(time.start, length)
    if start is None or config.grid.space == "line":
        return {}
    text = f"|u| there is {start:.2g} of its largest at the start"
    if config.grid.space == "radius":
        text = f"|φ| at the end of the axis is {start:.2g} of its largest at the start"
    elif config.equation.has_algebraic_tails:
        text += ", and falls as x^-2 alone: `parallel-nls study box-limit` takes away what the box does"
    elif not initial.has_images:
        text += "; no periodic images" if start <= LEVEL else ", which is cut off: enlarge grid.length"
    crossings = [crossing for wave in initial.moving_waves(time.start) for crossing in _crossings(config, wave)]
    first = min(crossings, key=lambda crossing: abs(crossing[0] - time.start), default=None)
    if first is not None:
        text += f"; {first[1]} crosses it at t = {first[0]:.4g}, and comes back on the other side"
    return {"edge": text}


def _crossings(config: Configuration, wave: MovingWave) -> Iterator[tuple[float, str]]:
    """When the center of a wave first meets the edge on each axis within the run, and its key."""
    start, span = config.time.start, config.time.stop - config.time.start
    for place, velocity, side in zip(wave.place, wave.velocity, config.grid.length, strict=True):
        way = velocity * span
        if way and abs(way) >= abs(copysign(0.5 * side, way) - place):
            yield start + (copysign(0.5 * side, way) - place) / velocity, wave.key
