"""What one rank finds out, all ranks learn."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_nls.errors import StorageError, UnreadableError, UserError
from parallel_nls.parallel.consensus import common_verdict, from_root, on_all_ranks

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

pytestmark = pytest.mark.mpi


@pytest.mark.parametrize("result", [None, 3, "text", {"key": (1.5, None)}, Path("a/b")])
def test_the_result_of_rank_0_reaches_all(comm: Intracomm, result: object) -> None:
    """Work is done on rank 0 alone; every rank returns what it returned there."""
    calls: list[int] = []

    def work() -> object:
        """Note the rank that works."""
        calls.append(comm.rank)
        return result

    assert from_root(comm, work) == result
    assert calls == ([0] if comm.rank == 0 else [])


def test_an_error_of_rank_0_is_raised_on_all(comm: Intracomm) -> None:
    """The same text everywhere; no rank waits for another, and the next exchange is in step."""

    def work() -> object:
        """Fail as a bad file would."""
        raise UserError("no such file: 'a.toml'")

    with pytest.raises(UserError) as caught:
        from_root(comm, work)
    assert str(caught.value) == "no such file: 'a.toml'"
    assert from_root(comm, lambda: "next") == "next"


def test_a_file_that_rank_0_is_refused_is_an_error_of_all(comm: Intracomm) -> None:
    """It names file and reason; one that the disk does not give back is of a kind of its own."""

    def work() -> object:
        """Fail as a disk does."""
        raise OSError(number, os.strerror(number), "RUN/checkpoints")

    for number, kind in ((errno.EIO, UnreadableError), (errno.EROFS, StorageError)):
        with pytest.raises(StorageError) as caught:
            from_root(comm, work)
        assert type(caught.value) is kind
        assert str(caught.value) == f"RUN/checkpoints: the file system refuses it ({os.strerror(number)})"
        assert from_root(comm, lambda: "next") == "next"


def test_what_any_rank_objects_is_raised_on_all(comm: Intracomm) -> None:
    """The text of the lowest rank that objects, on every rank; without one all go on."""
    common_verdict(comm, None)
    for first in range(comm.size):
        with pytest.raises(UserError) as caught:
            common_verdict(comm, f"bad on rank {comm.rank}" if comm.rank >= first else None)
        assert str(caught.value) == f"bad on rank {first}"
        with pytest.raises(UserError, match=r"^bad on one$"):
            common_verdict(comm, "bad on one" if comm.rank == first else None)
    common_verdict(comm, None)


def test_what_any_rank_raises_is_raised_on_all(comm: Intracomm) -> None:
    """After all have done their part; a defect stays with its rank."""
    for first in range(comm.size):
        done: list[int] = []

        def work(first: int = first, done: list[int] = done) -> None:
            """Do it, and object on one rank."""
            done.append(comm.rank)
            if comm.rank == first:
                raise UserError("bad on one")

        with pytest.raises(UserError, match=r"^bad on one$"):
            on_all_ranks(comm, work)
        assert done == [comm.rank]
    on_all_ranks(comm, lambda: None)
