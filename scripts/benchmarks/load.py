"""How busy other programs keep the machine while a benchmark runs."""

from __future__ import annotations

import resource
import time

from parallel_nls.planning.node import busy_seconds

LARGEST_LOAD = 0.1  # cores
SHORTEST = 1.0  # seconds; below, the system's clock ticks are too coarse to tell


def _own() -> float:
    """Seconds of this program and of the programs that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class OtherLoad:
    """Counts from where it is made."""

    def __init__(self) -> None:
        self._start = (time.monotonic(), busy_seconds(), _own())

    def cores(self) -> float:
        """Cores that other programs have used on average since then, as far as the system tells."""
        begin, busy, own = self._start
        return max(0.0, (busy_seconds() - busy - (_own() - own)) / (time.monotonic() - begin))

    def is_too_large(self) -> bool:
        """Whether times measured since then say little; after less than a second nobody knows."""
        return time.monotonic() - self._start[0] >= SHORTEST and self.cores() > LARGEST_LOAD
