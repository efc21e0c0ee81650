"""Run configurations one after the other and print, for each, the seconds of its time loop and its final error.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.accuracy_engine REFERENCE.npy A.toml B.toml
With --save the final field of the one configuration is stored as REFERENCE.npy instead, by one rank.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from mpi4py import MPI

from parallel_nls import Simulation, load_configuration


def relative_error(simulation: Simulation, reference: Path) -> float:
    """‖u − r‖/‖r‖ in L². *Communication*: one message."""
    wanted = np.load(reference, mmap_mode="r")[simulation.domain.layouts[0].local_region]
    own = np.array([np.sum(np.abs(simulation.field() - wanted) ** 2), np.sum(np.abs(wanted) ** 2)])
    total = np.empty_like(own)
    simulation.comm.Allreduce(own, total)
    return math.sqrt(total[0] / total[1])


def run(path: Path, comm: MPI.Intracomm) -> tuple[Simulation, float]:
    """Seconds from the initial data in memory to the final field in memory."""
    simulation = Simulation(load_configuration(str(path)), comm)
    comm.Barrier()
    start = MPI.Wtime()
    simulation.advance(simulation.frames.count)
    simulation.field()
    comm.Barrier()
    return simulation, MPI.Wtime() - start


def main() -> None:
    """Warm up with the first configuration, then measure all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reference", type=Path)
    parser.add_argument("configurations", type=Path, nargs="+")
    parser.add_argument("--save", action="store_true")
    arguments = parser.parse_args()
    comm = MPI.COMM_WORLD
    results: dict[str, float] = {}
    if not arguments.save:
        run(arguments.configurations[0], comm)[0].close()
    for path in arguments.configurations:
        simulation, seconds = run(path, comm)
        if arguments.save:
            np.save(arguments.reference, simulation.field())
        else:
            results |= {
                f"{path.stem} seconds": seconds,
                f"{path.stem} error": relative_error(simulation, arguments.reference),
            }
        simulation.close()
    if comm.rank == 0:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
