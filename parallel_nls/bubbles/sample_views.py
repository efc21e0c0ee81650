"""How the modulation analysis looks at the field of a sample: narrow or whole, by its gradient or by values alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import numpy as np

from parallel_nls.bubbles.field_view import ClosingView, FieldView
from parallel_nls.bubbles.fit.newton import BubbleFit
from parallel_nls.bubbles.fit.passes import Field, FitPasses
from parallel_nls.bubbles.localization.local_beside import LocalBeside, with_sizes
from parallel_nls.bubbles.localization.local_sums import LOCAL
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.remainder_pass import RemainderPass
from parallel_nls.bubbles.row_integrals import RowIntegrals, Visit
from parallel_nls.bubbles.tracking import Tracker
from parallel_nls.diagnostics.monitor import Sample
from parallel_nls.diagnostics.narrow_plane import ROOMY, WHOLE, NarrowPlane
from parallel_nls.diagnostics.passes import Keep, Kept, Passes
from parallel_nls.numerics.arrays import RealArray

ONLY_LOCAL = ("localized",)
"""Families of which the field is not decomposed."""


class SampleViews:
    """Views of the fields of one run, one after the other.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    integrals : RowIntegrals
        What is summed.
    decomposition : BubbleFit
        Fits.
    families : sequence of str
        What is wanted.

    Attributes
    ----------
    riding : LocalBeside or None
        What has ridden on the pass over the field.

    Notes
    -----
    *Communication*: construction and `prepare` are local, the rest is collective.
    """

    def __init__(
        self, passes: Passes, integrals: RowIntegrals, decomposition: BubbleFit, families: Sequence[str]
    ) -> None:
        self._passes, self._integrals, self._decomposition = passes, integrals, decomposition
        self._local, self._fits = "localized" in families, tuple(families) != ONLY_LOCAL
        self._fit_passes = cache(lambda plane: FitPasses(plane.grid, plane.thinned))
        self._others = False  # who take the gradient
        self._seen: tuple[Sample, FieldView] | None = None
        self.riding: LocalBeside | None = None

    def prepare(self, sample: Sample, tracker: Tracker) -> None:
        """Ask for the field as the last sample needed it, and let local sums ride. *Communication*: local."""
        self._others = sample.keep is Keep.SLOPES
        expected = tracker.close(sample.time) if self._fits else None
        by_values = tracker.by_values(expected) is not None
        plane = self._plane(tracker.share or WHOLE, with_slopes=not by_values)
        # Where all points are passed over beside their gradient anyway, local sums are had there for less.
        self.riding = riding = self._integrals.riding if plane is not None or not self._fits else None
        if riding is not None:
            sample.beside.append(riding.add_rows)
            sample.beside_columns.append(riding.add_columns)
        if not self._others:
            alone = riding is not None or not self._local
            sample.keep = plane if plane is not None and alone else Keep.NOTHING if by_values else Keep.SLOPES

    def whole(self, sample: Sample) -> FieldView:
        """The field beside its gradient: a narrow one where wavenumbers are silent, else as it is."""
        if self._seen is None or self._seen[0] is not sample:
            self._seen = sample, self._look(sample)
        return self._seen[1]

    def closing(self, sample: Sample, by_values: RemainderPass | None) -> ClosingView:
        """The field as a last pass takes it that may be the only one."""
        if by_values is not None:
            return self._values(sample, by_values)
        view = self.whole(sample)
        change = partial(self._integrals.change, view.visit, view.share, meets=view.passes.meets)
        return ClosingView(view.field, view.passes, view.share, partial(self.sums, view), change)

    def sums(self, view: FieldView, parameters: Parameters) -> tuple[RealArray, RealArray]:
        """Local integrals, and those of the functionals at these parameters."""
        if view.share == WHOLE and view.local is None:
            return self._integrals.both(view.visit, parameters)
        local = np.zeros((0, LOCAL)) if view.local is None else view.local
        return local, self._integrals.functionals(view.visit, parameters, view.share)

    def local(self, view: FieldView) -> RealArray:
        """Local integrals alone."""
        return self._integrals.local(view.visit) if view.local is None else view.local

    def leave(self, sample: Sample) -> None:
        """Let the spare buffer hold what others have asked for."""
        self._seen = None
        if self._others:
            self._ensure(sample, Keep.SLOPES)

    def _values(self, sample: Sample, by_values: RemainderPass) -> ClosingView:
        share = self._integrals.share(sample.integrals.beyond, WHOLE)
        plane = self._plane(share, with_slopes=False)
        if plane is not None:
            self._ensure(sample, plane)
        field: Field = sample.completed if plane is None else plane.field(sample.spare)
        passes = self._decomposition.passes if plane is None else self._fit_passes(plane)

        def sums(parameters: Parameters) -> tuple[RealArray, RealArray]:
            """No local integrals; R takes the place of the field."""
            sample.keep = Keep.NOTHING
            return np.zeros((0, LOCAL)), by_values.functionals(field, sample.spare, parameters, share)

        change = partial(by_values.change, sample.spare, share, meets=passes.meets)
        return ClosingView(field, passes, share, sums, change)

    def _look(self, sample: Sample) -> FieldView:
        share = self._integrals.share(sample.integrals.beyond) if self._fits else WHOLE
        visit = partial(self._passes.visit_gradient, sample.completed, sample.spare)
        plane, local = self._plane(share, with_slopes=True), None
        if plane is None:
            self._ensure(sample, Keep.SLOPES)
            local = None if self._fits else self._rode(visit, WHOLE)
            return FieldView(sample.completed, self._decomposition.passes, visit, WHOLE, local)
        riding = self._integrals.riding
        if self.riding is None and riding is not None:
            self.riding = riding  # what nobody had known ahead of the pass over the field
            sample.fill_spare(self._passes, plane, (riding.add_rows,), (riding.add_columns,))
        elif self._local and riding is None:
            self._ensure(sample, Keep.SLOPES)
            local = self._integrals.local(visit)
            self._passes.narrow_slopes(sample.spare, plane)
            sample.keep = plane
        self._ensure(sample, plane)
        field = plane.field(sample.spare)
        visit = partial(plane.visit_gradient, field)
        local = self._rode(visit, share) if local is None else local
        return FieldView(field, self._fit_passes(plane), visit, share, local)

    def _plane(self, share: int, with_slopes: bool) -> NarrowPlane | None:
        """That of a share of the points, where it has room for what is wanted; None for all points."""
        narrow = self._passes.narrow
        # Who recalls a sample of another grid may remember a share that this one has not.
        if narrow is None or share not in narrow.shares or (with_slopes and share > ROOMY):
            return None
        return narrow.plane(share, with_slopes)

    def _rode(self, visit: Visit, share: int) -> RealArray | None:
        """Local integrals of which most have ridden on the pass over the field; None where none did."""
        if self.riding is None:
            return None
        return with_sizes(self.riding.integrals(), self._integrals.sizes(visit, share))

    def _ensure(self, sample: Sample, keep: Kept) -> None:
        """Let the spare buffer hold something, by another pass if the first one left something else."""
        if sample.keep is not keep:
            sample.fill_spare(self._passes, keep)
