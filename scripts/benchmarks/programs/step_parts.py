"""Time a step in the plane, and its parts one by one, on one core.

Usage: python -m scripts.benchmarks.programs.step_parts 1024 20
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import numpy as np
from mpi4py import MPI

from parallel_nls import FourierDomain, Gaussian
from parallel_nls.equations.nls import NLS
from parallel_nls.spectral.sweeps import BlockKernel, Sweep
from scripts.benchmarks.programs.step_engine import BOX, STEP
from scripts.benchmarks.programs.stepping import strang_step
from scripts.benchmarks.programs.timing import median_milliseconds


def transforms(sweep: Sweep) -> Callable[[], None]:
    """Both transforms of every block of lines, in the cache."""
    line = sweep.transform

    def act() -> None:
        """There and back."""
        for block in sweep.blocks:
            line("forward", line.first, line.second, block.numbers)
            line("backward", line.second, line.first, block.numbers)

    return act


def acting(sweep: Sweep, kernel: BlockKernel) -> Callable[[], None]:
    """A kernel on every block of lines, in the cache."""

    def act() -> None:
        """All blocks."""
        for block in sweep.blocks:
            kernel(sweep.transform.first, block)

    return act


def parts(points: int) -> dict[str, Callable[[], None]]:
    """What a step is made of, by name."""
    domain = FourierDomain(MPI.COMM_SELF, (points, points), (BOX, BOX))
    equation, (rows,), (columns,) = NLS(domain), *domain.sweeps
    field, other = domain.allocate(domain.layouts[0]), domain.allocate(domain.layouts[0])
    rows.transform.first[...] = 0.1
    kick, drift = equation.kick.kernel(STEP, 1.0 / points), equation.drift.kernel(STEP, 1.0 / points)
    along_rows, along_columns = transforms(rows), transforms(columns)

    def both() -> None:
        """Rows, and columns."""
        along_rows()
        along_columns()

    def copies() -> None:
        """The memory that two passes read and write."""
        np.copyto(other, field)
        np.copyto(field, other)

    return {
        "a step": strang_step(domain, Gaussian(2.0, 1.0), STEP),
        "transforms": both,
        "kick": acting(rows, kick),
        "drift": acting(columns, drift),
        "columns to lines and back": lambda: columns(field, field, None, None, None),
        "two copies of the field": copies,
    }


def main() -> None:
    """Print milliseconds of each, as one line of JSON."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    found = {name: median_milliseconds(part, MPI.COMM_SELF, repetitions) for name, part in parts(points).items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
