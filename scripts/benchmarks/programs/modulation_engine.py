"""Follow a whole run with 200 samples, each taken three times: without, and with parts of the modulation analysis.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.modulation_engine two_bubbles
"""

from __future__ import annotations

import json
import sys
from functools import partial

from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from parallel_nls.diagnostics.monitor import Values
from parallel_nls.diagnostics.sampling import Sampler
from parallel_nls.running.assembly import make_sampler
from scripts.benchmarks.programs.timing import seconds_of

SAMPLES = 200
DEFAULT = ("conserved", "virial", "resolution")
FAMILIES = {
    "default": DEFAULT,
    "decomposition": (*DEFAULT, "modulation"),
    "everything": (*DEFAULT, "modulation", "functionals", "localized"),
}


def timed(sampler: Sampler, simulation: Simulation) -> tuple[float, float]:
    """Seconds of one sample, and its largest orthogonality condition; 0 without a decomposition."""
    found: Values = {}
    seconds = seconds_of(lambda: found.update(sampler.measure(simulation.state, simulation.time)), simulation.comm)
    return seconds, float(found.get("orthogonality", 0.0))


def main() -> None:
    """Print seconds of all steps, of all samples of each kind, and the worst condition, as one line of JSON."""
    name, comm = sys.argv[1], MPI.COMM_WORLD
    configs = {kind: load_configuration(name, [f"diagnostics.families={list(FAMILIES[kind])}"]) for kind in FAMILIES}
    simulation = Simulation(configs["default"], comm)
    samplers = {
        kind: make_sampler(config, simulation.integrator, simulation.sources) for kind, config in configs.items()
    }
    numbers = dict.fromkeys(["stepping", *FAMILIES], 0.0) | {"orthogonality": 0.0}
    for sampler in samplers.values():  # warm up
        sampler.measure(simulation.state, simulation.time)
    total = simulation.frames.count
    for number in range(SAMPLES):
        frames = total * (number + 1) // SAMPLES - total * number // SAMPLES
        numbers["stepping"] += seconds_of(partial(simulation.advance, frames), comm)
        for kind, sampler in samplers.items():
            seconds, worst = timed(sampler, simulation)
            numbers[kind] += seconds
            numbers["orthogonality"] = max(numbers["orthogonality"], worst)
    if comm.rank == 0:
        print(json.dumps(numbers))


if __name__ == "__main__":
    main()
