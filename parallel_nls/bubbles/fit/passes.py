"""One pass of the fit over the field: pairings, conditions and Newton's matrix at given parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import floor, fsum, sqrt
from typing import cast

import numpy as np

from parallel_nls.bubbles.fit.conditions import conditions
from parallel_nls.bubbles.fit.jacobian_sums import jacobian_sums
from parallel_nls.bubbles.fit.overlaps import NEAR, Overlaps
from parallel_nls.bubbles.fit.pairing_sums import PAIRINGS, pairing_sums
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import CENTER_ACROSS, LOOSE, REACH, SCALE, UsedPoints, profile_table
from parallel_nls.contracts import Completed, Domain
from parallel_nls.diagnostics.narrow_field import NarrowField
from parallel_nls.diagnostics.narrow_plane import NarrowGrid
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sums
from parallel_nls.spectral.sweeps import Block

Field = Completed | NarrowField
Part = Callable[[ComplexArray, UsedPoints, RealArray], None]
"""``add(block, points, out)``: sums of a block of rows, of the points that are used, into ``out``."""

Derive = Callable[..., None]
"""``derive(block, *known, points, d, numbers, overlaps, out)``: a kernel such as `jacobian_sums`."""

ROUGH, COARSE = 0.25, 0.5
"""Distances of points, in scales λ, that will do for a first look, and for matrices: both only lead on."""
DENSE = {1: 0.2, 2: 0.4}
"""Those which show what integrals change by where bubbles do, on a line, in a plane: to 1e-3 of it if R is smooth."""


@dataclass(frozen=True, eq=False)
class Look:
    """What a pass finds at some parameters.

    Attributes
    ----------
    parameters : Parameters
        Where.
    conditions : ndarray, (K, m)
        m = 2d + 3.
    pairings : ndarray, (K, 9)
        Integrals of `pairing_sums`.
    """

    parameters: Parameters
    conditions: RealArray
    pairings: RealArray

    @classmethod
    def of(cls, parameters: Parameters, pairings: RealArray) -> Look:
        """From the pairings at some parameters. *Communication*: local."""
        return cls(parameters, conditions(parameters, pairings), pairings)

    @property
    def size(self) -> float:
        """The largest condition."""
        return float(np.max(np.abs(self.conditions)))

    @property
    def norm(self) -> float:
        """Euclidean norm of the conditions, the same bits on every rank, which all decide by it."""
        return sqrt(fsum((self.conditions**2).ravel().tolist()))


@dataclass(frozen=True, eq=False)
class Matrices:
    """Derivatives of the conditions by the scaled parameters.

    Attributes
    ----------
    gauss : ndarray, (Km, Km)
        As if R were 0: of Gauss and Newton.
    correction : ndarray, (Km, Km)
        What R adds to them, block diagonal: Newton's own is the sum.
    """

    gauss: RealArray
    correction: RealArray


class FitPasses:
    """Passes over the rows of a field.

    Parameters
    ----------
    domain : Domain or NarrowGrid
        The points: of the plane or line, or of a narrow field.
    thinned : callable, optional
        Gives every so many-th row, where someone has them already; of a narrow field it must be given.

    Attributes
    ----------
    thinned : callable
        The same.

    Notes
    -----
    *Communication*: construction is local; `look` and `derive` are collective, one message each.
    """

    def __init__(self, domain: Domain | NarrowGrid, thinned: Callable[[int], ThinnedRows] | None = None) -> None:
        self.domain, self.places = domain, domain.row_places
        self.thinned = thinned or cache(lambda every: ThinnedRows(cast("Domain", domain).layouts[0], every))
        self._table = profile_table(domain.dimension)

    def steps(self, scale: float, spacing: float) -> tuple[int, int]:
        """Rows, and points of a row, from one to the next that is used, for a distance of ``spacing`` scales.

        On a folded line only a divisor of the number of rows keeps the distances even.
        """
        wanted = [max(1, floor(spacing * scale / h)) for h in self.domain.spacing]
        if not self.places.folded:
            return wanted[0], wanted[-1]
        rows = self.domain.shape[0]
        return max(step for step in range(1, min(wanted[0], rows) + 1) if rows % step == 0), 1

    def look(
        self, completed: Field, parameters: Parameters, every: int | None = None, table: RealArray | None = None
    ) -> Look:
        """Pair the field with the bubbles of these parameters.

        Parameters
        ----------
        completed : Completed or NarrowField
            The field; kept.
        parameters : Parameters
            The same on every rank.
        every : int, optional
            From one point to the next that is used, on each axis; by default as a first look needs.
        table : ndarray, optional
            Sums of the rows at these points, where somebody has been there: the field is not looked at again.

        Returns
        -------
        Look
            The same on every rank.

        Notes
        -----
        *Communication*: collective, one message.
        """
        rows, step = self.steps(float(parameters.scale.min()), ROUGH) if every is None else (every, every)
        if table is None:
            reach = LOOSE if every is None else REACH
            pair, meets = self.pairing(parameters, reach), self.meets(parameters, reach)
            sums = self._sums(completed, rows, step, pair, PAIRINGS * parameters.count, meets)
        else:
            sums = self._integrals(table, rows, step)
        pairings = sums.reshape(-1, PAIRINGS)
        return Look.of(parameters, pairings)

    def pairing(self, parameters: Parameters, reach: float) -> Part:
        """What pairs a block of rows with the bubbles of these parameters. *Communication*: local."""
        packed, d = parameters.packed(), self.domain.dimension

        def pair(block: ComplexArray, points: UsedPoints, out: RealArray) -> None:
            """Pair one block of rows."""
            pairing_sums(block, self._table, packed, points, d, reach, out)

        return pair

    def derive(self, completed: Field, parameters: Parameters, spacing: float = COARSE) -> Matrices:
        """Newton's matrices at these parameters; see `look`.

        Notes
        -----
        *Communication*: collective, one message.
        """
        return self._matrices(completed, parameters, spacing, jacobian_sums, (self._table, parameters.packed()))

    def _matrices(
        self, completed: Field, parameters: Parameters, spacing: float, derive: Derive, known: tuple[object, ...]
    ) -> Matrices:
        rows, step = self.steps(float(parameters.scale.min()), spacing)
        thinned, along = self.thinned(rows), self.places.along[::step].copy()
        overlaps = Overlaps.of(parameters, self.places.across[::rows], self.places.folded)
        own = overlaps.pairs, overlaps.windows
        sums = np.zeros(overlaps.size)

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows."""
            points, numbers = self._points_of(lines, along, step), lines.numbers // rows
            derive(block, *known, points, self.domain.dimension, numbers, own, sums)

        thinned.visit(completed, measure, self.meets(parameters, NEAR))
        weight = self.domain.cell * rows * step
        return Matrices(*overlaps.matrices(weight * thinned.merge(sums)))

    def meets(self, parameters: Parameters, reach: float) -> Callable[[Block], bool]:
        """Whether a block has rows with |w| ≤ reach of some bubble: of all others the sums are exactly 0.

        Notes
        -----
        *Communication*: local.
        """
        if self.places.folded:
            return lambda _lines: True
        packed, across = parameters.packed(), self.places.across
        low, high = (packed[:, CENTER_ACROSS] + sign * reach * packed[:, SCALE] for sign in (-1, 1))
        slack = self.domain.spacing[0]  # more than rounding

        def meets(lines: Block) -> bool:
            """Whether a block of rows, in rising order, comes near one."""
            first, last = across[lines.numbers[0]] - slack, across[lines.numbers[-1]] + slack
            return bool(((low <= last) & (high >= first)).any())

        return meets

    def _sums(
        self,
        completed: Field,
        rows: int,
        step: int,
        add: Part,
        height: int,
        meets: Callable[[Block], bool] | None = None,
    ) -> RealArray:
        """Integrals of what ``add`` sums over every so many-th row and point, (height,), the same on every rank."""
        thinned, along = self.thinned(rows), self.places.along[::step].copy()
        table = line_table(height, thinned.count)

        def measure(block: ComplexArray, lines: Block) -> None:
            """Sum over one block of rows."""
            add(block, self._points_of(lines, along, step), table[:, lines.lines])

        thinned.visit(completed, measure, meets)
        return self._integrals(table, rows, step)

    def _integrals(self, table: RealArray, rows: int, step: int) -> RealArray:
        """Integrals from the table of all ranks."""
        weight = self.domain.cell * rows * step
        return weight * ordered_sums(self.thinned(rows).gather(table))

    def _points_of(self, lines: Block, along: RealArray, step: int) -> UsedPoints:
        return UsedPoints.of_rows(self.places.across[lines.numbers], along, self.places.folded, step)
