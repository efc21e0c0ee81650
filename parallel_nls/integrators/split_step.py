"""One step of a splitting in the plane: row sweep, exchange, column sweep, exchange.

Between steps the field rests half-transformed, with the last kick of the step pending: it joins the first kick of the
next one. A sample completes the pending kick on a copy, so that looking never changes the trajectory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Equation, State
from parallel_nls.integrators.compositions import Composition
from parallel_nls.spectral.columns import ColumnSweep


class SplitStep:
    """Advances a state by one step of a composition.

    Parameters
    ----------
    equation : Equation
        Supplies the two exact flows and the domain (a plane).
    scheme : Composition
        Coefficients.

    Attributes
    ----------
    idle : ndarray, complex128
        The second buffer, in physical layout; overwritten by every method.

    Notes
    -----
    *Communication*: `advance` takes two all-to-alls a pair, none on one rank; `start` and `physical` none.
    """

    def __init__(self, equation: Equation, scheme: Composition) -> None:
        self.equation, self.scheme = equation, scheme
        self.rows = equation.domain.sweeps[0][0]
        self.columns = ColumnSweep(equation.domain)
        self.idle = self.columns.spare

    def start(self, frames: int = 0) -> State:
        """Turn the physical field in ``idle`` into a resting state."""
        domain = self.equation.domain
        state = State(frames, domain.allocate(domain.layouts[0]), 0.0)
        state.field[...] = self.idle
        self.rows.to_coefficients(state.field)
        return state

    def advance(self, state: State, step: float) -> None:
        """Take one step of length ``step`` (negative: backward in time) in place."""
        kicks, drifts = self.scheme.kicks, self.scheme.drifts
        for kick, drift in zip(kicks[:-1], drifts, strict=True):
            self._kick(state, state.pending + kick * step)
            self._drift(state, drift * step)
            state.pending = 0.0
        state.pending = kicks[-1] * step
        state.frames += 1

    def physical(self, state: State) -> NDArray[np.complex128]:
        """The field u itself, computed in ``idle``; the state is kept.

        Returns
        -------
        ndarray, complex128
            ``idle``: local share in physical layout, valid until the next call.
        """
        kernel = self.equation.kick.kernel(state.pending, 1.0)
        self.rows(state.field, self.idle, "backward", kernel, None)
        return self.idle

    def _kick(self, state: State, tau: float) -> None:
        kernel = self.equation.kick.kernel(tau, 1 / self.rows.plans.length)
        self.rows(state.field, state.field, "backward", kernel, "forward")

    def _drift(self, state: State, tau: float) -> None:
        self.columns(state.field, self.equation.drift.kernel(tau, 1 / self.columns.plans.length))
