"""One look at a run as lines of text: how it stands, its series as small curves, what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from parallel_nls.catalogue import EVERYWHERE, OF_NUMERICS
from parallel_nls.numerics.arrays import RealArray
from parallel_nls.results.drifts import drifts_of
from parallel_nls.results.run_log import notices
from parallel_nls.running.plain_output import printable
from parallel_nls.running.progress import duration
from parallel_nls.schedules import shown_time
from parallel_nls.watching.braille import curve
from parallel_nls.watching.observation import Observation

__all__ = ["Line", "Shown", "chosen", "draw"]

_DERIVED = {quantity.name for quantity in EVERYWHERE if quantity.derivation is not None}
_NOTICES = 3  # the newest ones
_HEIGHT = 2  # characters of a curve
_NARROW = 20  # characters that a curve has at least
_NAMES, _VALUES = 24, 13
_OF_ERRORS = 2  # digits: what is wrong by so much is told no better, and may be rounding
_BAR = 30
_FULL, _EMPTY = "█", "░"


@dataclass(frozen=True)
class Line:
    """A line, and its role: "title", "state", "notice" or ""."""

    text: str
    role: str = ""


@dataclass(frozen=True)
class Shown:
    """A number over time that is drawn: its name, its values (rows,), and in how many digits the last one is told."""

    name: str
    values: RealArray
    digits: int = 6

    def last(self, value: float) -> str:
        """One of its values as text. *Communication*: local."""
        return f"{value:.{self.digits}g}"


def chosen(look: Observation, quantities: Sequence[str] | None) -> list[Shown]:
    """What is drawn of the series.

    Parameters
    ----------
    look : Observation
        With rows.
    quantities : sequence of str or None
        Names of datasets; by default max|u|, how far what is conserved has drifted, and what else says whether the run
        can be trusted.

    Returns
    -------
    list of Shown
        Of vectors the largest modulus.

    Notes
    -----
    *Communication*: local.
    """
    columns = look.columns
    if quantities is not None:
        return [Shown(name, _one_number(columns[name].values)) for name in quantities if name in columns]
    found = [Shown("sup_norm", columns["sup_norm"].values)] if "sup_norm" in columns else []
    drifts = drifts_of(columns, look.scales).items()
    found += [Shown(f"drift of {name}", drift.sizes, _OF_ERRORS) for name, drift in drifts]
    trusted = (name for name in columns if name in OF_NUMERICS and name not in ("step", "sup_position"))
    found += [Shown(name, np.abs(_one_number(columns[name].values))) for name in trusted]
    return [one for one in found if np.isfinite(one.values).any()]


def _one_number(values: RealArray) -> RealArray:
    """A series as it is, or the largest modulus of its components."""
    if values.ndim == 1:
        return values.astype(np.float64)
    largest: RealArray = np.abs(values.reshape(len(values), -1)).max(axis=1)
    return largest


def draw(look: Observation, quantities: Sequence[str] | None, now: datetime, size: tuple[int, int]) -> list[Line]:
    """Draw a look at a run.

    Parameters
    ----------
    look : Observation
        What is drawn.
    quantities : sequence of str or None
        As of `chosen`.
    now : datetime
        Local time.
    size : tuple of int
        Columns and lines that there is room for; what does not fit is left out, the first quantities stay.

    Returns
    -------
    list of Line
        No line longer than there are columns.

    Notes
    -----
    *Communication*: local.
    """
    width, height = size
    head = [Line(look.config.title or look.paths.root.resolve().name, "title"), Line(look.state.text, "state")]
    head += [Line(text) for text in _course(look, now)]
    tail = [Line(f"{line.clock:%H:%M:%S}  {line.text}", "notice") for line in notices(look.lines)[-_NOTICES:]]
    if look.stale:
        written = "the series is being written: shown are the rows read before"
        tail.append(Line(written if look.state.may_go_on else look.stale, "notice"))
    if look.state.remedy:
        tail.append(Line(f"go on with: {look.state.remedy}", "state"))
    room = (height - len(head) - len(tail)) // _HEIGHT
    body = _curves(look, quantities, width)[: max(room, 1) * _HEIGHT] if look.rows else [Line("no row yet")]
    return [Line(_cut(line.text, width), line.role) for line in (*head, *body, *tail)]


def _cut(text: str, width: int) -> str:
    flat = printable(text).replace("\n", " ").replace("\t", " ")
    return flat if len(flat) <= width else flat[: max(width - 1, 0)] + "…"


def _course(look: Observation, now: datetime) -> list[str]:
    """How far the run is, and what is safe."""
    config, lines = look.config, []
    symbol, share = config.equation.time_symbol, look.share
    if share is not None:
        full = round(min(max(share, 0.0), 1.0) * _BAR)
        left = look.seconds_left(now)
        told = "" if left is None else f"  left {'more than ' if left[1] else ''}{duration(left[0])}"
        lines.append(f"{_FULL * full}{_EMPTY * (_BAR - full)} {share:.1%}{told}")
    if look.rows:
        time = float(look.columns["time"].values[-1])
        total = f" of {config.frames.count}" if not config.adaptive else ""
        lines.append(
            f"{symbol} = {shown_time(time, 8)} of {shown_time(config.time.start)} to {shown_time(config.time.stop)}, "
            f"step {look.step}{total}, {look.rows} rows"
        )
    if look.checkpoint is None:
        lines.append("no checkpoint yet")
    else:
        age = duration(max((now - look.checkpoint.written).total_seconds(), 0.0))
        lines.append(
            f"checkpoint at {symbol} = {shown_time(look.checkpoint.time, 8)}, step {look.checkpoint.steps}, {age} ago"
        )
    return lines


def _curves(look: Observation, quantities: Sequence[str] | None, width: int) -> list[Line]:
    """Small curves, two lines each: name and last value that is known, and between which values it is."""
    times = look.columns["time"].values
    shown = chosen(look, quantities)
    names = min(max((len(one.name) for one in shown), default=0), _NAMES)
    room = max(width - names - _VALUES - 2, _NARROW)
    lines = []
    for one in shown:
        drawn, logarithmic = curve(np.abs(times - times[0]), one.values, room, _HEIGHT)
        finite = one.values[np.isfinite(one.values)]
        between = "not known yet" if np.isnan(one.values).any() else "infinite"
        if finite.size:
            between = f"{'log ' if logarithmic else ''}{finite.min():.3g}…{finite.max():.3g}"
        # Derivatives of the newest rows are not known, and are no failure.
        last = finite[-1] if finite.size and one.name in _DERIVED else one.values[-1]
        heads = [
            f"{_cut(one.name, names):<{names}} {one.last(last):>{_VALUES}}",
            f"{between:>{names + 1 + _VALUES}}",
        ]
        lines += [Line(f"{head} {dots}") for head, dots in zip(heads, drawn, strict=True)]
    return lines
