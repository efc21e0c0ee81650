"""Integrals over rows of a field beside its gradient: what the modulation analysis sums besides the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from parallel_nls.bubbles.functional_sums import GRADIENT, OF_BUBBLE, OF_FIELD, Scratch, functional_sums, new_scratch
from parallel_nls.bubbles.localization.local_sums import DENSITIES, LOCAL, MOMENTS, local_sums, moment_sums
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.row_bands import RowBands
from parallel_nls.bubbles.localization.virial_cutoff import virial_table
from parallel_nls.bubbles.localization.weights import LocalWeights
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import UsedPoints, profile_table
from parallel_nls.bubbles.row_slopes import RowSlopes
from parallel_nls.contracts import Domain
from parallel_nls.diagnostics.passes import GradientKernel, Passes
from parallel_nls.diagnostics.thinned_rows import ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sum
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block

SILENT = 2e-10
"""Of max|û|: below it the upper half of the wavenumbers adds nothing, and every second point says as much as all."""

BAND = 24
"""Points across the bands in which Φ_k changes that its integrals need at least."""

APART = 20.0
"""Scales between a center and the edge from which on a bubble without images, and so R, is periodic for a spectrum."""


class Visit(Protocol):
    """Runs a kernel over rows of one field beside their gradient."""

    def __call__(self, kernel: GradientKernel, every: int, *, along: bool = True) -> None:
        """As `Passes.visit_gradient`."""


Gradient = tuple[ComplexArray, ComplexArray]
Part = Callable[[ComplexArray, Gradient, Block, UsedPoints, RealArray], None]
"""``add(block, gradient, lines, points, out)``: sums of a block of rows, of the points that are used, into ``out``."""


@dataclass(frozen=True)
class _Points:
    """The points that are summed over: all, or every second one on each axis.

    Attributes
    ----------
    every : int
        1 or 2.
    places : RowPlaces
        The rows, all of them, and what is used of the coordinates along.
    bands : RowBands
        Φ_k there.
    thinned : ThinnedRows
        The rows that are used.
    cell : float
        Weight of a point.
    room, densities
        Scratch for one row.
    """

    every: int
    places: RowPlaces
    bands: RowBands
    thinned: ThinnedRows
    cell: float
    room: Scratch
    densities: RealArray

    @classmethod
    def of(cls, domain: Domain, passes: Passes, localization: Localization, every: int) -> _Points:
        """Those of a domain."""
        places = domain.row_places
        along = places.along[::every].copy()
        return cls(
            every,
            places._replace(along=along),
            RowBands.of(localization, along.size),
            passes.thinned(every),
            domain.cell * every**domain.dimension,
            new_scratch(len(localization.centers), along.size),
            np.empty((DENSITIES, along.size)),
        )

    def of_block(self, lines: Block, all_rows: bool = False) -> tuple[UsedPoints, slice]:
        """Those of a block that are used, and their places among all of them.

        Where all rows are visited, not only those that are used, those are looked for.
        """
        across, along, folded = self.places
        if not all_rows:
            return UsedPoints.of_rows(across[lines.numbers], along, folded, self.every), lines.lines
        rows, places = self.thinned.among(lines)
        return UsedPoints(rows, across[lines.numbers[rows]], along, folded, self.every), places


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
        self._cutoff, self._virial = float(cutoff), virial_table()
        self._domain, self._dimension, self._profiles = domain, domain.dimension, profile_table(domain.dimension)
        self._slopes_of = cache(lambda step: RowSlopes(as_box(domain), step))
        self._even = not domain.row_places.folded and all(n % 2 == 0 for n in domain.shape)
        self._weights = cache(lambda: LocalWeights(localization, domain))  # made where local sums are wanted
        self._all = _Points.of(domain, passes, localization, 1)
        wide = self._even and localization.width >= BAND * 2 * max(domain.spacing)
        self._half = _Points.of(domain, passes, localization, 2) if wide else None

    def every(self, upper_half: float) -> int:
        """From one point to the next that a fit needs, on each axis: 2 where the upper half is silent."""
        return 2 if self._even and upper_half <= SILENT else 1

    def local(self, visit: Visit) -> RealArray:
        """Integrals of `local_sums`, (K, 7), zeros where they are not wanted."""
        if not self._local:
            return np.zeros((self.count, LOCAL))
        return self._integrate(visit, self._add_local, LOCAL * self.count, self._all).reshape(-1, LOCAL)

    def moments(self, visit: Visit, upper_half: float) -> RealArray:
        """Integrals of `moment_sums`, (K, 7)."""
        points = self._points(upper_half)

        def add(block: ComplexArray, gradient: Gradient, _lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add moments of one block."""
            moment_sums(block, gradient, used, self._exponent, points.bands, out)

        return self._integrate(visit, add, MOMENTS * self.count, points).reshape(-1, MOMENTS)

    def both(self, visit: Visit, parameters: Parameters, upper_half: float) -> tuple[RealArray, RealArray]:
        """Integrals of `local_sums`, (K, 7), and of `functional_sums` at these parameters, (13K + 4,).

        The latter do with every second point where the spectrum and the bands allow it; the former take all, since
        their differences in time would show what is left of the upper half.
        """
        points, height = self._points(upper_half), OF_BUBBLE * self.count + OF_FIELD
        by_spectrum = not (self._full or self._local) and self._is_periodic(parameters)
        add = self._functionals(points, parameters, by_spectrum)
        if not self._local:
            found = self._integrate(visit, add, height, points, along=not by_spectrum)
            return np.zeros((self.count, LOCAL)), found
        table = line_table(height, points.thinned.count)

        def add_both(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add local sums of one block, and functionals of those of its points that they need."""
            self._add_local(block, gradient, lines, used, out)
            chosen, places = points.of_block(lines, all_rows=True)
            add(block, gradient, lines, chosen, table[:, places])

        local = self._integrate(visit, add_both, LOCAL * self.count, self._all)
        return local.reshape(-1, LOCAL), self._total(table, points)

    def _is_periodic(self, parameters: Parameters) -> bool:
        """Whether R is along the rows, for its spectrum: not a line, no mirror, no bubble near the edge."""
        domain = self._domain
        if domain.row_places.folded or as_box(domain).even:
            return False
        apart = 0.5 * domain.length[-1] - np.abs(parameters.center[:, -1])
        return bool((apart >= APART * parameters.scale).all())

    def _functionals(self, points: _Points, parameters: Parameters, by_spectrum: bool) -> Part:
        """What adds functionals at these parameters, the slope of R along the rows by its spectrum or at the points."""
        own, row = (self._profiles, parameters.packed()), OF_BUBBLE * self.count + GRADIENT
        known = points.bands, self._cutoff, self._virial, self._full, points.room
        slopes = self._slopes_of(points.every) if by_spectrum else None
        rest = np.empty((0, 0), np.complex128) if slopes is None else slopes.values

        def add(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add functionals of one block."""
            functional_sums(block, gradient, *own, used, self._dimension, *known, rest, out)
            if slopes is not None:
                out[row] += slopes.squares(lines)

        return add

    def _points(self, upper_half: float) -> _Points:
        return self._half if self._half is not None and self.every(upper_half) == 2 else self._all

    def _integrate(self, visit: Visit, add: Part, height: int, points: _Points, *, along: bool = True) -> RealArray:
        table = line_table(height, points.thinned.count)

        def measure(block: ComplexArray, gradient: Gradient, lines: Block) -> None:
            """Add one block of rows."""
            used, places = points.of_block(lines)
            add(block, gradient, lines, used, table[:, places])

        visit(measure, points.every, along=along)
        return self._total(table, points)

    def _total(self, table: RealArray, points: _Points) -> RealArray:
        return points.cell * np.array([ordered_sum(line) for line in points.thinned.gather(table)])

    def _add_local(
        self, block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray
    ) -> None:
        """Add local sums of one block."""
        weights, points = tuple(self._weights().of_block(lines)), self._all
        local_sums(block, gradient, used, self._exponent, weights, points.bands, points.densities, out)
