"""A whole run: one Simulation, its run directory, its progress, its end."""

from __future__ import annotations

import math
import time as clock
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import Configuration, counted
from parallel_nls.diagnostics.quantities import selected
from parallel_nls.errors import DONE, STOPPED
from parallel_nls.output.progress import Reporter
from parallel_nls.output.provenance import gather_provenance
from parallel_nls.output.run_writer import RunWriter, create_run, refuse_used
from parallel_nls.profiles.user_code import digest_of
from parallel_nls.schedules import TICKS
from parallel_nls.simulation import Simulation

GROWTH = 1.25  # of sup|u| since the last sample, after which the limits are looked at between two samples
Values = dict[str, float | NDArray[np.float64]]


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, reason in words, last values."""

    exit_code: int
    reason: str
    values: Values


def run(config: Configuration, comm: MPI.Intracomm, root: Path) -> Outcome:
    """Run a configuration into a new run directory.

    Parameters
    ----------
    config : Configuration
        From `load_configuration`.
    comm : MPI.Comm
        All ranks that take part.
    root : Path
        Run directory, missing or empty.

    Returns
    -------
    Outcome
        The same on every rank.

    Raises
    ------
    UserError
        Before the first step, on every rank: too little memory, directory not usable.

    Notes
    -----
    *Communication*: collective.
    """
    begin = clock.monotonic()
    refuse_used(comm, root)
    simulation = Simulation(config, comm)
    paths = create_run(comm, root, config.complete_toml(), _extra_files(simulation))
    with Reporter(paths.log, simulation.frames.count, comm.rank == 0) as reporter:
        provenance = gather_provenance(comm)
        reporter.say(_introduction(config, simulation, root))
        features = provenance["cpu_features"]
        if isinstance(features, list) and len(features) > 1:
            reporter.say("warning: the nodes have different processors; bits may depend on the allocation")
        quantities = selected(config.diagnostics.families, config.equation.dimension, config.adaptive)
        writer = RunWriter(paths, simulation.domain, quantities, simulation.identity)
        first = simulation.measure()
        outcome = _loop(simulation, writer, reporter, first)
        wall = clock.monotonic() - begin
        writer.finish(_summary(simulation, outcome, first, wall) | {"provenance": provenance})
        reporter.say(_conclusion(simulation, outcome, wall))
        reporter.say(f"results in {root}; figures: parallel-nls plot {root}")
    return outcome


def _loop(simulation: Simulation, writer: RunWriter, reporter: Reporter, values: Values) -> Outcome:
    """Advance to the stop or to the first verdict, sampling and storing when due."""
    config, frames, state = simulation.config, simulation.frames, simulation.state
    samples, fields = config.sample_schedule, config.field_schedule
    writer.write_row(simulation.time, 0, values)
    verdict, written = simulation.verdict(values), 0
    if values["finite"]:
        _store(simulation, writer)
        writer.write_state(state)
    while verdict is None and state.ticks < frames.count * TICKS:
        verdict = simulation.step()
        frame = simulation.frame
        due = frame is not None and samples.due(frame)
        if due or verdict is not None or _has_grown(simulation, values):
            values = simulation.measure()
            verdict = simulation.verdict(values) or verdict
        if (due or verdict is not None) and state.steps > written:
            writer.write_row(simulation.time, state.steps, values)
            written = state.steps
        if verdict is None and frame is not None and fields.due(frame):
            _store(simulation, writer)
        reporter.step(state.steps, state.ticks / TICKS, simulation.time, values)
    if state.steps > 0 and values["finite"]:
        if verdict is not None:
            _store(simulation, writer)
        writer.write_state(state)
    return Outcome(DONE if verdict is None else STOPPED, verdict or "stop time reached", values)


def _has_grown(simulation: Simulation, values: Values) -> bool:
    """Whether the peak has outgrown the last sample, so that the limits must be looked at within the frame."""
    peak = simulation.state.control.peak
    return bool(peak > (GROWTH * float(values["sup_norm"])) ** 2)


def _store(simulation: Simulation, writer: RunWriter) -> None:
    state = simulation.state
    writer.write_field(simulation.field(), state.steps, simulation.time, state.control.step_size)


def _extra_files(simulation: Simulation) -> dict[str, str]:
    """The user's Python source, to be kept with the run."""
    return {} if simulation.source is None else {"initial_data.py": simulation.source}


def _introduction(config: Configuration, simulation: Simulation, root: Path) -> str:
    points = " × ".join(str(n) for n in simulation.domain.points)
    title = f"{config.title}: " if config.title else ""
    ranks = counted(simulation.comm.size, "rank")
    steps = counted(simulation.frames.count, "frame" if config.adaptive else "step")
    return (
        f"{title}{points} points on {ranks}, {steps} from "
        f"t = {config.time.start:g} to {config.time.stop:g}, into {root}"
    )


def _conclusion(simulation: Simulation, outcome: Outcome, wall: float) -> str:
    ended = "done" if outcome.exit_code == DONE else "stopped early"
    steps = counted(simulation.state.steps, "step")
    return f"{ended} at t = {simulation.time:.6g} after {steps} in {wall:.1f} s: {outcome.reason}"


def _summary(simulation: Simulation, outcome: Outcome, first: Values, wall: float) -> dict[str, object]:
    state = simulation.state
    source = simulation.source
    return {
        "end_time": simulation.time,
        "end_reason": outcome.reason,
        "exit_code": outcome.exit_code,
        "steps": state.steps,
        "pairs": simulation.integrator.pairs,
        "wall_seconds": round(wall, 3),
        "error_estimate": state.control.error_estimate if simulation.config.adaptive else None,
        "initial_data_sha256": None if source is None else digest_of(source),
        "drift": _drift(first, outcome.values),
    }


def _relative(change: NDArray[np.float64], value: float | NDArray[np.float64]) -> float:
    return float(change / np.abs(value)) if value else math.nan


def _drift(first: Values, last: Values) -> dict[str, float | None]:
    """Changes of the conserved quantities: relative for mass and energy, absolute for the momentum; null if unknown."""
    change = {name: np.asarray(last[name]) - np.asarray(first[name]) for name in ("mass", "energy", "momentum")}
    drift = {
        "mass": _relative(change["mass"], first["mass"]),
        "energy": _relative(change["energy"], first["energy"]),
        "momentum": float(np.max(np.abs(change["momentum"]))),
    }
    return {name: value if math.isfinite(value) else None for name, value in drift.items()}
