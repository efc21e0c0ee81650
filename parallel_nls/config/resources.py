"""What a run will take, for a dry run: resolution, steps, memory, disk. Nothing is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, prod

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.initial import BubblesInitial
from parallel_nls.config.memory import BYTES_PER_POINT, format_bytes, node_memory, required_bytes
from parallel_nls.config.toml_text import counted

__all__ = ["Resources", "compute_resources", "describe_resources"]

FIELD_BYTES_PER_POINT = 24
"""A stored field: real part, imaginary part and |u|² in double precision."""

CHECKPOINTS = 2
"""Resting states that a run stores: the first and the last."""


@dataclass(frozen=True)
class Resources:
    """What a run on a number of ranks will take.

    Attributes
    ----------
    points : int
        Points of the grid.
    spacing : float
        The largest distance of neighbouring points.
    scales : tuple of float
        The smallest scale λ of the initial data at the start, and of bubbles also at the stop.
    largest_wavenumber : float
        The smallest over the axes of the largest wavenumber π/Δx.
    steps, pairs, samples, fields : int
        Steps, pairs of transforms, rows of the series, stored fields.
    rank_bytes, field_bytes, checkpoint_bytes : int
        Field data of the fullest rank; one stored field; one checkpoint.
    """

    points: int
    spacing: float
    scales: tuple[float, ...]
    largest_wavenumber: float
    steps: int
    pairs: int
    samples: int
    fields: int
    rank_bytes: int
    field_bytes: int
    checkpoint_bytes: int


def compute_resources(configuration: Configuration, ranks: int) -> Resources:
    """Return what the run will take on ``ranks`` ranks.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.
    ranks : int
        The number of ranks.

    Returns
    -------
    Resources
        Numbers by arithmetic alone.

    Notes
    -----
    *Communication*: local.
    """
    initial, time = configuration.initial, configuration.time
    if isinstance(initial, BubblesInitial):
        scales: tuple[float, ...] = (initial.smallest_scale(time.start), initial.smallest_scale(time.stop))
    else:
        scales = (initial.width,)
    points, spacing = prod(configuration.grid.points), max(configuration.grid.spacing)
    return Resources(
        points=points,
        spacing=spacing,
        scales=scales,
        largest_wavenumber=pi / spacing,
        steps=configuration.frames.count,
        pairs=configuration.pairs,
        samples=configuration.sample_schedule.total,
        fields=configuration.field_schedule.total,
        rank_bytes=required_bytes(configuration, ranks),
        field_bytes=FIELD_BYTES_PER_POINT * points,
        checkpoint_bytes=BYTES_PER_POINT * points,
    )


def describe_resources(configuration: Configuration, ranks: int) -> str:
    """Return ``compute_resources`` as text for a dry run, one quantity a line.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.
    ranks : int
        The number of ranks.

    Returns
    -------
    str
        Lines of a label and a value.
    """
    taken = compute_resources(configuration, ranks)
    grid, time = configuration.grid, configuration.time
    lines = {
        "grid": f"{' × '.join(map(str, grid.points))} = {taken.points} points, Δx = {taken.spacing:.4g}",
        "time": f"{time.start!r} to {time.stop!r}: {taken.steps} steps of {time.step!r} ({time.scheme})",
        "work": f"{taken.pairs} pairs of transforms",
    }
    bubbles = isinstance(configuration.initial, BubblesInitial)
    length = "λ" if bubbles else "width"
    for name, scale in zip(("start", "stop"), taken.scales, strict=False):
        reach = taken.largest_wavenumber * scale
        lines[f"λ at {name}" if bubbles else "width"] = (
            f"{scale:.4g} = {scale / taken.spacing:.4g} Δx, largest wavenumber {reach:.4g}/{length}"
        )
    if isinstance(configuration.initial, BubblesInitial):
        lines["resolution"] = "a bubble's spectral tail is 1e-6 at 12/λ and 1e-8 at 16/λ"
    shares = f"3 field shares, {counted(ranks, 'rank')}"
    disk = taken.fields * taken.field_bytes + CHECKPOINTS * taken.checkpoint_bytes
    lines |= {
        "memory": f"{format_bytes(taken.rank_bytes)} a rank ({shares}), besides about 200 MB for the program",
        "output": f"{taken.samples} rows, {taken.fields} fields of {format_bytes(taken.field_bytes)}, "
        f"{CHECKPOINTS} checkpoints of {format_bytes(taken.checkpoint_bytes)}: {format_bytes(disk)} in all",
    }
    everything, here = ranks * taken.rank_bytes, node_memory()
    if everything > here:
        nodes = -(-everything // max(here, 1))
        what = f"the ranks need {format_bytes(everything)}, this machine has {format_bytes(here)}"
        lines["warning"] = f"{what}: spread them over at least {nodes} such machines"
    return "\n".join(f"{label:<11}{value}" for label, value in lines.items())
