"""How long a whole run takes, in words for a dry run: start, steps, samples, output, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.toml_text import counted
from parallel_nls.planning.performance.costs import PARTS
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.performance.steps import Steps, count_steps
from parallel_nls.planning.performance.systems import Work, work_of

__all__ = ["Estimate", "describe_duration", "estimate_run", "format_seconds"]

_FIELD_BYTES = 3 / 2  # of a stored field over those of u: real and imaginary part, and |u|²
_DAY = 86400.0
_UNITS = (("µs", 1e-6, 1e-3), ("ms", 1e-3, 1.0), ("s", 1.0, 100.0), ("min", 60.0, 6000.0), ("h", 3600.0, 2 * _DAY))
"""Units of times on the clock, in seconds, and up to where they are taken."""


@dataclass(frozen=True)
class Estimate:
    """Seconds on the clock of the parts of a run.

    Attributes
    ----------
    work : Work
        One step, one sample.
    steps : Steps
        How many steps.
    start, stepping, measuring, output : float
        From the launch to the first step, and from the last one to the end, with compiled functions kept; all
        steps; all samples; rows, fields and checkpoints.
    open_end : bool
        Whether more may come that nobody can know: a finer grid, Python code of the user.
    """

    work: Work
    steps: Steps
    start: float
    stepping: float
    measuring: float
    output: float
    open_end: bool

    @property
    def is_known(self) -> bool:
        """Whether all of it is known, and not only what it takes at least. *Communication*: local."""
        return self.steps.about is not None and not self.open_end

    @property
    def seconds(self) -> float:
        """All of it. *Communication*: local."""
        return self.start + self.stepping + self.measuring + self.output


def estimate_run(configuration: Configuration, machine: Machine, ranks: int) -> Estimate:
    """Return how long a run takes on so many ranks of a machine.

    Parameters
    ----------
    configuration : Configuration
        Complete.
    machine : Machine
        Its constants.
    ranks : int
        All ranks.

    Notes
    -----
    On its first grid, if it may be refined. *Communication*: local.
    """
    work = work_of(configuration, machine, ranks)
    steps = count_steps(configuration)
    stepping = steps.expected * work.step.seconds
    rows = configuration.sample_schedule.total
    measuring = rows * work.sample.seconds
    return Estimate(
        work,
        steps,
        machine.start.warm + machine.start.end + work.initial.seconds,
        stepping,
        measuring,
        _output(configuration, machine, rows, stepping + measuring),
        bool(work.missing) or bool(configuration.grid.refinements),
    )


def _output(configuration: Configuration, machine: Machine, rows: int, working: float) -> float:
    """Return the seconds of rows, fields and checkpoints of a run that works so long between them."""
    storage, grid, level = machine.storage, configuration.grid, configuration.level
    points, waves = grid.held, configuration.waves
    state = grid.bytes_per_point * (points ** (2 * level) if level else points * waves)
    field = grid.bytes_per_point * (points**2 if level else points) * _FIELD_BYTES * waves
    every = configuration.checkpoint_seconds
    checkpoints = configuration.checkpoint_schedule.total + (int(working / every) if every < inf else 0)
    return (
        rows * storage.row
        + configuration.field_schedule.total * (storage.field + field / storage.fields)
        + checkpoints * (storage.checkpoint + state / storage.checkpoints)
    )


def format_seconds(seconds: float) -> str:
    """Return a time on the clock with three digits and the unit that suits it. *Communication*: local."""
    for unit, size, most in _UNITS:
        if seconds < most:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / _DAY:.3g} d"


def describe_duration(configuration: Configuration, machine: Machine, ranks: int) -> dict[str, str]:
    """Return what a dry run says of time on the clock, by label.

    Parameters
    ----------
    configuration, machine, ranks
        As of `estimate_run`.

    Notes
    -----
    *Communication*: local.
    """
    found = estimate_run(configuration, machine, ranks)
    parts = (("steps", found.stepping), ("samples", found.measuring), ("output", found.output), ("start", found.start))
    spent = ", ".join(f"{name} {format_seconds(seconds)}" for name, seconds in parts)
    step = found.work.step
    shares = ", ".join(
        f"{part} {100 * getattr(step, part) / step.seconds:.0f} %" for part in PARTS if getattr(step, part) > 0
    )
    cold = format_seconds(machine.start.cold)
    sure = "about" if found.is_known else "at least"
    return {
        "duration": f"{sure} {format_seconds(found.seconds)} {_place(machine, ranks)}: {spent}; "
        f"up to {cold} more where functions are compiled first",
        **_describe_steps(configuration, found.steps),
        "a step": f"{format_seconds(step.seconds)}: {shares}",
        "machine": machine.name or "of a file",
    }


def _place(machine: Machine, ranks: int) -> str:
    """Return on how many ranks, and nodes where there are several, or more ranks than cores."""
    nodes = -(-ranks // machine.ranks_per_node)
    if nodes > 1:
        return f"on {ranks} ranks, {machine.ranks_per_node} on each of {nodes} nodes"
    crowded = ", which take turns on the cores" if ranks > machine.node.cores else ""
    return f"on {counted(ranks, 'rank')}{crowded}"


def _describe_steps(configuration: Configuration, steps: Steps) -> dict[str, str]:
    """Return what is known of the steps that a tolerance chooses."""
    if steps.exact:
        return {}
    if steps.about is None:
        return {"steps": f"at least {steps.least}: how the solution shrinks is not known beforehand"}
    waves = configuration.initial.moving_waves(configuration.time.start)
    moved = "; waves that meet take up to five times as many" if any(any(wave.velocity) for wave in waves) else ""
    return {"steps": f"at least {steps.least}, about {steps.about} as bubbles at rest take them{moved}"}
