"""Measuring the constants of a machine: all of them, on any number of ranks, in a file that can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from parallel_nls.doctor.calibration import arithmetic, memory, messages, storage, timing
from parallel_nls.doctor.calibration.calibrate import calibrate, machine_text
from parallel_nls.errors import UserError
from parallel_nls.parallel.consensus import from_root
from parallel_nls.planning.performance.machine import default_machine, load_machine
from parallel_nls.spectral.fast_fourier.registers import has_wide_registers

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

MEASURED = ("kick", "drift", "line_drift", "move", "twiddle", "wave", "product", "sample", "single")
NETWORK = ("latency", "message", "bandwidth")


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_machine_is_measured(comm: Intracomm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortly: each rank has the same constants, positive, and the file of them is read back."""
    monkeypatch.setattr(timing, "BUDGET", 0.0)
    monkeypatch.setattr(arithmetic, "LENGTHS", (64, 1024))
    monkeypatch.setattr(arithmetic, "_LENGTH", 128)
    for module in (messages, storage):
        monkeypatch.setattr(module, "_LARGE", 128)
    monkeypatch.setattr(storage, "_TIMES", 1)
    monkeypatch.setattr(memory, "SIDES", (64, 256))
    monkeypatch.setattr(memory, "EACH", 128)
    folder = from_root(comm, lambda: tmp_path)
    found = calibrate(comm, folder)
    assert comm.allgather(found) == [found] * comm.size
    machine, default = found.machine, default_machine()
    own = machine.arithmetic
    assert set(own.transform) == {"64", "1024"}
    assert set(own.columns) == ({"1024"} if has_wide_registers() else set())
    assert all(getattr(own, name) > 0 for name in MEASURED)
    # What was not measured is scaled as transforms are.
    assert own.source / default.arithmetic.source == pytest.approx(own.sum / default.arithmetic.sum, rel=1e-2)
    assert machine.storage != default.storage
    assert (machine.messages == default.messages) == (comm.size == 1)
    assert machine.network == default.network
    said = " ".join(found.remarks)
    assert ("one rank" in said) == (comm.size == 1)
    assert "one node" in said
    assert list(folder.iterdir()) == []
    comm.Barrier()
    path = tmp_path / "m.toml"
    path.write_text(machine_text(machine), encoding="utf-8")
    assert load_machine(str(path)) == machine


@pytest.mark.mpi
def test_a_folder_that_takes_no_files_is_refused_before_the_work(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On all ranks, with its name and the remedy, and no temporary one in it."""
    monkeypatch.setattr(arithmetic, "transform_table", pytest.fail)
    where = shared_path / "file"
    from_root(comm, lambda: where.write_text(""))
    told = (
        rf"^folder '{where}' for the times of files cannot be written \(Not a directory\); name a file .*: --to FILE$"
    )
    with pytest.raises(UserError, match=told) as caught:
        calibrate(comm, where)
    assert len(set(comm.allgather(str(caught.value)))) == 1


@pytest.mark.mpi
@pytest.mark.ranks(2, 3, 4)
def test_a_network_is_measured(comm: Intracomm) -> None:
    """Between nodes that are made up: of one rank each, but for the last, which has what is left."""
    node = cast("Intracomm", comm.Split(min(comm.rank, 1), comm.rank))
    found = messages.network_constants(comm, node)
    assert tuple(found) == NETWORK
    assert all(value > 0 for value in found.values())
    whole = comm.Dup()
    assert messages.network_constants(comm, whole) == {}
    whole.Free()
    node.Free()


def test_cache_and_rate_by_several_sizes() -> None:
    """Steps that take longer by resident/(resident + C) give C back, within what there can be, and the rate."""
    resident, rate = 16.0 * np.array([512, 1024, 2048, 4096]) ** 2, 3e10
    for cache in (3e6, 2e7):
        added = 64 / rate * resident / (resident + cache)
        found = memory.cache_and_rate(resident, 4e-9 + added, added, 1e9)
        assert found == pytest.approx((cache, rate), rel=0.02)
        # Half as much again of one alone is no cache of another order.
        added[1] *= 1.5
        found = memory.cache_and_rate(resident, 4e-9 + added, added, 1e9)
        assert 0.2 * cache <= found[0] <= cache
    ones = np.ones(4)
    assert memory.cache_and_rate(resident, 2 * ones, ones, 4e7)[0] == pytest.approx(0.02 * resident[0])
    assert memory.cache_and_rate(resident, 2 * ones, resident / resident[3], 4e7)[0] == 4e7
    assert memory.cache_and_rate(resident, ones, -ones, 4e7)[1] == pytest.approx(64 / 0.02)


@pytest.mark.parametrize(("text", "count"), [("0", 1), ("0-3", 4), ("0-3,8-11", 8)])
def test_lists_of_processors(text: str, count: int) -> None:
    """As Linux writes them."""
    assert memory._count(text) == count
