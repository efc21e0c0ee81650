"""What one rank finds, made once for all jobs of a suite, against which those on several ranks are held."""

from __future__ import annotations

import pickle
import tempfile
import traceback
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import pytest
from mpi4py import MPI

from parallel_nls.config import Configuration
from parallel_nls.errors import DONE
from parallel_nls.running.run import run
from tests.support import wait_for_all

Found = TypeVar("Found")


class OneRank:
    """Makes what one rank finds, or reads what an earlier job of the suite has made.

    Parameters
    ----------
    comm : MPI.Intracomm
        All ranks; rank 0 makes it while the others sleep.
    folder : Path
        Where it is kept, the same on all ranks.
    test : str
        Name of the test that asks, the same in all jobs.

    Notes
    -----
    *Communication*: all methods are collective.
    """

    def __init__(self, comm: MPI.Intracomm, folder: Path, test: str) -> None:
        self.comm, self.folder, self.test = comm, folder, test
        self.asked = 0

    def finds(self, make: Callable[[MPI.Intracomm], Found]) -> Found:
        """What ``make`` returns on one rank, on every rank; the test fails if that fails."""
        self.asked += 1
        path = self._named(f"{self.test} {self.asked}")
        self._keep(path, lambda fresh: fresh.write_bytes(pickle.dumps(make(MPI.COMM_SELF))))
        found: Found = pickle.loads(path.read_bytes())
        return found

    def agrees(self, make: Callable[[MPI.Intracomm], Found]) -> bool:
        """Whether ``make`` returns the same on every rank as on one alone, and anything at all."""
        expected, everyone = self.finds(make), self.comm.allgather(make(self.comm))
        return bool(expected) and everyone == [expected] * self.comm.size

    def runs(self, config: Configuration) -> Path:
        """Directory of a run of one rank that ended as planned; only to be read."""
        path = self._named(config.complete_toml())
        self._keep(path, lambda fresh: _run_alone(config, fresh))
        return path

    def _named(self, name: str) -> Path:
        return self.folder / sha256(name.encode()).hexdigest()[:32]

    def _keep(self, path: Path, make: Callable[[Path], object]) -> None:
        """Have rank 0 make it beside its place and put it there, unless it is there."""
        told = ""
        if self.comm.rank == 0 and not path.exists():
            try:
                _put(path, make)
            except Exception:  # noqa: BLE001
                told = traceback.format_exc()
        wait_for_all(self.comm)
        if told := self.comm.bcast(told):
            pytest.fail(f"on one rank:\n{told}")


def _put(path: Path, make: Callable[[Path], object]) -> None:
    """So that another job sees the whole of it or nothing."""
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        fresh = Path(place) / path.name
        make(fresh)
        fresh.rename(path)


def _run_alone(config: Configuration, root: Path) -> None:
    outcome = run(config, MPI.COMM_SELF, root)
    assert outcome.exit_code == DONE, outcome.reason
