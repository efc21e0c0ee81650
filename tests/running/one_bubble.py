"""Follow one bubble from T - t = 0.5 to 0.2 and back, and print how far it leaves the exact solution."""

from __future__ import annotations

import json
import sys

import numpy as np
from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.running.simulation import Simulation

# As much as the accuracy asks for; the packaged example is finer.
OVERRIDES = ("grid.points=[512,512]", "time.step=0.0006")


def main() -> None:
    """Compute, and print the numbers as JSON on rank 0."""
    comm = MPI.COMM_WORLD
    config = load_configuration("one_bubble", OVERRIDES)
    simulation = Simulation(config, comm)
    initial = simulation.field().copy()
    first = simulation.measure()
    frames = simulation.frames
    simulation.advance(frames.count)
    last = simulation.measure()
    for _ in range(frames.count):
        simulation.integrator.advance(simulation.state, -frames.frame)
    difference = simulation.field() - initial
    sums = comm.allreduce(np.array([np.sum(np.abs(difference) ** 2), np.sum(np.abs(initial) ** 2)]))
    pairs = frames.count * simulation.integrator.scheme.pairs
    numbers = {
        "time": frames.time(frames.count),
        "distance": float(last["distance_l2"]) / float(last["mass"]) ** 0.5,
        "return": float(np.sqrt(sums[0] / sums[1])),
        "drift": abs(float(last["mass"]) / float(first["mass"]) - 1) / pairs,
        "energy": float(first["energy"]),
        "peak": float(last["sup_norm"]),
    }
    if comm.rank == 0:
        sys.stdout.write(json.dumps(numbers) + "\n")


if __name__ == "__main__":
    main()
