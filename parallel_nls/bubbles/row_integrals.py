"""Integrals over rows of a field beside its gradient: what the modulation analysis sums besides the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.bubbles.functional_sums import OF_BUBBLE, OF_FIELD, Scratch, functional_sums, new_scratch
from parallel_nls.bubbles.localization.local_sums import DENSITIES, LOCAL, MOMENTS, local_sums, moment_sums
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.virial_cutoff import virial_table
from parallel_nls.bubbles.localization.weights import LocalValues, LocalWeights
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import profile_table
from parallel_nls.contracts import Domain
from parallel_nls.diagnostics.passes import GradientKernel, Passes
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block

SILENT = 2e-10
"""Of max|û|: below it the upper half of the wavenumbers adds nothing, and every second point says as much as all."""

BAND = 24
"""Points across the bands in which Φ_k changes that its integrals need at least."""

Visit = Callable[[GradientKernel, int], None]
Gradient = tuple[ComplexArray, ComplexArray]
Part = Callable[["_Points", ComplexArray, Gradient, Block, RealArray], None]


@dataclass(frozen=True)
class _Points:
    """The points that are summed over: all, or every second one on each axis.

    Attributes
    ----------
    every : int
        1 or 2.
    places : RowPlaces
        The rows, all of them, and what is used of the coordinates along.
    weights, values
        Φ_k there.
    thinned : ThinnedRows
        The rows that are used.
    cell : float
        Weight of a point.
    row, densities
        Scratch for one row.
    """

    every: int
    places: RowPlaces
    weights: LocalWeights
    values: LocalValues
    thinned: ThinnedRows
    cell: float
    row: Scratch
    densities: RealArray

    @classmethod
    def of(cls, domain: Domain, points: Domain, passes: Passes, localization: Localization, every: int) -> _Points:
        """Those of a domain, whose coordinates along are those of ``points``."""
        places, along = domain.row_places, points.row_places.along
        return cls(
            every,
            places._replace(along=along),
            LocalWeights(localization, points),
            LocalValues(localization, points),
            passes.thinned(every),
            points.cell,
            new_scratch(len(localization.centers), along.size),
            np.empty((DENSITIES, along.size)),
        )

    def numbered(self, lines: Block) -> Block:
        """The same rows, numbered among those that are used."""
        return replace(lines, numbers=lines.numbers // self.every)

    def cut(self, block: ComplexArray) -> ComplexArray:
        """The points that are used of a block of rows."""
        return block if self.every == 1 else np.ascontiguousarray(block[:, :: self.every])

    def places_of(self, lines: Block) -> tuple[RealArray, RealArray, bool]:
        """Coordinates of the rows and along them, and whether they are parts of a line."""
        across, along, folded = self.places
        return across[lines.numbers], along, folded


class RowIntegrals:
    """Integrals with the localization functions of one run.

    Parameters
    ----------
    domain : Domain
        The plane or line.
    passes : Passes
        Over it.
    localization : Localization
        Φ_k.
    cutoff : float
        A of χ_A.
    power : float
        p of the equation.
    full, local : bool
        Whether all functionals are wanted, and integrals of `local_sums` beside them; what is not is left 0.

    Notes
    -----
    *Communication*: construction is collective; so is the rest, one message each.
    """

    def __init__(
        self,
        domain: Domain,
        passes: Passes,
        localization: Localization,
        cutoff: float,
        power: float,
        full: bool,
        local: bool,
    ) -> None:
        self.count = len(localization.centers)
        self._exponent, self._full, self._local = (power + 2) / 2, full, local
        first, second = (0.0, *localization.direction)[-2:]
        self._direction = float(first), float(second)
        self._cutoff, self._virial = float(cutoff), virial_table()
        self._dimension, self._profiles = domain.dimension, profile_table(domain.dimension)
        self._all = _Points.of(domain, domain, passes, localization, 1)
        self._half: _Points | None = None
        wide = localization.width >= BAND * 2 * max(domain.spacing)
        self._coarse = domain.coarsened(2) if wide else None
        if self._coarse is not None:
            self._half = _Points.of(domain, self._coarse, passes, localization, 2)

    def close(self) -> None:
        """Give communicators back. *Communication*: collective over the active ranks."""
        if self._coarse is not None:
            self._coarse.close()

    def every(self, upper_half: float) -> int:
        """From one point to the next that counts, on each axis: 2 where the upper half of the wavenumbers is silent.

        With `local_sums` 1: their differences in time would show what is left of it.
        """
        return 2 if self._half is not None and upper_half <= SILENT and not self._local else 1

    def local(self, visit: Visit, upper_half: float) -> RealArray:
        """Integrals of `local_sums`, (K, 7), zeros where they are not wanted; ``upper_half`` as of `FieldSums`."""
        if not self._local:
            return np.zeros((self.count, LOCAL))
        return self._integrate(visit, self._add_local, LOCAL * self.count, upper_half).reshape(-1, LOCAL)

    def moments(self, visit: Visit, upper_half: float) -> RealArray:
        """Integrals of `moment_sums`, (K, 7)."""
        return self._integrate(visit, self._add_moments, MOMENTS * self.count, upper_half).reshape(-1, MOMENTS)

    def both(self, visit: Visit, parameters: Parameters, upper_half: float) -> tuple[RealArray, RealArray]:
        """Integrals of `local_sums`, (K, 7), and of `functional_sums` at these parameters, (13K + 4,)."""
        size, packed = LOCAL * self.count, parameters.packed()

        def add(points: _Points, block: ComplexArray, gradient: Gradient, lines: Block, out: RealArray) -> None:
            """Add both of one block."""
            if self._local:
                self._add_local(points, block, gradient, lines, out[:size])
            self._add_functionals(points, block, gradient, lines, packed, out[size:])

        integrals = self._integrate(visit, add, size + OF_BUBBLE * self.count + OF_FIELD, upper_half)
        return integrals[:size].reshape(-1, LOCAL), integrals[size:]

    def _integrate(self, visit: Visit, add: Part, height: int, upper_half: float) -> RealArray:
        points = self._half if self._half is not None and self.every(upper_half) == 2 else self._all
        table = line_table(height, points.thinned.count)

        def measure(block: ComplexArray, gradient: Gradient, lines: Block) -> None:
            """Add one block of rows."""
            first, second = map(points.cut, gradient)
            add(points, points.cut(block), (first, second), lines, table[:, lines.lines])

        visit(measure, points.every)
        return points.cell * np.array([ordered_sum(line) for line in points.thinned.gather(table)])

    def _add_local(
        self, points: _Points, block: ComplexArray, gradient: Gradient, lines: Block, out: RealArray
    ) -> None:
        numbered = points.numbered(lines)
        weights, sizes = tuple(points.weights.of_block(numbered)), points.values.of_block(numbered)
        local_sums(block, gradient, self._direction, self._exponent, weights, sizes, points.densities, out)

    def _add_moments(
        self, points: _Points, block: ComplexArray, gradient: Gradient, lines: Block, out: RealArray
    ) -> None:
        weights = points.values.of_block(points.numbered(lines))
        moment_sums(block, gradient, points.places_of(lines), self._exponent, weights, out)

    def _add_functionals(
        self, points: _Points, block: ComplexArray, gradient: Gradient, lines: Block, packed: RealArray, out: RealArray
    ) -> None:
        weights = points.values.of_block(points.numbered(lines))
        places, d = points.places_of(lines), self._dimension
        cutoff = self._cutoff, self._virial, self._full
        functional_sums(block, gradient, self._profiles, packed, places, d, weights, *cutoff, points.row, out)
