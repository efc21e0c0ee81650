"""What the programs that time a step of the engine share; the yardsticks import nothing of the package."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from mpi4py import MPI

from parallel_nls import Gaussian
from parallel_nls.contracts import Domain
from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.profiles.placing import place
from scripts.benchmarks.programs.timing import median_milliseconds


def strang_step(domain: Domain, initial: Gaussian, step: float) -> Callable[[], None]:
    """A function that takes one step of the splitting with one FFT pair."""
    integrator = SplitStep(NLS(domain), composition("strang"))
    place(initial, domain, 0.0, integrator.spare)
    state = integrator.start()
    return lambda: integrator.advance(state, step)


def print_step_time(make_step: Callable[[int, MPI.Intracomm], Callable[[], None]]) -> None:
    """Print the median time of a step as one line of JSON; points and repetitions are the arguments of the program."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    comm = MPI.COMM_WORLD
    milliseconds = median_milliseconds(make_step(points, comm), comm, repetitions)
    if comm.rank == 0:
        print(json.dumps({"ms_per_step": milliseconds}))
