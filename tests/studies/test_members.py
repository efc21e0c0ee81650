"""Members of a sweep have the bits of runs alone, on any ranks; one that fails does not stop the others."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from mpi4py.MPI import Intracomm

from parallel_nls import open_run
from parallel_nls.config import Configuration
from parallel_nls.errors import DONE, RESUMABLE, STOPPED, StorageError, UserError
from parallel_nls.output.durable_files import fresh_name, refused_as_error
from parallel_nls.output.run_lock import RunLock
from parallel_nls.output.run_paths import RunPaths
from parallel_nls.running import stop_requests
from parallel_nls.running.loop import RunOutcome
from parallel_nls.running.run import run
from parallel_nls.running.simulation import Simulation
from parallel_nls.studies.sweep import claims, group
from parallel_nls.studies.sweep.folder import SweepPaths, clear
from parallel_nls.studies.sweep.opening import open_sweep
from parallel_nls.studies.sweep.run_sweep import run_sweep
from tests.running.leaving import leaving_after
from tests.studies.sweeps import FOUR, column_of, differing_members, names_in, plan_of, sweep_text

pytestmark = pytest.mark.mpi

# With the decomposition into bubbles, which small sweeps otherwise do without.
EVERYTHING: dict[str, Any] = {
    "diagnostics__families": None, "checkpoint__every": {"steps": 12}, "output__fields_every": {"steps": 8},
}  # fmt: skip
LASTING = {"sweep.toml", "members.csv", "summary.csv", "summary.json", ".jobs"}
START = """
import numpy as np

def fine(x, y):
    return np.exp(-x**2 - y**2) + 0j

def broken(x, y):
    raise ValueError("no such data")

def high(x, y):
    return 9 * fine(x, y)

def low(x, y):
    return 0.5 * fine(x, y)
"""
BASE = """
[equation]
name = "nls"
[grid]
points = [16, 16]
length = [8.0, 8.0]
[initial]
kind = "python"
file = "start.py"
[time]
start = 0.0
stop = 0.008
step = 1e-3
[limits]
sup_norm = 8.0
"""


@pytest.fixture
def in_steps() -> Iterator[Callable[[Callable[[Simulation], None]], None]]:
    """A function: have something done before each step."""
    step = Simulation.step
    patches = []

    def do(action: Callable[[Simulation], None]) -> None:
        """Do it."""

        def acting(self: Simulation) -> str | None:
            """Step, but not at once."""
            action(self)
            return step(self)

        patch = mock.patch.object(Simulation, "step", acting)
        patch.start()
        patches.append(patch)

    yield do
    for patch in patches:
        patch.stop()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where rank 0 puts runs of the four members alone."""
    return tmp_path_factory.mktemp("alone")


@pytest.mark.parametrize("ranks", [1, 2])
def test_members_have_the_bits_of_runs_alone(
    comm: Intracomm, shared_path: Path, alone: Path, ranks: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """In groups of one rank and of two; a rank that is left over is idle; nothing else stays behind."""
    plan = plan_of(comm, shared_path, sweep_text(FOUR, ranks=ranks, **EVERYTHING))
    if ranks > comm.size:
        with pytest.raises(UserError, match="ranks = 2: a member needs more ranks than the 1 that there are"):
            run_sweep(plan, comm)
        assert not (shared_path / "scan").exists()
        return
    assert run_sweep(plan, comm) == DONE
    output = capfd.readouterr().out
    assert differing_members(comm, plan, alone) == []
    assert column_of(shared_path / "scan", "status") == ["done"] * 4
    assert column_of(shared_path / "scan", "steps") == [8, 8, 16, 16]
    assert names_in(shared_path / "scan") == LASTING
    assert not list((shared_path / "scan" / ".jobs").iterdir())
    assert open_run(shared_path / "scan" / "member_0002").config.time.step == 5e-4
    if comm.rank == 0:
        assert ("1 rank idle" in output) == (ranks == 2 and comm.size == 3)
        assert "4 members: 4 done" in output


@pytest.fixture
def of_functions(comm: Intracomm, shared_path: Path) -> str:
    """A sweep over initial data of which one cannot be made, and one is too high for its limit."""
    if comm.rank == 0:
        (shared_path / "start.py").write_text(START, encoding="utf-8")
        (shared_path / "base.toml").write_text(BASE, encoding="utf-8")
    functions = '"initial.function" = ["broken", "fine", "high", "low"]'
    return f'configuration = "base.toml"\n[set]\nlimits.spectral_tail = "off"\n[vary]\n{functions}\n'


def test_a_member_that_fails_does_not_stop_the_others(comm: Intracomm, shared_path: Path, of_functions: str) -> None:
    """The table says which; the next start tries it again, and leaves alone what is finished."""
    plan = plan_of(comm, shared_path, of_functions)
    root = shared_path / "scan"
    ends = []
    for _ in range(2):
        assert run_sweep(plan, comm) == STOPPED
        assert column_of(root, "status") == ["failed", "done", "stopped early", "done"]
        assert "no such data" in column_of(root, "reason")[0]
        assert "limit reached" in column_of(root, "reason")[2]
        assert not (root / "member_0000").exists()
        ends.append((root / "member_0001" / "summary.json").stat().st_mtime_ns)
        comm.Barrier()
    assert ends[0] == ends[1]


def test_a_defect_of_a_member_on_one_rank_is_its_own(
    comm: Intracomm, shared_path: Path, in_steps: Callable[[Callable[[Simulation], None]], None]
) -> None:
    """Its log holds the traceback, the table the error."""

    def fail(simulation: Simulation) -> None:
        """Be broken in one member."""
        if simulation.config.time.step == 5e-4 and simulation.state.steps == 4:
            raise ArithmeticError("the defect that was put in")

    in_steps(fail)
    assert run_sweep(plan_of(comm, shared_path, sweep_text({"time.step": [5e-4, 1e-3]})), comm) == STOPPED
    assert column_of(shared_path / "scan", "status") == ["failed", "done"]
    assert column_of(shared_path / "scan", "reason")[0] == "ArithmeticError: the defect that was put in"
    log = (shared_path / "scan" / "member_0000" / "log.txt").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "in fail" in log


def test_a_sweep_that_was_left_goes_on(comm: Intracomm, shared_path: Path, alone: Path) -> None:
    """Each group leaves its member and takes no other; the same command goes on, with the same bits."""
    plan = plan_of(comm, shared_path, sweep_text(FOUR, **EVERYTHING))
    with leaving_after(5):
        assert run_sweep(plan, comm) == RESUMABLE
    states = column_of(shared_path / "scan", "status")
    groups = min(comm.size, 4)
    assert (states.count("left"), states.count("not begun")) == (groups, 4 - groups)
    comm.Barrier()
    assert run_sweep(plan, comm) == DONE
    assert differing_members(comm, plan, alone) == []


@pytest.mark.parametrize("what", ["signal", "stop file"])
def test_one_signal_ends_all_groups(
    comm: Intracomm,
    shared_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_steps: Callable[[Callable[[Simulation], None]], None],
    what: str,
) -> None:
    """It reaches one rank alone; also that of the stop file, which is gone in the end."""
    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_FILES", 0.0)
    root = shared_path / "scan"
    steps = 0

    def act(_simulation: Simulation) -> None:
        """Send it in the third step."""
        nonlocal steps
        steps += 1
        time.sleep(0.01)
        if steps == 3 and comm.rank == comm.size - 1:
            if what == "signal":
                os.kill(os.getpid(), signal.SIGUSR1)
            else:
                (root / "stop").touch()

    in_steps(act)
    frequencies = [0.5 + 0.01 * k for k in range(12)]
    plan = plan_of(comm, shared_path, sweep_text({"initial.bubbles.0.frequency": frequencies}, time__stop=-0.47))
    assert run_sweep(plan, comm) == RESUMABLE
    states = column_of(root, "status")
    assert states.count("left") == comm.size
    assert states.count("not begun") == 12 - comm.size
    assert names_in(root) == LASTING


def test_a_signal_to_the_last_rank_ends_the_groups(
    comm: Intracomm,
    shared_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_steps: Callable[[Callable[[Simulation], None]], None],
) -> None:
    """Where it is left over, it waits for them, and tells them."""
    ranks = comm.size - 1 if comm.size > 2 else comm.size
    monkeypatch.setattr(stop_requests, "SECONDS_BETWEEN_FILES", 0.0)
    in_steps(lambda _: time.sleep(0.02))
    plan = plan_of(comm, shared_path, sweep_text({"time.step": [1e-3, 5e-4]}, ranks=ranks, time__stop=-0.4))
    alarm = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    if comm.rank == comm.size - 1:
        alarm.start()
    assert run_sweep(plan, comm) == RESUMABLE
    assert column_of(shared_path / "scan", "status") == ["left", "not begun"]


@pytest.mark.parametrize("full", [True, False])
def test_a_disk_that_refuses_one_member_or_all(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """A full disk ends the sweep, with exit code 74; what only one member meets is that member's."""

    def refuse(config: Configuration, comm: Intracomm, root: Path, **options: Any) -> RunOutcome:
        """Refuse the first member."""
        if root.name == "member_0000":
            raise StorageError(f"{root}: the file system refuses it")
        return run(config, comm, root, **options)

    def reserve(_path: Path) -> None:
        """Have room, or none."""
        if full:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(group, "run", refuse)
    monkeypatch.setattr(group, "reserve", reserve)
    plan = plan_of(comm, shared_path, sweep_text({"time.step": [5e-4, 1e-3]}, ranks=comm.size))
    if full:
        with pytest.raises(StorageError, match="start the sweep again"):
            run_sweep(plan, comm)
        assert column_of(shared_path / "scan", "status") == ["not begun"] * 2
    else:
        assert run_sweep(plan, comm) == STOPPED
        assert column_of(shared_path / "scan", "status") == ["failed", "done"]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("what", ["lock", "clear"])
def test_a_disk_that_refuses_to_let_one_member_be_taken(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool, what: str
) -> None:
    """It is as when it is run: the others go on, unless the disk is full. The table tells why."""
    take = RunLock.take

    def refuse(where: Path) -> None:
        """As a bad disk does in one folder."""
        if where.name == "member_0000":
            raise OSError(errno.EIO, "Input/output error")

    def taking(lock: RunLock) -> bool:
        """Refuse the lock of the first member, with the error that it makes of that."""
        with refused_as_error(lock._path.parent):
            refuse(lock._path.parent)
        return take(lock)

    def reserve(_path: Path) -> None:
        """Have room, or none."""
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")

    if what == "lock":
        monkeypatch.setattr(RunLock, "take", taking)
    else:
        monkeypatch.setattr(claims, "clear", lambda run: refuse(run.root))
    monkeypatch.setattr(group, "reserve", reserve)
    plan = plan_of(comm, shared_path, sweep_text({"time.step": [5e-4, 1e-3]}, ranks=comm.size))
    if full:
        with pytest.raises(StorageError, match=r"Input/output error.*; for all members: start the sweep again"):
            run_sweep(plan, comm)
    else:
        assert run_sweep(plan, comm) == STOPPED
        assert column_of(shared_path / "scan", "status") == ["failed", "done"]
        assert "Input/output error" in column_of(shared_path / "scan", "reason")[0]
        assert "member_0000" in column_of(shared_path / "scan", "reason")[0]


def test_another_job_keeps_its_members(comm: Intracomm, shared_path: Path) -> None:
    """Neither run nor taken for a failure; a stop file that is there for that job stays."""
    plan = plan_of(comm, shared_path, sweep_text({"time.step": [5e-4, 1e-3]}))
    root = shared_path / "scan"
    if comm.rank == 0:
        other = open_sweep(plan)
        member = SweepPaths(root).member(1)
        member.root.mkdir()
        lock = RunLock(member.lock)
        lock.take()
        (root / "stop").touch()
    comm.Barrier()
    assert run_sweep(plan, comm) == RESUMABLE
    assert column_of(root, "status") == ["not begun", "running in another job"]
    comm.Barrier()
    if comm.rank == 0:
        assert (root / "stop").exists()
        (root / "stop").unlink()
    comm.Barrier()
    assert run_sweep(plan, comm) == RESUMABLE
    assert column_of(root, "status") == ["done", "running in another job"]
    comm.Barrier()
    if comm.rank == 0:
        lock.release()
        other.leave()
    comm.Barrier()
    assert run_sweep(plan, comm) == DONE


def test_nothing_is_left_of_a_member_that_was_killed_early(tmp_path: Path) -> None:
    """The file of its series too, which has another name until it is whole: else nothing can begin there."""
    paths = RunPaths(tmp_path)
    for path in (paths.config, paths.series, fresh_name(paths.series), fresh_name(paths.record)):
        path.touch()
    clear(paths)
    assert list(tmp_path.iterdir()) == []
