"""What every run in memory does, whatever system it solves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import exp, inf
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.arguments import path_of, whole
from parallel_nls.config import Configuration
from parallel_nls.config.named import Named
from parallel_nls.contracts import FIELD, SolvedEquation, State, Stepper, StoredDomain
from parallel_nls.diagnostics.monitor import AnySampler
from parallel_nls.diagnostics.resonance_monitor import LARGEST_EXPONENT
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.integrators.interrupts import interrupted_between_steps
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.notebook import Shown
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.output.checkpoint import Identity, write_state
from parallel_nls.output.checkpoint_reading import read_state
from parallel_nls.output.fields import U
from parallel_nls.parallel.consensus import on_all_ranks
from parallel_nls.parallel.sharing import check_setting
from parallel_nls.running import assembly
from parallel_nls.running.communicator import check_run, default_communicator
from parallel_nls.running.plans import choose_plans
from parallel_nls.running.sources import Sources, read_sources
from parallel_nls.running.stored_grid import on_grid_of
from parallel_nls.schedules import TICKS, shown_time
from parallel_nls.spectral.wisdom import planning_by
from parallel_nls.user_code.failures import Failures

Integrator = TypeVar("Integrator", bound=Stepper)
Measuring = TypeVar("Measuring", bound=AnySampler)

_EXTREME = 500.0  # binary logarithm
_NO_BOX = {
    "line": "{} on the whole line",
    "radius": "{} of density matrices on a radial axis",
    "plane": "{} of the waves of a density matrix",
}


def described_system(config: Configuration) -> str:
    """What is solved by its equation and, but in a periodic box, its system: for messages. *Communication*: local."""
    name = config.equation.name
    return (
        f"{name} in remainder form" if config.equation.is_remainder else _NO_BOX.get(config.system, "{}").format(name)
    )


class ConfiguredRun(Shown, ABC, Generic[Integrator, Measuring]):
    """A configured run in memory, of whatever system: advance it, measure it, save it.

    Parameters
    ----------
    config, comm, state, sources
        As of `Simulation`.

    Notes
    -----
    *Communication*: as of `Simulation`.
    """

    closed = False
    """Whether its communicators are given back: then it can do nothing but tell its time and its numbers of points."""
    _within_step = False
    """Whether a step was begun and not ended, as an exception leaves it: then the fields are those of no time."""

    def __init__(
        self,
        config: Configuration,
        comm: MPI.Intracomm | None = None,
        state: Path | str | None = None,
        sources: Sources | None = None,
    ) -> None:
        check_run(config, comm)
        comm = default_communicator() if comm is None else comm
        state = None if state is None else path_of("state", state, "a checkpoint")
        if not isinstance(sources, Mapping | None):
            raise ArgumentError(f"sources = {sources!r}: give a mapping of texts by name, or leave it out")
        self.config, self.comm, self._stored = on_grid_of(config, comm, state), comm, state
        self.sources = read_sources(config, comm, sources or {}, initial=state is None)
        assembly.check_memory_of_all(self.config, comm)
        on_all_ranks(comm, check_setting)
        self.frames = config.frames
        self._failures, self._last = Failures(), dict[str, float | RealArray]()
        self.plans = choose_plans(comm, state)
        with planning_by(self.plans.wisdom):
            self._assemble()
            self.state: State = self._first_state()
        self.state.wisdom = self.plans.wisdom

    def _shown_heading(self) -> str:
        title = f" “{self.config.title}”" if self.config.title else ""
        return f"Simulation of {self.equation.name}{title}"

    def _shown_rows(self) -> dict[str, object]:
        steps, span = f"{self.state.steps}", self.config.time
        steps += "" if self.config.adaptive else f" of {self.frames.count}"
        return {
            "points": " × ".join(map(str, self.domain.points)),
            "ranks": self.comm.size,
            "time": f"{shown_time(self.time, 10)} (from {shown_time(span.start)} to {shown_time(span.stop)})",
            "steps": steps,
        }

    def _assemble(self) -> None:
        """Make what works on the grid of the configuration. *Communication*: collective."""
        self.integrator: Integrator = self._make_integrator()
        self._control = self._make_control()
        self.sampler: Measuring = self._make_sampler()

    def _first_state(self) -> State:
        """The initial data, or what the checkpoint holds."""
        if self._stored is None:
            return self._start()
        state = read_state(self._stored, self.domain, self.identity)
        if set(state.fields) != set(self.resting):
            wanted, there = (", ".join(sorted(names)) for names in (self.resting, state.fields))
            raise UserError(f"{self._stored} holds {there}, where a state of this run holds {wanted}")
        return state

    @abstractmethod
    def _make_integrator(self) -> Integrator:
        """What advances states."""

    @abstractmethod
    def _make_sampler(self) -> Measuring:
        """What measures them."""

    @abstractmethod
    def _start(self) -> State:
        """The initial data, at rest."""

    def _make_control(self) -> StepControl | None:
        """What chooses the steps; None: they are fixed."""
        return None

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """What the summary tells of this system alone, by the first sample. *Communication*: local."""
        del first
        return {}

    @property
    def domain(self) -> StoredDomain:
        """Where what rests lies. *Communication*: local."""
        return self.integrator.domain

    @property
    def equation(self) -> SolvedEquation:
        """What is solved. *Communication*: local."""
        return self.integrator.equation

    @property
    def identity(self) -> Identity:
        """What a state of this run belongs to: with anything else it would mean another solution."""
        config = self.config
        return {
            "equation": self.equation.name,
            **self.equation.parameters(),
            **config.grid.identity(),
            "scheme": config.time.scheme,
            "start": config.time.start,
            "frame": self.frames.frame,
        }

    @property
    def exchange(self) -> str:
        """How ranks exchange columns, for people to read; the same on all that compute. *Communication*: local."""
        shared = self.domain.shared_rows
        own = "none" if self.domain.grid.size == 1 else "messages"
        return own if shared is None else shared.exchange

    @property
    def remarks(self) -> list[str]:
        """What a log is to say of how this run computes. *Communication*: local."""
        shared = self.domain.shared_rows
        trouble = "" if shared is None else shared.trouble
        slower = [f"warning: {trouble}: they exchange by messages, with the same bits, but slower"] if trouble else []
        return [*self.plans.remarks, *slower]

    @property
    def time(self) -> float:
        """Simulated time of the state."""
        return self.frames.time_of_tick(self.state.ticks)

    @property
    def scale(self) -> float:
        """λ of the highest peak, along whose square a tolerance steps; 1 with a fixed step. *Communication*: local.

        It is kept where its square is a number: a faint wave of a high power has none.
        """
        peak = self.state.control.peak
        if not self.config.adaptive or not 0 < peak < inf:
            return 1.0
        return float(2.0 ** min(max(-0.5 * self.equation.log_rate(peak), -_EXTREME), _EXTREME))

    @property
    def frame(self) -> int | None:
        """The number of the frame at whose end the state is, None within a frame."""
        number, rest = divmod(self.state.ticks, TICKS)
        return None if rest else number

    def step(self) -> str | None:
        """Take one step, without looking at limits; with a tolerance 2 to 16 where the error is measured.

        Returns
        -------
        str or None
            Why a tolerance allows no step; the same on every rank.

        Raises
        ------
        UserError
            On every rank: a user's equation has failed.

        Notes
        -----
        *Communication*: a `ColumnSweep` an FFT pair; with a tolerance one number a step.
        """
        self._check_open()
        self._within_step = True
        if self._control is not None:
            verdict = self._control.advance(self.state)
            self._within_step = False
            if verdict is not None:
                self._failures.settle(self.comm)
            return verdict
        self.integrator.advance(self.state, self.frames.frame)
        self.state.ticks += TICKS
        self.state.steps += 1
        self.state.control.step_size = self.frames.frame
        self._within_step = False
        return None

    def doubt(self) -> str | None:
        """Why rounding cannot keep the tolerance, after the first step; None if it can. *Communication*: local."""
        return None if self._control is None else self._control.doubt(self.state)

    def strain(self) -> str | None:
        """Which waves that steps do not follow make them short; None if none does. *Communication*: local."""
        return None if self._control is None else self._control.strain(self.state)

    def advance(self, frames: int = 1) -> None:
        """Advance by whole frames, without looking at limits; with a fixed step a frame is a step.

        Raises
        ------
        ArgumentError
            If they are no whole number, negative, or lead beyond the stop.
        UserError
            If the tolerance allows no step; the state stays where it is. On every rank: a user's equation has failed.
        KeyboardInterrupt
            After a whole step, from which it may go on; of several ranks, and the second time, at once.

        Notes
        -----
        *Communication*: as `step`; with a user's equation one message more.
        """
        left, frames = self.frames.count - self.state.ticks // TICKS, whole("frames", frames)
        if not 0 <= frames <= left:
            stop = f"{self.config.equation.time_symbol} = {shown_time(self.frames.stop)}"
            raise ArgumentError(f"{frames} frames cannot be taken: {left} are left to {stop}")
        target = (self.state.ticks // TICKS + frames) * TICKS
        with interrupted_between_steps(self.comm.size == 1) as look:
            while self.state.ticks < target:
                verdict = self.step()
                if verdict is not None:
                    raise UserError(verdict)
                look()
        self._settle()

    def _settle(self) -> None:
        """Raise what a user's equation has failed by on any rank. Collective."""
        if self.config.equation.source_file:
            self._failures.settle(self.comm)

    def refine(self) -> None:
        """Go on from the same field on twice the points of each axis; see `Simulation.refine`.

        Raises
        ------
        ArgumentError
            If the system stays on its grid.
        """
        raise ArgumentError(f"{self.equation.name} stays on its grid")

    def measure(self) -> dict[str, float | RealArray]:
        """All quantities, the same on every rank: numbers, or arrays of one number for each axis (dimensionless)."""
        self._check_open()
        memory = self.state.control
        values = Named(self.sampler.measure(self.state, self.time))
        values |= {"step_size": memory.step_size, "error_estimate": memory.error_estimate}
        if self.config.adaptive:
            values["resonance_gain"] = exp(min(memory.growth, LARGEST_EXPONENT))
        if self.config.grid.refines:
            values["grid_points"] = np.array(self.config.grid.points, dtype=float)
        self._last = values
        return values

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take up the last sample of a run that goes on: analyses go on from there. *Communication*: local."""
        self._last = dict(values)
        self.sampler.recall(values)

    def is_finite(self) -> bool:
        """Whether all numbers of the state are finite. *Communication*: collective, one message."""
        local = all(bool(np.isfinite(row).all()) for field in self.state.fields.values() for row in field)
        return bool(self.comm.allreduce(local, MPI.LAND))

    def field(self) -> ComplexArray:
        """The local share of u, rows of `domain.layouts[0]`: an array of its own, which no later call changes."""
        self._check_open()
        return self.integrator.physical(self.state).copy()

    def coordinates(self) -> tuple[RealArray, ...]:
        """See `Simulation.coordinates`.

        Raises
        ------
        ArgumentError
            If the system is no field in a box.
        """
        raise self._no_box("coordinates")

    def gradient(self) -> ComplexArray:
        """See `Simulation.gradient`.

        Raises
        ------
        ArgumentError
            If the system is no field in a box.
        """
        raise self._no_box("gradient")

    def integrate(self, density: NDArray[Any] | Callable[..., RealArray]) -> float:
        """See `Simulation.integrate`.

        Raises
        ------
        ArgumentError
            If the system is no field in a box.
        """
        del density
        raise self._no_box("integrate")

    def _no_box(self, method: str) -> ArgumentError:
        return ArgumentError(
            f"{method}() is of a field in a periodic box, and this is {described_system(self.config)}; take the "
            "numbers of measure(), or the fields that a run stores, with their coordinates: open_run(…).field(n)"
        )

    def waves(self) -> Mapping[str, ComplexArray]:
        """Local shares of the waves of a mixture whose density `field` gave last; empty where u is all there is."""
        return {}

    @property
    def resting(self) -> tuple[str, ...]:
        """Names of the fields of a state. *Communication*: local."""
        return (FIELD,)

    @property
    def meshes(self) -> tuple[str, ...]:
        """Names of the complex meshes of a stored field. *Communication*: local."""
        return U

    def save_state(self, path: Path | str) -> None:
        """Write the resting state; a Simulation of any rank count continues from it with the same bits."""
        self._check_open()
        write_state(path_of("path", path, "a file to write"), self.integrator.domain, self.state, self.identity)

    def close(self) -> None:
        """Give the communicators back; only many simulations in one process need it. Again it does nothing."""
        if not self.closed:
            self.closed = True
            self._give_back()

    def _give_back(self) -> None:
        """Give the communicators of the present grid back. Collective."""
        self.sampler.close()
        self.integrator.domain.close()

    def _check_open(self) -> None:
        """Refuse to go on without communicators, every rank does, or from within a step."""
        if self.closed:
            raise ArgumentError("this simulation is closed: it has no ranks left to compute on; make another one")
        if self._within_step:
            raise ArgumentError(
                "this simulation was interrupted within a step, and what it holds is a solution at no time; make "
                "another one, from the last file of save_state(…) by state=… if there is one"
            )
