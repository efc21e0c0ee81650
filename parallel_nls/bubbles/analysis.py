"""The modulation analysis of a sample: decomposition, localized functionals, local identities.

Looking does not touch the trajectory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from parallel_nls.bubbles.field_view import ClosingView, FieldView
from parallel_nls.bubbles.fit.isolated import isolated_step
from parallel_nls.bubbles.fit.newton import BubbleFit, Fit
from parallel_nls.bubbles.fit.passes import DENSE, Field, FitPasses, Look
from parallel_nls.bubbles.functionals import Functionals
from parallel_nls.bubbles.localization.local_beside import LocalBeside, with_sizes
from parallel_nls.bubbles.localization.local_sums import (
    BILAPLACIAN,
    FLUX_SIZE,
    HESSIAN,
    LOCAL,
    LOCAL_CURRENT,
    LOCAL_MASS,
    POWER,
    TERMS_SIZE,
)
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.row_integrals import RowIntegrals, Visit
from parallel_nls.bubbles.tracking import CLOSE, Tracker
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.narrow_plane import ROOMY, WHOLE, NarrowPlane
from parallel_nls.diagnostics.passes import Keep, Kept, Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

Decomposition = tuple[Fit, RealArray, Functionals | None, float]
"""Fit, local integrals, what follows from it, and its largest condition."""

SURE = 1e-12
"""Of what follows from R: what a change of it that is taken from some points may be in doubt by."""

ALONE = 10
"""Times the conditions that are enough: from there a step that takes bubbles to be alone is as good."""

_NAMES = ("scale", "center", "boost", "chirp", "phase")


@dataclass(frozen=True)
class Analysis:
    """What is analysed.

    Attributes
    ----------
    bubbles : tuple of Bubble
        Where bubbles are expected, and the exact S_k.
    blowup_time : float
        T; infinity where none is known.
    families : tuple of str
        Of "modulation", "functionals", "localized" what is wanted; with the last alone the field is not decomposed.
    cutoff : float
        A of χ_A.
    direction : tuple of float, optional
        v₁ of the localization.
    power : float, optional
        p of the equation; by default the critical 4/d.
    """

    bubbles: tuple[Bubble, ...]
    blowup_time: float
    families: tuple[str, ...] = ("modulation", "functionals", "localized")
    cutoff: float = 3.0
    direction: tuple[float, ...] | None = None
    power: float | None = None

    @property
    def fits(self) -> bool:
        """Whether the field is decomposed."""
        return self.families != ("localized",)


class BubbleMonitor(Monitor):
    """Analyses the fields of one run, one after the other.

    Parameters
    ----------
    passes : Passes
        Over fields of the equation.
    analysis : Analysis
        What is wanted.
    quantities : sequence of Quantity, optional
        What of it goes into a series.

    Attributes
    ----------
    tracker : Tracker
        What is remembered from one sample to the next.
    failure : str or None
        Why the last fit failed.

    Notes
    -----
    *Communication*: construction is collective, `recall` local; `values` is collective: a message for each pass, and
    one for each step of the fit.
    """

    name = "decomposition"

    def __init__(self, passes: Passes, analysis: Analysis, quantities: Sequence[Quantity] = ()) -> None:
        self.passes, self.analysis, self.quantities = passes, analysis, tuple(quantities)
        self.equation = passes.equation
        self.domain = self.equation.domain
        self._power = 4 / self.domain.dimension if analysis.power is None else analysis.power
        centers = np.array([bubble.center for bubble in analysis.bubbles], dtype=np.float64)
        self.localization = Localization.of(centers, analysis.direction)
        wanted = analysis.families
        self._integrals = RowIntegrals(
            self.domain,
            passes,
            self.localization,
            analysis.cutoff,
            self._power,
            full="functionals" in wanted,
            local="localized" in wanted,
        )
        self._decomposition = BubbleFit(self.domain, passes.thinned)
        self._passes_of = cache(lambda plane: FitPasses(plane.grid, plane.thinned))
        self._others = False  # who take the gradient
        self._riding: LocalBeside | None = None
        self.tracker = Tracker(self._decomposition, self._integrals, analysis.bubbles, analysis.blowup_time)

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample of a run, as it was measured: its values by name. *Communication*: local."""
        self.tracker.recall(values)
        self.failure = "it failed before" if float(np.min(values.get("fit_passes", 0.0))) < 0 else None

    def prepare(self, sample: Sample) -> None:
        """Ask for the field as the last sample needed it; let the first look of a fit ride. *Communication*: local."""
        self._others = sample.keep is Keep.SLOPES
        expected = self.tracker.close(sample.time) if self.analysis.fits else None
        by_values = expected is not None and self.tracker.by_values(expected)
        plane = self._plane(self.tracker.share or WHOLE, with_slopes=not by_values)
        # Where all points are passed over beside their gradient anyway, local sums are had there for less.
        self._riding = riding = self._integrals.riding if plane is not None or not self.analysis.fits else None
        if riding is not None:
            sample.beside.append(riding.add_rows)
            sample.beside_columns.append(riding.add_columns)
        if not self._others:
            alone = riding is not None or "localized" not in self.analysis.families
            sample.keep = plane if plane is not None and alone else Keep.NOTHING if by_values else Keep.SLOPES
        look = self.tracker.foresee(sample.time) if self.analysis.fits else None
        if look is not None:
            sample.beside.append(look)

    def values(self, tables: Sequence[RealArray], sample: Sample) -> Values:  # noqa: ARG002
        """All quantities of the modulation analysis of the field v; of a failed fit only how it failed.

        Notes
        -----
        *Communication*: collective.
        """
        self.failure = None
        sums, time = sample.integrals, sample.time
        if not sums.is_finite:
            return {}
        if self.analysis.fits:
            values = self._analyse(sample, time, self.equation.energy(sums))
        else:
            view = self._view(sample)
            values = self._local(self._integrals.local(view.visit) if view.local is None else view.local)
        if self._others:
            self._ensure(sample, Keep.SLOPES)
        return values

    def _view(self, sample: Sample) -> FieldView:
        """The field: a narrow one where wavenumbers are silent, else as it is, beside its gradient."""
        share = self._integrals.share(sample.integrals.beyond) if self.analysis.fits else WHOLE
        visit, plane, local = (
            partial(self.passes.visit_gradient, sample.completed, sample.spare),
            self._plane(share, with_slopes=True),
            None,
        )
        if plane is None:
            self._ensure(sample, Keep.SLOPES)
            local = None if self.analysis.fits else self._rode(visit, WHOLE)
            return FieldView(sample.completed, self._decomposition.passes, visit, WHOLE, local)
        riding = self._integrals.riding if self._riding is None else self._riding
        if self._riding is None and riding is not None:
            self._riding = riding  # what nobody had known ahead of the pass over the field
            sample.fill_spare(self.passes, plane, (riding.add_rows,), (riding.add_columns,))
        elif "localized" in self.analysis.families and riding is None:
            self._ensure(sample, Keep.SLOPES)
            local = self._integrals.local(visit)
            self.passes.narrow_slopes(sample.spare, plane)
            sample.keep = plane
        self._ensure(sample, plane)
        field = plane.field(sample.spare)
        visit = partial(plane.visit_gradient, field)
        local = self._rode(visit, share) if local is None else local
        return FieldView(field, self._passes_of(plane), visit, share, local)

    def _plane(self, share: int, with_slopes: bool) -> NarrowPlane | None:
        """That of a share of the points, where it has room for what is wanted; None for all points."""
        narrow = self.passes.narrow
        if narrow is None or share > (ROOMY if with_slopes else WHOLE - 1):
            return None
        return narrow.plane(share, with_slopes)

    def _rode(self, visit: Visit, share: int) -> RealArray | None:
        """Local integrals of which most have ridden on the pass over the field; None where none did."""
        if self._riding is None:
            return None
        return with_sizes(self._riding.integrals(), self._integrals.sizes(visit, share))

    def _ensure(self, sample: Sample, keep: Kept) -> None:
        """Let the spare buffer hold something, by another pass if the first one left something else."""
        if sample.keep is not keep:
            sample.fill_spare(self.passes, keep)

    def _analyse(self, sample: Sample, time: float, energy: float) -> Values:
        """The decomposition and what follows from it; of a failed one only how it failed."""
        expected = self.tracker.close(time)
        at_once = None if expected is None else self._at_once(sample, expected, self.tracker.closely)
        fit, local, functionals, residual = self._fitted(self._view(sample), time) if at_once is None else at_once
        in_vain = expected is not None and at_once is None
        if in_vain:
            fit = replace(fit, passes=fit.passes + 1)
        self.failure = fit.failure
        values = {**self._local(local), "orthogonality": residual, "fit_passes": float(fit.passes + 1)}
        if functionals is None:
            return {**values, **self.tracker.remembered(), "fit_passes": -values["fit_passes"]}
        self.tracker.remember(time, fit.parameters, 0.0 if in_vain else functionals.remainder_l2)
        return {**values, **self._of_fit(functionals, time, energy), **self.tracker.remembered()}

    def _closing(self, sample: Sample, expected: Parameters) -> ClosingView:
        """The field as a last pass at what is expected takes it."""
        by_values = self._integrals.by_values
        if by_values is None or not self.tracker.by_values(expected):
            view = self._view(sample)
            return ClosingView(
                view.field,
                view.passes,
                view.share,
                partial(self._sums, view),
                partial(self._integrals.change, view.visit, view.share, meets=view.passes.meets),
            )
        share = self._integrals.share(sample.integrals.beyond, WHOLE)
        plane = self._plane(share, with_slopes=False)
        if plane is not None:
            self._ensure(sample, plane)
        field: Field = sample.completed if plane is None else plane.field(sample.spare)
        passes = self._decomposition.passes if plane is None else self._passes_of(plane)

        def sums(parameters: Parameters) -> tuple[RealArray, RealArray]:
            """No local integrals; those of the functionals take the place of the field."""
            sample.keep = Keep.NOTHING
            return np.zeros((0, LOCAL)), by_values.functionals(field, sample.spare, parameters, share)

        return ClosingView(
            field, passes, share, sums, partial(by_values.change, sample.spare, share, meets=passes.meets)
        )

    def _at_once(self, sample: Sample, expected: Parameters, closely: bool) -> Decomposition | None:
        """By a last pass at what is expected, and from there the step that it asks for; None where that is not enough.

        The step is so small that what it changes is known from some points, if these show R; of what is expected
        closely it is taken as if bubbles were alone.
        """
        view = self._closing(sample, expected)
        matrices = None if closely else view.passes.derive(view.field, expected)
        local, sums = view.sums(expected)
        seen = Functionals.of(expected, sums)
        look = Look.of(expected, seen.pairings)
        if not look.size < CLOSE * seen.remainder_l2:
            return None
        if matrices is None and look.size > ALONE * self._decomposition.enough:
            return self._at_once(sample, expected, closely=False)
        step = isolated_step(look) if matrices is None else self._decomposition.step(look, matrices)
        if isinstance(step, str):
            return None
        parameters = expected.changed(step)
        steps = view.passes.steps(float(expected.scale.min()), DENSE[expected.dimension])
        some, change = view.change(expected, parameters, steps)
        functionals = Functionals.of(parameters, sums + change)
        residual = Look.of(parameters, functionals.pairings).size
        doubt = float(np.abs(step).max()) * seen.told_apart(Functionals.of(expected, some))
        if not (residual <= self._decomposition.enough and doubt <= SURE * seen.remainder_l2):
            return None
        self.tracker.share = view.share
        return Fit(parameters, residual, 0), local, functionals, residual

    def _fitted(self, view: FieldView, time: float) -> Decomposition:
        """By a fit, and a last pass where it ended."""
        fit = self.tracker.find(view, time)
        local, functionals, residual = self._last_pass(view, fit)
        if fit.failure is None and not residual <= self._decomposition.tolerated:
            # The last step was not looked at.
            again = self._decomposition.fit(view.field, fit.parameters, passes=view.passes)
            fit = replace(again, passes=fit.passes + 1 + again.passes)
            local, functionals, residual = self._last_pass(view, fit)
            if not residual <= self._decomposition.tolerated:
                functionals, fit = None, replace(fit, failure=fit.failure or f"the conditions are {residual:.1e}")
        return fit, local, functionals, residual

    def _last_pass(self, view: FieldView, fit: Fit) -> tuple[RealArray, Functionals | None, float]:
        """Local integrals, functionals, and the largest condition over the points that are used."""
        if fit.failure is not None:
            return self._integrals.local(view.visit) if view.local is None else view.local, None, fit.residual
        local, found = self._sums(view, fit.parameters)
        functionals = Functionals.of(fit.parameters, found)
        return local, functionals, Look.of(fit.parameters, functionals.pairings).size

    def _sums(self, view: FieldView, parameters: Parameters) -> tuple[RealArray, RealArray]:
        """Local integrals, and those of the functionals at these parameters."""
        if view.share == WHOLE and view.local is None:
            return self._integrals.both(view.visit, parameters)
        local = np.zeros((0, LOCAL)) if view.local is None else view.local
        return local, self._integrals.functionals(view.visit, parameters, view.share)

    def _local(self, integrals: RealArray) -> Values:
        """The local mass and current, and the right-hand side of eq. 3.15."""
        if "localized" not in self.analysis.families:
            return {}
        power = self._power
        hessian, third = 2 * integrals[:, HESSIAN], integrals[:, BILAPLACIAN]
        force = power / (power + 2) * integrals[:, POWER]
        return {
            "local_mass": integrals[:, LOCAL_MASS],
            "local_current": integrals[:, LOCAL_CURRENT],
            "local_terms": np.stack([hessian, integrals[:, POWER], third], axis=1),
            "local_acceleration": hessian - force - 0.5 * third,
            "local_flux": integrals[:, FLUX_SIZE],
            "local_scale": integrals[:, TERMS_SIZE],
        }

    def _of_fit(self, found: Functionals, time: float, energy: float) -> Values:
        """What a decomposition gives."""
        expansion, remaining = found.energy_expansion(), self.analysis.blowup_time - time
        frequencies = np.array([bubble.frequency for bubble in self.analysis.bubbles])
        exact = float(np.sum(frequencies**2)) * ground_state(self.domain.dimension).second_moment / 8
        return {
            **{name: getattr(found.parameters, name) for name in _NAMES},
            "remainder_l2": found.remainder_l2,
            "remainder_gradient": found.remainder_gradient,
            "remainder_size": found.remainder_l2 + remaining * found.remainder_gradient,
            "localized_mass": found.localized_mass,
            "morawetz": found.morawetz,
            "localized_remainder": found.localized_remainder,
            "localized_virial": found.localized_virial(),
            "modified_localized_virial": found.modified_localized_virial(),
            "generalized_energy": found.generalized_energy(),
            "energy_defect": energy - exact,
            "energy_expansion": expansion,
            "energy_remainder": energy - float(np.sum(expansion)),
        }
