"""Time the frames of a run and its samples apart, in turns.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.diagnostics_engine two_bubbles default 2.0
"""

from __future__ import annotations

import json
import statistics
import sys

from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from scripts.benchmarks.programs.timing import seconds_of

FEWEST = 8  # turns, however long they take
DEFAULT = ("conserved", "virial", "resolution")
FAMILIES = {"default": DEFAULT, "distance": (*DEFAULT, "distance")}


def main() -> None:
    """Print mean seconds of a frame and of a sample, and the frames of the run, as one line of JSON."""
    name, families, duration = sys.argv[1], FAMILIES[sys.argv[2]], float(sys.argv[3])
    config = load_configuration(name, [f"diagnostics.families={list(families)}"])
    simulation = Simulation(config, MPI.COMM_WORLD)
    comm, total = simulation.comm, simulation.frames.count
    frames: list[float] = []
    samples: list[float] = []
    while len(frames) < total and comm.bcast(len(frames) < FEWEST or sum(frames) + sum(samples) < duration):
        frames.append(seconds_of(simulation.advance, comm))
        samples.append(seconds_of(simulation.measure, comm))
    # The first turn warms up. Where the run chooses its steps, frames differ: their mean counts.
    numbers = {"frame": statistics.fmean(frames[1:]), "sample": statistics.fmean(samples[1:]), "frames": total}
    if simulation.comm.rank == 0:
        print(json.dumps(numbers))


if __name__ == "__main__":
    main()
