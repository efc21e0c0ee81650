"""Take one step and one sample, on small grids and on large ones, and print the peaks of each rank's memory."""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

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
    """Compute, and print as JSON on rank 0: peaks of all ranks in bytes, and for large grids the share and the mass.

    The peak behind a grid is that behind all before it: if none is too high, no grid takes too much.
    """
    comm = MPI.COMM_WORLD
    grids = list(zip(*(iter(sys.argv[1:]),) * 3, strict=True))
    # What the program takes by itself shows on grids that take nothing.
    program = max(peak_behind(example, small, comm)[0] for example, small, _ in grids)
    numbers: dict[str, Any] = {"programs": comm.gather(program), "large": {}}
    for example, _, large in grids:
        peak, share, mass = peak_behind(example, large, comm)
        numbers["large"][example] = {"share": share, "mass": mass, "peaks": comm.gather(peak)}
    if comm.rank == 0:
        sys.stdout.write(json.dumps(numbers) + "\n")


if __name__ == "__main__":
    main()
