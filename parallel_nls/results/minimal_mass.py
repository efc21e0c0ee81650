"""How near a run of half waves is to the law of minimal-mass blow-up, by its series.

With τ = T − t, A₀² = e₁/E and the constants of the refined law,

    λ ≈ τ²/(4A₀²)·(1 − κτ² + O(τ⁴)),    κ = c₄/(6A₀⁴) + c_λ/6,    ‖D^{1/2}u‖·τ → 2A₀‖Q‖.

T, A₀ and κ are fitted to √λ = aτ(1 + cτ² + dτ⁴), which knows nothing of the law: then a = 1/(2A₀) and c = −κ/2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from parallel_nls.errors import UserError
from parallel_nls.half_wave.refined_law import RefinedLaw
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.decay_fit import parts_of_rows
from parallel_nls.results.reader import Run

__all__ = ["MinimalMassRate", "fit_rate", "fit_with_doubts", "law_of", "minimal_mass_rate"]

_LEAST_ROWS = 12
_LEAST_FALL = 4.0  # of λ, below which no rate is fitted
_STEPS = 40
_SETTLED = 1e-14
_TERMS = 3  # of the law that are fitted, aτ, τ³ and τ⁵


@dataclass(frozen=True)
class MinimalMassRate:
    """The rate of one run beside its law.

    Attributes
    ----------
    rows : int
        From which it was fitted.
    first, last : float
        λ of the first and the last of them.
    blow_up_time, blow_up_time_by_law : float
        T of the fit; by the refined law from the last row.
    rate, rate_by_law : float
        1/(2A₀): a, and ½√(E/e₁).
    correction, correction_by_law : float
        κ.
    speed, speed_by_law : float
        ‖D^{1/2}u‖·τ at the last row, with the T of the fit, and 2A₀‖Q‖. The T of the law would follow from λ at that
        row, and make this 2A₀‖Q‖ wherever the row is.
    speed_doubt : float
        What the doubt of T makes of it.
    blow_up_time_doubt, rate_doubt, correction_doubt : float
        How far two fits of four are apart at most, of all rows, without the first third, without the last, and without
        a sixth at both ends; and, beside that, by how much the next term, τ⁶, changes the fit. Rows that all lack this
        term in the same way are off together, so that their differences alone are less than the error.
    """

    rows: int
    first: float
    last: float
    blow_up_time: float
    blow_up_time_by_law: float
    blow_up_time_doubt: float
    rate: float
    rate_by_law: float
    rate_doubt: float
    correction: float
    correction_by_law: float
    correction_doubt: float
    speed: float
    speed_by_law: float
    speed_doubt: float


def law_of(run: Run) -> RefinedLaw | None:
    """The refined law of a run; None if it is of something else, or has not ended. *Communication*: local."""
    numbers: dict[str, Any] | None = run.summary.get("law") if run.finished else None
    return None if numbers is None else RefinedLaw.of_numbers(numbers)


def minimal_mass_rate(run: Run) -> MinimalMassRate:
    """Fit the rate to the rows of a run.

    Raises
    ------
    UserError
        If the run is of another equation, has not ended, or does not come near blow-up.

    Notes
    -----
    *Communication*: local.
    """
    law, columns = law_of(run), run.columns
    if law is None or "scale" not in columns:
        raise UserError(
            f'{run.paths.root}: no run of half waves that has ended, with the family "half-wave" and a k(x) with a law'
        )
    scale, energy = columns["scale"].values, float(columns["energy"].values[-1])
    near = np.isfinite(scale)
    good = near & (columns["b"].values > 0)
    times, scale = columns["time"].values[good], scale[good]
    ends = columns["law_time"].values[good]
    if not len(scale):
        told = "b is positive in no row, and λ does not fall" if near.any() else "no row is near the blow-up profile"
        raise UserError(f"{run.paths.root}: {told}; there is no rate")
    if not energy > 0:
        raise UserError(f"{run.paths.root}: the energy is {energy:.4g}; the law of the rate takes a positive one")
    excess = float(columns["excess_mass"].values[good][-1]) if "excess_mass" in columns else 0.0
    turn = abs(excess) / (2 * energy)
    if law.turns(float(scale[-1]), energy, excess):
        raise UserError(
            f"{run.paths.root}: the mass is below critical by {-excess:.4g}, and the solution turns at "
            f"λ = {turn:.4g}; there is no rate"
        )
    if excess > 0 and turn > scale[-1]:
        raise UserError(
            f"{run.paths.root}: the mass is above critical by {excess:.4g}, which leads below λ = {turn:.4g}: "
            "not the rate of minimal mass"
        )
    if len(scale) < _LEAST_ROWS or scale[-1] * _LEAST_FALL > scale[0]:
        raise UserError(
            f"{run.paths.root}: λ falls from {scale[0]:.4g} to {scale[-1]:.4g} in {len(scale)} rows near the profile; "
            f"a rate takes {_LEAST_ROWS} rows and a fall by {_LEAST_FALL:g}"
        )
    if not math.isfinite(ends[-1]):
        raise UserError(f"{run.paths.root}: the refined law tells no time of blow-up at the last row; there is no rate")
    whole, doubt = fit_with_doubts(times, scale, float(ends[-1]))
    size, a2 = math.sqrt(columns["half_derivative"].values[good][-1]), law.e1 / energy
    return MinimalMassRate(
        len(scale), float(scale[0]), float(scale[-1]),
        whole[0], float(ends[-1]), doubt[0],
        whole[1], 0.5 / math.sqrt(a2), doubt[1],
        -2 * whole[2], (law.c4 / a2**2 + law.c_scale) / 6, 2 * doubt[2],
        size * (whole[0] - float(times[-1])), law.speed(energy), size * doubt[0],
    )  # fmt: skip


def fit_with_doubts(
    times: RealArray, scale: RealArray, end: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """As `fit_rate`, and what each of T, a and c may be wrong by: see `MinimalMassRate`; local."""
    fits = [fit_rate(times[part], scale[part], end) for part in parts_of_rows(len(scale))]
    whole, further = fits[0], fit_rate(times, scale, end, _TERMS + 1)
    time, rate, correction = (np.ptp(fits, axis=0) + np.abs(np.subtract(further, whole))).tolist()
    return whole, (time, rate, correction)


def fit_rate(times: RealArray, scale: RealArray, end: float, terms: int = _TERMS) -> tuple[float, float, float]:
    """T, a and c of √λ = aτ(1 + cτ² + dτ⁴), by least squares; from T = ``end`` by Gauss and Newton; local.

    With another number of ``terms`` of odd powers of τ than three, the same of these.
    """
    roots, orders = np.sqrt(scale), np.arange(terms)[:, None]
    unit = float(np.max(np.abs(end - times)))
    for _ in range(_STEPS):
        tau = (end - times) / unit
        powers = tau ** (2 * orders + 1)
        found, *_ = np.linalg.lstsq(powers.T, roots, rcond=None)
        # The derivative by T, beside those by a, ac, ad, …
        slope = found @ ((2 * orders + 1) * tau ** (2 * orders)) / unit
        change, *_ = np.linalg.lstsq(np.vstack([powers, slope]).T, roots - found @ powers, rcond=None)
        end += float(change[-1])
        if abs(change[-1]) <= _SETTLED * abs(end):
            break
    return end, float(found[0]) / unit, float(found[1] / found[0]) / unit**2
