"""The modulation analysis of a sample: decomposition, localized functionals, local identities.

A fit begins where the free flow takes the last one; the first, and one that fails from there, begins with moments of
the field, or else with the exact bubbles of the configuration. Looking does not touch the trajectory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from parallel_nls.contracts import Equation
from parallel_nls.diagnostics.field_sums import FieldSums, GradientKernel, Passes
from parallel_nls.diagnostics.row_integrals import RowIntegrals, Visit
from parallel_nls.integrators.split_step import Completed
from parallel_nls.modulation.conditions import amplitudes, conditions
from parallel_nls.modulation.decomposition import Decomposition, Fit, with_nearest_phase
from parallel_nls.modulation.functionals import Functionals
from parallel_nls.modulation.local_sums import (
    BILAPLACIAN,
    FLUX_SIZE,
    HESSIAN,
    LOCAL_CURRENT,
    LOCAL_MASS,
    POWER,
    TERMS_SIZE,
)
from parallel_nls.modulation.localization import Localization
from parallel_nls.modulation.moments import parameters_of_moments, phases, weakest
from parallel_nls.modulation.parameters import Parameters
from parallel_nls.profiles.bubbles import Bubble
from parallel_nls.profiles.ground_state import ground_state

Floats = NDArray[np.float64]
Values = dict[str, float | Floats]

FAINT = 1e-6
"""Of the largest part of ∫|v|^{2+4/d}: with less of it than this a bubble is not there."""
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
    """

    bubbles: tuple[Bubble, ...]
    blowup_time: float
    families: tuple[str, ...] = ("modulation", "functionals", "localized")
    cutoff: float = 3.0
    direction: tuple[float, ...] | None = None

    @property
    def fits(self) -> bool:
        """Whether the field is decomposed."""
        return self.families != ("localized",)


class ModulationSampler:
    """Analyses the fields of one run, one after the other.

    Parameters
    ----------
    equation : Equation
        Supplies the domain and the power p.
    passes : Passes
        Over the same domain.
    analysis : Analysis
        What is wanted.

    Attributes
    ----------
    failure : str or None
        Why the last fit failed.
    residual : float
        Its largest orthogonality condition.

    Notes
    -----
    *Communication*: construction is collective, `recall` local; `measure` is collective: a message for each pass, and
    one for each step of the fit.
    """

    def __init__(self, equation: Equation, passes: Passes, analysis: Analysis) -> None:
        self.equation, self.passes, self.analysis = equation, passes, analysis
        self.domain = equation.domain
        centers = np.array([bubble.center for bubble in analysis.bubbles], dtype=np.float64)
        self.localization = Localization.of(centers, analysis.direction)
        wanted = analysis.families
        self._integrals = RowIntegrals(
            self.domain,
            passes,
            self.localization,
            analysis.cutoff,
            equation.power,
            full="functionals" in wanted,
            local="localized" in wanted,
        )
        self._decomposition = Decomposition(self.domain)
        self._last: tuple[float, Parameters, Floats] | None = None
        self.failure: str | None = None
        self.residual = 0.0

    def recall(self, values: Mapping[str, float | Floats]) -> None:
        """Go on from the last sample of a run, as it was measured: its values by name."""
        self._last = None
        if self.analysis.fits and values.get("fit_passes", 0.0) > 0:
            found = Parameters(*(np.asarray(values[name]) for name in _NAMES))
            self._last = float(values["time"]), found, np.asarray(values["fit_drift"])

    def measure(self, rest: Completed, slopes: NDArray[np.complex128], time: float, sums: FieldSums) -> Values:
        """All quantities of the modulation analysis.

        Parameters
        ----------
        rest : Completed
            The field v; kept.
        slopes : ndarray
            What the passes have kept for `Passes.visit_gradient`.
        time : float
            Simulated time.
        sums : FieldSums
            Of v.

        Returns
        -------
        dict
            By name, the same on every rank; of a failed fit only how it failed.

        Notes
        -----
        *Communication*: collective.
        """
        upper = sums.upper_half

        def visit(kernel: GradientKernel, every: int) -> None:
            """Run a kernel over rows beside their gradient."""
            self.passes.visit_gradient(rest, slopes, kernel, every)

        self.failure = None
        if not self.analysis.fits:
            return self._local(self._integrals.local(visit, upper))
        start, last = self._start(time), self._last
        self._last = None
        fit = self._fit(rest, visit, time, start, upper)
        local, functionals, residual = self._last_pass(visit, fit, upper)
        if fit.failure is None and not residual <= self._decomposition.tolerated:
            # The last step was not looked at.
            again = self._decomposition.fit(rest, fit.parameters, self._integrals.every(upper))
            fit = replace(again, passes=fit.passes + 1 + again.passes)
            local, functionals, residual = self._last_pass(visit, fit, upper)
        self.residual = residual
        values = {**self._local(local), "orthogonality": residual, "fit_passes": float(fit.passes + 1)}
        if functionals is None:
            self.failure = fit.failure
            return {**values, "fit_passes": -values["fit_passes"]}
        drift = np.zeros((self.localization.count, 2 * self.domain.dimension + 3))
        if last is not None and time != last[0]:
            drift = fit.parameters.change_from(last[1].free_flow(time - last[0])) / (time - last[0])
        self._last = time, fit.parameters, drift
        values["fit_drift"] = drift
        energy = self.equation.energy(sums.gradient, sums.potential)
        return {**values, **self._of_fit(functionals, time, energy)}

    def _start(self, time: float) -> Parameters | None:
        """Where the free flow has taken the last fit, and what disturbs it; None if it has blown up meanwhile."""
        if self._last is None:
            return None
        then, parameters, drift = self._last
        moved = parameters.free_flow(time - then).changed((time - then) * drift)
        return moved if bool(np.all(moved.scale > 0)) and bool(np.isfinite(moved.phase).all()) else None

    def _fit(self, rest: Completed, visit: Visit, time: float, start: Parameters | None, upper: float) -> Fit:
        """The decomposition from wherever it can be reached."""
        decomposition, spent = self._decomposition, 0
        fit = Fit(self._exact(time), math.nan, 0, "no start was found")
        starts = (lambda: start, lambda: self._from_moments(rest, visit, upper), lambda: self._exact(time))
        for begin in starts:
            parameters = begin()
            if parameters is None:
                continue
            if isinstance(parameters, str):
                return Fit(self._exact(time), math.nan, spent, parameters)
            fit = decomposition.fit(rest, parameters, self._integrals.every(upper))
            spent += fit.passes
            if fit.failure is None:
                near = start if start is not None else self._exact(time)
                return replace(fit, parameters=with_nearest_phase(fit.parameters, near.phase), passes=spent)
        return replace(fit, passes=spent)

    def _from_moments(self, rest: Completed, visit: Visit, upper: float) -> Parameters | str:
        """Where moments of the field say that the bubbles are, or what they say is missing."""
        moments = self._integrals.moments(visit, upper)
        k, share = weakest(moments)
        if not share > FAINT:
            return f"the field has no bubble {k + 1}: there is next to nothing of it near {self._place(k)}"
        found = parameters_of_moments(moments, self.domain.dimension)
        look = self._decomposition.passes.look(rest, found)
        return replace(found, phase=phases(found, look.pairings, amplitudes(found)))

    def _place(self, k: int) -> str:
        center = self.analysis.bubbles[k].center
        return f"x = {center[0]:g}" if len(center) == 1 else "(" + ", ".join(f"{x:g}" for x in center) + ")"

    def _exact(self, time: float) -> Parameters:
        """The parameters of S_k."""
        return Parameters.of_bubbles(self.analysis.bubbles, self.analysis.blowup_time - time)

    def _last_pass(self, visit: Visit, fit: Fit, upper: float) -> tuple[Floats, Functionals | None, float]:
        """Local integrals, functionals, and the largest condition over all points."""
        if fit.failure is not None:
            return self._integrals.local(visit, upper), None, fit.residual
        local, found = self._integrals.both(visit, fit.parameters, upper)
        functionals = Functionals.of(fit.parameters, found)
        return local, functionals, float(np.max(np.abs(conditions(fit.parameters, functionals.pairings))))

    def _local(self, integrals: Floats) -> Values:
        """The local mass and current, and the right-hand side of eq. 3.15."""
        if "localized" not in self.analysis.families:
            return {}
        power = self.equation.power
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
