"""A configured run in memory: what `run` drives, and what a script can drive as well.

``simulation = Simulation(load_configuration("two_bubbles"), MPI.COMM_WORLD)``, ``simulation.advance(20)``,
``simulation.measure()["mass"]``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls.config import Configuration
from parallel_nls.contracts import State
from parallel_nls.errors import UserError
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.output.checkpoint import Identity, read_state, write_state
from parallel_nls.running import assembly
from parallel_nls.schedules import TICKS


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
    source : str, optional
        Text of the Python file of the initial data, instead of reading it.

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
    source : str or None
        Text of the Python file that the initial data come from.

    Notes
    -----
    *Communication*: construction, `step`, `advance`, `measure`, `is_finite`, `save_state` and `close` are collective,
    the rest is local.
    """

    def __init__(
        self, config: Configuration, comm: MPI.Intracomm, state: Path | None = None, source: str | None = None
    ) -> None:
        self.config, self.comm = config, comm
        assembly.check_memory_of_all(config, comm)
        self.frames = config.frames
        self.domain = assembly.make_domain(config, comm)
        self.integrator = assembly.make_integrator(config, self.domain)
        self.equation = self.integrator.equation
        self._control = assembly.make_step_control(config, self.integrator)
        self.sampler = assembly.make_sampler(config, self.integrator)
        self.source = source
        if state is None:
            self.source = source or assembly.initial_source(config, self.domain)
            assembly.place_initial(config, self.domain, self.integrator.spare, self.source)
            self.state: State = self.integrator.start()
        else:
            self.state = read_state(state, self.domain, self.identity)

    @property
    def identity(self) -> Identity:
        """What a state of this run belongs to: with anything else it would mean another solution."""
        config = self.config
        return {
            "equation": config.equation.name,
            **config.equation.parameters(),
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

        Notes
        -----
        *Communication*: two all-to-alls an FFT pair, none on one rank; with a tolerance one number a step.
        """
        if self._control is not None:
            return self._control.advance(self.state)
        self.integrator.advance(self.state, self.frames.frame)
        self.state.ticks += TICKS
        self.state.steps += 1
        self.state.control.step_size = self.frames.frame
        return None

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
        return {**values, "step_size": memory.step_size, "error_estimate": memory.error_estimate}

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Take up the last sample of a run that goes on: the next fit begins there. *Communication*: local."""
        if self.sampler.modulation is not None:
            self.sampler.modulation.recall(values)

    @property
    def fit_failure(self) -> str | None:
        """Why the last decomposition failed, if it did; the same on every rank. *Communication*: local."""
        return None if self.sampler.modulation is None else self.sampler.modulation.failure

    def is_finite(self) -> bool:
        """Whether all numbers of the state are finite. *Communication*: collective, one message."""
        local = all(bool(np.isfinite(row).all()) for row in self.state.field)
        return bool(self.comm.allreduce(local, MPI.LAND))

    def field(self) -> ComplexArray:
        """The local share of u, rows of `domain.layouts[0]`, valid until the next call."""
        return self.integrator.physical(self.state)

    def save_state(self, path: Path) -> None:
        """Write the resting state; a Simulation of any rank count continues from it with the same bits."""
        write_state(path, self.domain, self.state, self.identity)

    def close(self) -> None:
        """Give the communicators back; only many simulations in one process need it."""
        self.sampler.close()
        self.domain.close()

    def verdict(self, values: dict[str, float | RealArray]) -> str | None:
        """Why the run must stop at these values, or None; the same on every rank. *Communication*: local."""
        limits = self.config.limits
        if not values["finite"]:
            if self.state.steps == 0:
                return "the initial data are not finite numbers, or their phases are too large for the grid"
            return f"the field is no longer finite; take a smaller {'tolerance' if self.config.adaptive else 'step'}"
        tail, peak = float(np.max(values["spectral_tail"])), float(np.max(values["sup_norm"]))
        if peak == 0:
            return "the field is zero on the grid; give initial data that the grid resolves"
        if limits.spectral_tail < math.inf and not tail <= limits.spectral_tail:
            if self.state.steps == 0:
                return (
                    f"not resolved from the start: spectral tail {tail:.3g} exceeds limits.spectral_tail = "
                    f"{limits.spectral_tail:g}; take more points, or a box that the initial data fit into"
                )
            return (
                f"no longer resolved: spectral tail {tail:.3g} exceeds limits.spectral_tail = "
                f"{limits.spectral_tail:g}; take more points"
            )
        if peak > limits.sup_norm:
            return f"limit reached: sup|u| = {peak:.6g} exceeds limits.sup_norm = {limits.sup_norm:g}"
        return None
