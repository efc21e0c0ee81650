"""Time the steps of a run whose step is fixed, one to a frame.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.run_engine remainder_2d 5 grid.points=[766,1024]
"""

from __future__ import annotations

import json
import sys

from mpi4py import MPI

from parallel_nls import load_configuration
from parallel_nls.running.opening import open_simulation
from scripts.benchmarks.programs.timing import median_milliseconds


def main() -> None:
    """Print the median time of a step as one line of JSON."""
    name, repetitions, *changes = sys.argv[1:]
    comm = MPI.COMM_WORLD
    simulation = open_simulation(load_configuration(name, changes), comm)
    milliseconds = median_milliseconds(simulation.advance, comm, int(repetitions))
    if comm.rank == 0:
        print(json.dumps({"step": milliseconds}))


if __name__ == "__main__":
    main()
