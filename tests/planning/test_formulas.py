"""The formulas of the model, term by term, on a made-up machine that takes no time for anything else."""

from __future__ import annotations

from math import log2

import pytest

from parallel_nls.planning.performance import costs, fields
from parallel_nls.planning.performance.costs import Cost, Job, transform_seconds
from parallel_nls.planning.performance.fields import FieldArray
from parallel_nls.planning.performance.quick_look import looked_at
from parallel_nls.spectral.sweeps import IN_CACHE
from parallel_nls.spectral.transforms import WIDTH
from tests.planning.machines import made_up


def test_a_sweep_is_that_of_whole_blocks() -> None:
    """33 lines of 64 points take the transforms of 64, and the kernels of 33; rows in the cache are not moved."""
    machine = made_up(arithmetic={"transform": {"64": 2.0}, "kick": 3.0, "move": 5.0, "block": 7.0, "sweep": 11.0})
    array = FieldArray.of((33, 64), 16, False, machine, 1)
    assert array.sweep(True, 2, 3.0).seconds == 64 * 64 * 2 * 2.0 + 33 * 64 * 3.0 + 2 * 7.0 + 11.0
    columns = FieldArray.of((64, 33), 16, False, machine, 1)
    assert columns.sweep(False, 2, 3.0).seconds == 64 * 64 * 2 * 2.0 + 33 * 64 * (3.0 + 5.0) + 2 * 7.0 + 11.0
    beyond = FieldArray.of((8192, 64), 16, False, machine, 1)
    assert beyond.sweep(True, 2, 3.0).arithmetic == 8192 * 64 * (2 * 2.0 + 3.0 + 5.0) + 256 * 7.0 + 11.0
    single = made_up(arithmetic={"transform": {"64": 2.0}, "kick": 3.0, "move": 5.0, "single": 0.5})
    half = FieldArray.of((33, 64), 8, False, single, 1)
    assert half.sweep(True, 2, 3.0).seconds == 0.5 * (64 * 64 * 2 * 2.0 + 33 * 64 * 3.0)


def test_sizes_of_the_engine() -> None:
    """The model says again what the engine knows, since plans do not load it."""
    assert (costs.WIDTH, fields._IN_CACHE) == (WIDTH, IN_CACHE)


def test_columns_of_a_line_are_turned() -> None:
    """Once for each transform."""
    array = FieldArray.of((64, 64), 16, True, made_up(arithmetic={"twiddle": 1.0}), 1)
    assert array.pair().seconds == pytest.approx(2 * 64 * 64)


def test_memory_is_what_the_cache_does_not_hold() -> None:
    """Of 64 KiB beside 16 of cache four fifths come from memory; a pair reads and writes all of it twice."""
    machine = made_up(node={"cores": 4, "ranks": 8, "cache": 16384.0, "core_bandwidth": 10.0, "bandwidth": 20.0})
    found = [FieldArray.of((64, 64), 16, False, machine, ranks).pair().memory for ranks in (1, 4, 8)]
    # One rank gets what a core can move, four get a quarter of what there is, eight take turns on four cores.
    assert found == pytest.approx([0.8 * 4 * 65536 / 10, 0.8 * 65536 / 5, 0.8 * 4 * 65536 / 8 / 2.5], rel=1e-12)


def test_neighbours_slow_a_core_down() -> None:
    """From nothing, alone, to all of it; ranks beyond the cores take turns."""
    machine = made_up(node={"cores": 5, "crowding": 2.0, "ranks": 10})
    assert [Job(machine, ranks).slowdown for ranks in (1, 3, 5, 10)] == [1.0, 1.5, 2.0, 4.0]


def test_exchange_within_and_between_nodes() -> None:
    """Of 4 ranks on each of 2 nodes: 3 messages within, 4 between, which share the way out of the node."""
    machine = made_up(
        node={"cores": 4, "core_bandwidth": 10.0, "bandwidth": 40.0},
        messages={"latency": 1.0, "bandwidth": 10.0},
        network={"latency": 3.0, "message": 2.0, "bandwidth": 5.0},
    )
    cost = Job(machine, 8).exchange(800.0, 8, 4)
    assert cost == Cost(messages=3 * 1.0 + 300 / 10 + 3.0 + 4 * 2.0 + 4 * 400 / 5 + 4 * 400 / 10)


def test_columns_between_nodes_travel_while_others_are_worked_on() -> None:
    """Of 4 ranks on each of 8 nodes: two pairs of nodes for a carrier, in 5 pieces; half of the wire is hidden."""
    machine = made_up(
        node={"cores": 4, "core_bandwidth": 10.0, "bandwidth": 40.0},
        messages={"latency": 1.0, "bandwidth": 10.0},
        network={"latency": 3.0, "message": 2.0, "bandwidth": 5.0},
    )
    job, wire = Job(machine, 32), 4 * 700 / 5
    sent, packed = 3.0 + 2 * 5 * 2.0, 8 * 700 / 10
    assert job.columns(800.0, 4, 5, wire - packed).messages == pytest.approx(2 * sent + packed + wire)
    # All but the first piece and the last, if there is enough to do.
    assert job.columns(800.0, 4, 5, 1e9).messages == pytest.approx(2 * sent + packed + 2 * wire / 5)
    # Each alone: three messages a piece to the ranks of its node, 28 to others.
    within = 3 * 5 * 1.0 + 75 / 10
    sent = 3.0 + 28 * 5 * 2.0
    assert job.columns(800.0, 1, 5, 0.0).messages == pytest.approx(2 * (within + sent) + 2 * wire)
    assert Job(machine, 4).columns(800.0, 4, 5, 0.0) == Cost()


def test_ranks_of_a_node_wait_for_each_other() -> None:
    """Twice a pair, eight of them three times as long as two; on two nodes three times and once a piece."""
    machine = made_up(node={"cores": 8}, messages={"barrier": 1.0})
    assert FieldArray.of((64, 64), 16, False, machine, 8).pair().waiting == 6.0
    assert FieldArray.of((64, 64), 16, False, machine, 8, shared=False).pair().waiting == 0.0
    nodes = made_up(node={"cores": 8}, messages={"barrier": 1.0}, network={"bandwidth": 1e9})
    assert FieldArray.of((64, 64), 16, False, nodes, 16).pair().waiting == 3 * (1 + 3)
    assert FieldArray.of((4096, 4096), 16, False, nodes, 16).pair().waiting == 3 * (8 + 3)


def test_more_than_64_ranks_are_groups() -> None:
    """Of 96 ranks each shares with 48."""
    assert Job(made_up(node={"cores": 96}), 96).group == 48


def test_transforms_between_and_beyond_the_table() -> None:
    """As log₂n; slower with a factor that FFTW has no short code for."""
    machine = made_up(arithmetic={"transform": {"64": 1.0, "256": 3.0}})
    assert [transform_seconds(machine, n) for n in (32, 64, 128, 256, 2**16)] == [1.0, 1.0, 2.0, 3.0, 6.0]
    assert transform_seconds(machine, 7 * 32) == pytest.approx(1.5 * (1 + log2(3.5)))
    assert transform_seconds(machine, 17 * 8) == pytest.approx(4 * (1 + log2(17 / 8)))


def test_columns_where_they_lie() -> None:
    """On a machine with kernels: 40 columns of 256 points are neither moved nor filled up, and rows are not moved."""
    tables: dict[str, object] = {
        "transform": {"256": 2.0},
        "columns": {"256": 3.0},
        "move": 5.0,
        "block": 7.0,
        "sweep": 11.0,
    }
    machine = made_up(arithmetic=tables)
    array = FieldArray.of((256, 40), 16, False, machine, 1)
    assert array.drift().seconds == 256 * 40 * 3.0 + 2 * 7.0 + 11.0
    rows = FieldArray.of((2**15, 256), 16, False, machine, 1)
    assert rows.sweep(True, 1, 0.0).arithmetic == 2**15 * 256 * 2.0 + 1024 * 7.0 + 11.0
    in_blocks = 256 * 64 * 2 * 2.0 + 256 * 40 * 5.0 + 2 * 7.0 + 11.0
    folded = FieldArray.of((256, 40), 16, True, machine, 1)
    assert folded.drift().seconds == in_blocks
    assert FieldArray.of((256, 40), 16, False, machine, 1, even=(0,)).drift().seconds > in_blocks
    assert FieldArray.of((200, 40), 16, False, machine, 1).drift().seconds == 200 * 64 * 2 * 2.0 + 200 * 40 * 5.0 + 25.0


def test_narrow_registers() -> None:
    """A quick look there finds FFTW, which takes longer, and no column where it lies."""
    wide, narrow = (looked_at((1e-4, 1e-3), wide=wide) for wide in (True, False))
    assert narrow.arithmetic.columns == {}
    assert wide.arithmetic.columns
    ratios = {narrow.arithmetic.transform[n] / seconds for n, seconds in wide.arithmetic.transform.items()}
    assert max(ratios) == pytest.approx(1.5) == min(ratios)
