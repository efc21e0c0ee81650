"""Integrals over rows of a field beside its gradient: what the modulation analysis sums besides the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import numpy as np

from parallel_nls.bubbles.functional_sums import GRADIENT, OF_BUBBLE, OF_FIELD, Scratch, functional_sums, new_scratch
from parallel_nls.bubbles.localization.local_beside import LocalBeside
from parallel_nls.bubbles.localization.local_sums import (
    DENSITIES,
    LOCAL,
    MOMENTS,
    band_sums,
    local_sums,
    moment_sums,
)
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.localization.row_bands import RowBands
from parallel_nls.bubbles.localization.virial_cutoff import virial_table
from parallel_nls.bubbles.localization.weights import LocalWeights
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import REACH, UsedPoints, profile_table
from parallel_nls.bubbles.row_slopes import RowSlopes
from parallel_nls.contracts import Domain
from parallel_nls.diagnostics.halved_plane import HalvedGrid, HalvedPlane
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.thinned_rows import GradientKernel, ThinnedRows
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sums
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.rows import RowPlaces
from parallel_nls.spectral.sweeps import Block

SILENT = 2e-10
"""Of max|û|: below it the upper half of the wavenumbers adds nothing, and a halved field says as much as all points."""

BAND = 24
"""Points across the bands in which Φ_k changes that its integrals need at least."""

WITHIN = 16.0
"""Scales from a center beyond which a small change of a bubble is below 1e-5 of what it is near it."""

APART = 20.0
"""Scales between a center and the edge from which on a bubble without images, and so R, is periodic for a spectrum."""


class Visit(Protocol):
    """Runs a kernel over rows of one field, or of a halved one, beside their gradient."""

    def __call__(
        self,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """As `Passes.visit_gradient`."""


Grid = Domain | HalvedGrid
Gradient = tuple[ComplexArray, ComplexArray]
Part = Callable[[ComplexArray, Gradient, Block, UsedPoints, RealArray], None]
"""``add(block, gradient, lines, points, out)``: sums of a block of rows, of the points that are used, into ``out``."""


@dataclass(frozen=True)
class _Points:
    """The points that are summed over: all of a grid, or some.

    Attributes
    ----------
    cell : float
        Weight of a point in an integral.
    places : RowPlaces
        Where all rows are, and the points that are used along one.
    bands : RowBands
        Φ_k there.
    thinned : ThinnedRows
        The rows.
    room : Scratch
        For one row.
    steps : (int, int)
        From one row to the next, and from one point of a row.
    """

    cell: float
    places: RowPlaces
    bands: RowBands
    thinned: ThinnedRows
    room: Scratch
    steps: tuple[int, int]

    @classmethod
    def of(cls, of: Passes | HalvedPlane, localization: Localization, steps: tuple[int, int]) -> _Points:
        """Those of passes over a field."""
        grid = of.grid if isinstance(of, HalvedPlane) else of.equation.domain
        rows, step = steps
        across, along, folded = grid.row_places
        places = RowPlaces(across, along[::step].copy(), folded)
        n = places.along.size
        room = new_scratch(len(localization.centers), n)
        cell = grid.cell * rows * step
        return cls(cell, places, RowBands.of(localization, n), of.thinned(rows), room, steps)

    def of_block(self, lines: Block) -> UsedPoints:
        """Those of a block."""
        across, along, folded = self.places
        return UsedPoints.of_rows(across[lines.numbers], along, folded, self.steps[1])


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
        self._weights = cache(lambda: LocalWeights(localization, domain))  # made where local sums are wanted
        self._fields: dict[int, Passes | HalvedPlane] = {1: passes}
        if passes.halves is not None and localization.width >= BAND * max(passes.halves.grid.spacing):
            self._fields[2] = passes.halves
        self._points_of = cache(lambda every, steps: _Points.of(self._fields[every], localization, steps))
        self._inclined = bool(localization.direction[-1] != 0)
        self._sign, self._bands, self._width = localization.direction[0], localization.bands, localization.width

    def every(self, upper_half: float) -> int:
        """From one point to the next that is needed on each axis: 2, of a halved field, where the upper half is silent.

        The bands in which Φ_k changes must be wide enough for that. Integrals of `local_sums` take all points: they are
        of a weight times two or more fields, of which every second point shows the product of two alone.
        """
        return 2 if 2 in self._fields and upper_half <= SILENT else 1

    @cached_property
    def riding(self) -> LocalBeside | None:
        """What sums most of `local` beside passes over fields, one after the other, where it may."""
        if not (self._local and LocalBeside.serves(self._domain, self._weights())):
            return None
        return LocalBeside(as_box(self._domain), self._weights(), self._exponent)

    def sizes(self, visit: Visit, every: int) -> RealArray:
        """The integrals of moduli in `local_sums` alone, (K, 2), of a direction across the rows."""
        points = self._points(every)
        densities = np.empty((DENSITIES, points.places.along.size))

        def add(block: ComplexArray, gradient: Gradient, _lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add those of one block."""
            band_sums(block, gradient, used, self._exponent, points.bands, densities, out)

        def wanted(lines: Block) -> bool:
            """Whether a block has rows in a band."""
            across = self._sign * points.places.across[lines.numbers]
            low, high = self._bands, self._bands + self._width
            return bool(((low <= across.max()) & (high >= across.min())).any())

        return self._integrate(visit, add, 2 * self.count, points, along=False, wanted=wanted).reshape(-1, 2)

    def local(self, visit: Visit) -> RealArray:
        """Integrals of `local_sums` over all points, (K, 7), zeros where they are not wanted."""
        if not self._local:
            return np.zeros((self.count, LOCAL))
        height, add = LOCAL * self.count, self._local_part()
        return self._integrate(visit, add, height, self._points(), along=self._inclined).reshape(-1, LOCAL)

    def moments(self, visit: Visit, every: int) -> RealArray:
        """Integrals of `moment_sums`, (K, 7)."""
        points = self._points(every)

        def add(block: ComplexArray, gradient: Gradient, _lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add moments of one block."""
            moment_sums(block, gradient, used, self._exponent, points.bands, out)

        return self._integrate(visit, add, MOMENTS * self.count, points).reshape(-1, MOMENTS)

    def functionals(self, visit: Visit, parameters: Parameters, every: int) -> RealArray:
        """Integrals of `functional_sums` at these parameters, (13K + 4,)."""
        by_spectrum = not self._full and self._is_periodic(parameters)
        points, height = self._points(every), OF_BUBBLE * self.count + OF_FIELD
        add = self._functionals(points, parameters, slopes=self._slopes_of(every) if by_spectrum else None)
        return self._integrate(visit, add, height, points, along=not by_spectrum)

    def change(
        self,
        visit: Visit,
        before: Parameters,
        after: Parameters,
        every: int,
        steps: tuple[int, int],
        meets: Callable[[Parameters, float], Callable[[Block], bool]],
    ) -> tuple[RealArray, RealArray]:
        """`functionals` of some points near the bubbles, (13K + 4,), and what they change by to parameters near these.

        Where R is no rougher than bubbles are, few points show that change: `Functionals.told_apart` finds out by what
        these and all points say. ``meets`` is that of `FitPasses`.
        """
        points, height = self._points(every, steps), OF_BUBBLE * self.count + OF_FIELD
        parts = [self._functionals(points, each, WITHIN) for each in (before, after)]

        def add(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add functionals of one block, and what they change by: exactly 0 of rows that bubbles do not meet."""
            first, change = out[:height], out[height:]
            parts[0](block, gradient, lines, used, first)
            parts[1](block, gradient, lines, used, change)
            change -= first

        sums = self._integrate(visit, add, 2 * height, points, wanted=meets(after, WITHIN))
        return sums[:height], sums[height:]

    def both(self, visit: Visit, parameters: Parameters) -> tuple[RealArray, RealArray]:
        """Integrals of `local_sums`, (K, 7), and of `functional_sums`, (13K + 4,), in one pass over all points."""
        if not self._local:
            return np.zeros((self.count, LOCAL)), self.functionals(visit, parameters, 1)
        height, add_local = OF_BUBBLE * self.count + OF_FIELD, self._local_part()
        add = self._functionals(self._points(), parameters)

        def add_both(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add local sums of one block, and functionals."""
            add_local(block, gradient, lines, used, out[height:])
            add(block, gradient, lines, used, out[:height])

        sums = self._integrate(visit, add_both, height + LOCAL * self.count, self._points())
        return sums[height:].reshape(-1, LOCAL), sums[:height]

    def _is_periodic(self, parameters: Parameters) -> bool:
        """Whether R is along the rows, for its spectrum: not a line, no mirror, no bubble near the edge."""
        domain = self._domain
        if domain.row_places.folded or as_box(domain).even:
            return False
        apart = 0.5 * domain.length[-1] - np.abs(parameters.center[:, -1])
        return bool((apart >= APART * parameters.scale).all())

    def _functionals(
        self, points: _Points, parameters: Parameters, reach: float = REACH, slopes: RowSlopes | None = None
    ) -> Part:
        """What adds functionals at these parameters, the slope of R along the rows by its spectrum or at the points."""
        own, row = (self._profiles, parameters.packed()), OF_BUBBLE * self.count + GRADIENT
        known = points.bands, self._cutoff, self._virial, self._full, points.room
        rest = np.empty((0, 0), np.complex128) if slopes is None else slopes.values

        def add(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add functionals of one block."""
            functional_sums(block, gradient, *own, used, self._dimension, reach, *known, rest, out)
            if slopes is not None:
                out[row] += slopes.squares(lines)

        return add

    def _points(self, every: int = 1, steps: tuple[int, int] = (1, 1)) -> _Points:
        return self._points_of(every, steps)

    def _integrate(
        self,
        visit: Visit,
        add: Part,
        height: int,
        points: _Points,
        *,
        along: bool = True,
        wanted: Callable[[Block], bool] | None = None,
    ) -> RealArray:
        table = line_table(height, points.thinned.count)

        def measure(block: ComplexArray, gradient: Gradient, lines: Block) -> None:
            """Add one block of rows."""
            add(block, gradient, lines, points.of_block(lines), table[:, lines.lines])

        visit(measure, every=points.steps[0], wanted=wanted, along=along)
        return points.cell * ordered_sums(points.thinned.gather(table))

    def _local_part(self) -> Part:
        bands, densities = self._points().bands, np.empty((DENSITIES, self._domain.row_places.along.size))

        def add(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add local sums of one block."""
            weights = tuple(self._weights().of_block(lines))
            local_sums(block, gradient, used, self._exponent, weights, bands, densities, out)

        return add
