"""A configured run in memory: what `runner` drives, and what a script can drive as well.

``simulation = Simulation(load_configuration("two_bubbles"), MPI.COMM_WORLD)``, ``simulation.advance(20)``,
``simulation.measure()["mass"]``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import BubblesInitial, Configuration, check_memory
from parallel_nls.contracts import Profile, State
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.equations import EQUATIONS
from parallel_nls.errors import UserError
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.output.checkpoint import read_state, write_state
from parallel_nls.parallel.consensus import ranks_on_node
from parallel_nls.profiles.bubbles import Bubble, BubbleSum
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.domain import FourierDomain


def initial_profile(config: Configuration) -> Profile:
    """The profile of [initial]. *Communication*: local."""
    initial = config.initial
    if isinstance(initial, BubblesInitial):
        bubbles = [Bubble(b.center, b.frequency, b.phase) for b in initial.bubbles]
        return BubbleSum(bubbles, initial.blowup_time)
    return Gaussian(initial.amplitude, initial.width, initial.center, initial.chirp)


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
    verdict: str | None = None
    try:
        check_memory(config, on_node, comm.size)
    except UserError as error:
        verdict = str(error)
    # Nodes may differ: the first rank that objects speaks for all.
    verdicts = [text for text in comm.allgather(verdict) if text is not None]
    if verdicts:
        raise UserError(verdicts[0])


class Simulation:
    """A configured run in memory: advance it, measure it, save it; nothing is written unless asked.

    Parameters
    ----------
    config : Configuration
        From `load_configuration`.
    comm : MPI.Comm
        Any communicator, for instance one of an ensemble.
    state : Path, optional
        A checkpoint to start from instead of the initial data.

    Raises
    ------
    UserError
        If the grid does not fit the memory, or the checkpoint is missing, damaged, or of another grid.

    Attributes
    ----------
    config : Configuration
    domain : FourierDomain
    integrator : SplitStep
    state : State

    Notes
    -----
    *Communication*: construction, `advance`, `measure`, `save_state` and `close` are collective, the rest is local.
    """

    def __init__(self, config: Configuration, comm: MPI.Intracomm, state: Path | None = None) -> None:
        self.config, self.comm = config, comm
        check_memory_of_all(config, comm)
        self.frames = config.frames
        self.domain = FourierDomain(comm, config.grid.points, config.grid.length)
        self.equation = EQUATIONS[config.equation.name](self.domain)
        self.integrator = SplitStep(self.equation, composition(config.time.scheme))
        profile = initial_profile(config)
        distances = "distance" in config.diagnostics.families
        self.sampler = Sampler(self.equation, self.integrator, profile if distances else None)
        if state is None:
            place(profile, self.domain, self.frames.start, self.integrator.idle)
            self.state: State = self.integrator.start()
        else:
            self.state = read_state(state, self.domain)

    @property
    def time(self) -> float:
        """Simulated time of the state."""
        return self.frames.time(self.state.frames)

    def advance(self, steps: int = 1) -> None:
        """Take steps, without looking at limits.

        Raises
        ------
        ValueError
            If they are negative or lead beyond the stop.

        Notes
        -----
        *Communication*: two all-to-alls an FFT pair; none on one rank.
        """
        left = self.frames.count - self.state.frames
        if not 0 <= steps <= left:
            raise ValueError(f"{steps} steps cannot be taken: {left} are left to t = {self.frames.stop:g}")
        for _ in range(steps):
            self.integrator.advance(self.state, self.frames.frame)

    def measure(self) -> dict[str, float | NDArray[np.float64]]:
        """All quantities, the same on every rank: numbers, or arrays of one number for each axis (dimensionless)."""
        return self.sampler.measure(self.state, self.time)

    def field(self) -> NDArray[np.complex128]:
        """The local share (rows, N₁) of u, complex128, valid until the next call. *Communication*: local."""
        return self.integrator.physical(self.state)

    def save_state(self, path: Path) -> None:
        """Write the resting state; a Simulation of any rank count continues from it with the same bits."""
        write_state(path, self.domain, self.state)

    def close(self) -> None:
        """Give the communicators back; only many simulations in one process need it."""
        self.domain.close()

    def verdict(self, values: dict[str, float | NDArray[np.float64]]) -> str | None:
        """Why the run must stop at these values, or None; the same on every rank. *Communication*: local."""
        limits = self.config.limits
        if not values["finite"]:
            if self.state.frames == 0:
                return "the initial data are not finite numbers, or their phases are too large for the grid"
            return "the field is no longer finite; take a smaller step"
        tail, peak = float(np.max(values["spectral_tail"])), float(np.max(values["sup_norm"]))
        if peak == 0:
            return "the field is zero on the grid; give initial data that the grid resolves"
        if limits.spectral_tail < math.inf and not tail <= limits.spectral_tail:
            if self.state.frames == 0:
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
