"""How many digits of a series refinements confirm, and the value to that many."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.digits import MOST_DIGITS, confirmed_digits, in_digits, rounded_up
from parallel_nls.results.zeros import SLOWEST, within_rounding

__all__ = ["Agreement", "agree"]

_LAST = 3  # rows, of which the largest change counts: one may pass through 0 at the end


@dataclass(frozen=True)
class Agreement:
    """What refinements say of one quantity.

    Attributes
    ----------
    name : str
        With its component.
    time : float
        Of the row that is told: the last that all runs have, and where the quantity has a value.
    values : dict
        By run, at that row.
    digits : int
        Confirmed there; ``text`` has the value to that many.
    changes : dict
        By refinement: how much it changes the value, relative to it, at most in the last three rows; infinite of 0.
    worst_changes : dict
        By refinement: the largest change in all common rows, relative to the largest value in them.
    worst_digits : int
        Confirmed in all rows, in units of the largest value.
    largest : float
        The largest modulus in any run.
    size : float
        Of what is solved for, as sup|u|.
    """

    name: str
    time: float
    values: Mapping[str, float]
    digits: int
    changes: Mapping[str, float]
    worst_changes: Mapping[str, float]
    worst_digits: int
    largest: float
    size: float = 1.0

    @property
    def text(self) -> str:
        """The value of the base in the digits that are confirmed; without any, a bound for all values."""
        value = next(iter(self.values.values()))
        return in_digits(value, self.digits) if self.digits else f"|·| ≤ {rounded_up(self.largest)}"

    @property
    def is_zero(self) -> bool:
        """Whether it is 0 as far as the runs tell: in all of them, or within the error, and small beside the field.

        What the runs agree on, if only in its size, is not 0, however small; nor is a remainder as small as all of it.
        """
        unsettled = not self.digits and SLOWEST * sum(self.changes.values()) >= 1
        return self.largest == 0 or (unsettled and within_rounding(self.largest, self.size))

    @property
    def limited_by(self) -> str:
        """The refinement that changes it most at the end; "rounding" if all digits are confirmed."""
        return _largest(self.changes, self.digits)

    @property
    def worst_limited_by(self) -> str:
        """The same over all rows."""
        return _largest(self.worst_changes, self.worst_digits)

    def document(self) -> dict[str, Any]:
        """As JSON has it; a change of 0 is null."""
        changes, worst = (
            {name: value if math.isfinite(value) else None for name, value in found.items()}
            for found in (self.changes, self.worst_changes)
        )
        return {
            "time": self.time,
            "value": self.text,
            "digits": self.digits,
            "limited_by": self.limited_by,
            "changes": changes,
            "worst_digits": self.worst_digits,
            "worst_limited_by": self.worst_limited_by,
            "worst_changes": worst,
            "zero": self.is_zero,
            "largest": self.largest,
            "values": dict(self.values),
        }


def agree(name: str, times: RealArray, runs: Mapping[str, RealArray], size: float = 1.0) -> Agreement | None:
    """Compare one series of a run with the same of its refinements.

    Parameters
    ----------
    name : str
        Of the quantity.
    times : ndarray, (rows,)
        Those that all runs have.
    runs : mapping
        Values (rows,) by run; the first run is the base. Rows where no run has a finite value do not count; where
        only some have one, nothing agrees.
    size : float
        Of what is solved for.

    Returns
    -------
    Agreement or None
        None without any value.

    Notes
    -----
    *Communication*: local.
    """
    base, *names = runs
    known = {run: np.isfinite(values) for run, values in runs.items()}
    everywhere = np.logical_and.reduce(list(known.values()))
    somewhere = np.logical_or.reduce(list(known.values()))
    if not everywhere.any():
        return None
    changes = {run: np.abs(runs[run] - runs[base])[everywhere] for run in names}
    rows = np.flatnonzero(everywhere)
    value, last = float(runs[base][rows[-1]]), {run: float(change[-_LAST:].max()) for run, change in changes.items()}
    scale = float(np.abs(runs[base][everywhere]).max())
    worst = {
        run: 1.0 if (known[run] != known[base]).any() else _ratio(float(change.max()), scale)
        for run, change in changes.items()
    }
    lost = bool((somewhere != everywhere)[rows[-1] :].any())
    return Agreement(
        name=name,
        time=float(times[rows[-1]]),
        values={run: float(values[rows[-1]]) for run, values in runs.items()},
        digits=0 if lost else confirmed_digits(value, SLOWEST * sum(last.values())),
        changes={run: _ratio(change, abs(value)) for run, change in last.items()},
        worst_changes=worst,
        worst_digits=_digits_of(SLOWEST * sum(worst.values())),
        largest=max(float(np.abs(values[everywhere]).max()) for values in runs.values()),
        size=size,
    )


def _ratio(change: float, size: float) -> float:
    return change / size if size > 0 else (math.inf if change > 0 else 0.0)


def _digits_of(error: float) -> int:
    """Decimals of 1 that an error leaves."""
    return MOST_DIGITS if error == 0 else max(0, min(MOST_DIGITS, math.floor(-math.log10(error)))) if error < 1 else 0


def _largest(changes: Mapping[str, float], digits: int) -> str:
    return "rounding" if digits == MOST_DIGITS else max(changes, key=lambda name: changes[name])
