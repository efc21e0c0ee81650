"""Time one step (one FFT pair) of the quintic equation on the distributed line.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.line_engine 4194304 10
"""

from __future__ import annotations

from collections.abc import Callable

from mpi4py import MPI

from parallel_nls import Gaussian, LineDomain
from scripts.benchmarks.programs.stepping import print_step_time, strang_step

SPACING, STEP = 1e-2, 1e-5


def make_step(points: int, comm: MPI.Intracomm) -> Callable[[], None]:
    """One step on the line, from a Gaussian."""
    domain = LineDomain(comm, (points,), (points * SPACING,))
    return strang_step(domain, Gaussian(1.5, points * SPACING / 20), STEP)


if __name__ == "__main__":
    print_step_time(make_step)
