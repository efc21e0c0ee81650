"""Packed messages between ranks: what arrives, piece by piece, and what comes back. Groups: tests of column sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from parallel_nls.parallel import packing
from parallel_nls.parallel.layout import Layout, ProcessGrid
from parallel_nls.parallel.transpose import Transpose
from tests.support import local_part, random_field

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.numerics.arrays import ComplexArray


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("shape", [(9, 23), (64, 5), (4, 200)])
def test_columns_arrive_and_go_back(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int], dtype: type
) -> None:
    """Rows of all others in order; what comes back lies where it was, and nothing else has changed; twice."""
    monkeypatch.setattr(packing, "LEAST", 1)
    grid, start = ProcessGrid(comm, (comm.size,)), 3
    rows, columns = Layout(grid, shape, (0,)), Layout(grid, shape, (1,))
    whole: ComplexArray = random_field(shape).astype(dtype)
    transpose = Transpose(rows, columns, np.dtype(dtype), granule=2)
    groups = [(rank,) for rank in range(comm.size)]
    exchange = transpose.exchange(groups, {comm.rank: start})
    assert transpose.exchange(groups, {comm.rank: start}) is exchange
    assert exchange.packing.pieces == min(8, -(-columns.largest_share(1) // 2))
    arrived: ComplexArray = np.zeros(shape[0] * columns.local_shape[1], dtype)
    for _ in range(2):
        field: ComplexArray = np.full(start + rows.local_shape[0] * shape[1], -1, dtype)
        field[start:] = local_part(rows, whole).ravel()
        exchange.begin(field, arrived)
        for piece in range(exchange.packing.pieces):
            exchange.receive(piece)
            part = exchange.packing.columns(comm.rank, piece)
            for owner, offset, stride in exchange.packing.arrived_rows(comm.rank, piece):
                own = rows.region(owner)[0]
                places = offset + stride * np.arange(own.stop - own.start)[:, None] + np.arange(part.stop - part.start)
                np.testing.assert_array_equal(arrived[places], whole[own, part])
                arrived[places] *= -1
            exchange.advance()
            exchange.give_back(piece, field, arrived)
        exchange.finish()
        expected = -local_part(rows, whole)
        expected[:, columns.local_region[1]] *= -1
        np.testing.assert_array_equal(field[start:].reshape(rows.local_shape), expected)
        assert (field[:start] == -1).all()
    transpose.close()
    grid.close()
