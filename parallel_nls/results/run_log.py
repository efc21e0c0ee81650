"""log.txt of a run: what its jobs have said, with the wall clock, and how far they were when they last said so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from parallel_nls.output.run_paths import RunPaths

__all__ = ["LogLine", "Progress", "notices", "progress_of", "read_log", "refusal_in"]

# As `running.progress.Reporter` writes them.
_STAMPED = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)  (.*)")
_PROGRESS = re.compile(
    r"(?:step (?P<step>\d+) of (?P<total>\d+)|(?P<percent>[\d.]+)%, step (?P<taken>\d+))  [ts] = (?P<time>\S+)  .*"
    r"elapsed [\d:]+(?:  left (?P<least>more than )?(?P<left>\d+:\d\d:\d\d))?$"
)
# The end of a job that a disk has ended, as `running.run` words it.
_ENDED = "ended: "
# Begin and end of a job, as `running.summary` words them.
_FRAME = re.compile(
    r".* points on \d+ ranks?, .*(into|in) |(done|stopped early|stored) at [ts] = |results in |go on with: "
)


@dataclass(frozen=True)
class LogLine:
    """A message, and the local time on the clock at which it was written."""

    clock: datetime
    text: str


@dataclass(frozen=True)
class Progress:
    """How far a job was when it last said so.

    Attributes
    ----------
    clock : datetime
        When, local time.
    step : int
        Steps taken.
    share : float
        Of the whole run, from 0 to 1.
    time : float
        Simulated time.
    seconds_left : float or None
        From then on; None if it was not known.
    at_least : bool
        Whether that is a bound from below.
    """

    clock: datetime
    step: int
    share: float
    time: float
    seconds_left: float | None
    at_least: bool


def read_log(paths: RunPaths) -> list[LogLine]:
    """All messages of a run, the oldest first; none without a log. *Communication*: local."""
    try:
        text = paths.log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return list(_lines(text))


def _lines(text: str) -> Iterator[LogLine]:
    """Yield the messages; lines without a clock belong to the one before them."""
    clock, parts = None, list[str]()
    for line in text.splitlines():
        found = _STAMPED.fullmatch(line)
        stamp = None if found is None else _clock(found[1])
        if found is None or stamp is None:
            parts.append(line)
            continue
        if clock is not None:
            yield LogLine(clock, "\n".join(parts))
        clock, parts = stamp, [found[2]]
    if clock is not None:
        yield LogLine(clock, "\n".join(parts))


def _clock(text: str) -> datetime | None:
    """The time that a line begins with; None of a damaged one."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def refusal_in(lines: Sequence[LogLine]) -> str | None:
    """Which file the disk refused, where that ended the last job; None if nothing says so. *Communication*: local."""
    last = lines[-1].text if lines else ""
    return last.removeprefix(_ENDED) if last.startswith(_ENDED) else None


def progress_of(lines: Sequence[LogLine]) -> Progress | None:
    """The newest message about how far a run is; None if it has said none. *Communication*: local."""
    for line in reversed(lines):
        found = _PROGRESS.fullmatch(line.text)
        if found is None:
            continue
        if found["step"] is not None:
            step, share = int(found["step"]), int(found["step"]) / max(int(found["total"]), 1)
        else:
            step, share = int(found["taken"]), float(found["percent"]) / 100
        left = None if found["left"] is None else _seconds(found["left"])
        return Progress(line.clock, step, share, float(found["time"]), left, found["least"] is not None)
    return None


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def notices(lines: Sequence[LogLine]) -> list[LogLine]:
    """The messages that tell neither how far a job is nor that it begins or ends: warnings, and what was noticed.

    Notes
    -----
    *Communication*: local.
    """
    return [line for line in lines if not _PROGRESS.fullmatch(line.text) and not _FRAME.match(line.text)]
