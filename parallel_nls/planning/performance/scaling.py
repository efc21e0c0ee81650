"""What a step takes on more and more ranks: strong scaling of one grid, weak scaling of grids that grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.toml_text import quoted
from parallel_nls.errors import UserError
from parallel_nls.planning.performance.costs import PARTS, WIDTH, Cost, Job
from parallel_nls.planning.performance.estimate import estimate_run, format_seconds
from parallel_nls.planning.performance.machine import Machine

__all__ = ["Scaling", "describe_scaling", "scale_run"]


@dataclass(frozen=True)
class Scaled:
    """A run on so many ranks.

    Attributes
    ----------
    ranks, computing, nodes : int
        All ranks, those that compute, and how many nodes.
    points : tuple of int
        Of the grid.
    step : Cost
        Of one step.
    seconds : float
        Of the whole run.
    """

    ranks: int
    computing: int
    nodes: int
    points: tuple[int, ...]
    step: Cost
    seconds: float


@dataclass(frozen=True)
class Scaling:
    """A run on several numbers of ranks.

    Attributes
    ----------
    rows : tuple of Scaled
        By ranks, rising.
    weak : bool
        Whether the grid grows with the ranks.
    """

    rows: tuple[Scaled, ...]
    weak: bool

    def speedup(self, row: Scaled) -> float:
        """Of a step over that on the fewest ranks; weak: as if the grid of that were solved so many times over."""
        first = self.rows[0]
        gained = first.step.seconds / row.step.seconds
        return gained * row.ranks / first.ranks if self.weak else gained

    def efficiency(self, row: Scaled) -> float:
        """Speed-up over the one that is ideal. *Communication*: local."""
        return self.speedup(row) * self.rows[0].ranks / row.ranks


def scale_run(configuration: Configuration, machine: Machine, ranks: Sequence[int], weak: bool = False) -> Scaling:
    """Return what a run takes on numbers of ranks.

    Parameters
    ----------
    configuration : Configuration
        Complete; its grid is that on the fewest ranks.
    machine : Machine
        Its constants.
    ranks : sequence of int
        The fewest and the most: powers of two between them are added. One number alone, or more than two: these.
    weak : bool
        Whether points grow with the ranks, axis by axis.

    Raises
    ------
    UserError
        If there is no estimate, or the grid cannot grow.

    Notes
    -----
    *Communication*: local.
    """
    if configuration.system == "line":
        raise UserError(
            f"half waves on the whole line, grid.basis = {quoted('rational')}, run on one rank, and --dry-run tells "
            "how long; more ranks take a periodic box, as grid = {points = 4096, length = 100.0}"
        )
    wanted = _between(*sorted(ranks)) if len(ranks) == 2 else sorted(set(ranks))
    rows = []
    for count in wanted:
        config = _grown(configuration, count, wanted[0]) if weak else configuration
        found = estimate_run(config, machine, count)
        job = Job(machine, count)
        rows.append(Scaled(count, found.work.ranks, job.nodes, config.grid.points, found.work.step, found.seconds))
    return Scaling(tuple(rows), weak)


def _between(first: int, last: int) -> list[int]:
    """Return first, and its doubles below last, and last."""
    found = [first]
    while found[-1] * 2 < last:
        found.append(found[-1] * 2)
    return found if last == first else [*found, last]


def _grown(configuration: Configuration, ranks: int, fewest: int) -> Configuration:
    """Return the run on as many times the points as there are ranks: axes are doubled in turns, the last one first."""
    if configuration.level:
        raise UserError(
            "weak scaling is of fields in boxes: a density matrix of n points has n⁴ numbers; leave --weak out"
        )
    times, left = ranks // fewest, ranks % fewest
    if left or times & (times - 1):
        raise UserError(
            f"--weak takes ranks that double from {fewest} on, not {ranks}; give powers of two times {fewest}"
        )
    points, axis = list(configuration.grid.points), len(configuration.grid.points) - 1
    while times > 1:
        points[axis] *= 2
        axis = (axis - 1) % len(points)
        times //= 2
    grown = configuration.grid.model_copy(update={"points": tuple(points), "refine": "off", "max_points": None})
    if mistakes := grown.find_points_mistakes():
        raise UserError(f"--weak comes on {ranks} ranks to {mistakes[0]}; begin with a smaller grid, or end on fewer")
    return configuration.on_grid(grown)


_HEADS = ("ranks", "nodes", "points", "a step", *PARTS, "speed-up", "efficiency", "run")


def describe_scaling(found: Scaling, machine: Machine) -> str:
    """Return a table: one row a number of ranks, and what limits the last one. *Communication*: local."""
    table = [_HEADS, *(_cells(found, row) for row in found.rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(_HEADS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in table]
    last = found.rows[-1]
    lines.append(f"machine: {machine.name or 'of a file'}")
    lines.append(f"on {last.ranks} rank{'s' * (last.ranks > 1)} {_limit(found)}")
    idle = next((row for row in found.rows if row.computing < row.ranks), None)
    if idle is not None:
        lines.append(f"{idle.computing} ranks at most have work on this grid: more would idle")
    return "\n".join(lines)


def _limit(found: Scaling) -> str:
    """What the last row is limited by, and what to do; nothing is promised that the rows before it do not keep."""
    *others, last = found.rows
    best = min(others, key=lambda row: row.step.seconds, default=None)
    if best is not None and not found.weak and last.step.seconds >= best.step.seconds:
        return f"a step is no shorter than on {best.ranks}: take fewer"
    if last.step.largest == "arithmetic" and len(last.points) > 1 and min(last.points) < WIDTH * last.computing:
        return "a step is mostly arithmetic, of blocks of 32 lines that are not full: more ranks gain little"
    return _LIMITS[last.step.largest]


_LIMITS = {
    "arithmetic": "a step is mostly arithmetic: more ranks make it shorter",
    "memory": "a step mostly waits for memory: fewer ranks a node, on more nodes, make it shorter",
    "messages": "a step is mostly messages: more ranks gain little, a faster network does",
    "waiting": "a step mostly waits at barriers and for small messages: fewer ranks do as well",
}


def _cells(found: Scaling, row: Scaled) -> tuple[str, ...]:
    step = row.step
    shares = (f"{100 * getattr(step, part) / step.seconds:.0f} %" for part in PARTS)
    points = " × ".join(map(str, row.points))
    numbers = f"{found.speedup(row):.3g}", f"{100 * found.efficiency(row):.0f} %"
    return (
        str(row.ranks),
        str(row.nodes),
        points,
        format_seconds(step.seconds),
        *shares,
        *numbers,
        format_seconds(row.seconds),
    )
