"""Time one step (one FFT pair) of the engine, on data like that of step_fftw.c; of axes named last half is held.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.step_engine 2048 10 [0 1]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from mpi4py import MPI

from parallel_nls import FourierDomain, Gaussian
from scripts.benchmarks.programs.stepping import print_step_time, strang_step

BOX = 40.0
STEP = 1e-4


def make_step(points: int, comm: MPI.Intracomm) -> Callable[[], None]:
    """One step in the plane, from a Gaussian."""
    domain = FourierDomain(comm, (points, points), (BOX, BOX), even=[int(axis) for axis in sys.argv[3:]])
    return strang_step(domain, Gaussian(2.0, 1.0), STEP)


if __name__ == "__main__":
    print_step_time(make_step)
