"""Ranks that do not come back are named; the verdict is that of the lowest rank that objects."""

from __future__ import annotations

import time

import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.errors import UserError
from parallel_nls.parallel import waiting
from parallel_nls.parallel.consensus import on_all_ranks

pytestmark = pytest.mark.mpi


def test_the_rank_that_is_waited_for_is_named(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By rank 0, once; rank 0 itself says so where it is the one."""
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    for late in {0, comm.size - 1}:
        comm.Barrier()
        on_all_ranks(comm, lambda late=late: time.sleep(0.3 if comm.rank == late else 0.0), "u0 in mine.py")  # type: ignore[misc]
        told = capsys.readouterr().err
        assert told == (
            f"parallel-nls: rank {late} has not returned from u0 in mine.py for 0.1 s\n" if comm.rank == 0 else ""
        )
    on_all_ranks(comm, lambda: None, "u0 in mine.py")
    time.sleep(0.12)
    assert capsys.readouterr().err == ""


def test_the_lowest_rank_is_heard(comm: Intracomm) -> None:
    """Message after message, in order."""

    def object_above(rank: int) -> None:
        """Object on the ranks from that on."""
        if comm.rank >= rank:
            raise UserError(f"rank {comm.rank}")

    for rank in range(comm.size):
        with pytest.raises(UserError, match=f"rank {rank}"):
            on_all_ranks(comm, lambda rank=rank: object_above(rank), "it")  # type: ignore[misc]
    on_all_ranks(comm, lambda: object_above(comm.size), "it")
