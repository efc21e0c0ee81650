"""A configured run in memory: what `run` drives, and what a script can drive as well.

``simulation = Simulation(load_configuration("two_bubbles"))``, ``simulation.advance(20)``,
``simulation.measure()["mass"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from parallel_nls.config import FIELD_SYSTEMS, Configuration
from parallel_nls.contracts import FIELD, Domain, Equation, State
from parallel_nls.diagnostics.integration import gradient_of, integral, integral_of
from parallel_nls.diagnostics.monitor import Sample
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.sampling import Sampler, passes_over
from parallel_nls.errors import ArgumentError, UserError
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.integrators.step_control import StepControl
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.consensus import common_verdict
from parallel_nls.running import assembly
from parallel_nls.running.communicator import check_run
from parallel_nls.running.configured_run import ConfiguredRun, described_system
from parallel_nls.running.sources import Sources
from parallel_nls.spectral.refinement import spectrum_of
from parallel_nls.spectral.sweeps import Block
from parallel_nls.spectral.wisdom import planning_by


class Simulation(ConfiguredRun[SplitStep, Sampler]):
    """A configured run in memory: advance it, measure it, save it; nothing is written unless asked.

    Parameters
    ----------
    config : Configuration
        From `load_configuration`.
    comm : MPI.Comm, optional
        Any communicator, for instance one of an ensemble; by default all ranks of the job, without a launcher this
        process.
    state : Path or str, optional
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
        self,
        config: Configuration,
        comm: MPI.Intracomm | None = None,
        state: Path | str | None = None,
        sources: Sources | None = None,
    ) -> None:
        check_run(config, comm)
        if config.system not in FIELD_SYSTEMS or config.equation.is_remainder:
            raise ArgumentError(
                f"config is of {described_system(config)}, no field in a box; open_simulation(config) opens any system"
            )
        super().__init__(config, comm, state, sources)
        assembly.try_user_code(self.config, self.integrator, self.sources, self.state, self.time)

    @property
    def domain(self) -> Domain:
        """Where u has values."""
        return self.integrator.domain

    @property
    def equation(self) -> Equation:
        """What is solved."""
        return self.integrator.equation

    def _make_integrator(self) -> SplitStep:
        return assembly.make_integrator(self.config, self.comm, self.sources, self._failures)

    def _make_control(self) -> StepControl | None:
        return assembly.make_step_control(self.config, self.integrator)

    def _make_sampler(self) -> Sampler:
        return assembly.make_sampler(self.config, self.integrator, self.sources, self._failures)

    def refine(self) -> None:
        """Go on from the same field on twice the points of each axis, as [grid] `refine` does at the spectral tail.

        The field is its trigonometric polynomial, with the last flow done; time, counts and error accounts go on. What
        rounding adds with a fixed sign is watched anew, since it belongs to the transforms, and so are the highest
        waves, which are others; analyses go on from the last sample.

        Raises
        ------
        ArgumentError
            If the configuration allows no more points.

        Notes
        -----
        The old grid is given up before the new one is made, but for one share of the field. *Communication*:
        collective, four transposes and the construction of a Simulation.
        """
        self._check_open()
        finer = self.config.grid.refinements[:1]
        if not finer:
            raise ArgumentError(f"grid.points = {self.config.grid.points} are not to be refined any further")
        state, pairs, spare = self.state, self.integrator.pairs, self.integrator.spare
        self.integrator.completed(state).visit(None, spare, "forward")
        spectrum = spectrum_of(self.domain, self.domain.points, spare, self.domain.even)
        self._give_back()
        del self.integrator, self._control, self.sampler, state.fields[FIELD]
        self.__dict__.pop("_passes", None)
        self.config = self.config.on_grid(finer[0])
        with planning_by(self.plans.wisdom):
            self._assemble()
        state.fields[FIELD], state.pending = spectrum.on(self.domain, self.domain.points), 0.0
        self.integrator.pairs, state.control.unmended, state.control.mass = pairs, 0, 0.0
        if self._control is not None:
            self._control.begin_on_grid(state)
        if self._last:  # without a sample so far there is nothing that its monitors remember
            self.sampler.recall(self._last)

    def findings(self, first: Mapping[str, float | RealArray]) -> dict[str, object]:
        """What its equation knows of its own law. *Communication*: local."""
        del first
        return assembly.findings_of(self.config, self.equation)

    def _start(self) -> State:
        return assembly.start_state(self.config, self.integrator, self.sources)

    def coordinates(self) -> tuple[RealArray, ...]:
        """x, in the plane x and y, of this rank's points: they broadcast to the shape of `field`."""
        return self.domain.block_coordinates(self._rows)

    def gradient(self) -> ComplexArray:
        """∇u on this rank's points, (d, *shape of `field`), spectrally exact.

        Notes
        -----
        *Communication*: collective, a transpose or two.
        """
        self._check_open()
        return gradient_of(self._passes, self._sample)

    def integrate(self, density: NDArray[Any] | Callable[..., RealArray]) -> float:
        """The integral of a density over space, the same number on every rank, the same bits on any number of them.

        Parameters
        ----------
        density : ndarray or callable
            Real values on this rank's points, of the shape of `field`, of an even field taken to be even too; or
            ``density(u, gradient, x)``, in the plane ``density(u, gradient, x, y)``, that gives them for any points,
            each from that point alone, of an even field at its mirror images too.

        Raises
        ------
        UserError
            On every rank: a function is not elementwise, raises, or gives no real numbers.
        ArgumentError
            On every rank: values are not real, or of another shape.

        Notes
        -----
        *Communication*: collective: of values two messages, of a function a transpose or two besides.
        """
        self._check_open()
        if callable(density):
            self._check_call(density)
            found = integral_of(self._passes, self._sample, density)
            self._settle()
            return found
        try:
            common_verdict(self.comm, self._objection(density))
        except UserError as error:
            raise ArgumentError(str(error)) from None
        return integral(self._passes, np.broadcast_to(np.asarray(density), self.integrator.spare.shape))

    def _objection(self, density: object) -> str | None:
        """Why these are no values of a density at this rank's points; None if they are."""
        given, shape = np.asarray(density), self.integrator.spare.shape
        if given.dtype.kind not in "biufc":
            return f"density = {density!r}: is no array of numbers; give one of the shape of field()"
        if given.dtype.kind == "c":
            return "the density is complex; integrate its real and its imaginary part"
        if isinstance(density, np.ma.MaskedArray):
            return "the density is a masked array; give a number at every point, as by .filled(0.0)"
        try:
            np.broadcast_to(given, shape)
        except ValueError:
            return f"the density has shape {given.shape}; give one number for each point, {shape}"
        return None

    def _check_call(self, density: Callable[..., RealArray]) -> None:
        """Refuse a function of other arguments than a density has."""
        names = ("u", "gradient", *"xy"[: self.domain.dimension])
        try:
            found = signature(density)
        except ValueError:  # some that are compiled tell of none
            return
        try:
            found.bind(*names)
        except TypeError as error:
            raise ArgumentError(f"the density is called as f({', '.join(names)}): {error}") from None

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
