"""Take one step and one sample, on a small grid and on a large one, and print the peaks of each rank's memory."""

from __future__ import annotations

import json
import resource
import sys

from mpi4py import MPI

from parallel_nls.config import load_configuration
from parallel_nls.parallel.sharing import counted_twice
from parallel_nls.running.simulation import Simulation


def peak_behind(example: str, points: str, comm: MPI.Intracomm) -> tuple[int, int, float]:
    """The peak of this rank's memory after a simulation, the size of its share of the field, and the mass."""
    overrides = [
        f"grid.points={points}",
        "time.scheme=strang",
        "time.tolerance=off",
        "time.frame=off",
        "time.step=1e-4",
    ]
    simulation = Simulation(load_configuration(example, overrides), comm)
    simulation.advance()
    mass = float(simulation.measure()["mass"])
    simulation.close()
    # As long as all ranks have what they share, each counts its own part of it.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - counted_twice()
    comm.Barrier()
    return peak, simulation.state.field.nbytes, mass


def main() -> None:
    """Compute, and print as JSON on rank 0: the large share, the peaks of all ranks in bytes, and the mass."""
    comm = MPI.COMM_WORLD
    example, small, large = sys.argv[1:]
    # What the program takes by itself shows on a grid that takes nothing.
    program, _, _ = peak_behind(example, small, comm)
    peak, share, mass = peak_behind(example, large, comm)
    peaks = comm.gather((program, peak))
    if comm.rank == 0:
        sys.stdout.write(json.dumps({"share": share, "peaks": peaks, "mass": mass}) + "\n")


if __name__ == "__main__":
    main()
