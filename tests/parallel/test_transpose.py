"""The global transpose moves every element to where numpy slicing says it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.transpose import Transpose
from tests.support import local_part, process_grids, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

COMPLEX = np.dtype(np.complex128)
# (shape, axes before, axes after): one slot moves; odd and prime sizes, fewer lines than ranks.
MOVES = [
    ((12, 8), (0,), (1,)),
    ((8, 12), (1,), (0,)),
    ((13, 7), (0,), (1,)),
    ((3, 41), (0,), (1,)),
    ((41, 2), (0,), (1,)),
    ((243, 128), (0,), (1,)),
    ((5, 7, 9), (0,), (2,)),
    ((5, 7, 9), (0, 1), (0, 2)),
    ((5, 7, 9), (0, 2), (1, 2)),
    ((4, 5, 3, 7), (0, 2), (0, 3)),
    ((4, 5, 3, 7), (0, 3), (1, 3)),
    ((2, 3, 2, 5), (0, 2), (1, 2)),
]
Move = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def transposes(comm: Intracomm, move: Move, pieces: int = 8, dtype: np.dtype = COMPLEX) -> list[Transpose]:
    """The move on all process grids that fit, idle ranks included."""
    shape, before, after = move
    made = []
    for dims in process_grids(comm.size, len(before)):
        grid = ProcessGrid(comm, dims)
        made.append(Transpose(Layout(grid, shape, before), Layout(grid, shape, after), dtype, pieces))
    return made


@pytest.mark.mpi
@pytest.mark.parametrize("move", MOVES)
def test_forward_and_backward_agree_with_slicing(comm: Intracomm, move: Move) -> None:
    """Both directions, twice, leave the source as it was."""
    whole = random_field(move[0])
    for transpose in transposes(comm, move):
        before, after = local_part(transpose.source, whole), local_part(transpose.target, whole)
        source, target = before.copy(), np.full_like(after, np.nan)
        for _ in range(2):
            transpose.forward(source, target)
            np.testing.assert_array_equal(target, after)
            source[...] = np.nan
            transpose.backward(target, source)
            np.testing.assert_array_equal(source, before)


@pytest.mark.mpi
@pytest.mark.parametrize("pieces", [1, 2, 3, 8])
@pytest.mark.parametrize("move", MOVES)
def test_pieces_make_the_whole(comm: Intracomm, move: Move, pieces: int) -> None:
    """Pieces follow one another, cover the share, and none is larger than 1/pieces of the largest share."""
    whole = random_field(move[0], seed=1)
    for transpose in transposes(comm, move, pieces):
        source, expected = local_part(transpose.source, whole), local_part(transpose.target, whole)
        end = 0
        for index in range(transpose.pieces):
            low, high = transpose.piece_range(index)
            assert low == end
            assert high - low <= transpose.width
            part = np.take(expected, range(low, high), axis=transpose.taken)
            piece = np.full_like(part, np.nan)
            transpose.piece(source, index, piece)
            np.testing.assert_array_equal(piece, part)
            end = high
        assert end == transpose.target.local_shape[transpose.taken]
        largest = transpose.target.largest_share(transpose.taken)
        assert transpose.width == -(-largest // pieces)


@pytest.mark.mpi
@pytest.mark.parametrize("granule", [1, 4, 32])
@pytest.mark.parametrize("pieces", [1, 3, 8])
def test_pieces_are_whole_granules(comm: Intracomm, pieces: int, granule: int) -> None:
    """The narrowest multiple that allows so many pieces; no more pieces than that needs."""
    for source, target in ((1, 0), (0, 1)):
        grid = ProcessGrid(comm, (comm.size,))
        layouts = Layout(grid, (100, 43), (source,)), Layout(grid, (100, 43), (target,))
        transpose = Transpose(*layouts, COMPLEX, pieces, granule)
        largest = transpose.target.largest_share(target)
        widths = [w for w in range(granule, 200, granule) if w * pieces >= largest]
        assert transpose.width == widths[0]
        assert (transpose.pieces - 1) * transpose.width < largest <= transpose.pieces * transpose.width


@pytest.mark.mpi
@pytest.mark.parametrize("pieces", [1, 3, 8])
@pytest.mark.parametrize("move", MOVES)
def test_pieces_find_their_way_back(comm: Intracomm, move: Move, pieces: int) -> None:
    """Each piece overwrites its own places of the source, and no others."""
    whole = random_field(move[0], seed=2)
    for transpose in transposes(comm, move, pieces):
        source, sent = local_part(transpose.source, whole), local_part(transpose.target, -whole)
        received, expected = source.copy(), source.copy()
        starts = [transpose.target.region(rank)[transpose.taken] for rank in range(comm.size)]
        for index in range(transpose.pieces):
            low, high = transpose.piece_range(index)
            piece = np.ascontiguousarray(np.take(sent, range(low, high), axis=transpose.taken))
            transpose.piece_back(piece, index, received)
            for own in starts:
                first = min(own.start + index * transpose.width, own.stop)
                last = min(own.start + (index + 1) * transpose.width, own.stop)
                part = [slice(None)] * source.ndim
                part[transpose.taken] = slice(first, last)
                expected[tuple(part)] = -source[tuple(part)]
            np.testing.assert_array_equal(received, expected)
        np.testing.assert_array_equal(received, -source)


@pytest.mark.mpi
def test_other_element_types(comm: Intracomm) -> None:
    """Single precision and real numbers move as their own bytes; types are made anew after a close."""
    for dtype in (np.complex64, np.float64):
        for transpose in transposes(comm, MOVES[2], dtype=np.dtype(dtype)):
            whole: NDArray[Any] = random_field(MOVES[2][0]).real.astype(dtype)
            source: NDArray[Any] = local_part(transpose.source, whole)
            target: NDArray[Any] = np.zeros(transpose.target.local_shape, dtype=dtype)
            for _ in range(2):
                transpose.forward(source, target)
                np.testing.assert_array_equal(target, local_part(transpose.target, whole))
                target[...] = 0
                transpose.close()


@pytest.mark.mpi
def test_layouts_without_a_way_are_refused(comm: Intracomm) -> None:
    """No slot, two slots, another grid or another shape."""
    grid, other = ProcessGrid(comm, (1, 1)), ProcessGrid(comm, (1, 1))
    source = Layout(grid, (4, 5, 6), (0, 1))
    targets = [
        source,
        Layout(grid, (4, 5, 6), (1, 2)),
        Layout(other, (4, 5, 6), (0, 2)),
        Layout(grid, (4, 6, 5), (0, 2)),
    ]
    for target in targets:
        with pytest.raises(ValueError, match="no transpose leads"):
            Transpose(source, target, COMPLEX)
