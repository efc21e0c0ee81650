"""Time a run under a tolerance, and the same steps taken without control, in turns.

Both by the time of the processor: they do the same work but for the control, and differ by less than other programs
take now and then.

Usage: mpirun -n 1 python -m scripts.benchmarks.programs.control_engine RUN.toml 3
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from parallel_nls.schedules import TICKS


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


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of the processor that it takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print median seconds of both, and the number of steps, as one line of JSON."""
    comm, rounds = MPI.COMM_WORLD, int(sys.argv[2])
    config = load_configuration(sys.argv[1])
    sizes = controlled(Simulation(config, comm))
    seconds: dict[str, list[float]] = {"controlled": [], "replayed": []}
    for turn in range(rounds):
        # Where in memory a field lies is worth some percent: the older of the two is now this one, now the other.
        pair = Simulation(config, comm), Simulation(config, comm)
        seconds["controlled"].append(seconds_of(partial(controlled, pair[turn % 2])))
        seconds["replayed"].append(seconds_of(partial(replayed, pair[1 - turn % 2], sizes)))
        for simulation in pair:
            simulation.close()
    if comm.rank == 0:
        print(json.dumps({name: statistics.median(values) for name, values in seconds.items()} | {"steps": len(sizes)}))


if __name__ == "__main__":
    main()
