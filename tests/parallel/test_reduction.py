"""Sums have the same bits for any number of ranks and any order of the lines."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.reduction import Reducer, ordered_sum
from tests.support import digest, parts_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

SHAPE = (23, 14)
FINITE = st.floats(-1e200, 1e200)


def tables() -> list[NDArray[np.float64]]:
    """Global tables of 3 quantities on rows, 2 on columns: signs and sizes such that order matters."""
    generator = np.random.default_rng(5)
    made = []
    for height, lines in ((3, SHAPE[0]), (2, SHAPE[1])):
        size = 10.0 ** generator.uniform(-20, 20, (height, lines))
        made.append(size * generator.standard_normal((height, lines)))
    return made


def gathered(comm: Intracomm, whole: list[NDArray[np.float64]], ranks: int) -> list[NDArray[np.float64]]:
    """Cut the tables over ``ranks`` ranks of the communicator and let the Reducer join them."""
    grid = ProcessGrid(comm, (ranks,))
    lines = [(Layout(grid, SHAPE, (0,)), 1), (Layout(grid, SHAPE, (1,)), 0)]
    local = [table[:, layout.line_numbers(axis)] for table, (layout, axis) in zip(whole, lines, strict=True)]
    return Reducer(comm, lines).gather(local)


@pytest.mark.mpi
def test_tables_are_joined_in_global_order(comm: Intracomm) -> None:
    """Whatever the number of ranks, idle ones included, every rank gets the global tables bit for bit."""
    whole = tables()
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            for ranks in range(1, part.size + 1):
                assert digest(*gathered(part, whole, ranks)) == digest(*whole)


@pytest.mark.mpi
def test_the_ranks_of_a_two_slot_grid_are_put_in_order(comm: Intracomm) -> None:
    """Lines of a 4-D array are interleaved between ranks; the Reducer sorts them by number."""
    shape = (3, 4, 5, 2)
    dims = (2, 2) if comm.size == 4 else (1, comm.size)
    layout = Layout(ProcessGrid(comm, dims), shape, (0, 2))
    whole = np.random.default_rng(6).standard_normal((2, 3 * 5 * 2))
    (joined,) = Reducer(comm, [(layout, 1)]).gather([whole[:, layout.line_numbers(1)]])
    assert digest(joined) == digest(whole)


@pytest.mark.mpi
def test_a_nan_on_one_rank_is_seen_by_all(comm: Intracomm) -> None:
    """The sum is NaN on every rank, whichever rank held it."""
    for row in range(SHAPE[0]):
        whole = tables()
        whole[0][1, row] = math.nan
        rows, columns = gathered(comm, whole, comm.size)
        sums = [ordered_sum(line) for line in (*rows, *columns)]
        assert [math.isnan(value) for value in sums] == [False, True, False, False, False]


@given(st.lists(FINITE, max_size=40), st.randoms(use_true_random=False))
def test_the_sum_is_exactly_rounded_in_any_order(values: list[float], random: object) -> None:
    """It is the double nearest to the sum of the rationals, however the lines are shuffled."""
    exact = float(sum(map(Fraction, values), Fraction(0)))
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ordered_sum(np.array(values)) == exact
    assert ordered_sum(np.array(shuffled)) == exact


@pytest.mark.parametrize(
    ("values", "exact"),
    [
        ([1.0, 2.0**-53, 2.0**-106], 1.0 + 2.0**-52),
        ([1.0, 2.0**-53, -(2.0**-1074)], 1.0),
        ([1.0, 2.0**-53], 1.0),
        ([2.0**-1074, -(2.0**-1021), 2.0**1000, -(2.0**1000)], 2.0**-1074 - 2.0**-1021),
    ],
)
def test_what_is_left_decides_ties(values: list[float], exact: float) -> None:
    """Half a unit in the last place, and a little more or less of it."""
    assert ordered_sum(np.array(values)) == ordered_sum(-np.array(values)) * -1 == exact


def test_numbers_of_all_sizes_are_added_exactly() -> None:
    """Thousands of them over the whole range of exponents: more parts than their digits would fill."""
    generator = np.random.default_rng(2)
    values = np.ldexp(generator.choice([-1.0, 1.0], 4000), generator.integers(-1070, 1000, 4000))
    assert ordered_sum(values) == math.fsum(values.tolist())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_sum_with_anything_not_finite_is_nan(bad: float) -> None:
    """Infinities count as NaN too."""
    assert math.isnan(ordered_sum(np.array([1.0, bad, 2.0])))


def test_a_sum_beyond_all_numbers_is_not_a_number() -> None:
    """Finite results whose sum is not: NaN, which stops a run, and no exception."""
    assert np.isnan(ordered_sum(np.full(4, 1e308)))
    assert np.isnan(ordered_sum(np.array([1.0, np.inf, -np.inf])))
