"""The geometrical decomposition v = ΣU_k + R: the parameters at which all orthogonality conditions hold.

Gauss-Newton steps (the matrix as if R were 0), clipped and shortened while the conditions grow, lead near the solution
from far away; they look at some points only. Then Newton steps, with what R adds to the matrix, look at all points that
count. A matrix serves as long as it leads on quickly. All pairings of a pass travel together; rank 0 solves (Cao, Su &
Zhang, Theorem 2.1; the matrix is that of eq. 2.33).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.bubbles.fit.beside import LookBeside
from parallel_nls.bubbles.fit.passes import Field, FitPasses, Look, Matrices
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.contracts import Domain
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.parallel.consensus import from_root

NEWTON = 1e-2
"""Largest condition below which Newton's full matrix is used."""
LONGEST = 0.5
"""The largest change of a scaled parameter in one step."""
MOST_PASSES = 60
_NEAR = 1e-3  # largest condition from which on all points are looked at
_SHORTEST = 1e-3  # of a step, after which a fit is given up
_EXACT = 1e-4  # what a matrix from few points leaves of small conditions
_QUICK = 0.02  # by how much a step must reduce the conditions for its matrix to serve once more
_NOTHING = 1e-300  # stands in for conditions that happen to be exactly 0
_LIMITS = {"complex128": (2e-12, 6e-11), "complex64": (4e-6, 2e-4)}


@dataclass(frozen=True, eq=False)
class Fit:
    """A decomposition, or an attempt at one.

    Attributes
    ----------
    parameters : Parameters
        Where it ended.
    residual : float
        The largest condition that is expected there, in the scaling of eq. 2.24-2.28.
    passes : int
        Passes over the field that it took.
    failure : str or None
        Why it is no decomposition, in words.
    """

    parameters: Parameters
    residual: float
    passes: int
    failure: str | None = None


@dataclass(frozen=True, eq=False)
class _Approach:
    """Where damped steps have led: what was seen there, the next step or why there is none, and passes."""

    look: Look
    matrices: Matrices
    step: RealArray | str
    count: int


class BubbleFit:
    """Fits bubbles to fields.

    Parameters
    ----------
    domain : Domain
        The plane or line.
    thinned : callable, optional
        As of `FitPasses`.

    Attributes
    ----------
    enough, left, tolerated : float
        Largest condition with which a fit is done; which a step may leave that is known to be the last; and with which
        it is still a fit where rounding leads no further.

    Notes
    -----
    *Communication*: construction is local, `fit` is collective: three messages a pass.
    """

    def __init__(self, domain: Domain, thinned: Callable[[int], ThinnedRows] | None = None) -> None:
        self.domain = domain
        self.passes = FitPasses(domain, thinned)
        self.enough, self.tolerated = _LIMITS[domain.dtype.name]
        self.left = 4 * self.enough

    def fit(
        self,
        field: Field,
        start: Parameters,
        near: bool = False,
        beside: LookBeside | None = None,
        passes: FitPasses | None = None,
    ) -> Fit:
        """Decompose a field.

        Parameters
        ----------
        field : Completed or NarrowField
            The field; kept.
        start : Parameters
            Where to begin, the same on every rank.
        near : bool, optional
            Whether the start is so near that one step may do: then all points are looked at from there on.
        beside : LookBeside, optional
            What has been seen at a start that is near.
        passes : FitPasses, optional
            Those over a narrow field.

        Returns
        -------
        Fit
            The same on every rank; a failed one says why. After the last step its conditions are expected to hold, and
            not looked at any more.

        Notes
        -----
        *Communication*: collective.
        """
        objection = self.objection(start)
        if objection is not None:
            return Fit(start, math.inf, 0, objection)
        passes = self.passes if passes is None else passes
        approach = self._approach(field, start, near, beside, passes)
        step, matrices, count = approach.step, approach.matrices, approach.count
        parameters, size = approach.look.parameters, approach.look.size
        if near and not isinstance(step, str) and _EXACT * size <= self.left:
            return Fit(parameters.changed(step), _EXACT * size, count)
        while not isinstance(step, str) and count < MOST_PASSES:
            parameters = parameters.changed(step)
            look = passes.look(field, parameters, 1)
            count += 1
            factor, size = look.size / max(size, _NOTHING), look.size
            if factor > _QUICK and size > self.tolerated:
                matrices = passes.derive(field, parameters)
            step = self.step(look, matrices)
            if isinstance(step, str) or size <= self.enough:
                break
            if factor <= _QUICK and factor * size <= self.left:
                return Fit(parameters.changed(step), factor * size, count)
            if factor >= 1 and size <= self.tolerated:
                break  # rounding decides from here on
        failure = step if isinstance(step, str) else None
        if failure is None and not size <= self.tolerated:
            failure = f"the conditions are {size:.1e} after {count} passes"
        return Fit(parameters, size, count, failure)

    def _approach(
        self, field: Field, start: Parameters, near: bool, beside: LookBeside | None, passes: FitPasses
    ) -> _Approach:
        """Come near from anywhere, by damped steps; they are few where the start is near."""
        seen = None if beside is None else beside.table
        best, count, share = passes.look(field, start, 1 if near else None, seen), 1, 1.0
        matrices = passes.derive(field, start)
        step = self.step(best, matrices)
        while not isinstance(step, str) and best.size > _NEAR:
            trial = passes.look(field, best.parameters.changed(share * step))
            count += 1
            if trial.norm < best.norm:
                quick, best, share = trial.norm <= _QUICK * best.norm, trial, 1.0
                matrices = matrices if quick else passes.derive(field, best.parameters)
                step = self.step(best, matrices)
            else:
                share /= 2
            if share < _SHORTEST or count >= MOST_PASSES:
                step = "the conditions do not become smaller"
        return _Approach(best, matrices, step, count)

    def step(self, look: Look, matrices: Matrices) -> RealArray | str:
        """The next change of the scaled parameters, (K, m), or why there is none: rank 0 solves.

        Notes
        -----
        *Communication*: collective, one message.
        """
        return from_root(self.domain.comm, lambda: self._solve(look, matrices))

    def _solve(self, look: Look, matrices: Matrices) -> RealArray | str:
        parameters = look.parameters
        objection = self.objection(parameters)
        if objection is not None:
            return objection
        matrix = matrices.gauss if look.size >= NEWTON else matrices.gauss + matrices.correction
        values = look.conditions.ravel()
        step = newton_step(matrix, values, LONGEST)
        return step if isinstance(step, str) else step.reshape(parameters.count, -1)

    def objection(self, parameters: Parameters) -> str | None:
        """Whether bubbles have left the box, or what a grid can show, in words. *Communication*: local."""
        return objection_to(self.domain, parameters)


def newton_step(matrix: RealArray, values: RealArray, longest: float) -> RealArray | str:
    """The solution of ``matrix @ step = -values``, shortened to a largest component, or why there is none.

    Notes
    -----
    *Communication*: local. Libraries round as the processor has it: one rank solves for all.
    """
    if not (np.isfinite(matrix).all() and np.isfinite(values).all()):
        return "the conditions are no numbers"
    try:
        step = np.linalg.solve(matrix, -values)
    except np.linalg.LinAlgError:
        return "bubbles cannot be told apart"
    largest = float(np.max(np.abs(step)))
    if not np.isfinite(largest):
        return "bubbles cannot be told apart"
    return np.asarray(step * min(1.0, longest / largest) if largest > 0 else step, dtype=np.float64)


def objection_to(domain: Domain, parameters: Parameters) -> str | None:
    """Whether bubbles have left a box, or what its grid can show, in words. *Communication*: local."""
    length, spacing = np.array(domain.length), max(domain.spacing)
    for k in range(parameters.count):
        scale, center = float(parameters.scale[k]), parameters.center[k]
        others = [*parameters.boost[k], parameters.chirp[k], parameters.phase[k]]
        if not (spacing / 4 < scale < length.max() and np.isfinite(others).all()):
            return f"bubble {k + 1} came to scale {scale:.3g}, which the grid cannot show"
        if not bool((np.abs(center) <= length / 2).all()):
            return f"bubble {k + 1} left the box"
    return None


def with_nearest_phase(parameters: Parameters, phase: RealArray) -> Parameters:
    """The same bubbles, with phases as near as possible to given ones: θ is known up to 2π. *Communication*: local."""
    turns = np.round((phase - parameters.phase) / (2 * np.pi))
    return replace(parameters, phase=parameters.phase + 2 * np.pi * turns)
