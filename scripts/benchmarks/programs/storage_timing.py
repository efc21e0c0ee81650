"""What both programs of the storage benchmark time: writing and reading back, into new files."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

from scripts.benchmarks.programs.timing import seconds_of

REPETITIONS = 4


def rates(
    comm: MPI.Intracomm, path: Path, size: int, write: Callable[[Path], object], read: Callable[[Path], object]
) -> dict[str, float]:
    """Median MB/s of writing and of reading ``size`` bytes; the first turn is not counted.

    Notes
    -----
    Every write makes a new file. The operating system may keep it in memory, for all programs alike.
    """
    seconds: dict[str, list[float]] = {"write": [], "read": []}
    for _ in range(REPETITIONS + 1):
        if comm.rank == 0:
            path.unlink(missing_ok=True)
        comm.Barrier()
        seconds["write"].append(seconds_of(lambda: write(path), comm))
        seconds["read"].append(seconds_of(lambda: read(path), comm))
    comm.Barrier()
    if comm.rank == 0:
        path.unlink()
    return {name: size / 1e6 / statistics.median(values[1:]) for name, values in seconds.items()}
