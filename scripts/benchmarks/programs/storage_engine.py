"""Time the writing and reading of a stored field and of a resting state.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.storage_engine FOLDER 1024 1024 (or: FOLDER 4194304)
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from mpi4py import MPI

from parallel_nls.equations.nls import NLS
from parallel_nls.integrators.compositions import composition
from parallel_nls.integrators.split_step import SplitStep
from parallel_nls.output.checkpoint import write_state
from parallel_nls.output.checkpoint_reading import read_state
from parallel_nls.output.fields import write_field
from parallel_nls.output.initial_file import read_initial_field
from parallel_nls.profiles.gaussian import Gaussian
from parallel_nls.profiles.placing import place
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.line import LineDomain
from scripts.benchmarks.programs.storage_timing import rates


def main() -> None:
    """Print MB/s as one line of JSON."""
    folder, points = Path(sys.argv[1]), tuple(int(n) for n in sys.argv[2:])
    comm, length = MPI.COMM_WORLD, (20.0,) * len(points)
    domain = FourierDomain(comm, points, length) if len(points) > 1 else LineDomain(comm, points, length)
    integrator = SplitStep(NLS(domain), composition("strang"))
    u, count = integrator.spare, math.prod(points)
    place(Gaussian(1.0, 4.0), domain, 0.0, u)
    state = integrator.start()
    field = rates(
        comm,
        folder / "field.h5",
        24 * count,
        lambda path: write_field(path, domain, u, 0, 0.0, 1.0),
        lambda path: read_initial_field(path, domain, u),
    )
    resting = rates(
        comm,
        folder / "state.h5",
        16 * count,
        lambda path: write_state(path, domain, state, {}),
        lambda path: read_state(path, domain, {}),
    )
    # Reading initial data leaves the density, a third of the file, alone.
    field["read"] *= 16 / 24
    if comm.rank == 0:
        numbers = {f"field {name}": rate for name, rate in field.items()}
        print(json.dumps(numbers | {f"state {name}": rate for name, rate in resting.items()}))


if __name__ == "__main__":
    main()
