"""Initial data of the user: a function in Python, a stored field, an array; and what is wrong with them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.config import load_configuration
from parallel_nls.errors import UserError
from parallel_nls.output import initial_file
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from tests.support import gather_field, small_line, small_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

    from parallel_nls.config import Configuration
    from parallel_nls.running.loop import RunOutcome

pytestmark = pytest.mark.mpi

SOURCE = """import numpy as np

def wave(x):
    return 0.7 * np.exp(-x**2 / 2 + 0.3j * x**2)

def bump(x, y):
    return 0.7 * np.exp(-(x**2 + y**2) / 2 + 0.3j * (x**2 + y**2))

def part(x):
    return np.exp(-x[0]**2)

def far(x):
    if x.max() > 39.9:
        raise ValueError("too far out")
    return x
"""
GAUSSIAN = "initial={kind='gaussian', amplitude=0.7, width=1.0, chirp=0.3}"
PLAIN = "diagnostics.families=['conserved']"


def written(comm: Intracomm, folder: Path) -> Path:
    """The file of the user."""
    if comm.rank == 0:
        (folder / "start.py").write_text(SOURCE)
    comm.Barrier()
    return folder / "start.py"


def field_of(config: Configuration, comm: Intracomm) -> np.ndarray:
    """The whole field at the start."""
    simulation = Simulation(config, comm)
    return gather_field(simulation.domain.layouts[0], simulation.field())


@pytest.mark.parametrize(("small", "function"), [(small_line, "wave"), (small_run, "bump")], ids=["line", "plane"])
def test_a_function_is_called_with_the_coordinates(
    comm: Intracomm, shared_path: Path, small: Callable[..., Configuration], function: str
) -> None:
    """A Gaussian written by the user is the packaged one."""
    path = written(comm, shared_path)
    wide = "grid.length=[18.0,20.0]" if function == "bump" else "grid.length=80.0"  # no image of the packaged one
    config = small(f"initial={{kind='python', file='{path}', function='{function}'}}", PLAIN, wide)
    assert np.abs(field_of(config, comm) - field_of(small(GAUSSIAN, PLAIN, wide), comm)).max() <= 2e-15


def test_the_source_is_kept_with_the_run(comm: Intracomm, shared_path: Path) -> None:
    """Beside the configuration, with its hash in the summary."""
    path = written(comm, shared_path)
    config = small_line(f"initial={{kind='python', file='{path}', function='wave'}}", PLAIN, "time.stop=0.02")
    run(config, comm, shared_path / "run")
    if comm.rank == 0:
        assert (shared_path / "run" / "initial_data.py").read_text() == SOURCE
        summary = json.loads((shared_path / "run" / "summary.json").read_text())
        assert summary["initial_data_sha256"] == hashlib.sha256(SOURCE.encode()).hexdigest()


def test_a_function_that_fails_on_one_rank_fails_on_all(comm: Intracomm, shared_path: Path) -> None:
    """At the last point alone: the same message everywhere, and no run directory."""
    path = written(comm, shared_path)
    config = small_line(f"initial={{kind='python', file='{path}', function='far'}}", PLAIN)
    with pytest.raises(UserError, match=r"start.py, line 14: far\(x\) raises ValueError: too far out") as caught:
        run(config, comm, shared_path / "run")
    assert len(set(comm.allgather(str(caught.value)))) == 1
    assert not (shared_path / "run").exists()


def test_a_result_that_merely_broadcasts_is_refused_on_the_line(comm: Intracomm, shared_path: Path) -> None:
    """There the second axis of a block is no coordinate."""
    path = written(comm, shared_path)
    config = small_line(f"initial={{kind='python', file='{path}', function='part'}}", PLAIN)
    with pytest.raises(UserError, match=r"part\(x\) in .*start.py returns shape .* return one number for each point"):
        Simulation(config, comm)


def test_an_array_that_one_rank_cannot_read_is_an_error_of_all(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that only some nodes see: no rank waits for the others."""
    if comm.rank == 0:
        np.save(shared_path / "start.npy", np.ones(3000, dtype=complex))
    comm.Barrier()
    opened = initial_file._open_array

    def lost(path: Path) -> np.ndarray:
        """Read the array, but not on the last rank."""
        if comm.rank == comm.size - 1:
            raise UserError("the file is gone")
        return opened(path)

    config = small_line(f"initial={{kind='file', file='{shared_path / 'start.npy'}'}}", PLAIN)
    monkeypatch.setattr(initial_file, "_open_array", lost)
    with pytest.raises(UserError, match="the file is gone"):
        Simulation(config, comm)


@pytest.mark.parametrize("small", [small_line, small_run], ids=["line", "plane"])
def test_a_stored_field_starts_another_run(
    comm: Intracomm,
    shared_path: Path,
    whole_run: Callable[[Configuration], tuple[RunOutcome, Path]],
    small: Callable[..., Configuration],
) -> None:
    """Bit for bit, from the HDF5 file of a run and from an array of numpy."""
    _, root = whole_run(small())
    stored = max((root / "fields").glob("*.h5"))
    half = Simulation(small(f"initial={{kind='file', file='{stored}'}}", PLAIN), comm)
    # The integrator rests half-transformed: one transform and back is what a start costs.
    found = gather_field(half.domain.layouts[0], half.field())
    if comm.rank == 0:
        from parallel_nls.results.reader import open_run

        values = open_run(root).field(-1).values
        np.save(shared_path / "start.npy", values)
    comm.Barrier()
    from_array = field_of(small(f"initial={{kind='file', file='{shared_path / 'start.npy'}'}}", PLAIN), comm)
    values = np.load(shared_path / "start.npy")
    folded = values if values.ndim == 2 else values.reshape(found.shape[::-1]).T
    assert np.abs(found - folded).max() <= 2e-15 * np.abs(folded).max()
    np.testing.assert_array_equal(found, from_array)


def test_a_file_of_another_grid_is_refused_on_all_ranks(comm: Intracomm, shared_path: Path) -> None:
    """With both sizes, also where ranks have no rows."""
    if comm.rank == 0:
        np.save(shared_path / "start.npy", np.ones(30, dtype=complex))
    comm.Barrier()
    config = load_configuration(
        "gaussian_collapse_1d", [f"initial={{kind='file', file='{shared_path / 'start.npy'}'}}", "grid.points=36"]
    )
    with pytest.raises(UserError, match=r"30.*36") as caught:
        Simulation(config, comm)
    assert len(set(comm.allgather(str(caught.value)))) == 1
