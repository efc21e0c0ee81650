"""Where the bubbles of a stored field are, and what is known of them: by the user, by its run, or by its peaks."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from parallel_nls.config import BubbleParameters, Configuration
from parallel_nls.decompose.peaks import FAINT, Peaks, find_peaks
from parallel_nls.decompose.request import Request, Vector, place
from parallel_nls.errors import UserError
from parallel_nls.results.fields import StoredField
from parallel_nls.schedules import shown_time

FLAT = 100.0
"""λ²/γ of a bubble of which no chirp is known, in λ²: nearly none."""


@dataclass(frozen=True)
class KnownBubbles:
    """Where bubbles are expected.

    Attributes
    ----------
    bubbles : tuple of BubbleParameters
        At least one; their frequencies and phases are chosen if they are not of the run.
    origin : str
        Where they come from, in words.
    of_run : bool
        Whether they are those of the run, so that ω is known.
    blowup_time : float or None
        T, None where it is not known.
    assumed_time : float
        T, or another that suits bubbles of these scales.
    """

    bubbles: tuple[BubbleParameters, ...]
    origin: str
    of_run: bool
    blowup_time: float | None
    assumed_time: float


def find_bubbles(request: Request, run: Configuration | None, stored: StoredField) -> KnownBubbles:
    """What is known of the bubbles of a field.

    Parameters
    ----------
    request : Request
        What the user knows.
    run : Configuration or None
        Of the run that the field is of.
    stored : StoredField
        The field, of which |u|² is read where the rest does not say enough.

    Returns
    -------
    KnownBubbles
        In the order in which they were given; peaks from the highest on.

    Raises
    ------
    UserError
        Naming the option and the remedy.

    Notes
    -----
    *Communication*: local.
    """
    time = _blowup_time(request, run, stored)
    if request.count is None and not request.centers:
        return _of_run(run, stored, time)
    peaks = find_peaks(stored)
    if request.centers:
        origin, centers, numbers = "at the centers given", request.centers, peaks.nearest_to(request.centers)
    else:
        origin, numbers = "at the highest peaks of |u|", _separate(peaks, request.count or 0)
        centers = tuple(tuple(map(float, peaks.places[k])) for k in numbers)
    assumed = time if time is not None else stored.time + FLAT * float(max(peaks.scales[numbers]) ** 2)
    remaining = assumed - stored.time
    bubbles = (_guess(stored, peaks, k, center, remaining) for k, center in zip(numbers, centers, strict=True))
    return KnownBubbles(tuple(bubbles), origin, False, time, assumed)


def _blowup_time(request: Request, run: Configuration | None, stored: StoredField) -> float | None:
    """T as it was given, else that of the run, else None."""
    given = request.blowup_time
    if given is not None:
        if not given > stored.time:
            raise UserError(
                f"--blowup-time {shown_time(given, 12)}: not after the time {shown_time(stored.time, 12)} "
                "of the field; give a later one, or leave it out"
            )
        return given
    reference = None if run is None else run.modulated
    return None if reference is None or reference.blowup_time == inf else reference.blowup_time


def _of_run(run: Configuration | None, stored: StoredField, time: float | None) -> KnownBubbles:
    """Those of the configuration; without T their scales say how long they have."""
    bubbles, assumed = _bubbles_of_run(run, stored), time
    if assumed is None:
        peaks = find_peaks(stored)
        scales = peaks.scales[peaks.nearest_to([bubble.center for bubble in bubbles])].tolist()
        assumed = stored.time + min(scale / bubble.frequency for scale, bubble in zip(scales, bubbles, strict=True))
    return KnownBubbles(bubbles, "of the run's configuration", True, time, assumed)


def _bubbles_of_run(run: Configuration | None, stored: StoredField) -> tuple[BubbleParameters, ...]:
    remedy = "give --bubbles K for the K highest peaks, or --center for each bubble"
    if run is None:
        raise UserError(f"{stored.path} lies in no run directory that says where its bubbles are; {remedy}")
    if run.modulated is None:
        raise UserError(f"the configuration of the run of {stored.path} names no bubbles; {remedy}")
    return run.modulated.bubbles


def _separate(peaks: Peaks, count: int) -> list[int]:
    """The highest peaks, as many as are wanted."""
    found = peaks.separate(count)
    if len(found) == count:
        return found
    listed = ", ".join(f"{peaks.heights[k]:.4g} at {place(peaks.places[k])}" for k in found[:8])
    number = "only 1 separate peak" if len(found) == 1 else f"only {len(found)} separate peaks"
    raise UserError(
        f"--bubbles {count}: {number} of |u| above {FAINT:g} of the highest found ({listed}); "
        f"give --bubbles {len(found)}, or --center for each bubble"
    )


def _guess(stored: StoredField, peaks: Peaks, number: int, center: Vector, remaining: float) -> BubbleParameters:
    """A bubble as high as a peak, and of its phase, a time before it blows up."""
    frequency = float(peaks.scales[number]) / remaining
    value = complex(stored.values(*(slice(i, i + 1) for i in map(int, peaks.indices[number]))).item())
    phase = float(np.angle(value)) - 1 / (frequency**2 * remaining)
    return BubbleParameters(center=center, frequency=frequency, phase=phase)
