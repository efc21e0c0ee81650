"""Time a run under a tolerance, and the same steps taken without control, in turns.

Usage: mpirun -n 1 python -m scripts.benchmarks.programs.control_engine RUN.toml 3
"""

from __future__ import annotations

import json
import statistics
import sys
from functools import partial

from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from parallel_nls.schedules import TICKS
from scripts.benchmarks.programs.timing import seconds_of


def controlled(simulation: Simulation) -> list[float]:
    """Run to the stop; the sizes of the steps taken."""
    sizes: list[float] = []
    state = simulation.state
    while state.ticks < simulation.frames.count * TICKS and simulation.step() is None:
        sizes += [state.control.step_size] * (state.steps - len(sizes))
    return sizes


def replayed(simulation: Simulation, sizes: list[float]) -> None:
    """Take steps of given sizes."""
    for size in sizes:
        simulation.integrator.advance(simulation.state, size)


def main() -> None:
    """Print median seconds of both, and the number of steps, as one line of JSON."""
    comm, rounds = MPI.COMM_WORLD, int(sys.argv[2])
    config = load_configuration(sys.argv[1])
    sizes = controlled(Simulation(config, comm))
    seconds: dict[str, list[float]] = {"controlled": [], "replayed": []}
    for _ in range(rounds):
        first, second = Simulation(config, comm), Simulation(config, comm)
        seconds["controlled"].append(seconds_of(partial(controlled, first), comm))
        seconds["replayed"].append(seconds_of(partial(replayed, second, sizes), comm))
        first.close()
        second.close()
    if comm.rank == 0:
        print(json.dumps({name: statistics.median(values) for name, values in seconds.items()} | {"steps": len(sizes)}))


if __name__ == "__main__":
    main()
