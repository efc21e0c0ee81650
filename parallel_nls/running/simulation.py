"""A configured run in memory: what `run` drives, and what a script can drive as well.

``simulation = Simulation(load_configuration("two_bubbles"), MPI.COMM_WORLD)``, ``simulation.advance(20)``,
``simulation.measure()["mass"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from math import exp, inf
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import Configuration
from parallel_nls.contracts import State
from parallel_nls.diagnostics.integration import gradient_of, integral
from parallel_nls.diagnostics.monitor import Sample
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.resonance_monitor import LARGEST_EXPONENT
from parallel_nls.diagnostics.sampling import passes_over
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.output.checkpoint import Identity, read_state, write_state
from parallel_nls.parallel.consensus import common_verdict
from parallel_nls.running import assembly
from parallel_nls.running.sources import Sources, read_sources
from parallel_nls.schedules import TICKS
from parallel_nls.spectral.sweeps import Block
from parallel_nls.user_code.elementwise import check_elementwise
from parallel_nls.user_code.failures import Failures
from parallel_nls.user_code.source import BadResult


class Simulation:
    """A configured run in memory: advance it, measure it, save it; nothing is written unless asked.

    Parameters
    ----------
    config : Configuration
        From `load_configuration`.
    comm : MPI.Comm
        Any communicator, for instance one of an ensemble.
    state : Path, optional
        A checkpoint to start from instead of the initial data, whose files are not needed then.
    sources : mapping of str to str, optional
        Texts of the Python files of the configuration, by their names in a run directory, instead of reading them.

    Raises
    ------
    UserError
        If the grid does not fit the memory, or the checkpoint is missing, damaged, or of another grid.

    Attributes
    ----------
    config : Configuration
    domain : FourierDomain or LineDomain
    integrator : SplitStep
    state : State
    sources : mapping of str to str
        Texts of all Python files that it uses.

    Notes
    -----
    *Communication*: construction, `step`, `advance`, `measure`, `gradient`, `integrate`, `is_finite`, `save_state` and
    `close` are collective, the rest is local.
    """

    def __init__(
        self, config: Configuration, comm: MPI.Intracomm, state: Path | None = None, sources: Sources | None = None
    ) -> None:
        self.config, self.comm = config, comm
        self.sources = read_sources(config, comm, sources or {}, initial=state is None)
        assembly.check_memory_of_all(config, comm)
        self.frames = config.frames
        self.domain = assembly.make_domain(config, comm)
        self._failures = Failures()
        self.integrator = assembly.make_integrator(config, self.domain, self.sources, self._failures)
        self.equation = self.integrator.equation
        self._control = assembly.make_step_control(config, self.integrator)
        self.sampler = assembly.make_sampler(config, self.integrator, self.sources, self._failures)
        if state is None:
            assembly.place_initial(config, self.domain, self.integrator.spare, self.sources)
            self.state: State = self.integrator.start()
            assembly.change_initial(config, self.integrator, self.state)
        else:
            self.state = read_state(state, self.domain, self.identity)
        assembly.try_user_code(config, self.integrator, self.sources, self.state, self.time)

    @property
    def identity(self) -> Identity:
        """What a state of this run belongs to: with anything else it would mean another solution."""
        config = self.config
        return {
            "equation": self.equation.name,
            **self.equation.parameters(),
            "points": config.grid.points,
            "length": config.grid.length,
            "scheme": config.time.scheme,
            "start": config.time.start,
            "frame": self.frames.frame,
        }

    @property
    def time(self) -> float:
        """Simulated time of the state."""
        return self.frames.time_of_tick(self.state.ticks)

    @property
    def scale(self) -> float:
        """λ of the highest peak, along whose square a tolerance steps; 1 with a fixed step. *Communication*: local."""
        peak = self.state.control.peak
        return 2.0 ** (-0.5 * self.equation.log_rate(peak)) if self.config.adaptive and 0 < peak < inf else 1.0

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
        *Communication*: two all-to-alls an FFT pair, none on one rank; with a tolerance one number a step.
        """
        if self._control is not None:
            verdict = self._control.advance(self.state)
            if verdict is not None:
                self._failures.settle(self.comm)
            return verdict
        self.integrator.advance(self.state, self.frames.frame)
        self.state.ticks += TICKS
        self.state.steps += 1
        self.state.control.step_size = self.frames.frame
        return None

    def doubt(self) -> str | None:
        """Why rounding cannot keep the tolerance, after the first step; None if it can. *Communication*: local."""
        return None if self._control is None else self._control.doubt(self.state)

    def advance(self, frames: int = 1) -> None:
        """Advance by whole frames, without looking at limits; with a fixed step a frame is a step.

        Raises
        ------
        ValueError
            If they are negative or lead beyond the stop.
        UserError
            If the tolerance allows no step; the state stays where it is.

        Notes
        -----
        *Communication*: as `step`.
        """
        left = self.frames.count - self.state.ticks // TICKS
        if not 0 <= frames <= left:
            raise ValueError(f"{frames} frames cannot be taken: {left} are left to t = {self.frames.stop:g}")
        target = (self.state.ticks // TICKS + frames) * TICKS
        while self.state.ticks < target:
            verdict = self.step()
            if verdict is not None:
                raise UserError(verdict)

    def measure(self) -> dict[str, float | RealArray]:
        """All quantities, the same on every rank: numbers, or arrays of one number for each axis (dimensionless)."""
        memory = self.state.control
        values = self.sampler.measure(self.state, self.time)
        values |= {"step_size": memory.step_size, "error_estimate": memory.error_estimate}
        if self.config.adaptive:
            values["resonance_gain"] = exp(min(memory.growth, LARGEST_EXPONENT))
        return values

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take up the last sample of a run that goes on: analyses go on from there. *Communication*: local."""
        self.sampler.recall(values)

    def is_finite(self) -> bool:
        """Whether all numbers of the state are finite. *Communication*: collective, one message."""
        local = all(bool(np.isfinite(row).all()) for field in self.state.fields.values() for row in field)
        return bool(self.comm.allreduce(local, MPI.LAND))

    def field(self) -> ComplexArray:
        """The local share of u, rows of `domain.layouts[0]`, valid until the next call."""
        return self.integrator.physical(self.state)

    def coordinates(self) -> tuple[RealArray, ...]:
        """x, in the plane x and y, of this rank's points: they broadcast to the shape of `field`."""
        return self.domain.block_coordinates(self._rows)

    def gradient(self) -> ComplexArray:
        """∇u on this rank's points, (d, *shape of `field`), spectrally exact.

        Notes
        -----
        *Communication*: collective, a transpose or two.
        """
        return gradient_of(self._passes, self._sample)

    def integrate(self, density: NDArray[Any] | Callable[..., RealArray]) -> float:
        """The integral of a density over space, the same number on every rank, the same bits on any number of them.

        Parameters
        ----------
        density : ndarray or callable
            Real values on this rank's points, of the shape of `field`; or ``density(u, gradient, x)``, in the plane
            ``density(u, gradient, x, y)``, that gives them for any points, each from that point alone.

        Raises
        ------
        UserError
            On every rank: a function is not elementwise.
        ValueError
            If it is not real, or of another shape.

        Notes
        -----
        *Communication*: collective: of values one message, of a function a transpose or two besides.
        """
        if callable(density):
            density = self._values_of(density)
        values = np.broadcast_to(np.asarray(density), self.integrator.spare.shape)
        if np.iscomplexobj(values):
            raise ValueError("the density is complex; integrate its real and its imaginary part")
        return integral(self._passes, values)

    def _values_of(self, density: Callable[..., RealArray]) -> NDArray[Any]:
        """A density on this rank's points; refused on all ranks if it is not elementwise. Collective."""
        u = self.field().copy()
        arguments = [u, self.gradient(), *self.coordinates()]
        values = np.broadcast_to(np.asarray(density(*arguments)), u.shape)
        objection: str | None = None
        try:
            size = float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))
            check_elementwise(density, lambda *some: np.asarray(density(*some)), values, arguments, size)
        except BadResult as error:
            objection = str(error)
        common_verdict(self.comm, objection)
        return values

    @cached_property
    def _passes(self) -> Passes:
        return passes_over(self.equation)

    @property
    def _sample(self) -> Sample:
        return Sample(self.integrator.completed(self.state), self.integrator.spare, self.time)

    @property
    def _rows(self) -> Block:
        numbers = self.domain.layouts[0].line_numbers(1)
        return Block(0, len(numbers), numbers, slice(0, len(numbers)))

    def save_state(self, path: Path) -> None:
        """Write the resting state; a Simulation of any rank count continues from it with the same bits."""
        write_state(path, self.domain, self.state, self.identity)

    def close(self) -> None:
        """Give the communicators back; only many simulations in one process need it."""
        self.sampler.close()
        self.domain.close()
