"""The localized energy J_A of a solution at one moment of a run, and the terms of its derivative (Li, 4.9)."""

from __future__ import annotations

import math

import numpy as np

from parallel_nls.diagnostics.monitor import Values
from parallel_nls.half_wave.inhomogeneity import Inhomogeneity
from parallel_nls.half_wave.localized_energy import Decomposed, Localization, LocalizedEnergy
from parallel_nls.half_wave.modulation import Decomposition, Rates
from parallel_nls.half_wave.profile import BlowUpProfile
from parallel_nls.half_wave.quantities import ENERGY_TERM
from parallel_nls.numerics.arrays import ComplexArray
from parallel_nls.spectral.rational import RationalAxis

POINTS = 512
"""Of the axis of scale A: φ' is smooth, but not analytic."""


class LiveEnergy:
    """Measures J_A along a run.

    Parameters
    ----------
    profile : BlowUpProfile
    k : Inhomogeneity
    cutoff : float
        A.

    Notes
    -----
    *Communication*: all local.
    """

    def __init__(self, profile: BlowUpProfile, k: Inhomogeneity, cutoff: float) -> None:
        self._profile, self._k, self._cutoff = profile, k, cutoff
        self._axis = RationalAxis(POINTS, cutoff)

    def measure(
        self, found: Decomposition, rates: Rates, axis: RationalAxis, coefficients: ComplexArray, frame: float
    ) -> Values:
        """J_A, its derivative, and the terms of that.

        Parameters
        ----------
        found, rates : Decomposition, Rates
            Of the solution.
        axis, coefficients, frame
            The solution, as of `Decomposer`: ε̃ = u − Q̃ also where the axis of the profile is too coarse for it.
        """
        known = found.parameters
        parts = Decomposed.of(self._profile, found, rates, self._axis)
        factor = known.scale / frame
        values = axis.evaluate(coefficients, factor * self._axis.x)
        epsilon = math.sqrt(factor) * self._axis.coefficients(values) - parts.Q
        energy = LocalizedEnergy(parts.axis, self._k)
        at = Localization(known.scale, known.b, self._cutoff)
        terms = energy.derivative(parts.Q, epsilon, at, parts.motion)
        table = np.array([terms[name] for name in ENERGY_TERM.labels])
        return {
            "generalized_energy": energy.value(parts.Q, epsilon, at),
            "generalized_energy_rate": math.fsum(table),
            "generalized_energy_terms": table,
        }

    def nothing(self) -> Values:
        """NaN, where the solution is not near the profile."""
        return {
            "generalized_energy": math.nan,
            "generalized_energy_rate": math.nan,
            "generalized_energy_terms": np.full(len(ENERGY_TERM.labels), math.nan),
        }
