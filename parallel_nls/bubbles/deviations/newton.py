"""The decomposition v = ΣU_k + R of a remainder R_ex = v - ΣS_k that may be 1e-60: v itself is never formed.

Newton's method for the changes q from S_k to U_k, which begins with q = 0: its first step is the linearised
decomposition q = -J⁻¹F with the conditions F on R_ex, whose relative error is of the size of q; those that follow take
R = R_ex - Σ(U_k - S_k) by differences that do not cancel. So q has its relative accuracy, small or large (after Cao,
Su & Zhang, Theorem 2.1). Everything is done for R_ex over a power of 2 of its size: where R_ex is too small for its
square to show, a smaller one gives the same times such a power, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.bubbles.deviations.place import Deviation
from parallel_nls.bubbles.deviations.sums import OF_REST, OVERLAP, SQUARE, rest_jacobian_sums, rest_sums
from parallel_nls.bubbles.fit.conditions import amplitudes, conditions
from parallel_nls.bubbles.fit.newton import LONGEST, MOST_PASSES, NEWTON, newton_step, objection_to
from parallel_nls.bubbles.fit.passes import ROUGH, FitPasses, Matrices
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.row_bands import RowBands
from parallel_nls.bubbles.profile_rows import UsedPoints
from parallel_nls.contracts import Completed, Domain
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray
from parallel_nls.parallel.consensus import from_root

ENOUGH, TOLERATED = 2.0**-52, 1e-11
"""Largest condition over ‖R_ex‖ with which a fit is done, and with which it is one if rounding leads no further."""
_QUICK, _SHORTEST = 0.02, 1e-3  # as of the fit of fields


@dataclass(frozen=True, eq=False)
class Rest:
    """What is left about bubbles U_k: R divided by the size of R_ex.

    Attributes
    ----------
    deviation : Deviation
        Of U_k.
    integrals : ndarray, (K, 11)
        Of `rest_sums`.
    """

    deviation: Deviation
    integrals: RealArray

    @property
    def conditions(self) -> RealArray:
        """The orthogonality conditions, (K, m)."""
        return conditions(self.deviation.forms, self.integrals)

    @property
    def size(self) -> float:
        """The largest condition."""
        return float(np.max(np.abs(self.conditions)))

    @property
    def norm(self) -> float:
        """Euclidean norm of the conditions."""
        return math.sqrt(math.fsum((self.conditions**2).ravel().tolist()))

    @property
    def l2(self) -> float:
        """‖R‖₂: all Φ_k together are 1."""
        return math.sqrt(math.fsum(self.integrals[:, SQUARE].tolist()))

    def localized_mass(self, size: float) -> RealArray:
        """M_k = 2Re⟨R_k, U_k⟩ + ∫|R|²Φ_k over the size of R_ex, (K,) (eq. 2.55). *Communication*: local."""
        overlap = amplitudes(self.deviation.forms) * self.integrals[:, OVERLAP]
        return 2 * overlap + size * self.integrals[:, SQUARE]


@dataclass(frozen=True, eq=False)
class DeviationFound:
    """A decomposition, or an attempt at one: where it ended, passes over the field, and why it is none."""

    rest: Rest
    passes: int
    failure: str | None = None


class DeviationPasses(FitPasses):
    """Passes over the rows of a remainder; see `FitPasses`.

    Parameters
    ----------
    domain : Domain
        The plane or line.
    thinned : callable
        Gives every so many-th row.

    Notes
    -----
    *Communication*: construction is local; the rest is collective, one message each.
    """

    def __init__(self, domain: Domain, thinned: Callable[[int], ThinnedRows]) -> None:
        super().__init__(domain, thinned)

    def rest(self, completed: Completed, deviation: Deviation, inverse: float, localization: Localization) -> Rest:
        """Pair R with bubbles, over all points.

        Parameters
        ----------
        completed : Completed
            R_ex; kept.
        deviation : Deviation
            U_k, the same on every rank.
        inverse : float
            1 over its size, a power of 2.
        localization : Localization
            Φ_k on the points of the grid.
        """
        bubbles, count = deviation.packed(), deviation.exact.count
        table, d = self._table, self.domain.dimension
        bands = RowBands.of(localization, self.places.along.size)

        def pair(block: ComplexArray, points: UsedPoints, out: RealArray) -> None:
            """Sum over one block of rows."""
            rest_sums(block, table, bubbles, inverse, points, d, bands, out)

        return Rest(deviation, self._sums(completed, 1, 1, pair, OF_REST * count).reshape(count, OF_REST))

    def matrices(self, completed: Completed, deviation: Deviation, inverse: float) -> Matrices:
        """Newton's matrices about these bubbles; what R adds is divided by the size of R_ex."""
        known = self._table, deviation.packed(), inverse
        return self._matrices(completed, deviation.waves, ROUGH, rest_jacobian_sums, known)


class DeviationFit:
    """Finds U_k near S_k.

    Parameters
    ----------
    domain, thinned
        As of `DeviationPasses`.

    Notes
    -----
    *Communication*: construction is local, `fit` is collective: two or three messages a pass.
    """

    def __init__(self, domain: Domain, thinned: Callable[[int], ThinnedRows]) -> None:
        self.domain, self.passes = domain, DeviationPasses(domain, thinned)

    def fit(self, completed: Completed, start: Deviation, size: float, localization: Localization) -> DeviationFound:
        """Decompose a remainder.

        Parameters
        ----------
        completed : Completed
            R_ex; kept.
        start : Deviation
            S_k themselves, the same on every rank.
        size : float
            A power of 2 about as large as R_ex.
        localization : Localization
            Φ_k on the points of the grid.

        Returns
        -------
        DeviationFound
            The same on every rank; a failed one says why.

        Notes
        -----
        *Communication*: collective.
        """
        inverse, count, share = 1 / size, 1, 1.0
        best = self.passes.rest(completed, start, inverse, localization)
        matrices, unit = self.passes.matrices(completed, start, inverse), best.l2
        while best.size > ENOUGH * unit and count < MOST_PASSES and share >= _SHORTEST:
            step = self._step(best, matrices, size)
            if isinstance(step, str):
                return DeviationFound(best, count, step)
            trial = self.passes.rest(completed, best.deviation.moved(share * step), inverse, localization)
            count += 1
            factor, done = trial.norm / best.norm, best.size <= TOLERATED * unit
            if factor < 1:
                best, share = trial, 1.0
            if done and factor > 0.5:
                break  # rounding decides from here on
            if factor >= 1:
                share /= 2
            elif factor > _QUICK and not done:
                matrices = self.passes.matrices(completed, best.deviation, inverse)
        if not best.size <= TOLERATED * unit:
            found = f"the conditions are {best.size / unit:.1e} of the remainder after {count} passes"
            return DeviationFound(best, count, found)
        return DeviationFound(best, count)

    def _step(self, rest: Rest, matrices: Matrices, size: float) -> RealArray | str:
        """The next change of q, (K, m), or why there is none: rank 0 solves."""
        return from_root(self.domain.comm, lambda: self._solve(rest, matrices, size))

    def _solve(self, rest: Rest, matrices: Matrices, size: float) -> RealArray | str:
        objection = objection_to(self.domain, rest.deviation.waves)
        if objection is not None:
            return objection
        near = size * rest.size < NEWTON
        matrix = matrices.gauss + size * matrices.correction if near else matrices.gauss
        step = newton_step(matrix, rest.conditions.ravel(), LONGEST / size)
        return step if isinstance(step, str) else size * step.reshape(rest.deviation.change.shape)


def on_grid(localization: Localization, s: float | None) -> Localization:
    """Φ_k(y/s) as functions of y in the soliton frame, at s; in the blow-up frame Φ_k. *Communication*: local."""
    if s is None:
        return localization
    return replace(localization, centers=s * localization.centers, sigma=s * localization.sigma)
