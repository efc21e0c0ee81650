"""How busy other programs keep the machine while a benchmark runs."""

from __future__ import annotations

import resource
import time

import psutil

LARGEST_LOAD = 0.1  # cores
SHORTEST = 1.0  # seconds; below, the system's clock ticks are too coarse to tell


def _busy() -> float:
    """Seconds that all cores together have worked, or were taken away by the host of a virtual machine."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _own() -> float:
    """Seconds of this program and of the programs that it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class OtherLoad:
    """Counts from where it is made."""

    def __init__(self) -> None:
        self._start = (time.monotonic(), _busy(), _own())

    def cores(self) -> float:
        """Cores that other programs have used on average since then, as far as the system tells."""
        begin, busy, own = self._start
        return max(0.0, (_busy() - busy - (_own() - own)) / (time.monotonic() - begin))

    def is_too_large(self) -> bool:
        """Whether times measured since then say little; after less than a second nobody knows."""
        return time.monotonic() - self._start[0] >= SHORTEST and self.cores() > LARGEST_LOAD
