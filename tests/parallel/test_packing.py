"""Messages between groups of ranks, played through with numpy: all arrives once, and few carry it."""

from __future__ import annotations

from collections import Counter
from math import prod
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nls.parallel import packing
from parallel_nls.parallel.layout import Layout
from parallel_nls.parallel.packing import Packing, pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from parallel_nls.parallel.layout import ProcessGrid


def plane(ranks: int, shape: tuple[int, int]) -> tuple[Layout, Layout]:
    """Rows and columns on ranks that nobody starts."""
    grid = cast("ProcessGrid", SimpleNamespace(dims=(ranks,), size=ranks, coordinates=lambda rank: (rank,)))
    return Layout(grid, shape, (0,)), Layout(grid, shape, (1,))


def grouped(nodes: list[int]) -> list[tuple[int, ...]]:
    """Ranks by the number of their node."""
    return [tuple(rank for rank, node in enumerate(nodes) if node == head) for head in dict.fromkeys(nodes)]


def sent(made: Packing, whole: NDArray[np.float64], layouts: tuple[Layout, Layout]) -> list[NDArray[np.float64]]:
    """What arrives at each group: rows of another one after those before it, of each the columns of all its ranks."""
    shares = [max(whole[layout.region(rank)].size for layout in layouts) for rank in range(layouts[0].grid.size)]
    found = [np.full(sum(shares[rank] for rank in group), np.nan) for group in made.groups]
    for number, arrived in enumerate(found):
        for piece, places in enumerate(made.arrivals(number)):
            columns = np.concatenate([np.arange(whole.shape[1])[made.columns(r, piece)] for r in made.groups[number]])
            for other, start in places.items():
                rows = np.concatenate([np.arange(whole.shape[0])[layouts[0].region(r)[0]] for r in made.groups[other]])
                part = arrived[start : start + len(rows) * len(columns)]
                assert np.isnan(part).all()
                part[...] = whole[np.ix_(rows, columns)].ravel()
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_each_rank_finds_the_rows_of_all_others(data: st.DataObject) -> None:
    """Whatever ranks are together, of planes that they share unevenly; nothing is sent over another thing."""
    nodes = data.draw(st.lists(st.integers(0, 3), min_size=2, max_size=7))
    least = len(nodes)
    shape = data.draw(st.tuples(st.integers(least, 40), st.integers(least, 40)))
    width = data.draw(st.sampled_from([1, 2, 3, 32]))
    layouts = plane(len(nodes), shape)
    whole = np.arange(float(prod(shape))).reshape(shape)
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(packing, "LEAST", data.draw(st.sampled_from([1, 100, 2**18])))
        made = Packing(*layouts, grouped(nodes), 16, width)
        arrived = sent(made, whole, layouts)
        for rank, node in enumerate(nodes):
            parts = [made.columns(rank, piece) for piece in range(made.pieces)]
            own = layouts[1].region(rank)[1]
            assert [part.start for part in parts] == [own.start, *(part.stop for part in parts[:-1])]
            assert parts[-1].stop == own.stop
            assert all(part.start == own.stop or (part.start - own.start) % width == 0 for part in parts)
            for piece, part in enumerate(parts):
                found = made.arrived_rows(rank, piece)
                assert [rows.rank for rows in found] == [other for other, at in enumerate(nodes) if at != node]
                for owner, offset, stride in found:
                    rows, count = layouts[0].region(owner)[0], part.stop - part.start
                    places = offset + stride * np.arange(rows.stop - rows.start)[:, None] + np.arange(count)
                    np.testing.assert_array_equal(arrived[made.group_of[rank]][places], whole[rows, part])


@pytest.mark.parametrize(("ranks", "on_node"), [(4, 1), (6, 2), (7, 3), (64, 8), (4096, 64)])
def test_carriers_agree_and_take_turns(ranks: int, on_node: int) -> None:
    """Each pair of groups has one at each end; no rank has more of them than it must."""
    groups = grouped([rank // on_node for rank in range(ranks)])
    made = Packing(*plane(ranks, (65536, 65536)), groups, 16, 32)
    pairs = Counter((made.group_of[rank], other) for rank in range(ranks) for other in made.carried(rank))
    assert pairs == Counter((one, other) for one in range(len(groups)) for other in range(len(groups)) if one != other)
    carried = [[len(made.carried(rank)) for rank in group] for group in groups]
    assert all(max(counts) - min(counts) <= 1 for counts in carried)
    assert all(made.carrier(one, other) in groups[one] for one, other in pairs)


@pytest.mark.parametrize(
    ("message", "blocks", "pieces"),
    [(0, 5, 1), (2**18, 5, 1), (2**20, 5, 4), (2**30, 5, 5), (2**30, 99, 8), (1e9, 0, 1)],
)
def test_messages_are_cut_where_they_are_large(message: float, blocks: int, pieces: int) -> None:
    """Into eight at most, and not within a block."""
    assert pieces_of(message, blocks) == pieces
