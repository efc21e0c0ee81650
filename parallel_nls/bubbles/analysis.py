"""The modulation analysis of a sample: decomposition, localized functionals, local identities.

Looking does not touch the trajectory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from parallel_nls.bubbles.field_view import FieldView
from parallel_nls.bubbles.fit.isolated import isolated_step
from parallel_nls.bubbles.fit.newton import BubbleFit, Fit
from parallel_nls.bubbles.fit.passes import DENSE, Look
from parallel_nls.bubbles.functionals import Functionals
from parallel_nls.bubbles.localization.local_sums import (
    BILAPLACIAN,
    FLUX_SIZE,
    HESSIAN,
    LOCAL_CURRENT,
    LOCAL_MASS,
    POWER,
    TERMS_SIZE,
)
from parallel_nls.bubbles.localization.partition import Localization
from parallel_nls.bubbles.parameters import Parameters
from parallel_nls.bubbles.row_integrals import RowIntegrals
from parallel_nls.bubbles.sample_views import ONLY_LOCAL, SampleViews
from parallel_nls.bubbles.tracking import Tracker
from parallel_nls.diagnostics.monitor import Monitor, Sample, Values
from parallel_nls.diagnostics.passes import Passes
from parallel_nls.diagnostics.quantity import Quantity
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

Decomposition = tuple[Fit, RealArray, Functionals | None, float]
"""Fit, local integrals, what follows from it, and its largest condition."""

SURE = 1e-12
"""Of what follows from R: what a change of it that is taken from some points may be in doubt by."""

SMALL = 1e-7
"""Of ‖R‖: from larger conditions a step is not the last."""
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
        return self.families != ONLY_LOCAL


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
    views : SampleViews
        How a field is looked at.
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
        self.views = SampleViews(passes, self._integrals, self._decomposition, wanted)
        self.tracker = Tracker(self._decomposition, self._integrals, analysis.bubbles, analysis.blowup_time)

    def recall(self, values: Mapping[str, float | RealArray]) -> None:
        """Go on from the last sample of a run, as it was measured: its values by name. *Communication*: local."""
        self.tracker.recall(values)
        self.failure = "it failed before" if float(np.min(values.get("fit_passes", 0.0))) < 0 else None

    def prepare(self, sample: Sample) -> None:
        """Ask for the field as the last sample needed it; let the first look of a fit ride. *Communication*: local."""
        self.views.prepare(sample, self.tracker)
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
            values = self._local(self.views.local(self.views.whole(sample)))
        self.views.leave(sample)
        return values

    def _analyse(self, sample: Sample, time: float, energy: float) -> Values:
        """The decomposition and what follows from it; of a failed one only how it failed."""
        expected = self.tracker.close(time)
        at_once, tried = (None, 0) if expected is None else self._at_once(sample, expected, self.tracker.closely)
        fit, local, functionals, residual = self._fitted(self.views.whole(sample), time) if at_once is None else at_once
        in_vain = expected is not None and at_once is None
        passes = tried if at_once is not None else tried + fit.passes + 1
        self.failure = fit.failure
        values = {**self._local(local), "orthogonality": residual, "fit_passes": float(passes)}
        if functionals is None:
            return {**values, **self.tracker.remembered(), "fit_passes": -values["fit_passes"]}
        self.tracker.remember(time, fit.parameters, 0.0 if in_vain else functionals.remainder_l2)
        return {**values, **self._of_fit(functionals, time, energy), **self.tracker.remembered()}

    def _at_once(self, sample: Sample, expected: Parameters, closely: bool) -> tuple[Decomposition | None, int]:
        """By a last pass at what is expected, and from there the step that it asks for; None where that is not enough.

        And how many passes that took. The step is so small that what it changes is known from some points, if these
        show R; of what is expected closely it is taken as if bubbles were alone, and where that would leave too much
        the pass is taken once more, with a matrix.
        """
        view = self.views.closing(sample, self.tracker.by_values(expected))
        matrices = None if closely else view.passes.derive(view.field, expected)
        local, sums = view.sums(expected)
        seen = Functionals.of(expected, sums)
        look = Look.of(expected, seen.pairings)
        if not look.size < SMALL * seen.remainder_l2:
            return None, 1
        if matrices is None and look.size > ALONE * self._decomposition.enough:
            found, passes = self._at_once(sample, expected, closely=False)
            return found, passes + 1
        step = isolated_step(look) if matrices is None else self._decomposition.step(look, matrices)
        if isinstance(step, str):
            return None, 1
        parameters = expected.changed(step)
        steps = view.passes.steps(float(expected.scale.min()), DENSE[expected.dimension])
        some, change = view.change(expected, parameters, steps)
        functionals = Functionals.of(parameters, sums + change)
        residual = Look.of(parameters, functionals.pairings).size
        doubt = float(np.abs(step).max()) * seen.told_apart(Functionals.of(expected, some))
        if not (residual <= self._decomposition.enough and doubt <= SURE * seen.remainder_l2):
            return None, 1
        self.tracker.needed(view.share, sample.time)
        return (Fit(parameters, residual, 0), local, functionals, residual), 1

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
            return self.views.local(view), None, fit.residual
        local, found = self.views.sums(view, fit.parameters)
        functionals = Functionals.of(fit.parameters, found)
        return local, functionals, Look.of(fit.parameters, functionals.pairings).size

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
        remaining = self.analysis.blowup_time - time
        values = {
            **{name: getattr(found.parameters, name) for name in _NAMES},
            "remainder_l2": found.remainder_l2,
            "remainder_gradient": found.remainder_gradient,
            "remainder_size": found.remainder_l2 + remaining * found.remainder_gradient,
            "localized_mass": found.localized_mass,
        }
        return {**values, **self._of_functionals(found, energy)} if "functionals" in self.analysis.families else values

    def _of_functionals(self, found: Functionals, energy: float) -> Values:
        """What all of its integrals give."""
        expansion = found.energy_expansion()
        frequencies = np.array([bubble.frequency for bubble in self.analysis.bubbles])
        exact = float(np.sum(frequencies**2)) * ground_state(self.domain.dimension).second_moment / 8
        return {
            "morawetz": found.morawetz,
            "localized_remainder": found.localized_remainder,
            "localized_virial": found.localized_virial(),
            "modified_localized_virial": found.modified_localized_virial(),
            "generalized_energy": found.generalized_energy(),
            "energy_defect": energy - exact,
            "energy_expansion": expansion,
            "energy_remainder": energy - float(np.sum(expansion)),
        }
