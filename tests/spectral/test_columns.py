"""The sweep along the distributed axis, whole and in pieces, against numpy; for planes and folded lines."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.fft

from parallel_nls.parallel import packing
from parallel_nls.parallel.exchange import Exchange
from parallel_nls.spectral.box import FourierDomain
from parallel_nls.spectral.column_pieces import ColumnPieces
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.line import LineDomain
from parallel_nls.spectral.pencils import allocate_resident
from tests.parallel.nodes import NODES, put_on_nodes
from tests.support import digest, gather_field, local_part, parts_of, random_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpi4py.MPI import Intracomm
    from numpy.typing import NDArray

    from parallel_nls.contracts import Domain
    from parallel_nls.numerics.arrays import ComplexArray
    from parallel_nls.spectral.sweeps import Block

pytestmark = pytest.mark.mpi

# A line is its number of points; 3000 = 50 × 60, 251 is one row. Columns of −70 points are even: half is held.
ARRAYS: list[tuple[int, ...]] = [
    (36, 40), (7, 101), (101, 7), (2, 50), (64, 33), (3000,), (251,), (45,), (-70, 40), (-14, 101), (-4, 33), (-64, 6)
]  # fmt: skip


def made(comm: Intracomm, points: tuple[int, ...], dtype: type = np.complex128) -> Domain:
    """A line or a plane."""
    if len(points) == 1:
        return LineDomain(comm, points, (5.0,), dtype)
    rows, row_length = points
    return FourierDomain(comm, (abs(rows), row_length), (5.0, 4.0), dtype=dtype, even=(0,) if rows < 0 else ())


def symbol(domain: Domain) -> NDArray[np.complex128]:
    """Random factors of all coefficients of the columns, of modulus 1."""
    phases: NDArray[np.complex128] = np.exp(2j * np.pi * np.random.default_rng(5).uniform(size=domain.shape))
    return phases


def turn(domain: Domain) -> NDArray[np.complex128]:
    """What a forward transform of columns is turned by ahead: e^{-2πi·a·k_b/N} of a folded line, 1 in a plane."""
    a, k = (np.arange(n) for n in domain.shape)
    n = domain.shape[0] * domain.shape[1]
    turns = (np.multiply.outer(a, k) % n) / n if domain.dimension == 1 else np.zeros(domain.shape)
    phases: NDArray[np.complex128] = np.exp(-2j * np.pi * turns)
    return phases


def filtered(domain: Domain, whole: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """What the sweep is to do to the whole array, by numpy and scipy; both transforms unnormalised."""
    if domain.even:
        spectrum = scipy.fft.dct(whole, axis=0, norm="ortho")
        back: NDArray[np.complex128] = len(whole) * scipy.fft.idct(symbol(domain) * spectrum, axis=0, norm="ortho")
        return back
    spectrum = np.fft.fft(turn(domain) * whole, axis=0)
    return np.fft.ifft(symbol(domain) * spectrum, axis=0, norm="forward") / turn(domain)


def multiplying(domain: Domain, part: slice = slice(None)) -> Callable[[NDArray[np.complex128], Block], None]:
    """Block kernel that multiplies by the symbol, for a slice of local columns."""
    factors = symbol(domain)
    numbers = domain.layouts[1].line_numbers(0)[part]

    def kernel(block: NDArray[np.complex128], lines: Block) -> None:
        """The block must know its columns by both of their numbers."""
        np.testing.assert_array_equal(lines.numbers, numbers[lines.lines])
        block[: lines.count] *= factors[:, lines.numbers].T

    return kernel


@pytest.mark.parametrize("points", ARRAYS)
def test_a_sweep_of_columns_agrees_with_numpy(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Transform, kernel, inverse transform, twice, in place; the bits are the same on any number of ranks."""
    digests = []
    with parts_of(comm, range(1, comm.size + 1)) as parts:
        for part in parts.values():
            domain = made(part, points)
            whole = random_field(domain.shape, seed=6)
            sweep = domain.drift_sweep()
            assert sweep.spare.shape == domain.layouts[0].local_shape
            field = local_part(domain.layouts[0], whole)
            for _ in range(2):
                sweep(field, multiplying(domain))
                sweep.spare[...] = np.nan
                whole = filtered(domain, whole)
            found = gather_field(domain.layouts[0], field)
            assert np.abs(found - whole).max() <= 3e-15 * np.abs(whole).max()
            digests.append(digest(found))
    assert len(set(comm.allreduce(digests))) == 1


@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize("points", [(36, 40), (7, 101), (2, 50), (3000,), (-70, 40), (12, 300), (-12, 301)])
@pytest.mark.parametrize("nodes", NODES)
def test_shared_rows_have_the_bits_of_messages(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, nodes: str, points: tuple[int, ...]
) -> None:
    """Whatever ranks share memory, one of them late ahead of a sweep and within it; on one node nothing is sent."""
    put_on_nodes(monkeypatch, nodes)
    monkeypatch.setattr(packing, "LEAST", 1)
    domain = made(comm, points)
    whole = random_field(domain.shape, seed=9)
    expected, field = local_part(domain.layouts[0], whole), allocate_resident(domain)
    begin, exchanges = Exchange.begin, list[int]()

    def noted(exchange: Exchange, *arrays: ComplexArray) -> None:
        """Note between how many groups."""
        exchanges.append(len(exchange.packing.groups))
        assert exchange.packing.pieces == -(-domain.layouts[1].largest_share(1) // 32)
        begin(exchange, *arrays)

    monkeypatch.setattr(Exchange, "begin", noted)
    sweep, multiply = domain.drift_sweep(), multiplying(domain)
    for late in range(2):
        for array in (expected, field):
            waiting = 0.003 if comm.rank == late else 0.0

            def act(block: NDArray[np.complex128], lines: Block, waiting: float = waiting) -> None:
                """Late with its columns."""
                time.sleep(waiting)
                multiply(block, lines)

            time.sleep(waiting)
            if late == 0:
                array[...] = whole[domain.layouts[0].local_region]
            sweep(array, act)
        np.testing.assert_array_equal(field, expected)
    count = domain.grid.size
    groups = len(set(NODES[nodes][:count]))
    assert exchanges == ([count] if groups == 1 else [count, groups]) * 2 * domain.grid.active
    domain.close()


@pytest.mark.ranks(1, 3)
def test_without_memory_for_what_arrives_nothing_is_shared(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """One rank of one node gets none: all exchange by messages, and know why."""
    put_on_nodes(monkeypatch, "two nodes")
    domain = made(comm, (36, 40))

    def refuse(*_: object) -> None:
        """As a system without room."""
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patches:
        if comm.rank == 1:
            patches.setattr(os, "posix_fallocate", refuse)
        sweep = domain.drift_sweep()
    rows = domain.shared_rows
    assert rows is not None
    trouble = ("messages", "ranks of a node share no memory (No space left on device)")
    assert (rows.exchange, rows.trouble) == (("none", "") if comm.size == 1 else trouble)
    whole = random_field(domain.shape, seed=9)
    field = allocate_resident(domain)
    assert rows.find(field) is None
    field[...] = local_part(domain.layouts[0], whole)
    sweep(field, multiplying(domain))
    expected = local_part(domain.layouts[0], filtered(domain, whole))
    assert np.abs(field - expected).max() <= 3e-15 * np.abs(expected).max()
    domain.close()


@pytest.mark.parametrize("points", ARRAYS)
def test_pieces_of_columns_make_the_sweep(comm: Intracomm, points: tuple[int, ...]) -> None:
    """A piece at a time, with the bits of the whole sweep; without the way back the field is kept."""
    domain = made(comm, points)
    field = local_part(domain.layouts[0], random_field(domain.shape, seed=7))
    expected, kept = field.copy(), field.copy()
    ColumnSweep(domain)(expected, multiplying(domain))
    pieces = ColumnPieces(domain)
    assert pieces.count == domain.layouts[1].local_shape[1]
    seen: list[int] = []

    def kernel(part: slice) -> Callable[[NDArray[np.complex128], Block], None]:
        """Note which columns pass."""
        seen.extend(range(pieces.count)[part])
        return multiplying(domain, part)

    pieces(field, kernel, "forward", "backward")
    assert digest(field) == digest(kept)
    pieces(field, kernel, "forward", "backward", back=True)
    assert digest(field) == digest(expected)
    assert seen == 2 * list(range(pieces.count))


@pytest.mark.ranks(2, 3, 4)
@pytest.mark.parametrize("points", [(36, 40), (2, 50), (3000,), (-70, 40)])
@pytest.mark.parametrize("nodes", NODES)
def test_columns_of_shared_rows_are_passed_over_in_place(
    comm: Intracomm, monkeypatch: pytest.MonkeyPatch, nodes: str, points: tuple[int, ...]
) -> None:
    """With the bits of pieces, one rank late, also in the second array of a sweep; by messages between nodes."""
    put_on_nodes(monkeypatch, nodes)
    domain = made(comm, points)
    whole, pieces = random_field(domain.shape, seed=7), ColumnPieces(domain)
    expected, spare = local_part(domain.layouts[0], whole), domain.drift_sweep().spare
    ways: list[str] = []
    for name in ("piece", "piece_back"):
        monkeypatch.setattr(pieces.transpose, name, noted(ways, name, getattr(pieces.transpose, name)))
    pieces(expected, lambda part: multiplying(domain, part), "forward", "backward", back=True)
    by_messages = len(ways)
    for array in (allocate_resident(domain), spare):
        ways.clear()
        array[...] = whole[domain.layouts[0].local_region]
        time.sleep(0.003 if comm.rank == 1 else 0.0)
        pieces(array, lambda part: multiplying(domain, part), "forward", None)
        np.testing.assert_array_equal(array, whole[domain.layouts[0].local_region])
        pieces(array, lambda part: multiplying(domain, part), "forward", "backward", back=True)
        np.testing.assert_array_equal(array, expected)
        one = len(set(NODES[nodes][: domain.grid.size])) == 1
        assert len(ways) == (0 if one and domain.grid.active else 1.5 * by_messages)
    domain.close()


def noted(names: list[str], name: str, method: Callable[..., None]) -> Callable[..., None]:
    """The method, whose name is noted at each call."""

    def call(*arguments: object) -> None:
        """Note it."""
        names.append(name)
        method(*arguments)

    return call


@pytest.mark.parametrize("points", [(36, 40), (3000,)])
def test_columns_in_single_precision(comm: Intracomm, points: tuple[int, ...]) -> None:
    """Both ways, to the rounding of complex64."""
    domain = made(comm, points, np.complex64)
    whole = np.random.default_rng(8).standard_normal((2, *domain.shape)).astype(np.float32)
    field = local_part(domain.layouts[0], (whole[0] + 1j * whole[1]).astype(np.complex64))
    again = field.copy()
    expected = filtered(domain, (whole[0] + 1j * whole[1]).astype(complex))
    sweep = ColumnSweep(domain)
    sweep(field, multiplying(domain))
    ColumnPieces(domain)(again, lambda part: multiplying(domain, part), "forward", "backward", back=True)
    assert field.dtype == sweep.spare.dtype == np.complex64
    assert digest(field) == digest(again)
    found = gather_field(domain.layouts[0], field)
    assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()
