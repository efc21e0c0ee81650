"""When a solution collapses, by the last rows of its series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.config.sections.equation_base import CollapseLaw
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.files import Column

__all__ = ["Collapse", "collapse_of", "collapse_power", "estimate_collapse"]

FIT_FRACTION = 0.2  # of the rows, the last ones, through which the straight line of the collapse goes at most
NEAR = 0.5  # of the last height, from which on rows are near enough to the collapse
LEAST_GROWTH = 2.0  # of the height, below which no time of collapse is estimated


def estimate_collapse(times: RealArray, peaks: RealArray, power: float) -> tuple[float, RealArray, int] | None:
    """Where 1/peak^p vanishes on a straight line through its last rows, as if λ² ∝ T − t: for u = λ^{-2/p}v(x/λ).

    Parameters
    ----------
    times, peaks : ndarray, (rows,)
        t, and sup|u| or another height.
    power : float
        p of the equation, or of that height.

    Returns
    -------
    tuple or None
        The time, after the last row, the coefficients of the line about the last row, and through how many rows it
        goes; None if the height did not at least double, or does not grow.

    Notes
    -----
    *Communication*: local.
    """
    good = np.isfinite(peaks) & (peaks > 0)
    times, peaks = times[good], peaks[good]
    if len(times) < 3 or peaks[-1] < LEAST_GROWTH * peaks[0]:
        return None
    lower = np.flatnonzero(peaks < NEAR * peaks[-1])
    near = len(peaks) - 1 - int(lower[-1]) if len(lower) else len(peaks)
    first = max(2, min(max(3, round(FIT_FRACTION * len(times))), near))
    # Close to the collapse only the very last rows are on a line.
    for last in (max(2, first >> halvings) for halvings in range(first.bit_length())):
        line = np.polyfit(times[-last:] - times[-1], peaks[-last:] ** -power, 1)
        left = -line[1] / line[0] if line[0] else 0.0
        if left * (times[-1] - times[0]) > 0:
            return float(times[-1] + left), line, last
    return None


def collapse_power(law: CollapseLaw, columns: Mapping[str, Column]) -> float:
    """By which power the height falls to 0 on a line at the last row.

    A mass above critical by δM takes over from the energy at the scale δM/(2E), or from the start if E ≤ 0.

    Notes
    -----
    *Communication*: local.
    """
    if law.heavy is None or not {"excess_mass", "energy", "mass", law.column} <= columns.keys():
        return law.power
    excess, energy, mass, height = (float(columns[n].values[-1]) for n in ("excess_mass", "energy", "mass", law.column))
    return law.heavy if excess * height > 2 * energy * mass else law.power


@dataclass(frozen=True)
class Collapse:
    """Of one run: the estimated time, and at the last row the time and the height."""

    time: float
    last: float
    height: float


def collapse_of(config: Configuration, columns: Mapping[str, Column]) -> Collapse | None:
    """When a run collapses, by its series; None if nothing of it does, or its equation has no law of collapse.

    Notes
    -----
    *Communication*: local.
    """
    law = config.equation.collapse_law
    if law is None or law.column not in columns:
        return None
    times, heights = columns["time"].values, columns[law.column].values
    found = estimate_collapse(times, heights, collapse_power(law, columns))
    return None if found is None else Collapse(found[0], float(times[-1]), float(heights[-1]))
