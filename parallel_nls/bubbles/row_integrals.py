"""Integrals over rows of a field beside its gradient: what the modulation analysis sums besides the fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from typing import Protocol

import numpy as np

from parallel_nls.bubbles.functional_sums import OF_BUBBLE, OF_FIELD, functional_sums, new_scratch
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
from parallel_nls.bubbles.localization.virial_cutoff import virial_table
from parallel_nls.bubbles.localization.weights import LocalWeights
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.profile_rows import REACH, UsedPoints, profile_table
from parallel_nls.bubbles.remainder_pass import WITHIN, RemainderPass
from parallel_nls.bubbles.row_points import RowPoints
from parallel_nls.contracts import Domain
from parallel_nls.diagnostics.narrow_plane import LADDER, ROOMY, WHOLE
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.thinned_rows import GradientKernel
from parallel_nls.numerics.arrays import ComplexArray, RealArray, line_table
from parallel_nls.parallel.reduction import ordered_sums
from parallel_nls.spectral.kinds import as_box
from parallel_nls.spectral.sweeps import Block

SILENT = 2e-10
"""Of max|û|: wavenumbers below it add nothing, and a narrow field without them says as much as all points."""

BAND = 32
"""Points across the bands in which Φ_k changes that its integrals need at least, to ten digits of ∫|R|²Φ_k."""


class Visit(Protocol):
    """Runs a kernel over rows of one field, or of a narrow one, beside their gradient."""

    def __call__(
        self,
        kernel: GradientKernel,
        *,
        every: int = 1,
        wanted: Callable[[Block], bool] | None = None,
        along: bool = True,
    ) -> None:
        """As `Passes.visit_gradient`."""


Gradient = tuple[ComplexArray, ComplexArray]
Part = Callable[[ComplexArray, Gradient, Block, UsedPoints, RealArray], None]
"""``add(block, gradient, lines, points, out)``: sums of a block of rows, of the points that are used, into ``out``."""


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
        self._passes, self._domain = passes, domain
        self._dimension, self._profiles = domain.dimension, profile_table(domain.dimension)
        self._weights = cache(lambda: LocalWeights(localization, domain))  # made where local sums are wanted
        self._narrow = narrow = passes.narrow
        self._points_of = cache(
            lambda share, steps: RowPoints.of(
                passes if narrow is None or share == WHOLE else narrow.plane(share, False), localization, steps
            )
        )
        self._rooms = lru_cache(maxsize=2)(lambda n: new_scratch(self.count, n))  # of all points of a row, and of some
        least = WHOLE * BAND * max(domain.spacing)
        shares = () if narrow is None else narrow.shares
        self._shares = tuple(share for share in shares if share * localization.width >= least)
        self._inclined = bool(localization.direction[-1] != 0)
        self._sign, self._bands, self._width = localization.direction[0], localization.bands, localization.width

    def share(self, beyond: Sequence[float], most: int = ROOMY) -> int:
        """Sixteenths of the points of each axis that are needed, where all wavenumbers beyond them are silent.

        The bands in which Φ_k changes must be wide enough for that. Integrals of `local_sums` take all points: they are
        of a weight times two or more fields, of which fewer points show the product of two alone.

        Parameters
        ----------
        beyond : sequence of float
            As of `FieldSums`.
        most : int, optional
            The largest share that will do besides the whole.
        """
        silent = [share for share, largest in zip(LADDER, beyond, strict=False) if largest <= SILENT]
        return min((share for share in silent if share in self._shares and share <= most), default=WHOLE)

    @cached_property
    def by_values(self) -> RemainderPass | None:
        """What will do without a derivative of the field, where the decomposition alone is wanted, in a plane."""
        if self._full or self._local or self._narrow is None:
            return None
        return RemainderPass(self._passes, self._narrow, self._points_of)

    @cached_property
    def riding(self) -> LocalBeside | None:
        """What sums most of `local` beside passes over fields, one after the other, where it may."""
        if not (self._local and LocalBeside.serves(self._domain, self._weights())):
            return None
        return LocalBeside(as_box(self._domain), self._weights(), self._exponent)

    def sizes(self, visit: Visit, share: int) -> RealArray:
        """The integrals of moduli in `local_sums` alone, (K, 2), of a direction across the rows."""
        points = self._points(share)
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

    def moments(self, visit: Visit, share: int) -> RealArray:
        """Integrals of `moment_sums`, (K, 7)."""
        points = self._points(share)

        def add(block: ComplexArray, gradient: Gradient, _lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add moments of one block."""
            moment_sums(block, gradient, used, self._exponent, points.bands, out)

        return self._integrate(visit, add, MOMENTS * self.count, points).reshape(-1, MOMENTS)

    def functionals(self, visit: Visit, parameters: Parameters, share: int) -> RealArray:
        """Integrals of `functional_sums` at these parameters, (13K + 4,)."""
        points, height = self._points(share), OF_BUBBLE * self.count + OF_FIELD
        return self._integrate(visit, self._functionals(points, parameters), height, points)

    def change(
        self,
        visit: Visit,
        share: int,
        before: Parameters,
        after: Parameters,
        steps: tuple[int, int],
        meets: Callable[[Parameters, float], Callable[[Block], bool]],
    ) -> tuple[RealArray, RealArray]:
        """`functionals` of some points near the bubbles, (13K + 4,), and what they change by to parameters near these.

        Where R is no rougher than bubbles are, few points show that change: `Functionals.told_apart` finds out by what
        these and all points say. ``meets`` is that of `FitPasses`.
        """
        points, height = self._points(share, steps), OF_BUBBLE * self.count + OF_FIELD
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
            return np.zeros((self.count, LOCAL)), self.functionals(visit, parameters, WHOLE)
        height, add_local = OF_BUBBLE * self.count + OF_FIELD, self._local_part()
        add = self._functionals(self._points(), parameters)

        def add_both(block: ComplexArray, gradient: Gradient, lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add local sums of one block, and functionals."""
            add_local(block, gradient, lines, used, out[height:])
            add(block, gradient, lines, used, out[:height])

        sums = self._integrate(visit, add_both, height + LOCAL * self.count, self._points())
        return sums[height:].reshape(-1, LOCAL), sums[:height]

    def _functionals(self, points: RowPoints, parameters: Parameters, reach: float = REACH) -> Part:
        """What adds functionals at these parameters."""
        own, room = (self._profiles, parameters.packed()), self._rooms(points.places.along.size)
        known = points.bands, self._cutoff, self._virial, self._full, room

        def add(block: ComplexArray, gradient: Gradient, _lines: Block, used: UsedPoints, out: RealArray) -> None:
            """Add functionals of one block."""
            functional_sums(block, gradient, *own, used, self._dimension, reach, *known, out)

        return add

    def _points(self, share: int = WHOLE, steps: tuple[int, int] = (1, 1)) -> RowPoints:
        return self._points_of(share, steps)

    def _integrate(
        self,
        visit: Visit,
        add: Part,
        height: int,
        points: RowPoints,
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
