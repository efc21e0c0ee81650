"""Where petsc4py is not installed: one message, on all ranks, and nothing else of the package needs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from parallel_nls import cli
from parallel_nls.cli import process
from parallel_nls.elliptic import petsc
from parallel_nls.elliptic.standing_wave import Problem, ground_state
from parallel_nls.errors import UserError
from parallel_nls.running.signals import catching_signals
from tests.elliptic.waves import box

if TYPE_CHECKING:
    from pathlib import Path

    from mpi4py.MPI import Intracomm


@pytest.mark.mpi
def test_the_message(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is missing on one rank alone."""
    monkeypatch.setattr(petsc, "is_installed", lambda: comm.rank != comm.size - 1)
    with box(comm, (64,), (20.0,)) as domain, pytest.raises(UserError, match="scripts/setup installs it") as caught:
        ground_state(Problem(domain))
    assert len(set(comm.allgather(str(caught.value)))) == 1


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exit code 2, and no file."""

    def stay(code: int) -> NoReturn:
        """Leave the command, but not MPI."""
        sys.exit(code)

    monkeypatch.setattr(petsc, "is_installed", lambda: False)
    monkeypatch.setattr(process, "finish", stay)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    with catching_signals(), pytest.raises(SystemExit) as end:
        cli.main(["ground-state", "trap", "--set", "grid.points=64", "--json", str(tmp_path / "q.json")])
    assert end.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("parallel-nls: standing waves in a box are computed by PETSc")
    assert not list(tmp_path.iterdir())
