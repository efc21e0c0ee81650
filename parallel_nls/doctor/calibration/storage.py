"""The file system: stored fields and checkpoints of two sizes, through the writers of a run."""

from __future__ import annotations

from pathlib import Path

from mpi4py import MPI

from parallel_nls.contracts import State
from parallel_nls.doctor.calibration.timing import together
from parallel_nls.output.checkpoint import RunHistory
from parallel_nls.output.checkpoint_store import CheckpointStore
from parallel_nls.output.fields import write_field
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.parallel.consensus import from_root
from parallel_nls.spectral.box import FourierDomain

_SMALL, _LARGE, _TIMES = 64, 1024, 3
_FIELD, _STATE = 24, 16  # bytes a point
_LEAST = 0.05


def storage_constants(comm: MPI.Intracomm, folder: Path) -> dict[str, float]:
    """Return fields, field, checkpoints and checkpoint.

    Parameters
    ----------
    comm : MPI.Comm
        All ranks.
    folder : Path
        The same on all of them, empty.

    Raises
    ------
    StorageError
        On every rank: the file system refuses.

    Notes
    -----
    *Communication*: collective.
    """
    found = {side: _written(comm, folder, side) for side in (_SMALL, _LARGE)}
    points = _LARGE**2 - _SMALL**2

    def constants(which: int, size: int) -> tuple[float, float]:
        """Bytes a second, and seconds whatever the size."""
        small, large = found[_SMALL][which], found[_LARGE][which]
        return size * points / max(large - small, _LEAST * large), small

    fields, field = constants(0, _FIELD)
    checkpoints, checkpoint = constants(1, _STATE)
    return {"fields": fields, "field": field, "checkpoints": checkpoints, "checkpoint": checkpoint}


def _written(comm: MPI.Intracomm, folder: Path, side: int) -> tuple[float, float]:
    """Seconds of a field and of a checkpoint of a plane."""
    domain = FourierDomain(comm, (side, side), (1.0, 1.0))
    paths = RunPaths(folder)
    from_root(comm, lambda: paths.checkpoints.mkdir(exist_ok=True))
    state = State.of(domain.allocate(domain.layouts[0]))
    store = CheckpointStore(paths, domain, {}, 2)
    path = folder / "field.h5"

    def write() -> None:
        """A new file."""
        from_root(comm, lambda: path.unlink(missing_ok=True))
        write_field(path, domain, state.field, 0, 0.0, 0.0)

    def keep() -> None:
        """A checkpoint behind the last one."""
        state.steps += 1
        store.write(state, RunHistory({}, {}, {}), {}, [])

    seconds = together(comm, write, _TIMES), together(comm, keep, _TIMES)
    domain.close()
    return seconds
