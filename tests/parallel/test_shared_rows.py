"""Rows that ranks of a node share: who reaches what, who waits for whom, what is refused, and that nothing is left."""

from __future__ import annotations

import errno
import gc
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.errors import UserError
from parallel_nls.parallel import shared_rows
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.shared_rows import SharedRows
from parallel_nls.parallel.sharing import NAME, SETTING, check_setting, counted_twice, objection_to_sharing
from tests.parallel.nodes import NODES, put_on_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mpi4py.MPI import Intracomm

ARRAYS = [((8, 16), np.complex128), ((7, 5), np.complex64), ((2, 9), np.complex128)]


def made(comm: Intracomm, shape: tuple[int, int], dtype: type = np.complex128) -> tuple[ProcessGrid, SharedRows]:
    """Shared rows of an array, and their ranks."""
    grid = ProcessGrid(comm, (min(comm.size, shape[0]),))
    return grid, SharedRows(Layout(grid, shape, (0,)), dtype)


@pytest.fixture
def rows_of(comm: Intracomm) -> Iterator[Callable[..., SharedRows]]:
    """Makes shared rows of a shape and a type, and gives them back."""
    found: list[tuple[ProcessGrid, SharedRows]] = []

    def make(*arguments: Any) -> SharedRows:
        """Remembered."""
        found.append(made(comm, *arguments))
        return found[-1][1]

    yield make
    for grid, rows in found:
        rows.close()
        grid.close()


def mapped() -> int:
    """Mappings of shared rows in this process."""
    return Path("/proc/self/maps").read_text().count(f"/memfd:{NAME}")


def open_files() -> int:
    """Descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize(("shape", "dtype"), ARRAYS)
@pytest.mark.parametrize("nodes", NODES)
def test_each_rank_reads_the_rows_of_its_node(
    comm: Intracomm,
    monkeypatch: pytest.MonkeyPatch,
    rows_of: Callable[..., SharedRows],
    nodes: str,
    shape: tuple[int, int],
    dtype: type,
) -> None:
    """Zero at first, on cache lines; written by one, read by all others of its node; idle ranks have none."""
    put_on_nodes(monkeypatch, nodes)
    rows = rows_of(shape, dtype)
    layout = rows.layout
    count = layout.grid.size
    mine = [rank for rank in range(count) if NODES[nodes][rank] == NODES[nodes][comm.rank]]
    field = rows.allocate()
    largest = max(NODES[nodes][:count].count(node) for node in NODES[nodes][:count])
    if not layout.grid.active or largest == 1:
        assert field is None
        return
    assert field is not None
    assert field.shape == layout.local_shape
    assert field.dtype == dtype
    assert field.flags.c_contiguous
    assert field.__array_interface__["data"][0] % 64 == 0
    assert not field.any()
    found = rows.find(field)
    assert found is not None
    assert rows.find(field.copy()) is rows.find(field[:]) is None
    assert list(found.offsets) == mine
    field[...] = comm.rank + 1 + np.arange(field.size).reshape(field.shape)
    rows.settle()
    for rank, offset in found.offsets.items():
        size = int(np.prod([part.stop - part.start for part in layout.region(rank)]))
        np.testing.assert_array_equal(found.flat[offset : offset + size], rank + 1 + np.arange(size))
    rows.settle()
    whole = "shared memory" if largest == count else f"shared memory of at most {largest} ranks, messages between nodes"
    assert rows.exchange == whole


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_nobody_runs_ahead(comm: Intracomm, rows_of: Callable[..., SharedRows]) -> None:
    """However late a rank writes, all see it."""
    rows = rows_of((8, 4))
    field = rows.allocate()
    assert field is not None
    found = rows.find(field)
    assert found is not None
    for late in range(comm.size):
        time.sleep(0.03 if comm.rank == late else 0.0)
        field[...] = late + 1
        rows.settle()
        assert [found.flat[offset] for offset in found.offsets.values()] == [late + 1] * comm.size
        rows.settle()


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_nothing_is_left(comm: Intracomm, rows_of: Callable[..., SharedRows]) -> None:
    """Each rank lets go of an array when it likes; arrays outlive the end, but sweeps know them no more."""
    gc.collect()  # what tests before this one have left
    rows, files = rows_of((8, 4)), open_files()
    before = mapped()
    first, second = rows.allocate(), rows.allocate()
    assert first is not None
    assert second is not None
    assert mapped() == before + 2
    if comm.rank == 0:
        del first
        gc.collect()
        assert mapped() == before + 1
    again = rows.allocate()
    assert again is not None
    assert rows.find(again) is not rows.find(second) is not None
    second[...] = comm.rank
    rows.close()
    assert rows.find(second) is None
    assert rows.allocate() is None
    assert (second == comm.rank).all()
    comm.Barrier()
    first = second = again = None
    gc.collect()
    assert mapped() == before
    # A mapping keeps a descriptor of its own while it lives.
    assert open_files() == files


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_memory_of_all_ranks_is_counted_once(comm: Intracomm, rows_of: Callable[..., SharedRows]) -> None:
    """Each has resident all that it has read; together they hold it once."""
    before = counted_twice()
    rows = rows_of((8, 2**14))
    field = rows.allocate()
    assert field is not None
    found = rows.find(field)
    assert found is not None
    field[...] = 1
    rows.settle()
    assert found.flat.sum() == 8 * 2**14
    rows.settle()
    assert counted_twice() - before == pytest.approx(found.flat.nbytes * (1 - 1 / comm.size), rel=0.02)
    assert counted_twice(least=found.flat.nbytes) > 0
    assert counted_twice(least=2**40) == 0
    comm.Barrier()


def test_one_rank_shares_with_nobody() -> None:
    """And exchanges nothing."""
    rows = made(MPI.COMM_SELF, (8, 4))[1]
    assert rows.allocate() is None
    assert (rows.exchange, rows.trouble) == ("none", "")


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize("call", ["memfd_create", "ftruncate", "posix_fallocate"])
@pytest.mark.parametrize("nodes", ["one node", "the first alone"])
def test_what_one_rank_is_refused_nobody_has(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, rows_of: Callable[..., SharedRows], nodes: str, call: str
) -> None:
    """All know why, and go on without; what was to be had is given back."""
    put_on_nodes(monkeypatch, nodes)
    rows = rows_of((9, 4))
    kept = rows.allocate()
    if kept is None:  # two ranks, each on a node of its own
        return
    before, files = mapped(), open_files()

    def refuse(*_: object) -> int:
        """As the system does."""
        raise OSError(errno.ENOSPC, "No space left on device")

    if comm.rank == (comm.size - 1 if call == "posix_fallocate" else 0):
        monkeypatch.setattr(os, call, refuse)
    assert rows.allocate() is None
    assert rows.trouble == "ranks of a node share no memory (No space left on device)"
    assert (mapped(), open_files()) == (before, files)
    monkeypatch.undo()
    assert rows.find(kept) is not None
    comm.Barrier()


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_another_process_of_the_same_number(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, rows_of: Callable[..., SharedRows]
) -> None:
    """Where containers hide processes from each other, a number names another one: its files are not taken."""
    monkeypatch.setattr(os, "getpid", os.getppid)
    rows = rows_of((9, 4))
    assert rows.allocate() is None
    assert "share no memory" in rows.trouble
    comm.Barrier()


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_many_ranks_of_a_node_are_several_groups(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, rows_of: Callable[..., SharedRows]
) -> None:
    """Of nearly equal size."""
    monkeypatch.setattr(shared_rows, "LARGEST", 2)
    rows = rows_of((8, 4))
    field = rows.allocate()
    assert field is not None
    found = rows.find(field)
    assert found is not None
    groups = comm.allgather(tuple(found.offsets))
    assert groups == {2: [(0, 1)] * 2, 3: [(0, 1), (0, 1), (2,)], 4: [(0, 1), (0, 1), (2, 3), (2, 3)]}[comm.size]


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_one_rank_that_does_not_want_it_speaks_for_all(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, rows_of: Callable[..., SharedRows]
) -> None:
    """Which is nothing to warn of."""
    if comm.rank == comm.size - 1:
        monkeypatch.setenv(SETTING, "off")
    rows = rows_of((8, 4))
    assert rows.allocate() is None
    assert (rows.exchange, rows.trouble) == ("messages", "")


def test_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """On, off, or a message that says so."""
    monkeypatch.delenv(SETTING, raising=False)
    assert objection_to_sharing() == ""
    monkeypatch.setenv(SETTING, "off")
    assert objection_to_sharing() == f"{SETTING} = off"
    monkeypatch.setenv(SETTING, "no")
    with pytest.raises(UserError, match=f'{SETTING} = "no": it takes "on"'):
        check_setting()
    monkeypatch.setenv(SETTING, "on")
    monkeypatch.delattr(os, "memfd_create")
    assert "memfd" in objection_to_sharing()
