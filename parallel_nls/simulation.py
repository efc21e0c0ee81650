"""A configured run in memory: what `runner` drives, and what a script can drive as well.

``simulation = Simulation(load_configuration("two_bubbles"), MPI.COMM_WORLD)``, ``simulation.advance(20)``,
``simulation.measure()["mass"]``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import Configuration, check_memory
from parallel_nls.contracts import Domain, State
from parallel_nls.diagnostics.modulation import Analysis
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations import EQUATIONS
from parallel_nls.errors import UserError
from parallel_nls.initial_data import initial_source, place_initial, reference_profile
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.output.checkpoint import Identity, read_state, write_state
from parallel_nls.parallel.consensus import on_all_ranks, ranks_on_node
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.schedules import TICKS
from parallel_nls.spectral.domain import FourierDomain
from parallel_nls.spectral.line import LineDomain


def check_memory_of_all(config: Configuration, comm: MPI.Intracomm) -> None:
    """Refuse a grid that some node has no memory for, before anything is allocated.

    Raises
    ------
    UserError
        With the same text on every rank.

    Notes
    -----
    *Communication*: collective.
    """
    on_node = ranks_on_node(comm)
    # Nodes may differ.
    on_all_ranks(comm, lambda: check_memory(config, on_node, comm.size))


def _domain(config: Configuration, comm: MPI.Intracomm) -> Domain:
    grid = config.grid
    kind = LineDomain if config.equation.dimension == 1 else FourierDomain
    return kind(comm, grid.points, grid.length, dtype=np.complex64 if grid.precision == "single" else np.complex128)


def _step_control(config: Configuration, integrator: SplitStep) -> StepControl | None:
    tolerance = config.time.tolerance
    if tolerance is None:
        return None
    height = ground_state(config.equation.dimension).peak
    return StepControl(integrator, config.frames.frame, tolerance, height)


def _analysis(config: Configuration) -> Analysis | None:
    """What the modulation analysis is to find out, if it is asked for."""
    families, reference = config.diagnostics.modulated_families, config.modulated
    if not families or reference is None:
        return None
    bubbles = tuple(Bubble(bubble.center, bubble.frequency, bubble.phase) for bubble in reference.bubbles)
    section = config.modulation
    return Analysis(bubbles, reference.blowup_time, families, section.cutoff, section.direction)


def sampler_of(config: Configuration, simulation: Simulation) -> Sampler:
    """Who measures the state of a simulation as a configuration wants, which may be another than its own.

    Notes
    -----
    *Communication*: collective.
    """
    reference = reference_profile(config) if "distance" in config.diagnostics.families else None
    return Sampler(simulation.equation, simulation.integrator, reference, _analysis(config))


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
        check_memory_of_all(config, comm)
        self.frames = config.frames
        self.domain = _domain(config, comm)
        self.equation = EQUATIONS[config.equation.name](self.domain, config.equation.power)
        self.integrator = SplitStep(self.equation, composition(config.time.scheme))
        self._control = _step_control(config, self.integrator)
        self.sampler = sampler_of(config, self)
        self.source = source
        if state is None:
            self.source = source or initial_source(config, self.domain)
            place_initial(config, self.domain, self.integrator.idle, self.source)
            self.state: State = self.integrator.start()
        else:
            self.state = read_state(state, self.domain, self.identity)

    @property
    def identity(self) -> Identity:
        """What a state of this run belongs to: with anything else it would mean another solution."""
        config = self.config
        return {
            "equation": config.equation.name,
            "power": config.equation.power,
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

    def measure(self) -> dict[str, float | NDArray[np.float64]]:
        """All quantities, the same on every rank: numbers, or arrays of one number for each axis (dimensionless)."""
        memory = self.state.control
        values = self.sampler.measure(self.state, self.time)
        return {**values, "step_size": memory.step_size, "error_estimate": memory.error_estimate}

    def recall(self, values: Mapping[str, float | NDArray[np.float64]]) -> None:
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

    def field(self) -> NDArray[np.complex128]:
        """The local share of u, rows of `domain.layouts[0]`, valid until the next call."""
        return self.integrator.physical(self.state)

    def save_state(self, path: Path) -> None:
        """Write the resting state; a Simulation of any rank count continues from it with the same bits."""
        write_state(path, self.domain, self.state, self.identity)

    def close(self) -> None:
        """Give the communicators back; only many simulations in one process need it."""
        self.sampler.close()
        self.domain.close()

    def verdict(self, values: dict[str, float | NDArray[np.float64]]) -> str | None:
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
