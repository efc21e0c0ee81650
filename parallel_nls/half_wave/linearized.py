"""The linearized operators at Q, on even functions: L₊ = D + 1 − 3Q², L₋ = D + 1 − Q².

L₊ is invertible there (its kernel Q' is odd), with one negative eigenvalue; L₋ ≥ 0 has the kernel Q: L₋f = g is solved
with f ⟂ Q by a bordered system, whose multiplier (Q, g)/‖Q‖² says whether g is in the range.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy.linalg

from parallel_nls.half_wave.ground_state import GroundState
from parallel_nls.numerics.arrays import RealArray


class LinearizedOperators:
    """L± on the axis of a ground state; functions are normalised coefficients, (N,).

    Parameters
    ----------
    state : GroundState

    Attributes
    ----------
    plus, minus : ndarray, (N, N)
        L₊ and L₋.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, state: GroundState) -> None:
        self.state, axis = state, state.axis
        self._sum = axis.D_matrix + np.eye(axis.points)
        self._square = (axis.cosines * state.values**2) @ axis.cosines
        self.plus: RealArray = self._sum - 3 * self._square
        self.minus: RealArray = self._sum - self._square

    @cached_property
    def _inverse(self) -> RealArray:
        # Multiplied by (D + 1)⁻¹ first, equations have no large eigenvalue to multiply the rounding.
        return np.asarray(np.linalg.inv(self._sum))

    def solve_plus(self, source: RealArray) -> RealArray:
        """F with L₊f = source, even."""
        matrix = np.eye(len(source)) - 3 * self._inverse @ self._square
        return np.asarray(np.linalg.solve(matrix, self._inverse @ source))

    def solve_minus(self, source: RealArray) -> tuple[RealArray, float]:
        """F ⟂ Q with L₋f = source − defect·Q/‖Q‖, and the defect (Q, source)/‖Q‖, 0 if it can be solved."""
        n, unit = len(source), self.state.coefficients / np.sqrt(self.state.mass)
        bordered = np.zeros((n + 1, n + 1))
        bordered[:n, :n] = np.eye(n) - self._inverse @ self._square
        bordered[:n, n], bordered[n, :n] = self._inverse @ unit, unit
        found = np.linalg.solve(bordered, np.append(self._inverse @ source, 0.0))
        return found[:n], float(found[n])

    def lowest(self, operator: RealArray, normal_to: Sequence[RealArray] = (), norm: str = "L2") -> float:
        """The least of (f, operator f)/‖f‖² over even f ⟂ some functions.

        Parameters
        ----------
        operator : ndarray, (N, N)
            ``plus`` or ``minus``.
        normal_to : sequence of ndarray, (N,)
            Orthogonal in L².
        norm : {"L2", "H1/2"}
            ‖f‖², or ‖D^{1/2}f‖² + ‖f‖².
        """
        weight = self._sum if norm == "H1/2" else np.eye(len(operator))
        if normal_to:
            rest = scipy.linalg.null_space(np.array(normal_to))
            operator, weight = rest.T @ operator @ rest, rest.T @ weight @ rest
        return float(scipy.linalg.eigh(operator, weight, eigvals_only=True, subset_by_index=[0, 0])[0])
