"""The profile of a job: a clock that loses nothing, ranks that wait, systems of all kinds, and no bit that changes."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpi4py import MPI

from parallel_nls.config import Configuration, load_configuration
from parallel_nls.errors import DONE, RESUMABLE
from parallel_nls.numerics.code_cache import around_compilation
from parallel_nls.running.configured_run import ConfiguredRun
from parallel_nls.running.loop import RunLoop
from parallel_nls.running.profiling.clock import REST, Clock, Part
from parallel_nls.running.profiling.communicator import EXCHANGE, WAITING, TimedComm
from parallel_nls.running.profiling.entry_points import DIAGNOSTICS, ENTRY_POINTS, OUTPUT, START, STEPS
from parallel_nls.running.profiling.profile import Profile
from parallel_nls.running.run import resume, run
from parallel_nls.spectral.column_sweep import ColumnSweep
from parallel_nls.spectral.sweeps import Sweep
from scripts.faults.comparison import differences
from tests.running.leaving import leaving_after
from tests.support import DECOMPOSED, small_remainder, small_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpi4py.MPI import Intracomm

SHORT = ("time.stop=-0.495",)
OF_REMAINDER = ("grid.points=400", "grid.length=60.0", "limits.spectral_tail=off", DECOMPOSED)
TOLERANCE = ("time.step=off", "time.tolerance=1e-5", "time.frame=0.0025")


def hierarchy() -> Configuration:
    """Seven points, one frame."""
    small = ("grid={points=7,radius=4.6}", "time.stop=0.1", "limits.spectral_tail=off", "output={}")
    return load_configuration("mean_field_limit", small)


def half_wave() -> Configuration:
    """A frame of the whole line."""
    few = ("grid.points=128", "time.stop=0.05", "diagnostics.every=0.05", "limits.spectral_tail=off")
    return load_configuration("half_wave_inhomogeneous", few)


FIELDS, FEW = "fields", pytest.mark.ranks(1, 2)
SYSTEMS: dict[str, tuple[Callable[[], Configuration], set[str]]] = {
    FIELDS: (lambda: small_run(*SHORT), {"row sweeps", "column sweeps"}),
    "tolerance": (lambda: small_run(*SHORT, *TOLERANCE), {"row sweeps", "column sweeps", "step control"}),
    "remainder": (
        lambda: small_remainder(6.0, 5.8, 0.1, *OF_REMAINDER),
        {"row sweeps", "column sweeps"},
    ),
    "hierarchy": (hierarchy, {"linear flow", "interaction"}),
}


def profile_of(root: Path) -> dict[str, Any]:
    """What the summary holds."""
    found: dict[str, Any] = json.loads((root / "summary.json").read_text(encoding="utf-8"))["profile"]
    return found


def test_every_moment_is_charged_once() -> None:
    """Parts interrupt each other; what is begun goes on where it was."""
    moments = iter([0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 21.0])
    clock = Clock(Part("a", "first"), before=0.5, now=lambda: next(moments))
    with clock.charging(Part("b", REST)), clock.charging(Part("b", "inner")):  # at 1, at 3; until 6, and 10
        pass
    clock.turn_to(Part("c", "last"))  # at 15, after the end of b at 10
    assert clock.seconds() == {("a", "first"): 0.5 + 1 + 5, ("b", REST): 2 + 4, ("b", "inner"): 3, ("c", "last"): 6}


def test_entry_points_come_and_go() -> None:
    """After the context the classes are what they were, inherited methods too; every line of the table is there."""
    before = [(vars(owner).copy()) for owner in (Sweep, ColumnSweep, ConfiguredRun, RunLoop)]
    with Profile().watching(MPI.COMM_SELF):
        assert vars(Sweep)["__call__"] is not before[0]["__call__"]
    assert [vars(owner).copy() for owner in (Sweep, ColumnSweep, ConfiguredRun, RunLoop)] == before
    for point in ENTRY_POINTS:
        owner, method = point.method.split(".")
        module = __import__(f"parallel_nls.{point.module}", fromlist=[owner])
        assert callable(getattr(getattr(module, owner), method)), point


def test_what_makes_kernels_ready_is_noticed() -> None:
    """Begin and end come in pairs, also where a kernel meets new types."""
    from parallel_nls.numerics.compiled import kernel

    calls: list[int] = []
    once = kernel(lambda x: x + 1)
    with around_compilation(lambda: calls.append(1), lambda: calls.append(-1)):
        assert once(1) == 2
    assert calls
    assert calls[0] == 1
    assert sum(calls) == 0


@pytest.mark.mpi
def test_messages_and_waiting_are_told_apart(comm: Intracomm) -> None:
    """One rank comes late: the others wait as long, and nobody's message takes it; parts of a communicator too."""
    clock = Clock(Part(STEPS, REST))
    timed = TimedComm.of(comm, clock)
    if comm.rank == 0:
        time.sleep(0.1)
    assert timed.allreduce(1) == comm.size
    part = timed.Split(0 if comm.rank < 2 else MPI.UNDEFINED)
    if part != MPI.COMM_NULL:
        assert part.allreduce(1) == min(comm.size, 2)
        part.Free()
    seconds = clock.seconds()
    assert (STEPS, EXCHANGE) in seconds
    if comm.rank > 0:
        assert seconds[STEPS, WAITING] > 0.05
    if comm.size == 1:
        assert (STEPS, WAITING) not in seconds


@pytest.mark.mpi
@pytest.mark.parametrize("name", [FIELDS, *(pytest.param(name, marks=FEW) for name in SYSTEMS if name != FIELDS)])
def test_no_bit_changes_and_nothing_is_lost(comm: Intracomm, shared_path: Path, name: str) -> None:
    """Series, fields, checkpoints and configuration are those without; the parts sum to the wall time of the job."""
    make, expected = SYSTEMS[name]
    assert run(make(), comm, shared_path / "plain").exit_code == DONE
    begin = time.perf_counter()
    assert run(make(), comm, shared_path / "timed", profile=Profile()).exit_code == DONE
    passed = time.perf_counter() - begin
    if comm.rank > 0:
        return
    assert differences(shared_path / "plain", shared_path / "timed") == []
    texts = [(shared_path / root / "config.toml").read_text(encoding="utf-8") for root in ("plain", "timed")]
    assert texts[0] == texts[1]
    found = profile_of(shared_path / "timed")
    assert found["ranks"] == comm.size
    spreads = [spread for parts in found["parts"].values() for spread in parts.values()]
    for which in ("mean", "rank0"):
        assert np.sum([spread[which] for spread in spreads]) == pytest.approx(found["wall_seconds"][which], abs=1e-4)
    assert all(0 <= spread["min"] <= spread["mean"] + 1e-6 <= spread["max"] + 2e-6 for spread in spreads)
    assert found["wall_seconds"]["rank0"] <= passed
    assert expected <= set(found["parts"][STEPS])
    assert {"series", "checkpoints"} <= set(found["parts"][OUTPUT])
    assert "initial data" in found["parts"][START]
    log = (shared_path / "timed" / "log.txt").read_text(encoding="utf-8")
    assert "where the time went" in log
    assert "where the time went" not in (shared_path / "plain" / "log.txt").read_text(encoding="utf-8")
    assert "profile" not in json.loads((shared_path / "plain" / "summary.json").read_text(encoding="utf-8"))


def test_half_waves_too(tmp_path: Path) -> None:
    """One rank has all of them."""
    assert run(half_wave(), MPI.COMM_SELF, tmp_path / "timed", profile=Profile()).exit_code == DONE
    assert "linear flow" in profile_of(tmp_path / "timed")["parts"][STEPS]


@pytest.mark.mpi
@pytest.mark.ranks(1, 2)
def test_a_resumed_job_has_its_own(comm: Intracomm, shared_path: Path) -> None:
    """Monitors have their names; the job that left has written its profile into a summary that is replaced."""
    config = small_run(*SHORT, "diagnostics.families=['conserved','distance','modulation']")
    with leaving_after(1):
        assert run(config, comm, shared_path / "run", profile=Profile()).exit_code == RESUMABLE
    assert resume(comm, shared_path / "run", profile=Profile(before=100.0)).exit_code == DONE
    if comm.rank == 0:
        found = profile_of(shared_path / "run")
        assert {"field", "distance", "decomposition"} <= set(found["parts"][DIAGNOSTICS])
        assert found["wall_seconds"]["min"] > 100
        assert found["parts"][START]["loading"]["min"] > 100
