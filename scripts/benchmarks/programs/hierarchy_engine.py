"""Time the flows of γ⁽²⁾ on a radial axis: kinetic, and a whole Strang step of the cumulant closure.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.hierarchy_engine 63 5
"""

from __future__ import annotations

import json
import resource
import sys

import numpy as np
from mpi4py import MPI

from parallel_nls.hartree.hierarchy import Hierarchy
from parallel_nls.hartree.pair_interaction import PairInteraction
from parallel_nls.hartree.potentials import SoftenedPower
from parallel_nls.integrators.compositions import composition
from parallel_nls.spectral.radial import SpaceRadius
from scripts.benchmarks.programs.timing import median_milliseconds

RADIUS, STEP, MEBI = 10.0, 1e-3, 2**20
WIDTHS, WEIGHTS = (1.0, 1.6), (0.3, 0.7)


def main() -> None:
    """Print milliseconds of both, and MiB of this program before γ⁽²⁾ and at most, as one line of JSON."""
    points, repetitions = int(sys.argv[1]), int(sys.argv[2])
    comm, axis = MPI.COMM_WORLD, SpaceRadius(points, RADIUS)
    interaction = PairInteraction.of(SoftenedPower(6.0, 2.0, 0.5), axis, -1.0)
    waves = np.array([axis.r * np.exp(-(axis.r**2) / (2 * width**2)) for width in WIDTHS])
    waves /= np.linalg.norm(waves, axis=1)[:, None]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    run = Hierarchy(comm, axis, interaction, "cumulant", np.array(WEIGHTS), waves.astype(complex))
    domain, gamma2 = run.domains["gamma2"], run.fields["gamma2"]
    numbers = {
        "kinetic": median_milliseconds(lambda: domain.kinetic(gamma2, STEP), comm, repetitions),
        "step": median_milliseconds(lambda: run.advance(composition("strang"), STEP), comm, repetitions),
        "before": before,
        "memory": comm.allreduce(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, MPI.MAX),
    }
    if comm.rank == 0:
        print(json.dumps(numbers))


if __name__ == "__main__":
    main()
