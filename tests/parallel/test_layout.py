"""Every element of a global array has exactly one owner, and every line one number."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.parallel.layout import Layout, ProcessGrid, share
from tests.support import process_grids

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

SHAPES = [(12, 8), (7, 11), (3, 50), (2, 2), (5, 6, 7), (4, 1, 3), (3, 4, 2, 5)]


@given(st.integers(0, 10**6), st.integers(1, 300))
def test_shares_are_contiguous_and_nearly_equal(length: int, parts: int) -> None:
    """Each share begins where the one before ends; the last ends at the length; sizes differ by at most 1."""
    shares = [share(length, parts, index) for index in range(parts)]
    ends = [start + count for start, count in shares]
    assert [start for start, _ in shares] == [0, *ends[:-1]]
    assert ends[-1] == length
    assert max(count for _, count in shares) - min(count for _, count in shares) <= 1


def layouts(comm: Intracomm, shape: tuple[int, ...]) -> list[Layout]:
    """All layouts of an array with one or two slots on this communicator."""
    one = [((a,), dims) for a in range(len(shape)) for dims in process_grids(comm.size, 1)]
    pairs = [(a, b) for a in range(len(shape)) for b in range(len(shape)) if a != b]
    two = [(pair, dims) for pair in pairs for dims in process_grids(comm.size, 2)]
    grids = {dims: ProcessGrid(comm, dims) for _, dims in [*one, *two]}
    return [Layout(grids[dims], shape, axes) for axes, dims in [*one, *two]]


@pytest.mark.mpi
@pytest.mark.parametrize("shape", SHAPES)
def test_every_element_has_one_owner(comm: Intracomm, shape: tuple[int, ...]) -> None:
    """The regions of all ranks cover the array once; this rank's region has the local shape."""
    for layout in layouts(comm, shape):
        owners = np.zeros(shape, dtype=int)
        for rank in range(comm.size):
            owners[layout.region(rank)] += 1
        assert (owners == 1).all()
        assert layout.local_region == layout.region(comm.rank)
        assert owners[layout.local_region].shape == layout.local_shape


@pytest.mark.mpi
@pytest.mark.parametrize("shape", SHAPES)
def test_lines_are_numbered_as_numpy_does(comm: Intracomm, shape: tuple[int, ...]) -> None:
    """The numbers of a rank's lines are its part of the row-major numbering without the line's axis."""
    for layout in layouts(comm, shape):
        for axis in set(range(len(shape))) - set(layout.axes):
            others = [n for a, n in enumerate(shape) if a != axis]
            numbering = np.arange(prod(others)).reshape(others)
            own = [part for a, part in enumerate(layout.local_region) if a != axis]
            expected = numbering[tuple(own)].ravel()
            np.testing.assert_array_equal(layout.line_numbers(axis), expected)
            everyone = [layout.line_numbers(axis, rank) for rank in range(comm.size)]
            np.testing.assert_array_equal(np.sort(np.concatenate(everyone)), numbering.ravel())


@pytest.mark.mpi
def test_largest_share_is_the_longest_on_any_rank(comm: Intracomm) -> None:
    """The same number on all ranks, the maximum over them."""
    for layout in layouts(comm, (5, 6, 7)):
        for axis in range(3):
            assert layout.largest_share(axis) == max(comm.allgather(layout.local_shape[axis]))


@pytest.mark.mpi
def test_ranks_beyond_the_grid_are_idle(comm: Intracomm) -> None:
    """They own nothing and have no lines; the others form the active communicator, in order."""
    from mpi4py import MPI

    grid = ProcessGrid(comm, (max(1, comm.size - 1),))
    layout = Layout(grid, (9, 9), (0,))
    assert grid.active == (comm.rank < grid.size)
    if grid.active:
        assert (grid.active_comm.size, grid.active_comm.rank) == (grid.size, comm.rank)
        assert [slot.size for slot in grid.slot_comms if slot is not None] == [grid.size]
    else:
        assert grid.active_comm == MPI.COMM_NULL
        assert grid.slot_comms == (None,)
        assert layout.local_shape == (0, 0)
        assert layout.line_numbers(0).size == layout.line_numbers(1).size == 0


@pytest.mark.mpi
def test_a_slot_joins_the_ranks_that_differ_in_it_alone(comm: Intracomm) -> None:
    """Members of a slot's communicator are ordered by their place in the slot."""
    for dims in process_grids(comm.size, 2):
        grid = ProcessGrid(comm, dims)
        for slot, members in enumerate(grid.slot_comms):
            if members is None:
                continue
            place = grid.coordinates(comm.rank)
            places = members.allgather(place)
            assert [p[slot] for p in places] == list(range(dims[slot]))
            assert {p[1 - slot] for p in places} == {place[1 - slot]}


@pytest.mark.mpi
@pytest.mark.parametrize("extra", [(1, 1), (0, 0)])
def test_a_grid_that_does_not_fit_is_refused(comm: Intracomm, extra: tuple[int, int]) -> None:
    """More ranks than there are, or none, are refused on all ranks."""
    dims = (comm.size + 1, 1) if extra[0] else (0, 1)
    with pytest.raises(ValueError, match="does not fit on"):
        ProcessGrid(comm, dims)
