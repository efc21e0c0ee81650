"""Which run in memory a configuration is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mpi4py import MPI

from parallel_nls.config import Configuration
from parallel_nls.running.communicator import check_run
from parallel_nls.running.configured_run import ConfiguredRun
from parallel_nls.running.remainder_simulation import RemainderSimulation
from parallel_nls.running.simulation import Simulation
from parallel_nls.running.sources import Sources

AnySimulation = ConfiguredRun[Any, Any]


def open_simulation(
    config: Configuration,
    comm: MPI.Intracomm | None = None,
    state: Path | str | None = None,
    sources: Sources | None = None,
) -> AnySimulation:
    """The run in memory; arguments and errors as of `Simulation`. *Communication*: collective."""
    check_run(config, comm)
    if config.level:
        # Only then: it takes SciPy, which other runs start without.
        from parallel_nls.running.hierarchy_simulation import HierarchySimulation

        return HierarchySimulation(config, comm, state, sources)
    if config.system == "plane":
        from parallel_nls.running.plane_simulation import PlaneMixtureSimulation

        return PlaneMixtureSimulation(config, comm, state, sources)
    if config.equation.is_remainder:
        return RemainderSimulation(config, comm, state, sources)
    if config.system == "line":
        from parallel_nls.running.half_wave_simulation import HalfWaveSimulation

        return HalfWaveSimulation(config, comm, state, sources)
    return Simulation(config, comm, state, sources)
