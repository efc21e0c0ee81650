"""Time checkpoints and their stages, in turns with plain writes of the same bytes and with frames of the run.

Usage: mpirun -n 2 python -m scripts.benchmarks.programs.checkpoint_engine FOLDER two_bubbles
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
from mpi4py import MPI

from parallel_nls import Simulation, load_configuration
from parallel_nls.output.checkpoint import RunHistory, write_state
from parallel_nls.output.checkpoint_store import CheckpointStore
from parallel_nls.output.refusals import flush_all
from parallel_nls.output.run_paths import RunPaths
from scripts.benchmarks.programs.timing import seconds_of

TURNS = 9


class Stages:
    """What is timed, on the state of a run."""

    def __init__(self, folder: Path, name: str) -> None:
        self.simulation = Simulation(load_configuration(name), MPI.COMM_WORLD)
        self.comm, self.domain, self.state = MPI.COMM_WORLD, self.simulation.domain, self.simulation.state
        self.identity = self.simulation.identity
        self.paths = RunPaths(folder)
        self.file = folder / "file.h5"
        self.store = CheckpointStore(self.paths, self.domain, self.identity, 2)

    def plain(self) -> None:
        """The share of each rank into one dataset, in one collective call."""
        with h5py.File(self.file, "w", driver="mpio", comm=self.comm) as file:
            dataset = file.create_dataset("field", shape=self.domain.shape, dtype="<c16")
            with dataset.collective:
                dataset[self.domain.layouts[0].local_region] = self.state.field

    def plain_flushed(self) -> None:
        """The same, onto the disk."""
        self.plain()
        flush_all(self.comm, [self.file])

    def state_only(self) -> None:
        """The state as it is in a checkpoint: laid out, reserved, written in pieces."""
        write_state(self.file, self.domain, self.state, self.identity)

    def state_flushed(self) -> None:
        """The same, onto the disk."""
        self.state_only()
        flush_all(self.comm, [self.file])

    def checkpoint(self) -> None:
        """All of it: written, flushed, read back, compared, sealed, the oldest removed."""
        self.store.write(self.state, RunHistory({}, {}, {}), {}, [])

    def frame(self) -> None:
        """A frame of the run."""
        self.simulation.advance()


def main() -> None:
    """Print MB/s of each stage, seconds of a checkpoint and of a frame, and the number of frames, as JSON."""
    folder, comm = Path(sys.argv[1]), MPI.COMM_WORLD
    stages = Stages(folder, sys.argv[2])
    if comm.rank == 0:
        stages.paths.checkpoints.mkdir(exist_ok=True)
    comm.Barrier()
    names = ("plain", "state_only", "plain_flushed", "state_flushed", "checkpoint", "frame")
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(TURNS + 1):
        for name in names[:: -1 if turn % 2 else 1]:
            stage: Callable[[], None] = getattr(stages, name)
            if comm.rank == 0 and name != "checkpoint":
                stages.file.unlink(missing_ok=True)
            seconds[name].append(seconds_of(stage, comm))
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    size = stages.domain.dtype.itemsize * stages.domain.shape[0] * stages.domain.shape[1]
    numbers = {name: size / 1e6 / medians[name] for name in names[:-1]}
    numbers |= {"seconds": medians["checkpoint"], "frame": medians["frame"]}
    if comm.rank == 0:
        print(json.dumps(numbers | {"frames": stages.simulation.frames.count}))


if __name__ == "__main__":
    main()
