"""One step of a splitting in a plane or on a folded line: row sweep, exchange, column sweep, exchange.

Between steps the field rests half-transformed, with the last flow of the step pending: it joins the first flow of the
next one. A sample completes the pending flow on a copy, so that looking never changes the trajectory.
"""

from __future__ import annotations

from parallel_nls.contracts import Completed, Equation, State
from parallel_nls.integrators.compositions import Composition
from parallel_nls.integrators.rounding import CADENCE, RoundingCorrection
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.numerics.compiled import lean_kernel
from parallel_nls.numerics.lanes import LANES, all_lanes, complex_lanes_of, put_complex_lanes, total
from parallel_nls.spectral.pencils import allocate_resident
from parallel_nls.spectral.sweeps import Block, BlockKernel


@lean_kernel
def difference_sums(block: ComplexArray, other: ComplexArray, table: RealArray) -> None:
    """Σ|u|² and Σ|u − v|² of each row of two blocks; v becomes v − u."""
    for b in range(table.shape[1]):
        first, second = block[b], other[b]
        mass = distance = all_lanes(0.0)
        for j in range(0, first.size, LANES):
            (x, y), (re, im) = complex_lanes_of(first, j), complex_lanes_of(second, j)
            re, im = re - x, im - y
            mass += x * x + y * y
            distance += re * re + im * im
            put_complex_lanes(second, j, re, im)
        table[0, b], table[1, b] = total(mass), total(distance)


class SplitStep:
    """Advances a state by one step of a composition.

    Parameters
    ----------
    equation : Equation
        Supplies the two exact flows and the domain.
    scheme : Composition
        Coefficients.

    Attributes
    ----------
    spare : ndarray
        The second buffer, in physical layout; overwritten by steps and by whatever says so.
    pairs : int
        Transform pairs of all steps so far.

    Notes
    -----
    *Communication*: construction is collective. `advance` takes a `ColumnSweep` a pair, and one small message every 64.
    `completed` and `physical` take none, but what a kick needs that is not local, and a `ColumnSweep` if the scheme
    begins and ends with the linear flow.
    """

    def __init__(self, equation: Equation, scheme: Composition) -> None:
        self.equation, self.scheme = equation, scheme
        self.domain = equation.domain
        self.rows = self.domain.sweeps[0][0]
        self.columns = self.domain.drift_sweep()
        self.spare = self.columns.spare
        # A kick of the user's need not say whether it is; where fields are not even it would make no difference.
        uniform = bool(self.domain.even) and getattr(equation.kick, "is_uniform", False)
        self._kicked = self.domain.uniform_sweep() if uniform else self.rows
        self.pairs = 0
        self._rounding = RoundingCorrection(equation, self.rows.transform, self.columns)
        # A pending linear flow can only be completed in whole columns, while `spare` carries their exchange.
        self._completed = allocate_resident(self.domain) if scheme.drift_first else None

    def start(self) -> State:
        """Turn the physical field in ``spare`` into a resting state. *Communication*: collective."""
        state = State.of(allocate_resident(self.domain))
        state.field[...] = self.spare
        self.rows.to_coefficients(state.field)
        return state

    def advance(self, state: State, step: float, peak: RealArray | None = None, mend: bool = True) -> None:
        """Follow the solution for a time ``step`` (negative: backward), in place; ticks and steps are not counted.

        Parameters
        ----------
        state : State
            Its field and pending flow are changed, and what it knows of rounding.
        step : float
            Simulated time.
        peak : ndarray, (1,), optional
            Becomes the largest |u|² of this rank, if that is larger, ahead of the first kick; see `Kick`.
        mend : bool, optional
            Whether rounding may be taken out now; else it waits for a later step.
        """
        stages, memory, rounding = self.scheme.stages, state.control, self._rounding
        rounding.note_mass(state.field, memory)
        memory.unmended += self.scheme.pairs
        # Those of this step included, so that at its end nothing is left.
        due = memory.unmended if mend and memory.unmended >= CADENCE else 0
        if due:
            rounding.mend(state.field, due)
        for i, stage in enumerate(stages[:-1]):
            tau = stage * step + (state.pending if i == 0 else 0.0)
            mended = due if i < 2 else 0
            if i % 2 == self.scheme.drift_first:
                self._kick(state, tau, peak if i < 2 else None, mended)
            else:
                self._drift(state.field, tau, self._rounding.scales[1], mended)
        state.pending = stages[-1] * step
        self.pairs += self.scheme.pairs
        if due:
            rounding.hold_mass(state.field, memory, due)
            memory.unmended = 0

    def completed(self, state: State) -> Completed:
        """The state with its pending flow done, valid until the next step; the state is kept.

        A pending linear flow is done here, in a third buffer; ``spare`` is overwritten then. The kick looks at the
        state in any case: a density that is not local is known from here on.
        """
        if self._completed is None:
            self.equation.kick.prepare(Completed(self.rows, state.field, None))
            return Completed(self.rows, state.field, self.equation.kick.kernel(state.pending, 1.0))
        self._completed[...] = state.field
        self._drift(self._completed, state.pending, 1 / self.columns.normalisation)
        done = Completed(self.rows, self._completed, None)
        self.equation.kick.prepare(done)
        return done

    def physical(self, state: State) -> ComplexArray:
        """The field u itself, computed in ``spare``; the state is kept.

        Returns
        -------
        ndarray
            ``spare``: local share in physical layout, valid until the next call.
        """
        self.completed(state).visit(None, self.spare)
        return self.spare

    def difference(self, state: State, other: State, look: BlockKernel | None = None) -> RealArray:
        """Line sums Σ|u|² and Σ|u − v|² over the rows of two states; ``other`` holds v − u then, ``spare`` is used up.

        ``look``, if given, is shown the rows of u in physical space, and keeps them.

        Returns
        -------
        ndarray, (2, local rows)
            Sums over grid points.
        """
        table = line_table(2, len(state.field))
        # The other state first, and for good: a kick that is not local knows one field at a time.
        complete = None
        if self.scheme.drift_first:
            self._drift(other.field, other.pending, 1 / self.columns.normalisation)
        else:
            self.equation.kick.prepare(Completed(self.rows, other.field, None))
            complete = self.equation.kick.kernel(other.pending, 1.0)
        Completed(self.rows, other.field, complete).visit(None, other.field)

        def compare(block: ComplexArray, lines: Block) -> None:
            """Sum over the same rows of both."""
            if look is not None:
                look(block, lines)
            difference_sums(block, other.field[lines.lines], table[:, lines.lines])

        self.completed(state).visit(compare)
        return table

    def _kick(self, state: State, tau: float, peak: RealArray | None, mended: int) -> None:
        self.equation.kick.prepare(Completed(self.rows, state.field, None))
        kernel = self.equation.kick.kernel(tau, self._rounding.scales[0], peak)
        if mended:
            kernel = self._rounding.on_values(kernel, mended)
        self._kicked(state.field, state.field, "backward", kernel, "forward")

    def _drift(self, field: ComplexArray, tau: float, scale: float, mended: int = 0) -> None:
        kernel = self.equation.drift.kernel(tau, scale)
        if mended:
            kernel = self._rounding.on_coefficients(kernel, mended)
        self.columns(field, kernel)
