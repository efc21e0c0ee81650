"""The only loop over the steps of a run: samples, stored fields, checkpoints, and the reasons to end.

A run may leave between any two steps and come back, on another number of ranks, with the same bits: all that the loop
remembers is in its `RunHistory`, which goes into each checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np

from parallel_nls.config import FIELD_SYSTEMS
from parallel_nls.diagnostics.guards import Guards
from parallel_nls.errors import DONE, RESUMABLE, STOPPED
from parallel_nls.numerics.compile_clock import working_clock
from parallel_nls.output.checkpoint import RunHistory, Values
from parallel_nls.output.run_writer import RunWriter
from parallel_nls.planning.edge import LEVEL, edge_at_start, edge_reached
from parallel_nls.planning.narrow_potentials import narrow_potential
from parallel_nls.running.compilation import answering_while_compiling
from parallel_nls.running.limits import exceeded, forecast, may_refine, why_refined
from parallel_nls.running.opening import AnySimulation
from parallel_nls.running.progress import Reporter
from parallel_nls.running.signals import answering_at_once
from parallel_nls.running.stop_requests import Requests, StopRequests
from parallel_nls.schedules import TICKS, shown_time

LITTLE = 10.0  # seconds of work behind a checkpoint, which a signal rather loses than waits for code to be compiled
GROWTH = 1.25  # of sup|u| since the last sample, after which the limits are looked at between two samples


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended: exit code, reason in words, last values."""

    exit_code: int
    reason: str
    values: Values = field(repr=False)


@dataclass
class RunLoop:
    """Advances a run to its stop, to a limit, or until it is asked to leave.

    Attributes
    ----------
    simulation : Simulation
        At the start, or at a checkpoint.
    writer, reporter, stop_requests
        Of the same ranks.
    guards : Guards
        Look at every row, on rank 0.
    history : RunHistory
        What the run remembers; kept up to date but for the columns, which the writer has.
    facts : callable
        Gives what manifests say besides, at this moment.
    stored, written : int
        Steps at the last checkpoint and at the last row; -1 before the first ones.

    Notes
    -----
    *Communication*: `begin` and `advance` are collective: each step as `Simulation.step`, and one message.
    """

    simulation: AnySimulation
    writer: RunWriter
    reporter: Reporter
    stop_requests: StopRequests
    guards: Guards
    history: RunHistory
    facts: Callable[[], Mapping[str, object]]
    stored: int = -1
    written: int = -1

    def __post_init__(self) -> None:
        # Made once: they are exact fractions of the configured numbers, and each step asks all three.
        config = self.simulation.config
        self._samples, self._fields = config.sample_schedule, config.field_schedule
        self._checkpoints = config.checkpoint_schedule
        self._failed = set(self.simulation.sampler.failures)
        self._is_at_work = self._is_strained = False
        self._verdict: str | None = None
        self._stored_at = working_clock()
        if self.written >= 0:
            self._verdict = self.writer.judge(self.guards.restore).verdict

    def begin(self) -> None:
        """Store what belongs to the start: row, field, checkpoint."""
        self._failed = set()
        self._watch_analyses()
        epsilon = float(np.finfo(self.simulation.domain.dtype).eps)
        warning = forecast(self.simulation.config, epsilon, self.history.first)
        edge = self.history.first["edge_largest"] = float(self.history.first["edge"])
        config = self.simulation.config
        narrow = narrow_potential(config)
        for line in (warning, edge_at_start(config, edge), narrow and f"warning: {narrow}"):
            if line is not None:
                self.reporter.say(line)
        self._write_row()
        if self.history.last["finite"]:
            self._store_field()
            self._store_checkpoint()

    def advance(self) -> RunOutcome:
        """Step to the end, whatever it is."""
        simulation, frames = self.simulation, self.simulation.frames
        verdict = self._exceeded() or self._verdict
        while verdict is None and simulation.state.ticks < frames.count * TICKS:
            needed = may_refine(simulation.config, self.history.last, simulation.state.steps)
            verdict = self._refine() if needed else self._step()
            if needed and verdict is None and not self._is_at_work:
                # A checkpoint knows of no finer grid: a job that left here would store nothing new, nor would the next.
                continue
            requests = self.stop_requests.look(self.writer.store.seconds)
            if verdict is None and (requests.reason is not None or self._checkpoint_due(requests)):
                self._store_checkpoint()
            if verdict is None and requests.reason is not None and simulation.state.ticks < frames.count * TICKS:
                return RunOutcome(RESUMABLE, requests.reason, self.history.last)
        if simulation.state.steps > 0 and self.history.last["finite"]:
            if verdict is not None:
                self._store_field()
            self._store_checkpoint()
        return RunOutcome(DONE if verdict is None else STOPPED, verdict or "stop time reached", self.history.last)

    def _step(self) -> str | None:
        """One step, and what is due then; returns why the run must end, if it must."""
        simulation, state = self.simulation, self.simulation.state
        first = state.steps == 0
        # The first step of a job may have to compile code, and what it starts from is stored.
        with nullcontext() if self._is_at_work else answering_at_once():
            verdict = simulation.step()
        self._is_at_work = True
        doubt = simulation.doubt() if first and verdict is None else None
        if doubt is not None:
            self.reporter.say(doubt)
        self._tell_of_strain()
        frame = simulation.frame
        due = frame is not None and self._samples.due(frame)
        if due or verdict is not None or self._has_grown():
            verdict = self._look() or verdict
        if due or verdict is not None:
            found = self._write_row()
            verdict = verdict or found
        if verdict is None and frame is not None and self._fields.due(frame):
            self._store_field()
        self.reporter.step(state.steps, state.ticks / TICKS, simulation.time, self.history.last, simulation.scale)
        return verdict

    def _tell_of_strain(self) -> None:
        """Say once which waves make the steps short."""
        strain = None if self._is_strained else self.simulation.strain()
        if strain is not None:
            self._is_strained = True
            self.reporter.say(f"t = {shown_time(self.simulation.time)}: {strain}")

    def _refine(self) -> str | None:
        """Go on on a finer grid; returns which limit the field exceeds there.

        All that belongs to the sample that asks for it lies on the old grid, a checkpoint too, the last one of that
        grid: a run that comes back to it refines the grid again. So nothing of it need be remembered.
        """
        self._store_checkpoint()
        simulation, why = self.simulation, why_refined(self.simulation.config, self.history.last)
        simulation.refine()
        self.writer.change_grid(simulation.domain, simulation.identity)
        points, symbol = " × ".join(map(str, simulation.config.grid.points)), simulation.config.equation.time_symbol
        self.reporter.say(
            f"{symbol} = {shown_time(simulation.time)}, step {simulation.state.steps}: {why}; "
            f"going on on {points} points"
        )
        self.reporter.restart()
        verdict = self._look()
        epsilon = float(np.finfo(simulation.domain.dtype).eps)
        warning = forecast(simulation.config, epsilon, self.history.last, simulation.time)
        if warning is not None:
            self.reporter.say(warning)
        if verdict is not None:
            self._write_row()
        return verdict

    def _look(self) -> str | None:
        """Measure, and return which limit is exceeded."""
        before = self.history.last
        # The first sample of a job that goes on may have to compile code.
        little = working_clock() - self._stored_at < LITTLE
        with answering_while_compiling() if little else nullcontext():
            self.history.last = self.simulation.measure()
        if self.simulation.config.system not in FIELD_SYSTEMS:
            # What step control follows is no |u|² there.
            self.history.last["control_peak"] = self.simulation.state.control.peak
        self._watch_analyses()
        self._watch_edge(float(before.get("edge_largest", 0.0)))
        return self._exceeded()

    def _exceeded(self) -> str | None:
        """Which limit the last sample exceeds."""
        simulation, history = self.simulation, self.history
        return exceeded(simulation.config, simulation.equation, history.first, history.last, simulation.state.steps)

    def _watch_analyses(self) -> None:
        """Say where an analysis fails, once for all samples that follow it and fail too."""
        failures, symbol = self.simulation.sampler.failures, self.simulation.config.equation.time_symbol
        for name in failures.keys() - self._failed:
            self.reporter.say(
                f"the {name} failed at {symbol} = {shown_time(self.simulation.time, 10)}: {failures[name]}"
            )
        self._failed = set(failures)

    def _watch_edge(self, largest: float) -> None:
        """Say where the field comes to the edge of the box, once in a run; ``largest`` is what it had there so far."""
        simulation, last = self.simulation, self.history.last
        edge = float(last["edge"])
        if edge > LEVEL >= largest:
            self.reporter.say(edge_reached(simulation.config, edge, simulation.time))
        last["edge_largest"] = max(largest, edge)

    def _has_grown(self) -> bool:
        """Whether the peak has outgrown the last sample, so that the limits must be looked at within the frame."""
        last, peak = self.history.last, self.simulation.state.control.peak
        if "control_peak" in last:
            return bool(peak > GROWTH**2 * float(last["control_peak"]))
        return bool(peak > (GROWTH * float(last["sup_norm"])) ** 2)

    def _checkpoint_due(self, requests: Requests) -> bool:
        frame = self.simulation.frame
        return requests.checkpoint_due or (frame is not None and self._checkpoints.due(frame))

    def _write_row(self) -> str | None:
        """Write a row, if there is none of this step; returns which identity it shows to be violated too much."""
        steps = self.simulation.state.steps
        if steps <= self.written:
            return None
        notice = self.writer.write_row(self.simulation.time, steps, self.history.last, self.guards.look)
        for line in notice.lines:
            self.reporter.say(line)
        self.written = steps
        if steps == self.stored:  # no step was possible: the checkpoint lacks this row
            self.stored = -1
        return notice.verdict

    def _store_field(self) -> None:
        simulation, state = self.simulation, self.simulation.state
        field = simulation.integrator.physical(state)  # in scratch memory: a run holds no copy
        step_size, waves = state.control.step_size, simulation.waves()
        self.writer.write_field(field, state.steps, simulation.time, step_size, waves)

    def _store_checkpoint(self) -> None:
        """Store the state, unless it is stored already, or not finite, which the next sample will tell."""
        state = self.simulation.state
        if state.steps == self.stored or not self.simulation.is_finite():
            return
        self.history.pairs = self.simulation.integrator.pairs
        self.writer.write_checkpoint(state, self.history, {"time": self.simulation.time, **self.facts()})
        self.stored, self._stored_at = state.steps, working_clock()
        self.stop_requests.stored()
