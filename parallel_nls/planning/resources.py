"""What a run will take, for a dry run: resolution, steps, memory, disk. Nothing is allocated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, pi

import numpy as np

from parallel_nls.config.configuration import Configuration
from parallel_nls.config.sections.equation_base import FIELD_SYSTEMS
from parallel_nls.config.sections.equation_file import PythonEquation
from parallel_nls.config.toml_text import counted, whole_number
from parallel_nls.integrators.compositions import SCHEMES
from parallel_nls.integrators.resonance import strength
from parallel_nls.parallel.sharing import objection_to_sharing
from parallel_nls.planning.edge import describe_edge
from parallel_nls.planning.memory import check_ranks, count_shares, format_bytes, required_bytes
from parallel_nls.planning.narrow_potentials import narrow_potential
from parallel_nls.planning.node import node_memory
from parallel_nls.planning.performance.estimate import describe_duration
from parallel_nls.planning.performance.machine import Machine
from parallel_nls.planning.samples import sample_pairs

__all__ = ["Resources", "compute_resources", "describe_resources"]

_MOST_RESONANCES = 2**16
_PAIRS = 2  # the level from which on γ⁽²⁾ is there
_TAILS = {1: (16, 22), 2: (12, 16)}  # by dimension: wavenumbers at which the ground state's spectrum is 1e-6, 1e-8


@dataclass(frozen=True)
class Resources:
    """What a run on a number of ranks will take.

    Attributes
    ----------
    points : int
        Points of the grid.
    spacing : float
        The largest distance of neighbouring points.
    scales : dict
        Scales of the initial data by name: λ of bubbles at the start and at the stop, ω of solitary waves, the
        width of a Gaussian; none of a file.
    largest_wavenumber : float
        The smallest over the axes of the largest wavenumber π/Δx.
    frames, samples, fields : int
        Frames, rows of the series, stored fields.
    steps, pairs : int or None
        Steps and pairs of transforms; None where a tolerance decides.
    rank_bytes, field_bytes, checkpoint_bytes : int
        Field data of the fullest rank; one stored field; one checkpoint; all of the largest grid that the run may take.
    """

    points: int
    spacing: float
    scales: dict[str, float]
    largest_wavenumber: float
    frames: int
    steps: int | None
    pairs: int | None
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
    grid, frames = configuration.grid, configuration.frames.count
    points, spacing, level = grid.held, max(grid.spacing), configuration.level
    most = configuration.finest.grid.held
    stored = most**2 if level else most  # γ⁽¹⁾ is a matrix
    waves = configuration.waves
    return Resources(
        points=points,
        spacing=spacing,
        scales=configuration.exact_waves.scales(configuration.time.start, configuration.time.stop),
        largest_wavenumber=pi / spacing,
        frames=frames,
        steps=None if configuration.adaptive else frames,
        pairs=configuration.pairs,
        samples=configuration.sample_schedule.total,
        fields=configuration.field_schedule.total,
        rank_bytes=required_bytes(configuration, ranks),
        field_bytes=grid.bytes_per_point * (2 * waves + 1) // 2 * stored,  # real and imaginary parts, and |u|²
        checkpoint_bytes=grid.bytes_per_point * (waves * stored if level < _PAIRS else points ** (2 * level) + stored),
    )


def describe_resources(configuration: Configuration, ranks: int, machine: Machine | None = None) -> str:
    """Return ``compute_resources`` as text for a dry run, one quantity a line.

    Parameters
    ----------
    configuration : Configuration
        The configuration of the run.
    ranks : int
        The number of ranks.
    machine : Machine, optional
        Whose time is told; without it none is.

    Returns
    -------
    str
        Lines of a label and a value.

    Raises
    ------
    UserError
        As of `check_ranks`.
    """
    check_ranks(configuration, ranks)
    taken = compute_resources(configuration, ranks)
    shares = f"{_describe_shares(configuration)}, {counted(ranks, 'rank')}"
    slots = configuration.checkpoint.slots
    disk = taken.fields * taken.field_bytes + (slots + 1) * taken.checkpoint_bytes
    checkpoints = f"{slots} checkpoints of {format_bytes(taken.checkpoint_bytes)} and one in the making"
    lines = {
        "grid": _describe_grid(configuration, taken),
        **_describe_refinement(configuration),
        **_describe_time(configuration, taken),
        **({} if machine is None else describe_duration(configuration, machine, ranks)),
        **_describe_resolution(configuration, taken),
        **describe_edge(configuration),
        **_describe_resonance(configuration, "resonance"),
        **(_describe_resonance(configuration.finest, "… refined") if configuration.grid.refinements else {}),
        **_describe_modulation(configuration),
        "memory": f"{format_bytes(taken.rank_bytes)} a rank ({shares}), besides about 200 MB for the program",
        **_describe_exchange(configuration, ranks),
        **_describe_idle(configuration, ranks),
        "output": f"{taken.samples} rows, {taken.fields} fields of {format_bytes(taken.field_bytes)}, "
        f"{checkpoints}: {format_bytes(disk)} in all",
    }
    told = [*lines.items(), *(("warning", warning) for warning in _warnings(configuration, ranks * taken.rank_bytes))]
    width = max(11, *(len(label) + 1 for label in lines))
    return "\n".join(f"{label:<{width}}{value}" for label, value in told)


def _warnings(configuration: Configuration, everything: int) -> Iterator[str]:
    """Tell what a run will warn of, and that ``everything``, the bytes of all ranks, is more than there is."""
    narrow, here = narrow_potential(configuration), node_memory()
    if narrow is not None:
        yield narrow
    if everything > here:
        nodes = -(-everything // max(here, 1))
        what = f"the ranks need {format_bytes(everything)}, this machine has {format_bytes(here)}"
        yield f"{what}: spread them over at least {nodes} such machines"


def _describe_idle(configuration: Configuration, ranks: int) -> dict[str, str]:
    """Return how many ranks have work in a box, if not all."""
    most = min(configuration.grid.shape)
    if configuration.grid.space != "box" or ranks <= most:
        return {}
    return {"idle": f"{ranks - most} of {ranks} ranks: the grid has work for {most}"}


def _describe_exchange(configuration: Configuration, ranks: int) -> dict[str, str]:
    """Return how several ranks of a box exchange columns, as far as this machine can tell."""
    if ranks == 1 or configuration.grid.space != "box":
        return {}
    objection = objection_to_sharing()
    if objection:
        return {"exchange": f"by messages: {objection}"}
    return {"exchange": "through shared memory between ranks of a node, by messages between nodes"}


def _describe_shares(configuration: Configuration) -> str:
    """Return what the memory of a rank is made of."""
    level = configuration.level
    return f"density matrices up to γ⁽{'⁰¹²'[level]}⁾" if level else f"{count_shares(configuration)} field shares"


def _describe_grid(configuration: Configuration, taken: Resources) -> str:
    """Return points, spacing and precision."""
    grid = configuration.grid
    if grid.space != "box":
        return f"{grid.describe()}, Δr = {taken.spacing:.4g}"
    rows, row_length = grid.shape
    cut = f"{taken.points} points, cut into {rows} × {row_length}"
    points = cut if len(grid.points) == 1 else f"{rows} × {row_length} = {taken.points} points"
    if grid.evenness:
        points += f" of {' × '.join(map(str, grid.points))}{grid.evenness}"
    return f"{points}, Δx = {taken.spacing:.4g}, {grid.precision} precision"


def _describe_refinement(configuration: Configuration) -> dict[str, str]:
    """Return how far the grid may be refined, and when."""
    if not configuration.grid.refinements:
        return {}
    points = ", ".join(" × ".join(map(str, grid.points)) for grid in configuration.grid.refinements)
    tail = configuration.grid.tail_to_refine(configuration.limits.spectral_tail)
    where = f"where spectral_tail passes {tail:g}"
    return {"refined": f"to {points} points in turn, {where}; memory and output below are those of the largest grid"}


def _describe_time(configuration: Configuration, taken: Resources) -> dict[str, str]:
    """Return the lines about time and work, where a tolerance chooses the steps with what it leaves open."""
    time, span = configuration.time, f"{configuration.time.start!r} to {configuration.time.stop!r}"
    convolved = ", each with a convolution that takes as long as two" if configuration.system == "plane" else ""
    if taken.pairs is not None:
        steps = f"{taken.steps} steps of {time.step!r}"
        return {"time": f"{span}: {steps} ({time.scheme})", "work": f"{taken.pairs} pairs of transforms{convolved}"}
    frames = f"{counted(taken.frames, 'frame')} of {abs(configuration.frames.frame)!r}"
    least = configuration.equation.pairs_of(time.scheme) * taken.frames * configuration.waves
    return {
        "time": f"{span}: {frames}, each in one step or more ({time.scheme})",
        "work": f"the tolerance {time.tolerance!r} chooses the steps; at least {least} pairs of transforms{convolved}",
    }


def _describe_resolution(configuration: Configuration, taken: Resources) -> dict[str, str]:
    """Return how the grid resolves the scales of the initial data, and what their profile needs."""
    lines = {}
    for name, scale in taken.scales.items():
        reach = taken.largest_wavenumber * scale
        unit = name.removeprefix("smallest ").partition(" ")[0]
        resolved = f"{scale:.4g} = {scale / taken.spacing:.4g} Δx"
        lines[name] = f"{resolved}, largest wavenumber {reach:.4g}/{unit}"
    coarse, fine = _TAILS.get(configuration.equation.dimension, (0, 0))
    spectrum = configuration.exact_waves.spectrum
    if spectrum and configuration.equation.is_critical:
        lines["resolution"] = spectrum.format(coarse=coarse, fine=fine)
    return lines


def _describe_resonance(configuration: Configuration, label: str) -> dict[str, str]:
    """Return which resonances of a fixed step the grid holds, and what gain of rounding they allow, under a label."""
    time, grid, equation = configuration.time, configuration.grid, configuration.equation
    if time.step is None or configuration.system not in FIELD_SYSTEMS or equation.is_remainder:
        return {}
    if isinstance(equation, PythonEquation):
        return {}
    power = configuration.equation.dispersion
    largest = sum((pi / spacing) ** 2 for spacing in grid.spacing) ** (power / 2)
    symbol = "k²" if power == 2 else "|k|"
    count, safe = int(largest * time.step / pi), pi / largest
    if count == 0:
        return {label: f"none: the step is below {safe:.3g}, where {symbol}·step = π for the largest k"}
    strengths = strength(SCHEMES[time.scheme], np.arange(1, min(count, _MOST_RESONANCES) + 1))
    strongest = int(np.argmax(strengths))
    exponent = float(strengths[strongest]) * abs(time.stop - time.start)
    found = f"{symbol}·step = mπ for m up to {whole_number(count)}, from |k| = {(pi / time.step) ** (1 / power):.4g} on"
    gain = f"rounding grows at most by exp({exponent:.3g}·B), B = (p/2)|mean of |u|^(p-2)u² over the box|"
    return {label: f"{found}, strongest c_{strongest + 1} = {strengths[strongest]:.3g}: {gain}"}


def _describe_modulation(configuration: Configuration) -> dict[str, str]:
    """Return how many bubbles what is measured on, and when they blow up; nothing where no family asks for it."""
    families, reference = configuration.diagnostics.modulated_families, configuration.modulated
    if reference is None or not families:
        return {}
    time = f", T = {reference.blowup_time!r}" if reference.blowup_time < inf else ""
    lines = {"modulation": f"{', '.join(families)} of {counted(len(reference.bubbles), 'bubble')}{time}"}
    scales = [scale for name, scale in configuration.exact_waves.scales(*_ends(configuration)).items() if "λ" in name]
    found = sorted({round(pairs) for scale in scales if (pairs := sample_pairs(configuration, scale)) is not None})
    if found:
        lines["a sample"] = (
            f"about as long as {' to '.join(map(str, found[:: max(len(found) - 1, 1)]))} pairs of transforms"
        )
    return lines


def _ends(configuration: Configuration) -> tuple[float, float]:
    """Return when the run starts and stops."""
    return configuration.time.start, configuration.time.stop
