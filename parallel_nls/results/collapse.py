"""When a solution collapses, by the last rows of its series, how far they tell, and which solutions never do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from parallel_nls.config import Configuration
from parallel_nls.config.sections.equation_base import CollapseLaw
from parallel_nls.half_wave.refined_law import LACK
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.profiles.ground_state import ground_state
from parallel_nls.results.files import Column
from parallel_nls.schedules import shown_time

__all__ = ["Collapse", "collapse_of", "collapse_power", "estimate_collapse", "why_none"]

FIT_FRACTION = 0.2  # of the rows, the last ones, through which the straight line of the collapse goes at most
NEAR = 0.5  # of the last height, from which on rows are near enough to the collapse
LEAST_GROWTH = 2.0  # of the height, below which no time of collapse is estimated
EARLIER = (4.0, 5.5, 8.0)  # times as far from the collapse as the last row, by 1/height^p: where earlier lines end
SPARE = 1.5  # times by how much the time changes with earlier lines, which its ± is
UNSEEN = 2.0  # times what lies between the last row and that time, which its ± is at least where the law was not seen
LEAST_FALL = 0.15  # of the time that goes by, by which what lies between must fall
EARLIER_GROWTH = 2.0  # of height^p, below which an earlier line is about the start alone, and tells nothing
FEWEST = 3  # rows for a line
_GLOBAL = "the solution is global"
_ROUNDING = 1e-9  # of a mass, within which it is the critical one


def estimate_collapse(
    times: RealArray, peaks: RealArray, power: float, growth: float = LEAST_GROWTH
) -> tuple[float, RealArray, int] | None:
    """Where 1/peak^p vanishes on a straight line through its last rows, as if λ² ∝ T − t: for u = λ^{-2/p}v(x/λ).

    Parameters
    ----------
    times, peaks : ndarray, (rows,)
        t, and sup|u| or another height.
    power : float
        p of the equation, or of that height.
    growth : float
        By which factor the height must have grown at least.

    Returns
    -------
    tuple or None
        The time, after the last row, the coefficients of the line about the last row, and through how many rows it
        goes; None if the height did not grow so far, or does not grow.

    Notes
    -----
    *Communication*: local.
    """
    good = np.isfinite(peaks) & (peaks > 0)
    times, peaks = times[good], peaks[good]
    if len(times) < FEWEST or peaks[-1] < growth * peaks[0]:
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
    """Of one run: when it collapses, how far its rows tell that, and how near they are.

    Attributes
    ----------
    time : float
        Where the line through the last rows has its zero.
    doubt : float
        How far the line tells: `SPARE` times by how much the time changes with the rows that are left out for
        `EARLIER` lines; where rows do not reach so far back, at least `UNSEEN` times what lies between the last row and
        that time.
    last, height : float
        Time and height of the last row.
    growth : float
        Of the height, over the run.
    is_near : bool
        Whether the rows reach as far back as the earlier lines want, so that the law was seen, and not only a growth.
    """

    time: float
    doubt: float
    last: float
    height: float
    growth: float
    is_near: bool


def collapse_of(config: Configuration, columns: Mapping[str, Column]) -> Collapse | None:
    """When a run collapses, by its series; None if nothing of it does: `why_none`.

    Notes
    -----
    *Communication*: local.
    """
    law = config.equation.collapse_law
    if law is None or law.column not in columns or _why_never(config, columns):
        return None
    times, heights = columns["time"].values, columns[law.column].values
    power = collapse_power(law, columns)
    found = estimate_collapse(times, heights, power)
    if found is None:
        return None
    good = np.isfinite(heights) & (heights > 0)
    earlier = _earlier_lines(times[good], heights[good], power)
    if _recedes(found[0], float(times[good][-1]), earlier):
        return None
    is_near = len(earlier) == len(EARLIER)
    doubt = _doubt(found[0], float(times[good][-1]), earlier, is_near)
    growth = float(heights[good][-1] / heights[good][0])
    return Collapse(found[0], doubt, float(times[-1]), float(heights[-1]), growth, is_near)


def _earlier_lines(times: RealArray, heights: RealArray, power: float) -> list[tuple[float, float]]:
    """Of lines that end earlier, as far as rows reach back, the last time and the zero."""
    distances = heights**-power
    growth, found = EARLIER_GROWTH ** (1 / power), []
    for factor in EARLIER:
        end = int(np.argmax(distances < factor * distances[-1]))  # the row before which all are farther
        line = estimate_collapse(times[:end], heights[:end], power, growth)
        if line is not None:
            found.append((float(times[end - 1]), line[0]))
    return found


def _doubt(time: float, last: float, earlier: Sequence[tuple[float, float]], is_near: bool) -> float:
    """By how much lines that end earlier miss the time, and `SPARE` of it.

    A line that ends where 1/height^p is four times as large misses the collapse by four times as much, if what the law
    leaves out falls like T − t, and twice as much, if it falls like its root: so the change is no less than the error.
    Other lines stand in where the errors of one and of the last happen to be the same. Where the height is
    (T − t)^(−2/p), as of a pseudo-conformal wave, the line meets 0 halfway to the collapse: where it was not seen that
    the law holds, so much is open at the least.
    """
    changes = [SPARE * abs(time - zero) for _, zero in earlier]
    return max([*changes, 0.0 if is_near else UNSEEN * abs(time - last)])


def _recedes(time: float, last: float, earlier: Sequence[tuple[float, float]]) -> bool:
    """Whether the zero of the lines recedes almost as time goes on, as of a height that grows like an exponential.

    Of 1/height^p like (T − t)^a the time that lines leave falls by a part 1/a of the time that goes by.
    """
    left = abs(time - last)
    fallen = [(abs(zero - end) - left) / abs(last - end) for end, zero in earlier]
    return bool(fallen) and max(fallen) < LEAST_FALL


def why_none(config: Configuration, columns: Mapping[str, Column]) -> str:
    """Why no time of collapse is told of a run, as what follows its name; "" if there is one.

    That it does not collapse is said where theory forbids it: a run that ended early does not tell.

    Notes
    -----
    *Communication*: local.
    """
    never = _why_never(config, columns)
    if never.endswith(_GLOBAL):
        return f"does not collapse: {never}"
    if not never and collapse_of(config, columns) is not None:
        return ""
    return f"tells no time of collapse: {never or _what_lacks(config, columns)}"


def _what_lacks(config: Configuration, columns: Mapping[str, Column]) -> str:
    """What a run that may collapse lacks to tell when."""
    equation = config.equation
    law = equation.collapse_law
    if law is None:
        if equation.is_remainder:
            return f"it solves for {equation.unknown_text}, and no law is known by which peaks of it would collapse"
        return f"no law is known by which peaks of its equation, {equation.name}, would collapse"
    if law.column not in columns:
        return f"its series has no {law.column}; add the family that measures it to diagnostics.families"
    good = np.isfinite(columns[law.column].values) & (columns[law.column].values > 0)
    times, heights = columns["time"].values[good], columns[law.column].values[good]
    if len(times) < FEWEST:
        return f"it has {len(times)} rows with a {law.column}, and a line through them takes {FEWEST}"
    course = f"{law.column} went from {heights[0]:.4g} to {heights[-1]:.4g}"
    end = f"its last row, at {equation.time_symbol} = {shown_time(times[-1])}"
    if heights[-1] >= LEAST_GROWTH * heights[0] and estimate_collapse(times, heights, collapse_power(law, columns)):
        return f"{course} about as an exponential grows: until {end}, its rows foretell an ever later time"
    if heights[-1] >= LEAST_GROWTH * heights[0]:
        return f"{course}, but no longer grows at {end}"
    return f"{course} until {end}, where it has not doubled; whether it collapses later a longer run would tell"


def _why_never(config: Configuration, columns: Mapping[str, Column]) -> str:
    """Why the exact solution needs no estimate; "" if theory does not tell.

    Below the mass of the ground state ‖∇u‖ is bounded by the energy (Weinstein, Commun. Math. Phys. 87 (1983), 567–576;
    a trap only adds to it), and ‖D^{1/2}u‖ of half waves with k ≤ 1.
    """
    equation, initial, power = config.equation, config.initial, config.equation.focusing_power
    if equation.collapse_law is None:
        below = power is not None and not equation.is_remainder
        return f"where the power is below 4/d, {power:g} < {equation.critical_power:g}, {_GLOBAL}" if below else ""
    exact = initial.is_exact and equation.is_critical and not initial.noise and initial.normalise is None
    if exact and initial.blowup_time is not None:
        return f"its exact waves blow up where initial.blowup_time says, at {shown_time(initial.blowup_time)}"
    if "mass" not in columns or not len(columns["mass"].values):
        return ""
    mass, critical, doubt = float(columns["mass"].values[0]), math.nan, _ROUNDING
    if "excess_mass" in columns:
        critical, doubt = mass - float(columns["excess_mass"].values[0]), LACK
    elif equation.focusing_power == equation.critical_power:
        critical = ground_state(equation.dimension).mass
    if not mass < (1 - doubt) * critical:
        return ""
    return f"its mass, {mass:.7g}, is below that of the ground state, {critical:.7g}, and so {_GLOBAL}"
