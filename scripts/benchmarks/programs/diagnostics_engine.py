"""Time the frames of a run and its samples apart, in turns.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.diagnostics_engine two_bubbles 10
"""

from __future__ import annotations

import json
import statistics
import sys

from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from scripts.benchmarks.programs.timing import seconds_of


def main() -> None:
    """Print median seconds of a frame and of a sample, and the frames of the run, as one line of JSON."""
    name, repetitions = sys.argv[1], int(sys.argv[2])
    simulation = Simulation(load_configuration(name), MPI.COMM_WORLD)
    frames: list[float] = []
    samples: list[float] = []
    for repetition in range(-1, repetitions):  # the first turn warms up
        frame = seconds_of(simulation.advance, simulation.comm)
        sample = seconds_of(simulation.measure, simulation.comm)
        if repetition >= 0:
            frames.append(frame)
            samples.append(sample)
    numbers = {
        "frame": statistics.median(frames),
        "sample": statistics.median(samples),
        "frames": simulation.frames.count,
    }
    if simulation.comm.rank == 0:
        print(json.dumps(numbers))


if __name__ == "__main__":
    main()
