"""What a user sees while the campaign goes on: a bar on a terminal, plain lines elsewhere, with the time left."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

SECONDS_BETWEEN_LINES = 15.0


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


class CampaignProgress:
    """Counts cases; a case weighs what its kind is expected to take.

    Parameters
    ----------
    console : Console
        Where it is shown.
    weights : dict of str to float
        Seconds that a case of each kind is expected to take.
    counts : dict of str to int
        Cases of each kind.

    Notes
    -----
    Used as a context; `done` may be called by any thread.
    """

    def __init__(self, console: Console, weights: dict[str, float], counts: dict[str, int]) -> None:
        self.console, self.weights, self.counts = console, weights, counts
        self.total = sum(weights[kind] * count for kind, count in counts.items())
        self._finished = dict.fromkeys(counts, 0)
        self._failed = 0
        self._begin = self._last = time.monotonic()
        self._lock = threading.Lock()
        columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=self.total)

    def __enter__(self) -> Self:
        """Show the bar, where there is one."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def done(self, kind: str, failed: bool) -> None:
        """Count one case."""
        with self._lock:
            self._finished[kind] += 1
            self._failed += failed
            self._show(kind)

    def _show(self, kind: str) -> None:
        now = time.monotonic()
        weight = sum(self.weights[each] * count for each, count in self._finished.items())
        left = _duration((now - self._begin) / weight * (self.total - weight))
        text = f"{kind}: {self._finished[kind]} of {self.counts[kind]}, {self._failed} failed in all, left {left}"
        self._bar.update(self._task, completed=weight, description=text)
        last_of_kind = self._finished[kind] == self.counts[kind]
        if not self.console.is_terminal and (last_of_kind or now - self._last >= SECONDS_BETWEEN_LINES):
            self.console.print(f"{_duration(now - self._begin)}  {text}", highlight=False)
            self._last = now
