"""Steps of u_t = iΔu + N(t, u) by exponential Runge–Kutta schemes, on a line or in a plane.

A stage is one pair of sweeps: N over the rows in physical space, then the columns, where coefficients of N become those
of the next argument. The field rests half-transformed, as between the steps of a splitting, with nothing pending.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from parallel_nls.contracts import Completed, Domain, State
from parallel_nls.contracts.stepping import SolvedEquation
from parallel_nls.integrators.exponential_schemes import ExponentialScheme
from parallel_nls.integrators.exponential_weights import take_stage, turn_half
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.schedules import TICKS
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.sweeps import Block, BlockKernel
from parallel_nls.spectral.transforms import aligned_zeros


class DrivenEquation(SolvedEquation, Protocol):
    """An equation whose nonlinear part depends on time."""

    @property
    def domain(self) -> Domain:
        """Where it is solved."""

    def rate(self, time: float, scale: float) -> BlockKernel:
        """Block kernel that replaces u by scale·N(time, u). *Communication*: local."""

    def source_flow(self, times: tuple[float, float, float], step: float, scale: float) -> BlockKernel:
        """Block kernel that follows u_t = N(t, u) to order 4, and scales. *Communication*: local."""


class ExponentialStep:
    """Advances states by steps of an exponential scheme.

    Parameters
    ----------
    equation : DrivenEquation
        Supplies N and the domain.
    scheme : ExponentialScheme
        Which one.
    time_of : callable
        Simulated time by ticks: N depends on it.

    Attributes
    ----------
    spare : ndarray
        The second buffer, in physical layout; overwritten by steps and by whatever says so.
    pairs : int
        Transform pairs of all steps so far.

    Notes
    -----
    Five shares: the field, the spare buffer, and three of coefficients. *Communication*: `advance` takes a
    `ColumnSweep` a pair, and an all-to-all besides, in up to eight pieces; none on one rank.
    """

    def __init__(self, equation: DrivenEquation, scheme: ExponentialScheme, time_of: Callable[[int], float]) -> None:
        self.equation, self.scheme, self._time_of = equation, scheme, time_of
        self.domain = equation.domain
        self.rows = self.domain.sweeps[0][0]
        self.columns = self.domain.drift_sweep()
        self.spare = self.columns.spare
        self.pairs = 0
        self._pieces = ColumnPieces(self.domain)
        # Columns stand in rows here, whole lines one behind another, as blocks have them.
        shape = (self._pieces.count, self.domain.shape[0])
        kept = 0 if scheme.parts else 3
        self._coefficients = [aligned_zeros(shape, self.domain.dtype) for _ in range(kept)]

    def start(self) -> State:
        """Turn the physical field in ``spare`` into a resting state. *Communication*: collective."""
        state = State.of(allocate_resident(self.domain))
        state.field[...] = self.spare
        self.rows.to_coefficients(state.field)
        return state

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow the solution for a time ``step`` (negative: backward), in place; ticks and steps are not counted."""
        del peak, mend
        first, last = self._time_of(state.ticks), self._time_of(state.ticks + TICKS)
        if self.scheme.parts:
            self._split(state.field, first, last, step)
        else:
            self._stages(state.field, (first, 0.5 * (first + last), last), step)
        self.pairs += self.scheme.pairs

    def completed(self, state: State) -> Completed:
        """The state, to be looked at row by row. *Communication*: local."""
        return Completed(self.rows, state.field, None)

    def physical(self, state: State) -> ComplexArray:
        """The field itself, in ``spare``, valid until the next call; the state is kept. *Communication*: local."""
        self.completed(state).visit(None, self.spare)
        return self.spare

    def _stages(self, field: ComplexArray, times: tuple[float, float, float], step: float) -> None:
        start, total, fourth = self._coefficients
        scale = 1 / self.columns.normalisation
        self._pieces(field, lambda part: self._keeping(start[part], scale), before="forward")
        lawson = self.scheme.name == "if-rk4"
        for stage, time in enumerate((times[0], times[1], times[1], times[2])):
            self._over_rows(field, self.equation.rate(time, 1 / self.rows.transform.normalisation))

            def take(block: ComplexArray, lines: Block, stage: int = stage) -> None:
                """Take up one block of columns of this stage."""
                own = lines.lines
                parts = start[own], total[own], fourth[own]
                take_stage(block, self._squares(lines), lawson, stage, (step, scale), *parts)

            self.columns(field, take)

    def _split(self, field: ComplexArray, first: float, last: float, step: float) -> None:
        """Strang steps one after another; of two, what is between them is one linear flow."""
        parts, begun = self.scheme.parts, first
        self._turn(field, step * parts[0])
        for part, following in zip(parts, (*parts[1:], 0.0), strict=True):
            ended = last if following == 0.0 else begun + part * (last - first)
            times = begun, 0.5 * (begun + ended), ended
            flow = self.equation.source_flow(times, step * part, 1 / self.rows.transform.normalisation)
            self._over_rows(field, flow)
            self._turn(field, step * (part + following))
            begun = ended

    def _turn(self, field: ComplexArray, step: float) -> None:
        """Half of the linear flow for a time ``step``."""
        scale = 1 / self.columns.normalisation

        def turn(block: ComplexArray, lines: Block) -> None:
            """Act on one block of columns."""
            turn_half(block, self._squares(lines), step, scale)

        self.columns(field, turn)

    def _over_rows(self, field: ComplexArray, kernel: BlockKernel) -> None:
        self.rows(field, field, "backward", kernel, "forward")

    def _keeping(self, target: ComplexArray, scale: float) -> BlockKernel:
        def keep(block: ComplexArray, lines: Block) -> None:
            """Keep the coefficients of one block of columns."""
            target[lines.lines] = scale * block[: lines.count]

        return keep

    def _squares(self, lines: Block) -> RealArray:
        """|k|² of a block of columns, (count, column length)."""
        return sum((k * k for k in self.domain.block_wavenumbers(lines)), np.zeros(()))
