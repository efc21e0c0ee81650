"""What a run says of itself: its first line, its last line, summary.json, and what its manifests tell."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from parallel_nls.config import Configuration, counted
from parallel_nls.diagnostics.differences import ROWS
from parallel_nls.diagnostics.identities import CANCELLED
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.errors import DONE, RESUMABLE, as_typed
from parallel_nls.numerics.compile_clock import compiling_seconds
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.manifest import Manifest
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running.loop import RunLoop, RunOutcome
from parallel_nls.running.opening import AnySimulation
from parallel_nls.schedules import shown_time
from parallel_nls.user_code.source import digest_of

# What bits may depend on, by its name in the provenance.
_BUILD = {
    "python": "Python",
    "packages": "packages",
    "fftw": "FFTW",
    "fftw_plans": "FFTW plans",
    "cpu_features": "processors",
}


class Jobs:
    """Wall time and number of the jobs of a run, this one included.

    Parameters
    ----------
    manifest : Manifest or None
        Of the checkpoint that this job goes on from; None: it goes on from none.
    provenance : mapping
        Of this job.

    Notes
    -----
    *Communication*: local.
    """

    def __init__(self, manifest: Manifest | None, provenance: Mapping[str, object]) -> None:
        self.provenance = provenance
        self._begin, self._compiled_before = clock.monotonic(), compiling_seconds()
        self._before: Mapping[str, Any] = {} if manifest is None else manifest.provenance
        self._seconds, count = (0.0, 0) if manifest is None else (manifest.wall_seconds, manifest.jobs)
        self._compiled = 0.0 if manifest is None else manifest.compiling_seconds
        self.count = count + 1

    @property
    def wall_seconds(self) -> float:
        """Of this job, and of those before it as far as this one goes on from what they did."""
        return self._seconds + self.here

    @property
    def here(self) -> float:
        """Seconds of this job."""
        return clock.monotonic() - self._begin

    @property
    def taken(self) -> dict[str, float]:
        """The seconds of all jobs as they are stored, and those of them in which rank 0 has compiled."""
        compiled = self._compiled + compiling_seconds() - self._compiled_before
        return {"wall_seconds": round(self.wall_seconds, 3), "compiling_seconds": round(compiled, 3)}

    def facts(self) -> dict[str, object]:
        """What a manifest tells of the run besides the checkpoint; the data files hold nothing of it."""
        return {**self.taken, "jobs": self.count, "provenance": self.provenance}

    def remarks(self) -> list[str]:
        """Warnings that bits may differ: of the nodes of this job, or from those of the job before."""
        found, features = [], self.provenance["cpu_features"]
        if isinstance(features, list) and len(features) > 1:
            found.append("warning: the nodes have different processors; bits may depend on the allocation")
        before = self._before
        changed = [words for name, words in _BUILD.items() if name in before and before[name] != self.provenance[name]]
        if changed:
            found.append(f"warning: other {' and '.join(changed)} than in the job before; bits may differ from here on")
        return found


def introduction(config: Configuration, ranks: int, root: Path, manifest: Manifest | None = None) -> str:
    """The first line of a job, of one that goes on with the manifest of its checkpoint. *Communication*: local."""
    points = " × ".join(str(n) for n in config.grid.points)
    symbol = config.equation.time_symbol
    head = f"{f'{config.title}: ' if config.title else ''}{points} points on {counted(ranks, 'rank')}"
    if manifest:
        where = f"{symbol} = {shown_time(manifest.time, 10)}, step {manifest.steps}"
        return f"{head}, resumed at {where}, to {symbol} = {shown_time(config.time.stop)}, in {root}"
    steps = counted(config.frames.count, "frame" if config.adaptive else "step")
    times = f"{symbol} = {shown_time(config.time.start)} to {shown_time(config.time.stop)}"
    return f"{head}, {steps} from {times}, into {root}"


def too_few_rows(config: Configuration, quantities: Sequence[Quantity]) -> list[str]:
    """A line where a run plans fewer rows than its derivatives take; none elsewhere. *Communication*: local."""
    rows, derived = config.sample_schedule.total, [item.name for item in quantities if item.derivation is not None]
    if rows >= ROWS or not derived:
        return []
    every = max(1, config.frames.count // (ROWS - 1))
    shown = ", ".join(derived)
    return [
        f"hint: {counted(rows, 'row')} where derivatives in time take {ROWS}: {shown} will be NaN; "
        f"diagnostics.every = {{steps = {every}}}, or less, gives enough"
        if config.frames.count >= ROWS - 1
        else f"hint: {counted(rows, 'row')} where derivatives in time take {ROWS}: {shown} will be NaN"
    ]


def conclusion(simulation: AnySimulation, outcome: RunOutcome, jobs: Jobs, root: Path) -> list[str]:
    """The last lines of a job. *Communication*: local."""
    steps = counted(simulation.state.steps, "step")
    place = f"{simulation.config.equation.time_symbol} = {shown_time(simulation.time)}"
    where = f"at {place} after {steps} in {jobs.wall_seconds:.1f} s: {outcome.reason}"
    if outcome.exit_code == RESUMABLE:
        return [f"stored {where}", f"go on with: parallel-nls resume {as_typed(root)}"]
    ended = "done" if outcome.exit_code == DONE else "stopped early"
    return [f"{ended} {where}", f"results in {root}; figures: parallel-nls plot {as_typed(root)}"]


def summary(simulation: AnySimulation, outcome: RunOutcome, loop: RunLoop, jobs: Jobs) -> dict[str, object]:
    """What summary.json holds, but for the memory of the ranks. *Communication*: local."""
    state, sources = simulation.state, simulation.sources
    digests = {name: digest_of(text) for name, text in sources.items()}
    return {
        "end_time": simulation.time,
        "end_reason": outcome.reason,
        "exit_code": outcome.exit_code,
        "steps": state.steps,
        "pairs": simulation.integrator.pairs,
        **jobs.taken,
        "jobs": jobs.count,
        "error_estimate": state.control.error_estimate if simulation.config.adaptive else None,
        "initial_data_sha256": digests.get(RunPaths.INITIAL_DATA),
        "sources_sha256": digests,
        "drift": _drift(simulation, loop.history),
        "scales": _scales(simulation, loop.history),
        "identities": loop.guards.largest,
        "identity_doubts": {name: asdict(doubt) if doubt.rows else None for name, doubt in loop.guards.doubts.items()},
        "provenance": jobs.provenance,
        **simulation.findings(loop.history.first),
    }


def _scales(simulation: AnySimulation, history: RunHistory) -> dict[str, float]:
    """Of conserved numbers at the start: the moduli of the parts that they are the sum of, where these are known."""
    names = (quantity.name for quantity in simulation.sampler.quantities if quantity.conserved == "relative")
    scales = {name: float(history.first.get(f"{name}_scale", math.nan)) for name in names}
    return {name: scale for name, scale in scales.items() if math.isfinite(scale)}


def _drift(simulation: AnySimulation, history: RunHistory) -> dict[str, float | None]:
    """Changes of what is conserved, the largest one of a vector; null if unknown.

    Where the parts of a number cancel, as of the energy of a solitary wave, it is relative to what is left of them at
    least.
    """
    first, last, drift = history.first, history.last, {}
    for quantity in simulation.sampler.quantities:
        if quantity.conserved is None:
            continue
        start = np.asarray(first[quantity.name])
        change = np.asarray(last[quantity.name]) - start
        if quantity.conserved == "absolute":
            value = float(np.max(np.abs(change)))
        else:
            size = max(abs(float(start)), CANCELLED * float(first.get(f"{quantity.name}_scale", 0.0)))
            value = float(change) / size if size else math.nan
        drift[quantity.name] = value if math.isfinite(value) else None
    return drift
