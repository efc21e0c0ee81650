"""Take one step and one sample on a large grid and print the peak memory of each rank in bytes."""

from __future__ import annotations

import json
import resource
import sys

from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.running.simulation import Simulation


def main() -> None:
    """Compute, and print share and peaks as JSON on rank 0."""
    comm = MPI.COMM_WORLD
    example, points = sys.argv[1:]
    overrides = [
        f"grid.points={points}",
        "time.scheme=strang",
        "time.tolerance=off",
        "time.frame=off",
        "time.step=1e-4",
    ]
    simulation = Simulation(load_configuration(example, overrides), comm)
    simulation.advance()
    values = simulation.measure()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peaks = comm.gather(peak)
    if comm.rank == 0:
        numbers = {"share": simulation.state.field.nbytes, "peaks": peaks, "mass": values["mass"]}
        sys.stdout.write(json.dumps(numbers) + "\n")


if __name__ == "__main__":
    main()
