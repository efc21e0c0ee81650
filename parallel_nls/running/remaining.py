"""How long a run will still take: by steps that are all alike, or by ∫dt/λ², along which a tolerance steps."""

from __future__ import annotations

from dataclasses import dataclass, field

_MARKS = 200  # of a whole run, at which λ is noted


@dataclass
class Remaining:
    """Learns from the steps of a run; the first one counts as preparation, in which functions are compiled.

    Attributes
    ----------
    total : float
        Frames of the whole run.

    Notes
    -----
    The work of a frame goes as 1/λ², with λ the scale of the highest peak; λ is taken to go on as it went since the
    run was half as far, linearly: so it goes for pseudo-conformal bubbles. *Communication*: local.
    """

    total: float
    _begin: tuple[float, float] | None = None  # clock and frames after the first step
    _work: float = 0.0
    _last: float = 0.0
    _marks: list[tuple[float, float]] = field(default_factory=list)

    def note(self, clock: float, frames: float, scale: float) -> None:
        """A step has ended.

        Parameters
        ----------
        clock : float
            Seconds.
        frames : float
            Done, of the total.
        scale : float
            λ there; 1 where steps are all alike.
        """
        if self._begin is None:
            self._begin = clock, frames
        elif scale > 0:
            self._work += (frames - self._last) / scale**2
        self._last = frames
        if not self._marks or frames - self._marks[-1][0] >= self.total / _MARKS:
            self._marks.append((frames, scale))

    def seconds(self, clock: float, frames: float, scale: float) -> tuple[float, bool] | None:
        """Seconds left, and whether that is a bound from below only: λ would vanish before the stop; None: not known.

        Parameters
        ----------
        clock, frames, scale
            As of `note`, now.
        """
        if self._begin is None or self._work <= 0 or scale <= 0:
            return None
        # Of equal halves of the way the second one tells more of what comes.
        earlier = next(mark for mark in reversed(self._marks) if mark[0] <= frames / 2 or mark is self._marks[0])
        ahead = self.total - frames
        slope = (scale - earlier[1]) / (frames - earlier[0]) if frames > earlier[0] else 0.0
        final = scale + slope * ahead
        # ∫ of 1/λ² for a linear λ.
        left = ahead / (scale * (final if final > 0 else scale))
        return (clock - self._begin[0]) * left / self._work, final <= 0
