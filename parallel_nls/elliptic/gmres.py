"""GMRES for functions on a distributed box, its inner products in a fixed order (Saad & Schultz 1986).

The steps, and every bit of the solution, are the same on any number of ranks: sums are exactly rounded, all other
operations act on each point alone. The basis is orthogonalized twice by the classical Gram–Schmidt process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.numerics.arrays import RealArray

RESTART = 60
MOST_STEPS = 600

Action = Callable[[RealArray], RealArray]
"""A linear operator, or a function: from this rank's share to its share."""
InnerProducts = Callable[[Sequence[tuple[RealArray, RealArray]]], list[float]]
"""∫fg of pairs (f, g), the same on all ranks."""


@dataclass(frozen=True)
class Solved:
    """What GMRES found.

    Attributes
    ----------
    values : ndarray
        f.
    steps : int
    residual : float
        ‖g − Af‖/‖g‖ by the recurrence.
    converged : bool
    """

    values: RealArray
    steps: int
    residual: float
    converged: bool


class _Cycle:
    """One cycle: an orthonormal basis of the Krylov space, and the least-squares problem by Givens rotations."""

    def __init__(self, action: Action, inner: InnerProducts, residual: RealArray, size: float) -> None:
        self._action, self._inner = action, inner
        self.basis = [residual / size]
        self._columns: list[list[float]] = []
        self._rotations: list[tuple[float, float]] = []
        self._right = [size]

    def step(self) -> float:
        """Enlarge the space by one; the norm of the residual. Collective as the inner products are."""
        w = self._action(self.basis[-1])
        column = [0.0] * len(self.basis)
        for _ in range(2):
            parts = self._inner([(v, w) for v in self.basis])
            for part, v in zip(parts, self.basis, strict=True):
                w = w - part * v
            column = [h + part for h, part in zip(column, parts, strict=True)]
        norm = math.sqrt(self._inner([(w, w)])[0])
        for i, (c, s) in enumerate(self._rotations):
            column[i : i + 2] = c * column[i] + s * column[i + 1], c * column[i + 1] - s * column[i]
        length = math.hypot(column[-1], norm) or math.nan
        c, s = column[-1] / length, norm / length
        self._rotations.append((c, s))
        self._columns.append([*column[:-1], length])
        last = self._right.pop()
        self._right += [c * last, -s * last]
        self.basis.append(w / norm if norm > 0 else w)
        return abs(self._right[-1])

    def correction(self) -> RealArray:
        """The function of least residual in the space. *Communication*: local."""
        count = len(self._columns)
        found = np.zeros(count)
        for i in reversed(range(count)):
            known = math.fsum(self._columns[j][i] * found[j] for j in range(i + 1, count))
            found[i] = (self._right[i] - known) / self._columns[i][i]
        total = np.zeros_like(self.basis[0])
        for part, v in zip(found.tolist(), self.basis, strict=False):
            total = total + part * v
        return total


def gmres(action: Action, source: RealArray, inner: InnerProducts, tolerance: float, most: int = MOST_STEPS) -> Solved:
    """Solve A f = g.

    Parameters
    ----------
    action : callable
        A, preconditioned.
    source : ndarray
        g, preconditioned in the same way; this rank's share.
    inner : callable
        Inner products of functions.
    tolerance : float
        Of ‖g − Af‖/‖g‖.
    most : int
        Steps at most; after each 60 it starts again from what is found.

    Returns
    -------
    Solved

    Notes
    -----
    *Communication*: that of A and of three messages of inner products a step.
    """
    found, residual = np.zeros_like(source), source
    whole = size = math.sqrt(inner([(source, source)])[0])
    steps = 0
    while size > tolerance * whole and steps < most:
        cycle = _Cycle(action, inner, residual, size)
        for _ in range(min(RESTART, most - steps)):
            steps += 1
            size = cycle.step()
            if not size > tolerance * whole:
                break
        found = found + cycle.correction()
        if size > tolerance * whole:
            residual = source - action(found)
            size = math.sqrt(inner([(residual, residual)])[0])
    return Solved(found, steps, size / whole if whole > 0 else 0.0, size <= tolerance * whole)
